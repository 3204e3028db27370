// The authorization request, in stages (RFC 6749 §4.1.1, RFC 7636 §4.3, RFC 8707, RFC 9396 §2, OpenID Connect Core §3.1.2.1).
// Until the redirect URI is proven an error can only be shown on a page; only a proven one can be redirected to.

import { type AuthorizationDetail, parseAuthorizationDetails } from './authorization-details.ts'
import { isSignedMode, type ResponseMode, responseModeOf, responseModes } from './authorization-response.ts'
import { type ClaimsRequest, parseClaimsRequest } from './claims.ts'
import { OAuthError } from './errors.ts'
import { isBase64urlOf32Bytes } from './jose/base64url.ts'
import type { Parameters } from './parameters.ts'
import { isCodeChallenge } from './pkce.ts'
import { matchRedirectUri } from './redirect-uri.ts'
import { parseScope } from './scope.ts'

/** The prompts that are understood here: what a metadata document may advertise. */
export const prompts = ['none', 'login', 'consent', 'select_account'] as const
/** What the client wants the user to be asked (OpenID Connect Core §3.1.2.1). */
export type Prompt = (typeof prompts)[number]

/** The displays that are understood here: what a metadata document may advertise. */
export const displays = ['page', 'popup', 'touch', 'wap'] as const
/** How the client wants pages to look (OpenID Connect Core §3.1.2.1). */
export type Display = (typeof displays)[number]

/** What is needed to know where an answer may go. Nothing of it is proven. */
export interface AuthorizationTarget {
  readonly clientId: string
  readonly redirectUri?: string
  readonly state?: string
  readonly responseMode: ResponseMode
}

declare const proven: unique symbol

/** A redirect URI that was proven to be the client's. Only proveRedirect makes one. */
export interface ProvenRedirect {
  readonly clientId: string
  readonly uri: string
  readonly wasSent: boolean
  readonly state?: string
  readonly responseMode: ResponseMode
  readonly [proven]: true
}

/** A validated request. Plain values: it may be stored as JSON and read back. Times are seconds. */
export interface AuthorizationRequest {
  readonly clientId: string
  /** As asked for, proven. */
  readonly redirectUri: string
  readonly redirectUriWasSent: boolean
  readonly state?: string
  readonly responseMode: ResponseMode
  readonly scope: readonly string[]
  /** S256. */
  readonly codeChallenge: string
  readonly nonce?: string
  readonly prompt: readonly Prompt[]
  readonly maxAge?: number
  readonly loginHint?: string
  readonly idTokenHint?: string
  readonly uiLocales: readonly string[]
  readonly claims?: ClaimsRequest
  readonly acrValues: readonly string[]
  readonly display?: Display
  readonly resources: readonly string[]
  readonly details?: readonly AuthorizationDetail[]
  /** `dpop_jkt`: the thumbprint of the key that the code is to be bound to (RFC 9449 §10). */
  readonly dpopThumbprint?: string
}

/** RFC 8707 §2 and RFC 8693 §2.1: the parameters that may be given more than once. */
export const repeatableParameters: readonly string[] = Object.freeze(['resource', 'audience'])

/**
 * Stage one: who asks, and where to.
 *
 * @throws OAuthError for a page: `invalid_request`
 */
export function readAuthorizationTarget(params: Parameters): AuthorizationTarget {
  const clientId = params.require('client_id')
  // OpenID Connect Core §3.1.2.1: redirect_uri is REQUIRED.
  const isRequired = params.all('scope').some((scope) => scope.split(' ').includes('openid'))
  const redirectUri = isRequired ? params.require('redirect_uri') : params.get('redirect_uri')
  const state = params.all('state')
  const modes = params.all('response_mode')
  const responseMode = responseModeOf(modes.length === 1 ? modes[0] : undefined)
  if (isSignedMode(responseMode) && state.some((text) => weightOf(text) > heaviestSignedState))
    throw invalid('The state is too long for a signed answer.')
  return {
    clientId,
    ...(redirectUri !== undefined && { redirectUri }),
    ...(state.length === 1 && state[0] !== undefined && { state: state[0] }),
    responseMode,
  }
}

