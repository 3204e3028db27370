// The token exchange request (RFC 8693 §2.1): a token for another one.
import { type AuthorizationDetail, parseAuthorizationDetails } from './authorization-details.ts'
import { parseResources } from './authorization-request.ts'
import { OAuthError } from './errors.ts'
import type { Parameters } from './parameters.ts'
import { parseScope } from './scope.ts'

/** RFC 8693 §2.1: the grant type of token exchange. */
export const tokenExchange = 'urn:ietf:params:oauth:grant-type:token-exchange'

/** RFC 8693 §3: a token that is one of our access tokens; the one type that is taken and given. */
export const accessTokenType = 'urn:ietf:params:oauth:token-type:access_token'

/** A token to be exchanged for another one (RFC 8693 §2.1). */
export interface ExchangeGrantRequest {
  readonly grantType: typeof tokenExchange
  readonly subjectToken: string
  /** Whoever acts, where that is not the client itself. */
  readonly actorToken?: string
  readonly scope?: readonly string[]
  /** What the new token is for: `resource` and `audience` together, each named once. */
  readonly resources: readonly string[]
  readonly details?: readonly AuthorizationDetail[]
}

/**
 * Reads a token exchange request.
 *
 * @throws OAuthError `invalid_request` for a token type that is not taken or given here, `invalid_scope`,
 *   `invalid_target`, `invalid_authorization_details`
 */
export function parseExchangeRequest(form: Parameters): ExchangeGrantRequest {
  const subjectToken = form.require('subject_token')
  checkType(form.require('subject_token_type'))
  const actorToken = form.get('actor_token')
  // RFC 8693 §2.1: actor_token_type is REQUIRED beside actor_token, "but MUST NOT be included otherwise".
  if (actorToken !== undefined) checkType(form.require('actor_token_type'))
  else if (form.has('actor_token_type')) throw refused('The parameter actor_token is missing.')
  const details = parseAuthorizationDetails(form)
  const requested = form.get('requested_token_type')
  if (requested !== undefined) checkType(requested)
  return {
    grantType: tokenExchange,
    subjectToken,
    ...(actorToken !== undefined && { actorToken }),
    ...(form.has('scope') && { scope: parseScope(form.get('scope')) }),
    resources: [...new Set([...parseResources(form), ...form.all('audience')])],
    ...(details !== undefined && { details }),
  }
}

/** RFC 8693 §2.2.2: of a request that is not valid, the error "MUST be the invalid_request error code". */
function checkType(type: string): void {
  if (type !== accessTokenType) throw refused('Only access tokens are exchanged here, and for access tokens.')
}

function refused(description: string): OAuthError {
  return new OAuthError('invalid_request', { description })
}
