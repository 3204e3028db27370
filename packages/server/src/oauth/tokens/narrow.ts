// From what was granted to what one access token holds: narrower or equal, never wider, and for one audience
// (RFC 6749 §6, RFC 8707 §2.2). Every grant goes through here.
import { isSubset, OAuthError } from '@countersign/protocol'
import { type Api, identityScopes } from '../apis/api.ts'
import type { Apis } from '../apis/catalogue.ts'

/** What one access token is good for. */
export interface Access {
  readonly scope: readonly string[]
  /** The API that it is for; null for the issuer itself. */
  readonly api: Api | null
}

/** What a token request asks for; without `scope`, all that was granted. */
export interface Asked {
  readonly scope?: readonly string[]
  readonly resources: readonly string[]
}

/**
 * Chooses scope and audience of one access token.
 *
 * INVARIANT: the scope is a subset of `granted.scope`, and the API is one of `granted.resources` or nothing.
 * @throws OAuthError `invalid_scope` for a scope that was not granted; `invalid_target` for a resource that was not
 *   granted, for several, or when several are possible and none is named
 */
export function narrow(
  granted: { readonly scope: readonly string[]; readonly resources: readonly string[] },
  asked: Asked,
  apis: Apis,
): Access {
  const scope = asked.scope ?? granted.scope
  if (!isSubset(scope, granted.scope)) {
    throw new OAuthError('invalid_scope', { description: 'The scope goes beyond what was granted.' })
  }
  const api = apiOf(granted.resources, scope, asked, apis)
  const isFor = (name: string): boolean =>
    identityScopes.includes(name) || (api?.scopes.some((own) => own.name === name) ?? false)
  return { scope: scope.filter(isFor), api }
}

function apiOf(granted: readonly string[], scope: readonly string[], asked: Asked, apis: Apis): Api | null {
  const [resource, ...others] = asked.resources
  if (others.length > 0) throw target('An access token is for one resource.')
  if (resource !== undefined) {
    const api = granted.includes(resource) ? apis.withIdentifier(resource) : undefined
    if (api === undefined) throw target('The resource was not granted.')
    return api
  }
  const [first, ...more] = candidates(granted, scope, asked, apis)
  if (more.length > 0) throw target('Several resources were granted: name one of them.')
  return first ?? null
}

/** The APIs that an unnamed audience could mean: those of the scopes or, where no scope tells, those granted. */
function candidates(granted: readonly string[], scope: readonly string[], asked: Asked, apis: Apis): Api[] {
  const found = new Set<Api>()
  for (const name of scope) {
    const api = apis.ofScope(name)
    if (api !== undefined && granted.includes(api.identifier)) found.add(api)
  }
  if (found.size > 0 || asked.scope !== undefined) return [...found]
  return granted.map((identifier) => apis.withIdentifier(identifier)).filter((api) => api !== undefined)
}

function target(description: string): OAuthError {
  return new OAuthError('invalid_target', { description })
}
