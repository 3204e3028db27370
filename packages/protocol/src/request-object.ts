// What a signed request object asks (RFC 9101 §4, OpenID Connect Core §6.1, CIBA §7.1.1): its claims, read as the
// parameters that they stand for, so that a request is judged alike whichever way it came.
import { OAuthError } from './errors.ts'
import { isJsonObject } from './jose/strict-json.ts'
import { Parameters } from './parameters.ts'
import type { BackchannelRequestClaims, RequestObjectClaims } from './token-claims.ts'

/** RFC 9101 §4: claims of the JWT itself, which are no parameters. */
const ofTheToken: readonly string[] = ['iss', 'aud', 'exp', 'nbf', 'iat', 'jti']

/** Parameters that are text and nothing else. Others than these and those below are nobody's business here. */
const texts: readonly string[] = [
  'client_id',
  'response_type',
  'redirect_uri',
  'scope',
  'state',
  'response_mode',
  'nonce',
  'code_challenge',
  'code_challenge_method',
  'prompt',
  'login_hint',
  'id_token_hint',
  'ui_locales',
  'acr_values',
  'display',
  'dpop_jkt',
  'login_hint_token',
  'binding_message',
  'client_notification_token',
  'user_code',
]

/** Parameters that may be something else. */
const structured: readonly string[] = [
  'max_age',
  'requested_expiry',
  'claims',
  'resource',
  'authorization_details',
]

/**
 * The parameters of a verified request object.
 *
 * @throws OAuthError `invalid_request_object` for a claim that can't be its parameter
 */
export function requestObjectParameters(claims: RequestObjectClaims | BackchannelRequestClaims): Parameters {
  const pairs: [string, string][] = []
  for (const [name, value] of Object.entries(claims)) {
    if (ofTheToken.includes(name) || value === undefined) continue
    for (const text of textsOf(name, value)) {
      // As in a query, where it is refused with the encoding.
      if (text.includes('\0') || !text.isWellFormed()) throw malformed(name)
      pairs.push([name, text])
    }
  }
  return Parameters.from(pairs)
}

function textsOf(name: string, value: unknown): readonly string[] {
  if (typeof value === 'string') return [value]
  // RFC 9101 §4: "Numerical values MUST be included as JSON numbers."
  if ((name === 'max_age' || name === 'requested_expiry') && Number.isSafeInteger(value))
    return [String(value)]
  // RFC 9396 §2: authorization_details is "an array of objects", and in a request object it is that.
  if (name === 'authorization_details' && Array.isArray(value)) return [JSON.stringify(value)]
  // OpenID Connect Core §6.1: claims is "a JSON object" there.
  if (name === 'claims' && isJsonObject(value)) return [JSON.stringify(value)]
  if (name === 'resource' && Array.isArray(value) && value.every((item) => typeof item === 'string'))
    return value
  if ([...texts, ...structured].includes(name)) throw malformed(name)
  return name === 'registration' ? [JSON.stringify(value)] : []
}

function malformed(name: string): OAuthError {
  return new OAuthError('invalid_request_object', {
    detail: `request object: ${known(name)} is not as it should be`,
  })
}

/** Names that are not ours stay out of the log. */
function known(name: string): string {
  return texts.includes(name) || structured.includes(name) ? name : 'a claim'
}
