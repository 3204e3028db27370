// The token request, as a union by grant type (RFC 6749 §4.1.3, §4.4.2, §6; RFC 7636 §4.5; RFC 8628 §3.4;
// CIBA §10.1; RFC 8693 §2.1, RFC 8707 §2.2, RFC 9396 §6).
import { type AuthorizationDetail, parseAuthorizationDetails } from './authorization-details.ts'
import { parseResources, repeatableParameters } from './authorization-request.ts'
import { OAuthError } from './errors.ts'
import { type AssertionGrantRequest, jwtBearerGrant, parseAssertionRequest } from './jwt-bearer.ts'
import type { Parameters } from './parameters.ts'
import { parseScope } from './scope.ts'
import { type ExchangeGrantRequest, parseExchangeRequest, tokenExchange } from './token-exchange.ts'

/** A code to be exchanged (RFC 6749 §4.1.3). */
export interface CodeGrantRequest {
  readonly grantType: 'authorization_code'
  readonly code: string
  readonly redirectUri?: string
  /** As sent; verifyPkce judges it. */
  readonly codeVerifier?: string
  readonly resources: readonly string[]
  readonly details?: readonly AuthorizationDetail[]
}

/** A refresh token to be used (RFC 6749 §6). */
export interface RefreshGrantRequest {
  readonly grantType: 'refresh_token'
  readonly refreshToken: string
  readonly scope?: readonly string[]
  readonly resources: readonly string[]
  readonly details?: readonly AuthorizationDetail[]
}

/** A client that asks for itself (RFC 6749 §4.4.2). */
export interface ClientCredentialsGrantRequest {
  readonly grantType: 'client_credentials'
  readonly scope?: readonly string[]
  readonly resources: readonly string[]
  readonly details?: readonly AuthorizationDetail[]
}

/** RFC 8628 §3.4: the grant type of devices. */
export const deviceGrant = 'urn:ietf:params:oauth:grant-type:device_code'

/** A device that asks whether somebody has allowed it (RFC 8628 §3.4). */
export interface DeviceGrantRequest {
  readonly grantType: typeof deviceGrant
  readonly deviceCode: string
  readonly resources: readonly string[]
  readonly details?: readonly AuthorizationDetail[]
}

/** CIBA §4: the grant type of backchannel authentication. */
export const cibaGrant = 'urn:openid:params:grant-type:ciba'

/** A client that asks whether somebody has allowed its backchannel request (CIBA §10.1). */
export interface CibaGrantRequest {
  readonly grantType: typeof cibaGrant
  readonly authReqId: string
  readonly resources: readonly string[]
  readonly details?: readonly AuthorizationDetail[]
}

/** A token request of any type that is read here; `grantType` tells which. */
export type TokenRequest =
  | CodeGrantRequest
  | RefreshGrantRequest
  | ClientCredentialsGrantRequest
  | DeviceGrantRequest
  | CibaGrantRequest
  | ExchangeGrantRequest
  | AssertionGrantRequest
/** The name of a grant, as in `grant_type`. */
export type GrantType = TokenRequest['grantType']

/** One row per grant type: how its own parameters are read. There is no `password` and no `implicit` row. */
const grantParsers: {
  readonly [K in GrantType]: (form: Parameters) => Extract<TokenRequest, { grantType: K }>
} = {
  authorization_code: (form) => {
    const redirectUri = form.get('redirect_uri')
    const codeVerifier = form.get('code_verifier')
    return {
      grantType: 'authorization_code',
      code: form.require('code'),
      ...(redirectUri !== undefined && { redirectUri }),
      ...(codeVerifier !== undefined && { codeVerifier }),
      resources: parseResources(form),
      ...optionalDetails(form),
    }
  },
  refresh_token: (form) => ({
    grantType: 'refresh_token',
    refreshToken: form.require('refresh_token'),
    ...optionalScope(form),
    resources: parseResources(form),
    ...optionalDetails(form),
  }),
  client_credentials: (form) => ({
    grantType: 'client_credentials',
    ...optionalScope(form),
    resources: parseResources(form),
    ...optionalDetails(form),
  }),
  [deviceGrant]: (form) => ({
    grantType: deviceGrant,
    deviceCode: form.require('device_code'),
    resources: parseResources(form),
    ...optionalDetails(form),
  }),
  [cibaGrant]: (form) => ({
    grantType: cibaGrant,
    authReqId: form.require('auth_req_id'),
    resources: parseResources(form),
    ...optionalDetails(form),
  }),
  [tokenExchange]: parseExchangeRequest,
  [jwtBearerGrant]: parseAssertionRequest,
}

/** The grant types that are read here: what a metadata document may advertise. */
export const grantTypes: readonly GrantType[] = Object.freeze(Object.keys(grantParsers) as GrantType[])

/**
 * Reads a token request. Unknown parameters are ignored; client authentication is read elsewhere.
 *
 * @throws OAuthError `invalid_request`, `unsupported_grant_type`, `invalid_scope`, `invalid_target`,
 *   `invalid_authorization_details`
 */
export function parseTokenRequest(form: Parameters): TokenRequest {
  // RFC 6749 §3.2: "Request and response parameters MUST NOT be included more than once."
  if (form.repeated(repeatableParameters) !== undefined) {
    throw new OAuthError('invalid_request', { description: 'A parameter is given more than once.' })
  }
  const grantType = form.require('grant_type')
  if (!isGrantType(grantType)) throw new OAuthError('unsupported_grant_type')
  return grantParsers[grantType](form)
}

function isGrantType(name: string): name is GrantType {
  return Object.hasOwn(grantParsers, name)
}

function optionalScope(form: Parameters): { scope?: readonly string[] } {
  return form.has('scope') ? { scope: parseScope(form.get('scope')) } : {}
}

/** RFC 9396 §6: what the access token is to be good for, of all that was granted. */
function optionalDetails(form: Parameters): { details?: readonly AuthorizationDetail[] } {
  const details = parseAuthorizationDetails(form)
  return details === undefined ? {} : { details }
}
