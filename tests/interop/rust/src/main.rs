//! A program with the crate openidconnect as it comes from crates.io. It takes every step that `npm run interop` asks of a
//! client, prints each when it is done, and ends with an error at the first that goes wrong.

use openidconnect::core::{
    CoreAuthDisplay, CoreAuthenticationFlow, CoreClaimName, CoreClaimType, CoreClient,
    CoreClientAuthMethod, CoreDeviceAuthorizationResponse, CoreGrantType, CoreIdToken,
    CoreJsonWebKey, CoreJweContentEncryptionAlgorithm, CoreJweKeyManagementAlgorithm,
    CoreResponseMode, CoreResponseType, CoreRevocableToken, CoreSubjectIdentifierType,
    CoreTokenResponse, CoreUserInfoClaims,
};
use openidconnect::reqwest::blocking::Client as Http;
use openidconnect::reqwest::redirect::Policy;
use openidconnect::url::Url;
use openidconnect::{
    AccessToken, AccessTokenHash, AdditionalProviderMetadata, AuthorizationCode, ClientId,
    ClientSecret, CsrfToken, DeviceAuthorizationUrl, EndSessionUrl, EndpointMaybeSet, EndpointSet,
    HttpRequest, IntrospectionUrl, IssuerUrl, LogoutRequest, Nonce, OAuth2TokenResponse,
    PkceCodeChallenge, PostLogoutRedirectUrl, ProviderMetadata, RedirectUrl, RefreshToken,
    RequestTokenError, RevocationUrl, Scope, SyncHttpClient, TokenIntrospectionResponse,
    TokenResponse,
};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::env;
use std::error::Error;

type Fallible<T> = Result<T, Box<dyn Error>>;

/// What the library leaves to its caller to read from the metadata.
#[derive(Clone, Debug, Deserialize, Serialize)]
struct Endpoints {
    device_authorization_endpoint: DeviceAuthorizationUrl,
    end_session_endpoint: EndSessionUrl,
    introspection_endpoint: IntrospectionUrl,
    revocation_endpoint: Url,
}
impl AdditionalProviderMetadata for Endpoints {}

type Metadata = ProviderMetadata<
    Endpoints,
    CoreAuthDisplay,
    CoreClientAuthMethod,
    CoreClaimName,
    CoreClaimType,
    CoreGrantType,
    CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm,
    CoreJsonWebKey,
    CoreResponseMode,
    CoreResponseType,
    CoreSubjectIdentifierType,
>;

type Client = CoreClient<
    EndpointSet,
    EndpointSet,
    EndpointSet,
    EndpointSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

struct Application {
    client: Client,
    end_session: EndSessionUrl,
    http: Http,
}

fn main() -> Fallible<()> {
    let http = Http::builder().redirect(Policy::none()).build()?;
    let metadata = Metadata::discover(&IssuerUrl::new(env::var("ISSUER")?)?, &http)?;
    done("discovery");
    let endpoints = metadata.additional_metadata().clone();
    let mut revocation = endpoints.revocation_endpoint;
    set_scheme(&mut revocation, "https")?;
    let secret = ClientSecret::new(env::var("CLIENT_SECRET")?);
    let client = CoreClient::from_provider_metadata(
        metadata,
        ClientId::new(env::var("CLIENT_ID")?),
        Some(secret),
    )
    .set_redirect_uri(RedirectUrl::new(env::var("REDIRECT_URI")?)?)
    .set_device_authorization_url(endpoints.device_authorization_endpoint)
    .set_introspection_url(endpoints.introspection_endpoint)
    .set_revocation_url(RevocationUrl::from_url(revocation));
    let app = Application {
        client,
        end_session: endpoints.end_session_endpoint,
        http,
    };

    let tokens = app.sign_in()?;
    let old = tokens.refresh_token().ok_or("no refresh token")?;
    let renewed = app.refresh(old)?;
    let new = renewed.refresh_token().ok_or("no new refresh token")?;
    check(
        new.secret() != old.secret(),
        "the refresh token is the old one",
    )?;
    done("refresh");
    app.user_info(renewed.access_token())?;
    done("userinfo");
    app.end_tokens(renewed.access_token(), new)?;
    app.use_device()?;
    app.act_alone()?;
    app.sign_out(tokens.id_token().ok_or("no ID token")?)
}

impl Application {
    fn sign_in(&self) -> Fallible<CoreTokenResponse> {
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let (address, state, nonce) = self
            .client
            .authorize_url(
                CoreAuthenticationFlow::AuthorizationCode,
                CsrfToken::new_random,
                Nonce::new_random,
            )
            .add_scope(Scope::new("email".into()))
            .add_scope(Scope::new("offline_access".into()))
            .set_pkce_challenge(challenge)
            .url();
        let answer = self.browse("walk", address)?;
        check(answer.get("state") == Some(state.secret()), "another state")?;
        check(
            answer.get("iss") == Some(&env::var("ISSUER")?),
            "another issuer",
        )?;
        let code = answer.get("code").ok_or("no code")?;
        let tokens = self
            .client
            .exchange_code(AuthorizationCode::new(code.clone()))?
            .set_pkce_verifier(verifier)
            .request(&self.http)?;
        done("code");

        let id_token = tokens.id_token().ok_or("no ID token")?;
        let judge = self.client.id_token_verifier();
        let claims = id_token.claims(&judge, &nonce)?;
        check(claims.subject().as_str() == "usr_ada", "another subject")?;
        let hash = AccessTokenHash::from_token(
            tokens.access_token(),
            id_token.signing_alg()?,
            id_token.signing_key(&judge)?,
        )?;
        check(
            claims.access_token_hash() == Some(&hash),
            "another access token",
        )?;
        done("id-token");
        Ok(tokens)
    }

