// The face of @countersign/protocol: OAuth, OpenID Connect and JOSE vocabulary, pure.

export { answersAtOnce } from '#crypto'
export {
  authenticationClasses,
  classSatisfies,
  levelOfClass,
  needTwoFactors,
} from './authentication-classes.ts'
export {
  type AuthorizationDetail,
  isAuthorizationDetail,
  parseAuthorizationDetails,
} from './authorization-details.ts'
export {
  type AuthorizationRequest,
  type AuthorizationTarget,
  type Display,
  displays,
  type Prompt,
  type ProvenRedirect,
  parseAuthorizationRequest,
  parseChallengeRequest,
  parseResources,
  prompts,
  proveRedirect,
  readAuthorizationTarget,
} from './authorization-request.ts'
export {
  type ErrorResponse,
  errorParameters,
  isSignedMode,
  type RedirectTarget,
  type ResponseMode,
  responseModeOf,
  responseModes,
  responseRedirect,
  type SuccessResponse,
  signedResponseClaims,
  successParameters,
} from './authorization-response.ts'
export {
  type BackchannelRequest,
  type PersonHint,
  parseBackchannelRequest,
} from './backchannel-authentication.ts'
export { type BasicCredentials, readBasic } from './basic.ts'
export {
  type Challenge,
  challenge,
  readAccessToken,
  readBearer,
  type SentToken,
  type TokenScheme,
} from './bearer.ts'
export { certificateThumbprint, readCertificateHeader } from './certificate-header.ts'
export { type ClaimRequest, type ClaimsRequest, parseClaimsRequest, standardClaims } from './claims.ts'
export {
  type Attested,
  type ClientAuthenticationMethod,
  type ClientCredentials,
  readClientCredentials,
} from './client-authentication.ts'
export {
  type DeviceAuthorizationRequest,
  parseDeviceAuthorizationRequest,
} from './device-authorization.ts'
export {
  type DpopProof,
  dpopAlgorithms,
  signDpopProof,
  signDpopProofAsync,
  type VerifyDpopOptions,
  verifyDpopProof,
  verifyDpopProofAsync,
} from './dpop.ts'
export {
  formatOAuthError,
  OAuthError,
  type OAuthErrorBody,
  type OAuthErrorCode,
  type OAuthErrorOptions,
  oauthErrors,
} from './errors.ts'
export { asymmetricAlgorithms } from './jose/advertised.ts'
export { isJwsAlgorithm, type JwsAlgorithm, type JwsAlgorithmRow, jwsAlgorithms } from './jose/algorithms.ts'
export { decodeBase64url, encodeBase64url } from './jose/base64url.ts'
export {
  signDetached,
  signDetachedAsync,
  verifyDetached,
  verifyDetachedAsync,
} from './jose/detached.ts'
export {
  type FindKey,
  type JwsHeader,
  maximumTokenLength,
  signJws,
  signJwsAsync,
  type VerifiedJws,
  verifyJws,
  verifyJwsAsync,
} from './jose/jws.ts'
export { KeyError, type KeyErrorCode } from './jose/key-error.ts'
export { importJwkSet, importJwkSetAsync, KeySet } from './jose/key-set.ts'
export { isKeyOfPair } from './jose/key-texts.ts'
export {
  importPrivateJwk,
  importPrivateJwkAsync,
  importPublicJwk,
  importPublicJwkAsync,
  importSecretJwk,
  importSecretJwkAsync,
  type PrivateJwk,
  type PublicJwk,
  privateJwk,
  privateJwkAsync,
  publicJwk,
  type SigningKey,
  thumbprint,
  type VerificationKey,
} from './jose/keys.ts'
export { decodeStrictJson, isJsonObject, JsonError, type JsonErrorCode } from './jose/strict-json.ts'
export { TokenError, type TokenErrorCode } from './jose/token-error.ts'
export { type AssertionGrantRequest, jwtBearerGrant } from './jwt-bearer.ts'
export { digest, formatOpaque, parseOpaque } from './opaque.ts'
export { Parameters } from './parameters.ts'
export { codeChallenge, isCodeChallenge, isCodeVerifier, verifyPkce } from './pkce.ts'
export {
  checkRedirectUri,
  checkWebUri,
  type Finding,
  isLoopback,
  matchRedirectUri,
  originOf,
} from './redirect-uri.ts'
export { requestObjectParameters } from './request-object.ts'
export { formatRequestUri, isPushedRequestUri, parseRequestUri } from './request-uri.ts'
export {
  formatRevocationBatch,
  largestRevocationBatch,
  parseRevocationBatch,
  type Revocation,
  type RevocationBatch,
  type RevocationKind,
  revocationDigest,
  revocationKinds,
} from './revocation-batch.ts'
export { formatScope, isSubset, parseScope } from './scope.ts'
export type {
  AccessClaims,
  ActorClaim,
  AddressedKind,
  AuthorizationGrantClaims,
  AuthorizationResponseClaims,
  BackchannelRequestClaims,
  Claims,
  ClientAssertionClaims,
  ClientAttestationClaims,
  ClientAttestationPopClaims,
  DpopClaims,
  IdClaims,
  IdJagClaims,
  IntrospectionClaims,
  LogoutClaims,
  PartnerMessageClaims,
  RefreshClaims,
  RequestObjectClaims,
  SecurityEventClaims,
  StatementClaims,
  TokenClaims,
  TokenKind,
  UserinfoClaims,
} from './token-claims.ts'
export {
  type AccessExchangeRequest,
  accessTokenType,
  type ExchangeGrantRequest,
  type IdJagExchangeRequest,
  idJagTokenType,
  tokenExchange,
} from './token-exchange.ts'
export {
  checkClaims,
  checkTime,
  type Fault,
  isTyp,
  type KindRow,
  logoutEvent,
  type Moment,
  tokenKinds,
  usualSkew,
} from './token-kinds.ts'
export {
  type CibaGrantRequest,
  type ClientCredentialsGrantRequest,
  type CodeGrantRequest,
  cibaGrant,
  type DeviceGrantRequest,
  deviceGrant,
  type GrantType,
  grantTypes,
  parseTokenRequest,
  type RefreshGrantRequest,
  type TokenRequest,
} from './token-request.ts'
export {
  maximumMintedLength,
  peekUnverified,
  signToken,
  signTokenAsync,
  type VerifiedToken,
  type VerifyTokenOptions,
  verifyToken,
  verifyTokenAsync,
} from './tokens.ts'
