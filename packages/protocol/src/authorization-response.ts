// The answer to an authorization request (RFC 6749 §4.1.2, RFC 9207, OAuth 2.0 Multiple Response Types §2.1, JARM §2): what
// is in it, and how it reaches the client.
import type { AuthorizationRequest, ProvenRedirect } from './authorization-request.ts'
import { formatOAuthError, type OAuthError } from './errors.ts'
import { Parameters } from './parameters.ts'
import type { AuthorizationResponseClaims } from './token-claims.ts'

/** The response modes that are understood here: what a metadata document may advertise. */
export const responseModes = ['query', 'form_post', 'jwt', 'query.jwt', 'form_post.jwt'] as const

/** How an answer reaches the client, once `jwt` has become what it stands for. */
export type ResponseMode = Exclude<(typeof responseModes)[number], 'jwt'>

const carriedOut = responseModes.filter((mode) => mode !== 'jwt')

/** What is asked for, as it is carried out; `query` for what isn't understood, so that an error gets through. */
export function responseModeOf(asked: string | undefined): ResponseMode {
  // JARM §2.3.4: jwt "is a shortcut and indicates the default redirect encoding ... for the requested response type".
  if (asked === 'jwt') return 'query.jwt'
  return carriedOut.find((known) => known === asked) ?? 'query'
}

/** Whether the answer is signed (JARM §2.1). */
export function isSignedMode(mode: ResponseMode): boolean {
  return mode.endsWith('.jwt')
}

/** Where an answer goes: a proven redirect, or a request that was made from one. */
export type RedirectTarget = ProvenRedirect | AuthorizationRequest

/** What a successful answer holds (RFC 6749 §4.1.2, RFC 9207 §2). */
export interface SuccessResponse {
  readonly code: string
  readonly iss: string
}

/** What an error answer holds (RFC 6749 §4.1.2.1, RFC 9207 §2). */
export interface ErrorResponse {
  readonly error: OAuthError
  readonly iss: string
}

/** The members of a successful answer: for a redirect's query, or the fields of a form_post page. */
export function successParameters(target: RedirectTarget, response: SuccessResponse): Parameters {
  return Parameters.from({ code: response.code, state: target.state, iss: response.iss })
}

/** The members of an error answer (RFC 6749 §4.1.2.1), with `iss` as RFC 9207 §2 asks of errors too. */
export function errorParameters(target: RedirectTarget, response: ErrorResponse): Parameters {
  return Parameters.from({ ...formatOAuthError(response.error, { state: target.state, iss: response.iss }) })
}

/** The address that hands an answer to the client. */
export function responseRedirect(target: RedirectTarget, parameters: Parameters): string {
  const uri = 'uri' in target ? target.uri : target.redirectUri
  // RFC 6749 §3.1.2: a query of the registered URI "MUST be retained when adding additional query parameters".
  return `${uri}${uri.includes('?') ? '&' : '?'}${parameters}`
}

/**
 * The claims of a signed answer (JARM §2.1): its members, for this client alone, until then. Its `iss` is the answer's own.
 *
 * @param expires seconds since the epoch; JARM §2.1 recommends at most ten minutes from now
 */
export function signedResponseClaims(
  parameters: Parameters,
  to: { readonly clientId: string; readonly expires: number },
): AuthorizationResponseClaims {
  const { iss = '', ...members } = Object.fromEntries(parameters)
  return { ...members, iss, aud: to.clientId, exp: to.expires }
}