    fn refresh(&self, token: &RefreshToken) -> Fallible<CoreTokenResponse> {
        Ok(self
            .client
            .exchange_refresh_token(token)?
            .request(&self.http)?)
    }

    fn user_info(&self, token: &AccessToken) -> Fallible<()> {
        let person: CoreUserInfoClaims = self
            .client
            .user_info(token.clone(), None)?
            .request(&self.http)?;
        let email = person.email().map(|email| email.as_str());
        check(
            email == Some("ada@example.test"),
            "userinfo of somebody else",
        )
    }

    fn end_tokens(&self, access: &AccessToken, refresh: &RefreshToken) -> Fallible<()> {
        check(
            self.is_active(access)?,
            "introspection finds a fresh token dead",
        )?;
        done("introspection");
        self.client
            .revoke_token(CoreRevocableToken::RefreshToken(refresh.clone()))?
            .request(&|request: HttpRequest| self.send_plainly(request))?;
        check(
            !self.is_active(access)?,
            "the token outlives its revocation",
        )?;
        match self
            .client
            .exchange_refresh_token(refresh)?
            .request(&self.http)
        {
            Err(RequestTokenError::ServerResponse(refused)) => check(
                refused.error().as_ref() == "invalid_grant",
                "refused otherwise",
            )?,
            _ => check(false, "a revoked token was taken")?,
        }
        done("revocation");
        Ok(())
    }

    fn is_active(&self, token: &AccessToken) -> Fallible<bool> {
        Ok(self.client.introspect(token).request(&self.http)?.active())
    }

    /// The library revokes at https alone; the server of the tests is reached without.
    fn send_plainly(
        &self,
        mut request: HttpRequest,
    ) -> Result<openidconnect::HttpResponse, <Http as SyncHttpClient>::Error> {
        *request.uri_mut() = request
            .uri()
            .to_string()
            .replacen("https:", "http:", 1)
            .parse()
            .expect("an address with another scheme");
        self.http.call(request)
    }

    fn use_device(&self) -> Fallible<()> {
        let asked: CoreDeviceAuthorizationResponse = self
            .client
            .exchange_device_code()
            .add_scope(Scope::new("email".into()))
            .request(&self.http)?;
        let link = asked.verification_uri_complete().ok_or("no link")?;
        self.browse("approve", Url::parse(link.secret())?)?;
        let tokens =
            self.client
                .exchange_device_access_token(&asked)?
                .request(&self.http, |_| (), None)?;
        self.user_info(tokens.access_token())?;
        done("device");
        Ok(())
    }

    fn act_alone(&self) -> Fallible<()> {
        let tokens = self
            .client
            .exchange_client_credentials()?
            .add_scope(Scope::new("accounts:read".into()))
            .request(&self.http)?;
        check(self.is_active(tokens.access_token())?, "no token of ours")?;
        done("client-credentials");
        Ok(())
    }

    fn sign_out(&self, id_token: &CoreIdToken) -> Fallible<()> {
        let back = PostLogoutRedirectUrl::new(env::var("POST_LOGOUT_REDIRECT_URI")?)?;
        let leave = LogoutRequest::from(self.end_session.clone())
            .set_id_token_hint(id_token)
            .set_post_logout_redirect_uri(back)
            .set_state(CsrfToken::new("bye".into()))
            .http_get_url();
        let answer = self.browse("walk", leave)?;
        check(
            answer.get("state").is_some_and(|state| state == "bye"),
            "not led back",
        )?;
        let (challenge, _) = PkceCodeChallenge::new_random_sha256();
        let (silent, _, _) = self
            .client
            .authorize_url(
                CoreAuthenticationFlow::AuthorizationCode,
                CsrfToken::new_random,
                Nonce::new_random,
            )
            .add_extra_param("prompt", "none")
            .set_pkce_challenge(challenge)
            .url();
        let answer = self.browse("walk", silent)?;
        let error = answer.get("error").map(String::as_str);
        check(error == Some("login_required"), "still signed in")?;
        done("logout");
        Ok(())
    }

    /// Has the browser of the tests go to an address; the query of where that led.
    fn browse(&self, deed: &str, to: Url) -> Fallible<HashMap<String, String>> {
        let mut address = Url::parse(&format!("{}/{deed}", env::var("BROWSER")?))?;
        address.query_pairs_mut().append_pair("to", to.as_str());
        let answer = self.http.get(address).send()?;
        let succeeded = answer.status().is_success();
        let said = answer.text()?;
        check(succeeded, &said)?;
        if said.is_empty() {
            return Ok(HashMap::new());
        }
        Ok(Url::parse(&said)?.query_pairs().into_owned().collect())
    }
}

fn set_scheme(address: &mut Url, scheme: &str) -> Fallible<()> {
    address
        .set_scheme(scheme)
        .map_err(|()| "no such scheme".into())
}

fn check(holds: bool, otherwise: &str) -> Fallible<()> {
    if holds { Ok(()) } else { Err(otherwise.into()) }
}

fn done(step: &str) {
    println!("done {step}");
}
