// A program with Nimbus' OAuth 2.0 SDK with OpenID Connect as it comes from Maven Central. It takes every step that
// `npm run interop` asks of a client, prints each when it is done, and ends with a stack trace at the first that goes wrong.
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jose.jwk.source.JWKSourceBuilder;
import com.nimbusds.jose.proc.JWSVerificationKeySelector;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jwt.JWT;
import com.nimbusds.jwt.SignedJWT;
import com.nimbusds.oauth2.sdk.AuthorizationCodeGrant;
import com.nimbusds.oauth2.sdk.AuthorizationGrant;
import com.nimbusds.oauth2.sdk.AuthorizationRequest;
import com.nimbusds.oauth2.sdk.ClientCredentialsGrant;
import com.nimbusds.oauth2.sdk.PushedAuthorizationRequest;
import com.nimbusds.oauth2.sdk.PushedAuthorizationResponse;
import com.nimbusds.oauth2.sdk.RefreshTokenGrant;
import com.nimbusds.oauth2.sdk.ResponseType;
import com.nimbusds.oauth2.sdk.Scope;
import com.nimbusds.oauth2.sdk.TokenIntrospectionRequest;
import com.nimbusds.oauth2.sdk.TokenIntrospectionResponse;
import com.nimbusds.oauth2.sdk.TokenRequest;
import com.nimbusds.oauth2.sdk.TokenResponse;
import com.nimbusds.oauth2.sdk.TokenRevocationRequest;
import com.nimbusds.oauth2.sdk.auth.ClientAuthentication;
import com.nimbusds.oauth2.sdk.auth.ClientSecretBasic;
import com.nimbusds.oauth2.sdk.auth.Secret;
import com.nimbusds.oauth2.sdk.device.DeviceAuthorizationRequest;
import com.nimbusds.oauth2.sdk.device.DeviceAuthorizationResponse;
import com.nimbusds.oauth2.sdk.device.DeviceCodeGrant;
import com.nimbusds.oauth2.sdk.dpop.DPoPProofFactory;
import com.nimbusds.oauth2.sdk.dpop.DefaultDPoPProofFactory;
import com.nimbusds.oauth2.sdk.http.HTTPRequest;
import com.nimbusds.oauth2.sdk.id.ClientID;
import com.nimbusds.oauth2.sdk.id.Issuer;
import com.nimbusds.oauth2.sdk.id.State;
import com.nimbusds.oauth2.sdk.pkce.CodeChallengeMethod;
import com.nimbusds.oauth2.sdk.pkce.CodeVerifier;
import com.nimbusds.oauth2.sdk.token.AccessToken;
import com.nimbusds.oauth2.sdk.token.DPoPAccessToken;
import com.nimbusds.oauth2.sdk.token.RefreshToken;
import com.nimbusds.openid.connect.sdk.AuthenticationRequest;
import com.nimbusds.openid.connect.sdk.AuthenticationResponse;
import com.nimbusds.openid.connect.sdk.AuthenticationResponseParser;
import com.nimbusds.openid.connect.sdk.LogoutRequest;
import com.nimbusds.openid.connect.sdk.Nonce;
import com.nimbusds.openid.connect.sdk.OIDCTokenResponseParser;
import com.nimbusds.openid.connect.sdk.Prompt;
import com.nimbusds.openid.connect.sdk.UserInfoRequest;
import com.nimbusds.openid.connect.sdk.UserInfoResponse;
import com.nimbusds.openid.connect.sdk.claims.IDTokenClaimsSet;
import com.nimbusds.openid.connect.sdk.op.OIDCProviderMetadata;
import com.nimbusds.openid.connect.sdk.token.OIDCTokens;
import com.nimbusds.openid.connect.sdk.validators.AccessTokenValidator;
import com.nimbusds.openid.connect.sdk.validators.IDTokenValidator;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Set;

public final class Interop {
    private static final ClientID CLIENT = new ClientID(env("CLIENT_ID"));
    private static final ClientAuthentication SECRET =
            new ClientSecretBasic(CLIENT, new Secret(env("CLIENT_SECRET")));
    private static final URI REDIRECT_URI = URI.create(env("REDIRECT_URI"));
    private static final URI POST_LOGOUT_REDIRECT_URI = URI.create(env("POST_LOGOUT_REDIRECT_URI"));
    private static final Scope SCOPE = new Scope("openid", "email", "offline_access");

    private final OIDCProviderMetadata server;

    private Interop(OIDCProviderMetadata server) {
        this.server = server;
    }