/** In bytes of JSON: what is signed has to stay short enough to travel in an address. */
const heaviestSignedState = 4096

function weightOf(text: string): number {
  return new TextEncoder().encode(JSON.stringify(text)).length
}

/**
 * Stage two: proves that the redirect URI is the client's. A client with one registered URI may leave it out.
 *
 * @throws OAuthError for a page: `invalid_request`. RFC 6749 §4.1.2.1: the server "MUST NOT automatically redirect the
 *   user-agent to the invalid redirection URI".
 */
export function proveRedirect(
  client: { readonly redirectUris: readonly string[] },
  target: AuthorizationTarget,
): ProvenRedirect {
  const { clientId, redirectUri, state, responseMode } = target
  const only = client.redirectUris.length === 1 ? client.redirectUris[0] : undefined
  const uri = redirectUri ?? only
  if (uri === undefined) throw invalid('The parameter redirect_uri is missing.')
  if (redirectUri !== undefined && !matchRedirectUri(client.redirectUris, redirectUri)) {
    throw invalid('The redirect URI is not registered for this client.')
  }
  const wasSent = redirectUri !== undefined
  return { clientId, uri, wasSent, ...(state !== undefined && { state }), responseMode } as ProvenRedirect
}

/**
 * Stage three: all the rest. Unknown parameters are ignored.
 *
 * @throws OAuthError for a redirect: `invalid_request`, `unsupported_response_type`, `invalid_scope`, `invalid_target`,
 *   `invalid_authorization_details`, `request_not_supported`, `request_uri_not_supported`, `registration_not_supported`
 */
export function parseAuthorizationRequest(
  params: Parameters,
  redirect: ProvenRedirect,
): AuthorizationRequest {
  // RFC 6749 §3.1: "Request and response parameters MUST NOT be included more than once."
  if (params.repeated(repeatableParameters) !== undefined)
    throw invalid('A parameter is given more than once.')
  refuseUnsupported(params)
  checkResponse(params)
  return {
    clientId: redirect.clientId,
    redirectUri: redirect.uri,
    redirectUriWasSent: redirect.wasSent,
    responseMode: redirect.responseMode,
    scope: parseScope(params.get('scope')),
    codeChallenge: parseChallenge(params),
    prompt: parsePrompt(params),
    uiLocales: words(params.get('ui_locales')).filter((tag) =>
      /^[A-Za-z0-9]{1,8}(-[A-Za-z0-9]{1,8})*$/.test(tag),
    ),
    acrValues: words(params.get('acr_values')),
    resources: parseResources(params),
    ...parseOptional(params),
  }
}

/**
 * OpenID Connect Core §6.1, §6.2 and §7.2.1 name an error for each of the three. A request object is opened before its
 * parameters are parsed (requestObjectParameters): one that is still there is of somebody who opens none.
 */
function refuseUnsupported(params: Parameters): void {
  if (params.has('request')) throw new OAuthError('request_not_supported')
  if (params.has('request_uri')) throw new OAuthError('request_uri_not_supported')
  if (params.has('registration')) throw new OAuthError('registration_not_supported')
}

function checkResponse(params: Parameters): void {
  const type = params.require('response_type')
  // RFC 9700 §2.1.2: "clients SHOULD NOT use the implicit grant"; no token ever leaves through the front channel here.
  if (type !== 'code') throw new OAuthError('unsupported_response_type')
  const mode = params.get('response_mode')
  if (mode !== undefined && !(responseModes as readonly string[]).includes(mode)) {
    throw invalid('The response mode is not supported.')
  }
}

