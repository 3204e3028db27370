// Adding and changing APIs: the one way from an operator's or a seed's description to a stored API.
import { event } from '../../platform/events/events.ts'
import type { Platform } from '../../platform/platform.ts'
import { type Api, type ApiFinding, checkApi } from './api.ts'
import { allApis, saveApi } from './apis.store.ts'

/** Seconds that an access token lives unless its API says otherwise. */
const defaultAccessTokenSeconds = 300

/** An API as an operator describes it. */
export interface ApiDescription {
  readonly identifier: string
  readonly name?: string
  readonly scopes?: Api['scopes']
  readonly tokenFormat?: Api['tokenFormat']
  readonly accessTokenSeconds?: number
}

/** Stored, or what speaks against it. */
export type CreatedApi =
  | { readonly ok: true; readonly api: Api }
  | { readonly ok: false; readonly findings: readonly ApiFinding[] }

/**
 * Adds an API, or replaces the one of that identifier.
 *
 * @returns the API as stored, or everything that is wrong with the description; then nothing was stored
 */
export async function createApi(platform: Platform, description: ApiDescription): Promise<CreatedApi> {
  const api: Api = {
    identifier: description.identifier,
    name: description.name ?? description.identifier,
    scopes: description.scopes ?? [],
    tokenFormat: description.tokenFormat ?? 'jwt',
    accessTokenSeconds: description.accessTokenSeconds ?? defaultAccessTokenSeconds,
  }
  const others = (await allApis(platform.database)).filter(({ identifier }) => identifier !== api.identifier)
  const findings = checkApi(api, others)
  if (findings.length > 0) return { ok: false, findings }
  await platform.database.commit([
    saveApi(platform.database, api),
    event(platform.database, platform.runtime, { type: 'api.saved', detail: { api: api.identifier } }),
  ])
  return { ok: true, api }
}