    public static void main(String[] args) throws Exception {
        Interop program = new Interop(OIDCProviderMetadata.resolve(new Issuer(env("ISSUER"))));
        done("discovery");
        OIDCTokens first = program.signIn();
        OIDCTokens renewed = program.refresh(first.getRefreshToken());
        check(!renewed.getRefreshToken().equals(first.getRefreshToken()), "the refresh token is the old one");
        done("refresh");
        program.askUserInfo(renewed.getAccessToken(), null);
        done("userinfo");
        program.endTokens(renewed);
        program.push();
        program.bind();
        program.useDevice();
        program.actAlone();
        program.signOut(first.getIDToken());
    }

    private OIDCTokens signIn() throws Exception {
        CodeVerifier verifier = new CodeVerifier();
        Nonce nonce = new Nonce();
        OIDCTokens tokens = exchange(request(verifier, nonce).build().toURI(), verifier, null);
        done("code");
        IDTokenValidator validator = new IDTokenValidator(
                server.getIssuer(),
                CLIENT,
                new JWSVerificationKeySelector<SecurityContext>(
                        Set.copyOf(server.getIDTokenJWSAlgs()),
                        JWKSourceBuilder.create(server.getJWKSetURI().toURL()).build()),
                null);
        JWT idToken = tokens.getIDToken();
        IDTokenClaimsSet claims = validator.validate(idToken, nonce);
        JWSAlgorithm algorithm = ((SignedJWT) idToken).getHeader().getAlgorithm();
        AccessTokenValidator.validate(tokens.getAccessToken(), algorithm, claims.getAccessTokenHash());
        check(claims.getSubject().getValue().equals("usr_ada"), "another subject");
        done("id-token");
        return tokens;
    }

    private AuthenticationRequest.Builder request(CodeVerifier verifier, Nonce nonce) {
        return new AuthenticationRequest.Builder(ResponseType.CODE, SCOPE, CLIENT, REDIRECT_URI)
                .endpointURI(server.getAuthorizationEndpointURI())
                .state(new State("a state"))
                .nonce(nonce)
                .codeChallenge(verifier, CodeChallengeMethod.S256);
    }

    /** Has a person answer at this address, and makes tokens of what she comes back with. */
    private OIDCTokens exchange(URI address, CodeVerifier verifier, DPoPProofFactory key) throws Exception {
        AuthenticationResponse answer = AuthenticationResponseParser.parse(browse("walk", address));
        check(answer.indicatesSuccess(), "refused");
        check(server.getIssuer().equals(answer.getIssuer()), "another issuer");
        check("a state".equals(answer.getState().getValue()), "another state");
        return ask(new AuthorizationCodeGrant(
                answer.toSuccessResponse().getAuthorizationCode(), REDIRECT_URI, verifier), key);
    }

    private OIDCTokens refresh(RefreshToken token) throws Exception {
        return ask(new RefreshTokenGrant(token), null);
    }

    private OIDCTokens ask(AuthorizationGrant grant, DPoPProofFactory key) throws Exception {
        URI endpoint = server.getTokenEndpointURI();
        HTTPRequest request = new TokenRequest(endpoint, SECRET, grant, null).toHTTPRequest();
        if (key != null) request.setDPoP(key.createDPoPJWT("POST", endpoint));
        TokenResponse answer = OIDCTokenResponseParser.parse(request.send());
        if (!answer.indicatesSuccess()) throw new Refused(answer.toErrorResponse().getErrorObject().getCode());
        return (OIDCTokens) answer.toSuccessResponse().getTokens();
    }

    private void askUserInfo(AccessToken token, DPoPProofFactory key) throws Exception {
        URI endpoint = server.getUserInfoEndpointURI();
        HTTPRequest request = new UserInfoRequest(endpoint, token).toHTTPRequest();
        if (key != null) request.setDPoP(key.createDPoPJWT("GET", endpoint, token));
        UserInfoResponse answer = UserInfoResponse.parse(request.send());
        check(answer.indicatesSuccess(), "userinfo refused");
        String email = answer.toSuccessResponse().getUserInfo().getEmailAddress();
        check("ada@example.test".equals(email), "userinfo of " + email);
    }

    private void endTokens(OIDCTokens tokens) throws Exception {
        check(isActive(tokens.getAccessToken()), "introspection finds a fresh token dead");
        done("introspection");
        URI endpoint = server.getRevocationEndpointURI();
        int status = new TokenRevocationRequest(endpoint, SECRET, tokens.getRefreshToken())
                .toHTTPRequest().send().getStatusCode();
        check(status == 200, "revocation answered " + status);
        check(!isActive(tokens.getAccessToken()), "the token outlives its revocation");
        try {
            refresh(tokens.getRefreshToken());
            throw new IllegalStateException("a revoked token was taken");
        } catch (Refused refused) {
            check("invalid_grant".equals(refused.getMessage()), "refused as " + refused.getMessage());
        }
        done("revocation");
    }