function parseChallenge(params: Parameters): string {
  // RFC 7636 §4.4.1: "If the server requires Proof Key for Code Exchange ... and the client does not send the
  // "code_challenge" ..., the authorization endpoint MUST return ... "invalid_request"".
  const codeChallenge = params.require('code_challenge')
  // RFC 7636 §4.3: an absent method "defaults to "plain"", which is refused as such.
  if (params.get('code_challenge_method') !== 'S256') throw invalid('The code_challenge_method must be S256.')
  if (!isCodeChallenge(codeChallenge)) throw invalid('The code_challenge is malformed.')
  return codeChallenge
}

/**
 * Reads an authorization request whose answer goes to no address, but to the client that sends it (OAuth 2.0 for
 * First-Party Applications, draft 04 §5.1).
 *
 * @param clientId of the client that has authenticated itself
 * @throws OAuthError as `parseAuthorizationRequest`
 */
export function parseChallengeRequest(params: Parameters, clientId: string): AuthorizationRequest {
  const nowhere = { clientId, uri: '', wasSent: false, responseMode: 'query' } as ProvenRedirect
  return parseAuthorizationRequest(params, nowhere)
}

function parsePrompt(params: Parameters): readonly Prompt[] {
  const asked = [...new Set(words(params.get('prompt')))]
  if (!asked.every(isPrompt)) throw invalid('The prompt is not supported.')
  // OpenID Connect Core §3.1.2.1: "If this parameter contains none with any other value, an error is returned."
  if (asked.length > 1 && asked.includes('none')) throw invalid('The prompt none must stand alone.')
  return asked
}

function isPrompt(word: string): word is Prompt {
  return (prompts as readonly string[]).includes(word)
}

/** Reads `resource` parameters. @throws OAuthError `invalid_target` */
export function parseResources(params: Parameters): readonly string[] {
  const resources = [...new Set(params.all('resource'))]
  for (const resource of resources) {
    // RFC 8707 §2: "Its value MUST be an absolute URI ... The URI MUST NOT include a fragment component."
    if (resource.includes('#') || !/^[A-Za-z][A-Za-z0-9+.-]*:[\x21-\x7e]+$/.test(resource)) {
      throw new OAuthError('invalid_target')
    }
  }
  return resources
}

type Optional = Pick<
  AuthorizationRequest,
  | 'state'
  | 'nonce'
  | 'maxAge'
  | 'loginHint'
  | 'idTokenHint'
  | 'claims'
  | 'display'
  | 'details'
  | 'dpopThumbprint'
>

function parseOptional(params: Parameters): Optional {
  const state = params.get('state')
  const nonce = params.get('nonce')
  const maxAge = params.get('max_age')
  const loginHint = params.get('login_hint')
  const idTokenHint = params.get('id_token_hint')
  const claims = params.get('claims')
  const dpopThumbprint = params.get('dpop_jkt')
  const details = parseAuthorizationDetails(params)
  const display = displays.find((known) => known === params.get('display'))
  if (maxAge !== undefined && !/^[0-9]{1,9}$/.test(maxAge))
    throw invalid('The max_age must be whole seconds.')
  if (dpopThumbprint !== undefined && !isBase64urlOf32Bytes(dpopThumbprint))
    throw invalid('The dpop_jkt is no thumbprint.')
  return {
    ...(state !== undefined && { state }),
    ...(nonce !== undefined && { nonce }),
    ...(maxAge !== undefined && { maxAge: Number(maxAge) }),
    ...(loginHint !== undefined && { loginHint }),
    ...(idTokenHint !== undefined && { idTokenHint }),
    ...(claims !== undefined && { claims: parseClaimsRequest(claims) }),
    ...(display !== undefined && { display }),
    ...(details !== undefined && { details }),
    ...(dpopThumbprint !== undefined && { dpopThumbprint }),
  }
}

function words(text: string | undefined): readonly string[] {
  return text === undefined ? [] : text.split(' ').filter((word) => word !== '')
}

function invalid(description: string): OAuthError {
  return new OAuthError('invalid_request', { description })
}
