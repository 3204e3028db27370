// What a request asks for, once it is laid beside what exists and what the client may have: the scope and the APIs
// that consent is about and that a code will hold (RFC 6749 §3.3, RFC 8707 §2.1, RFC 9396 §3, OpenID Connect Core §5.5, §11).
import {
  type AuthorizationDetail,
  type AuthorizationRequest,
  type ClaimsRequest,
  OAuthError,
} from '@countersign/protocol'
import { type Api, identityScopes } from '../apis/api.ts'
import type { Apis } from '../apis/catalogue.ts'
import type { Client } from '../clients/client.ts'
import { apisOfDetails } from '../details/asked.ts'
import type { Rules } from '../profiles/rules.ts'
import { scopeOf } from '../tokens/user-claims.ts'

/** What of a request says what is asked for. */
export type Asking = Pick<AuthorizationRequest, 'scope' | 'resources' | 'claims' | 'details'>

/** What a request comes to for this client: the part of it that exists and is allowed. */
export interface AskedFor {
  readonly scope: readonly string[]
  /** Identifiers of APIs, in the order of the scope. */
  readonly resources: readonly string[]
  /** Identity scopes whose claims are asked for by name only; consent is about them too. */
  readonly disclosed: readonly string[]
  readonly claims?: ClaimsRequest
  /** Conforming to their types; absent where there are none. */
  readonly details?: readonly AuthorizationDetail[]
}

/**
 * Lays a request beside the client's rights. Scopes that nobody knows are ignored (OpenID Connect Core §3.1.2.1:
 * they "SHOULD be ignored"); those that the client may not have are refused.
 *
 * @throws OAuthError `invalid_scope`, `invalid_target`, `invalid_authorization_details`
 */
export function askedFor(
  request: Asking,
  client: Client,
  apis: Apis,
  rules: Pick<Rules, 'resourceRequired' | 'offlineImplied'>,
): AskedFor {
  const named = request.resources.map((identifier) => namedApi(identifier, client, apis))
  const isNamed = (name: string): boolean => {
    const api = apis.ofScope(name)
    return named.length === 0 || (api !== undefined && named.includes(api))
  }
  const { details = [] } = request
  const byDetails = apisOfDetails(details, client, apis)
  if (named.length > 0 && !byDetails.every((api) => named.includes(api))) throw ofAnotherApi()
  const scope = wantedScope(request, client, apis).filter((name) =>
    identityScopes.includes(name)
      ? isIdentityScopeGiven(name, client)
      : isApiScopeGiven(name, client, apis) && isNamed(name),
  )
  const byScope = scope.map((name) => apis.ofScope(name)).filter((api) => api !== undefined)
  const meant = [...byScope, ...byDetails]
  if (meant.length > 0) refuseNameless(rules, request)
  const resources = new Set((named.length > 0 ? named : meant).map(({ identifier }) => identifier))
  if (scope.length === 0 && resources.size === 0) {
    throw new OAuthError('invalid_scope', { description: 'Nothing that is known here was asked for.' })
  }
  if (rules.offlineImplied && meant.length > 0 && isOfflineImplied(scope, client))
    scope.push('offline_access')
  const claims = scope.includes('openid') ? allowedClaims(request.claims, client) : undefined
  return {
    scope,
    resources: [...resources],
    disclosed: scopesOf(claims).filter((name) => !scope.includes(name)),
    ...(claims !== undefined && { claims }),
    ...(details.length > 0 && { details }),
  }
}

/** Who names nothing asks for all that the client may have at APIs; who names details asks for those. */
function wantedScope({ scope, details }: Asking, client: Client, apis: Apis): readonly string[] {
  if (scope.length > 0) return scope
  return details === undefined ? client.scopes.filter((name) => apis.ofScope(name)) : []
}

/** OpenID Connect has its own word for it, where it is spoken. */
function isOfflineImplied(scope: readonly string[], { grants }: Client): boolean {
  return (
    grants.includes('refresh_token') && !scope.some((name) => name === 'openid' || name === 'offline_access')
  )
}

/** RFC 9396 §3.2: the resource says which API is meant, and these are of another. */
function ofAnotherApi(): OAuthError {
  return new OAuthError('invalid_target', {
    description: 'The authorization details are for an API that is not among the resources.',
  })
}

/** RFC 8707 §2, where naming the API is not left to the client. @throws OAuthError `invalid_target` */
export function refuseNameless(
  { resourceRequired }: Pick<Rules, 'resourceRequired'>,
  { resources }: Pick<Asking, 'resources'>,
): void {
  if (resourceRequired && resources.length === 0)
    throw new OAuthError('invalid_target', { description: 'Name the API that the token is for: resource.' })
}

function namedApi(identifier: string, client: Client, apis: Apis): Api {
  const api = apis.withIdentifier(identifier)
  const mayUse =
    api?.scopes.length === 0 ||
    api?.scopes.some(({ name }) => client.scopes.includes(name)) ||
    api?.details.some(({ type }) => client.detailsTypes.includes(type))
  if (api === undefined || mayUse !== true) throw new OAuthError('invalid_target')
  return api
}

function isIdentityScopeGiven(name: string, client: Client): boolean {
  if (client.scopes.includes(name)) return true
  // OpenID Connect Core §11: the server "MUST ignore the offline_access request" where it can't be granted.
  if (name === 'offline_access') return false
  throw notAllowed()
}

function isApiScopeGiven(name: string, client: Client, apis: Apis): boolean {
  if (apis.ofScope(name) === undefined) return false
  if (client.scopes.includes(name)) return true
  throw notAllowed()
}

/** Claims of scopes that the client may not have are dropped: each may be left unanswered (OpenID Connect Core §5.5). */
function allowedClaims(claims: ClaimsRequest | undefined, client: Client): ClaimsRequest | undefined {
  if (claims === undefined) return undefined
  const allowed = (place: ClaimsRequest['userinfo']): ClaimsRequest['userinfo'] =>
    Object.fromEntries(
      Object.entries(place ?? {}).filter(([claim]) => {
        const scope = scopeOf(claim)
        return scope === undefined || client.scopes.includes(scope)
      }),
    )
  return { userinfo: allowed(claims.userinfo) ?? {}, idToken: allowed(claims.idToken) ?? {} }
}

function scopesOf(claims: ClaimsRequest | undefined): string[] {
  const names = [...Object.keys(claims?.userinfo ?? {}), ...Object.keys(claims?.idToken ?? {})]
  return [...new Set(names.map(scopeOf).filter((scope) => scope !== undefined))]
}

function notAllowed(): OAuthError {
  return new OAuthError('invalid_scope', { description: 'The client may not ask for one of the scopes.' })
}
