// The APIs in memory: few, read for every token, changed rarely. A change is seen within a second, an addition at
// once, since a name that memory does not know is looked up again before anyone is refused for it.
import type { Platform } from '../../platform/platform.ts'
import type { DetailsType, FindDetailsType } from '../details/types.ts'
import { type Api, identityScopes } from './api.ts'
import { allApis } from './apis.store.ts'

/** All APIs as they were at one moment. */
export interface Apis {
  readonly all: readonly Api[]
  withIdentifier(identifier: string): Api | undefined
  /** The API that a scope belongs to. */
  ofScope(scope: string): Api | undefined
  /** The API that declares a type of authorization details. */
  ofDetails(type: string): Api | undefined
  readonly detailsType: FindDetailsType
}

/** The APIs, as currently as it matters. */
export interface ApiCatalogue {
  /** The APIs, fresh to the second and fresh to the moment for the names given. */
  look(names?: ApiNames): Promise<Apis>
}

/** What APIs are found by. */
export interface ApiNames {
  readonly scope?: readonly string[]
  readonly resources?: readonly string[]
  readonly details?: readonly { readonly type: string }[]
}

/** The catalogue of one process. */
export function apiCatalogue(platform: Pick<Platform, 'database' | 'runtime'>): ApiCatalogue {
  let apis = apisOf([])
  let readAt = -1
  const read = async (): Promise<Apis> => {
    const now = platform.runtime.now()
    apis = apisOf(await allApis(platform.database))
    readAt = now
    return apis
  }
  return {
    look: async ({ scope = [], resources = [], details = [] } = {}) => {
      const knows =
        scope.every((name) => identityScopes.includes(name) || apis.ofScope(name) !== undefined) &&
        resources.every((identifier) => apis.withIdentifier(identifier) !== undefined) &&
        details.every(({ type }) => apis.ofDetails(type) !== undefined)
      return knows && platform.runtime.now() === readAt ? apis : read()
    },
  }
}

/**
 * A list of APIs, to be looked into. INVARIANT: no scope about people is an API's, however long it has had one of that
 * name.
 */
export function apisOf(stored: readonly Api[]): Apis {
  const all = stored.map((api) => {
    const scopes = api.scopes.filter(({ name }) => !identityScopes.includes(name))
    return scopes.length === api.scopes.length ? api : { ...api, scopes }
  })
  const byIdentifier = new Map(all.map((api) => [api.identifier, api]))
  const byScope = new Map(all.flatMap((api) => api.scopes.map(({ name }) => [name, api] as const)))
  const byType = new Map(
    all.flatMap((api) => api.details.map((type): [string, [Api, DetailsType]] => [type.type, [api, type]])),
  )
  return {
    all,
    withIdentifier: (identifier) => byIdentifier.get(identifier),
    ofScope: (scope) => byScope.get(scope),
    ofDetails: (type) => byType.get(type)?.[0],
    detailsType: (type) => byType.get(type)?.[1],
  }
}
