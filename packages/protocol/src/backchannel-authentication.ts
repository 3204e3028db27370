// The backchannel authentication request (CIBA Core 1.0 §7.1): a client names a person and asks them, wherever they are, to
// let it act for them; with RFC 8707's resources and RFC 9396's details.
import { type AuthorizationDetail, parseAuthorizationDetails } from './authorization-details.ts'
import { parseResources, repeatableParameters } from './authorization-request.ts'
import { OAuthError } from './errors.ts'
import type { Parameters } from './parameters.ts'
import { parseScope } from './scope.ts'

/** Whom a client asks for: by a name that people sign in with, or by an ID token of theirs. */
export interface PersonHint {
  readonly kind: 'login' | 'idToken'
  readonly value: string
}

/** What a client asks of a person. */
export interface BackchannelRequest {
  readonly scope: readonly string[]
  readonly resources: readonly string[]
  readonly details?: readonly AuthorizationDetail[]
  readonly hint: PersonHint
  /** As sent; who shows it judges it. */
  readonly bindingMessage: string | null
  /** The bearer token with which the client is told that there is an answer (§7.1, RFC 6750 §2.1). */
  readonly notificationToken: string | null
  /** Seconds that the request is to be good for; positive. */
  readonly requestedExpiry: number | null
}

/** §7.1: "The length of the token MUST NOT exceed 1024 characters". */
const longestNotificationToken = 1024
const hints = ['login_hint_token', 'id_token_hint', 'login_hint'] as const

/**
 * Reads a backchannel authentication request, or the claims of a signed one as parameters. Unknown parameters are
 * ignored, `user_code` among them, and `acr_values` is a wish that the ID token's `acr` answers.
 *
 * @throws OAuthError `invalid_request`, `invalid_scope`, `invalid_target`, `invalid_authorization_details`
 */
export function parseBackchannelRequest(form: Parameters): BackchannelRequest {
  if (form.repeated(repeatableParameters) !== undefined) {
    throw invalid('A parameter is given more than once.')
  }
  const scope = parseScope(form.require('scope'))
  // §7.1: requests "MUST therefore contain the openid scope value".
  if (!scope.includes('openid')) {
    throw new OAuthError('invalid_scope', { description: 'The scope must contain openid.' })
  }
  const details = parseAuthorizationDetails(form)
  return {
    scope,
    resources: parseResources(form),
    ...(details !== undefined && { details }),
    hint: hintOf(form),
    bindingMessage: form.get('binding_message') ?? null,
    notificationToken: notificationTokenOf(form),
    requestedExpiry: expiryOf(form),
  }
}

/** §7.1: "there MUST be one (and only one) of the hints specified". */
function hintOf(form: Parameters): PersonHint {
  const given = hints.filter((name) => form.has(name))
  if (given.length !== 1) throw invalid('Send exactly one of login_hint and id_token_hint.')
  const [name] = given
  // Whoever makes such a token would have to be known and trusted here, and nobody is.
  if (name === 'login_hint_token') throw invalid('login_hint_token is not supported.')
  const value = form.require(name ?? '')
  return { kind: name === 'id_token_hint' ? 'idToken' : 'login', value }
}

function notificationTokenOf(form: Parameters): string | null {
  const token = form.get('client_notification_token')
  if (token === undefined) return null
  // RFC 6750 §2.1: b64token
  if (token.length > longestNotificationToken || !/^[A-Za-z0-9._~+/-]+=*$/.test(token)) {
    throw invalid('The client_notification_token is not one of RFC 6750 with at most 1024 characters.')
  }
  return token
}

function expiryOf(form: Parameters): number | null {
  const text = form.get('requested_expiry')
  if (text === undefined) return null
  if (!/^[1-9][0-9]{0,8}$/.test(text)) throw invalid('The requested_expiry is not a positive integer.')
  return Number(text)
}

function invalid(description: string): OAuthError {
  return new OAuthError('invalid_request', { description })
}
