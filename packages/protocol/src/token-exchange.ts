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

/** An identity assertion for another server (draft-ietf-oauth-identity-assertion-authz-grant §4.3). */
export const idJagTokenType = 'urn:ietf:params:oauth:token-type:id-jag'

const idTokenType = 'urn:ietf:params:oauth:token-type:id_token'
const refreshTokenType = 'urn:ietf:params:oauth:token-type:refresh_token'

/** A request of token exchange; `requested` tells which. */
export type ExchangeGrantRequest = AccessExchangeRequest | IdJagExchangeRequest

/** A token to be exchanged for an identity assertion. */
export interface IdJagExchangeRequest {
  readonly grantType: typeof tokenExchange
  readonly requested: 'id-jag'
  readonly subjectToken: string
  readonly subjectType: 'id_token' | 'refresh_token'
  /** The issuer identifier of the server that it is for. */
  readonly audience: string
  readonly scope?: readonly string[]
  readonly resources: readonly string[]
  readonly details?: never
}

/** A token to be exchanged for another one (RFC 8693 §2.1). */
export interface AccessExchangeRequest {
  readonly grantType: typeof tokenExchange
  readonly requested?: never
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
  if (form.get('requested_token_type') === idJagTokenType) return parseIdJagRequest(form)
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

function parseIdJagRequest(form: Parameters): IdJagExchangeRequest {
  const subjectToken = form.require('subject_token')
  const type = form.require('subject_token_type')
  if (type !== idTokenType && type !== refreshTokenType)
    throw refused('An identity assertion is given for an ID token or a refresh token.')
  // Nobody acts for somebody else elsewhere: the client itself is let in there.
  if (form.has('actor_token') || form.has('actor_token_type'))
    throw refused('An identity assertion names no actor.')
  if (parseAuthorizationDetails(form) !== undefined)
    throw new OAuthError('invalid_authorization_details', {
      description: 'An identity assertion holds no authorization details here.',
    })
  const [audience, ...others] = new Set(form.all('audience'))
  if (audience === undefined || others.length > 0)
    throw refused('Name the one server that the identity assertion is for, as audience.')
  return {
    grantType: tokenExchange,
    requested: 'id-jag',
    subjectToken,
    subjectType: type === idTokenType ? 'id_token' : 'refresh_token',
    audience,
    ...(form.has('scope') && { scope: parseScope(form.get('scope')) }),
    resources: parseResources(form),
  }
}

/** RFC 8693 §2.2.2: of a request that is not valid, the error "MUST be the invalid_request error code". */
function checkType(type: string): void {
  if (type !== accessTokenType) throw refused('Only access tokens are exchanged here, and for access tokens.')
}

function refused(description: string): OAuthError {
  return new OAuthError('invalid_request', { description })
}
