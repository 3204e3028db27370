// From what was granted to what one access token holds: narrower or equal, never wider, and for one audience
// (RFC 6749 §6, RFC 8707 §2.2, RFC 9396 §6). Every grant goes through here.
import { type AuthorizationDetail, isSubset, OAuthError } from '@countersign/protocol'
import { type Api, identityScopes } from '../apis/api.ts'
import type { Apis } from '../apis/catalogue.ts'
import { narrowDetails } from '../details/asked.ts'

/** What one access token is good for. */
export interface Access {
  readonly scope: readonly string[]
  /** The API that it is for; null for the issuer itself. */
  readonly api: Api | null
  /** Of types of that API alone (RFC 9396 §9.1); absent where there are none. */
  readonly details?: readonly AuthorizationDetail[]
}

/** The most that an access token may hold. */
export interface Most {
  readonly scope: readonly string[]
  readonly resources: readonly string[]
  readonly details?: readonly AuthorizationDetail[]
}

/** What a token request asks for; without `scope` or `details`, all of them that was granted. */
export interface Asked {
  readonly scope?: readonly string[]
  readonly resources: readonly string[]
  readonly details?: readonly AuthorizationDetail[]
}

/**
 * Chooses scope, audience and details of one access token.
 *
 * INVARIANT: the scope is a subset of `granted.scope`, the API is one of `granted.resources` or nothing, and the details
 * are of its types and narrower than or equal to `granted.details`.
 * @throws OAuthError `invalid_scope` for a scope that was not granted; `invalid_authorization_details` for details that
 *   were not; `invalid_target` for a resource that was not granted, for several, or when several are possible and none is
 *   named
 */
export function narrow(granted: Most, asked: Asked, apis: Apis): Access {
  const scope = asked.scope ?? granted.scope
  if (!isSubset(scope, granted.scope)) {
    throw new OAuthError('invalid_scope', { description: 'The scope goes beyond what was granted.' })
  }
  const wanted = narrowDetails(granted.details ?? [], asked.details, apis)
  const api = apiOf(granted.resources, { scope, details: wanted }, asked, apis)
  const isFor = (name: string): boolean =>
    identityScopes.includes(name) || (api?.scopes.some((own) => own.name === name) ?? false)
  const details = wanted.filter(({ type }) => api !== null && apis.ofDetails(type) === api)
  if (asked.details !== undefined && details.length < wanted.length)
    throw target('The authorization details are for another resource.')
  return { scope: scope.filter(isFor), api, ...(details.length > 0 && { details }) }
}

/** What an access token is to hold, whichever API it is for. */
interface Wanted {
  readonly scope: readonly string[]
  readonly details: readonly AuthorizationDetail[]
}

function apiOf(granted: readonly string[], wanted: Wanted, asked: Asked, apis: Apis): Api | null {
  const [resource, ...others] = asked.resources
  if (others.length > 0) throw target('An access token is for one resource.')
  if (resource !== undefined) {
    const api = granted.includes(resource) ? apis.withIdentifier(resource) : undefined
    if (api === undefined) throw target('The resource was not granted.')
    return api
  }
  const [first, ...more] = candidates(granted, wanted, asked, apis)
  if (more.length > 0) throw target('Several resources were granted: name one of them.')
  return first ?? null
}

/**
 * The APIs that an unnamed audience could mean: those of the details that are asked for, else those of the scopes and of
 * all details or, where neither tells, those granted.
 */
function candidates(granted: readonly string[], wanted: Wanted, asked: Asked, apis: Apis): Api[] {
  const byDetails = wanted.details.map(({ type }) => apis.ofDetails(type))
  const byScope = wanted.scope.map((name) => apis.ofScope(name))
  const found = new Set<Api>()
  for (const api of asked.details === undefined ? [...byScope, ...byDetails] : byDetails) {
    if (api !== undefined && granted.includes(api.identifier)) found.add(api)
  }
  if (found.size > 0 || asked.scope !== undefined) return [...found]
  return granted.map((identifier) => apis.withIdentifier(identifier)).filter((api) => api !== undefined)
}

function target(description: string): OAuthError {
  return new OAuthError('invalid_target', { description })
}