    private boolean isActive(AccessToken token) throws Exception {
        URI endpoint = server.getIntrospectionEndpointURI();
        HTTPRequest request = new TokenIntrospectionRequest(endpoint, SECRET, token).toHTTPRequest();
        return TokenIntrospectionResponse.parse(request.send()).toSuccessResponse().isActive();
    }

    /** RFC 9126. */
    private void push() throws Exception {
        CodeVerifier verifier = new CodeVerifier();
        HTTPRequest pushed = new PushedAuthorizationRequest(
                server.getPushedAuthorizationRequestEndpointURI(), SECRET, request(verifier, new Nonce()).build())
                .toHTTPRequest();
        PushedAuthorizationResponse answer = PushedAuthorizationResponse.parse(pushed.send());
        check(answer.indicatesSuccess(), "the pushed request was refused");
        AuthorizationRequest named = new AuthorizationRequest.Builder(
                answer.toSuccessResponse().getRequestURI(), CLIENT)
                .endpointURI(server.getAuthorizationEndpointURI())
                .build();
        askUserInfo(exchange(named.toURI(), verifier, null).getAccessToken(), null);
        done("par");
    }

    /** RFC 9449. */
    private void bind() throws Exception {
        DPoPProofFactory key = new DefaultDPoPProofFactory(
                new ECKeyGenerator(Curve.P_256).generate(), JWSAlgorithm.ES256);
        CodeVerifier verifier = new CodeVerifier();
        OIDCTokens tokens = exchange(request(verifier, new Nonce()).build().toURI(), verifier, key);
        check(tokens.getAccessToken() instanceof DPoPAccessToken, "the token is not bound");
        askUserInfo(tokens.getAccessToken(), key);
        done("dpop");
    }

    /** RFC 8628. */
    private void useDevice() throws Exception {
        URI endpoint = server.getDeviceAuthorizationEndpointURI();
        HTTPRequest request = new DeviceAuthorizationRequest(endpoint, SECRET, SCOPE, null).toHTTPRequest();
        DeviceAuthorizationResponse answer = DeviceAuthorizationResponse.parse(request.send());
        check(answer.indicatesSuccess(), "the device was refused");
        browse("approve", answer.toSuccessResponse().getVerificationURIComplete());
        askUserInfo(ask(new DeviceCodeGrant(answer.toSuccessResponse().getDeviceCode()), null).getAccessToken(), null);
        done("device");
    }

    private void actAlone() throws Exception {
        TokenRequest request = new TokenRequest(
                server.getTokenEndpointURI(), SECRET, new ClientCredentialsGrant(), new Scope("accounts:read"));
        TokenResponse answer = TokenResponse.parse(request.toHTTPRequest().send());
        check(answer.indicatesSuccess(), "client credentials were refused");
        check(isActive(answer.toSuccessResponse().getTokens().getAccessToken()), "no token of ours");
        done("client-credentials");
    }

    private void signOut(JWT idToken) throws Exception {
        URI leave = new LogoutRequest(
                server.getEndSessionEndpointURI(), idToken, POST_LOGOUT_REDIRECT_URI, new State("bye")).toURI();
        check(browse("walk", leave).toString().equals(POST_LOGOUT_REDIRECT_URI + "?state=bye"), "not led back");
        URI silent = request(new CodeVerifier(), new Nonce()).scope(new Scope("openid"))
                .prompt(new Prompt(Prompt.Type.NONE)).build().toURI();
        AuthenticationResponse answer = AuthenticationResponseParser.parse(browse("walk", silent));
        check(!answer.indicatesSuccess(), "still signed in");
        check("login_required".equals(answer.toErrorResponse().getErrorObject().getCode()), "another error");
        done("logout");
    }

    /** Has the browser of the tests go to an address; where that led. */
    private static URI browse(String deed, URI to) throws Exception {
        String address = env("BROWSER") + "/" + deed + "?to=" + URLEncoder.encode(to.toString(), StandardCharsets.UTF_8);
        HttpResponse<String> answer = HttpClient.newHttpClient().send(
                java.net.http.HttpRequest.newBuilder(URI.create(address)).build(),
                HttpResponse.BodyHandlers.ofString());
        check(answer.statusCode() == 200, answer.body());
        return URI.create(answer.body());
    }

    private static String env(String name) {
        return System.getenv(name);
    }

    private static void check(boolean holds, String otherwise) {
        if (!holds) throw new IllegalStateException(otherwise);
    }

    private static void done(String step) {
        System.out.println("done " + step);
    }

    /** The code of an error that the token endpoint answered with. */
    private static final class Refused extends Exception {
        private static final long serialVersionUID = 1;

        Refused(String code) {
            super(code);
        }
    }
}
