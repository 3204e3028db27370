// Adding and changing APIs: the one way from an operator's or a seed's description to a stored API.
import { KeyError } from '@countersign/protocol'
import { importEncryptionJwk } from '@countersign/protocol/jwe'
import type { WriteSet } from '../../platform/db/database.ts'
import { event } from '../../platform/events/events.ts'
import type { Platform } from '../../platform/platform.ts'
import { type DetailsDescription, detailsTypeOf } from '../details/declare.ts'
import { encryptionOff } from '../tokens/encryption.ts'
import { type Api, type ApiEncryption, type ApiFinding, checkApi } from './api.ts'
import { allApis, saveApi } from './apis.store.ts'

/** Seconds that an access token lives unless its API says otherwise. */
const defaultAccessTokenSeconds = 300

/** An API as an operator describes it. */
export interface ApiDescription {
  readonly identifier: string
  readonly name?: string
  readonly scopes?: Api['scopes']
  /** `jwt` when left out, or `encrypted` where there is a key to encrypt to. */
  readonly tokenFormat?: Api['tokenFormat']
  readonly accessTokenSeconds?: number
  readonly encryption?: ApiEncryption | null
  /** Types of authorization details (RFC 9396); none when left out. */
  readonly details?: readonly DetailsDescription[]
}

/** Stored, or what speaks against it. */
export type CreatedApi =
  | { readonly ok: true; readonly api: Api }
  | { readonly ok: false; readonly findings: readonly ApiFinding[] }

/**
 * Adds an API, or replaces the one of that identifier.
 *
 * @param options whether encrypted tokens are on; off unless said
 * @returns the API as stored, or everything that is wrong with the description; then nothing was stored
 */
export async function createApi(
  platform: Platform,
  description: ApiDescription,
  { encryptedTokens = false }: { readonly encryptedTokens?: boolean } = {},
): Promise<CreatedApi> {
  const prepared = await prepareApi(platform, description, { encryptedTokens })
  if (!prepared.ok) return prepared
  const { writes, ...created } = prepared
  await platform.database.commit(writes)
  return created
}

/** All of createApi but the commit, for whoever has more to commit with it. */
export async function prepareApi(
  platform: Platform,
  description: ApiDescription,
  { encryptedTokens = false }: { readonly encryptedTokens?: boolean } = {},
): Promise<
  (Extract<CreatedApi, { ok: true }> & { readonly writes: WriteSet }) | Extract<CreatedApi, { ok: false }>
> {
  const described = apiOf(description)
  const others = (await allApis(platform.database)).filter(
    ({ identifier }) => identifier !== described.identifier,
  )
  const findings = checkApi(described, others)
  if (described.tokenFormat === 'encrypted' && !encryptedTokens)
    findings.push({ path: 'tokenFormat', code: 'off', message: encryptionOff })
  if (findings.length > 0) return { ok: false, findings }
  const encryption = await publicPart(described.encryption)
  if (encryption instanceof KeyError) {
    const { code, detail } = encryption
    return { ok: false, findings: [{ path: 'encryption', code, message: `is no key to use: ${detail}` }] }
  }
  const details = (description.details ?? []).map(detailsTypeOf)
  const api: Api = { ...described, encryption, details }
  const before = (await allApis(platform.database)).find(({ identifier }) => identifier === api.identifier)
  const writes = [
    saveApi(platform.database, api),
    event(platform.database, platform.runtime, {
      type: 'api.saved',
      // Tokens of the lifetime before may still be about: what revokes them must be remembered for as long.
      detail: { api: api.identifier, ...(before !== undefined && { before: before.accessTokenSeconds }) },
    }),
  ]
  return { ok: true, api, writes }
}

function apiOf(description: ApiDescription): Api {
  const encryption = description.encryption ?? null
  return {
    identifier: description.identifier,
    name: description.name ?? description.identifier,
    scopes: description.scopes ?? [],
    tokenFormat: description.tokenFormat ?? (encryption === null ? 'jwt' : 'encrypted'),
    accessTokenSeconds: description.accessTokenSeconds ?? defaultAccessTokenSeconds,
    encryption,
    // As they are described: what is missing is found, and only then is anything filled in.
    details: (description.details ?? []) as Api['details'],
  }
}

/** The key with its public members alone, once it has been tried; or what is wrong with it. */
async function publicPart(encryption: ApiEncryption | null): Promise<ApiEncryption | null | KeyError> {
  if (encryption === null) return null
  const { alg, enc, jwk } = encryption
  try {
    const { kid, members } = await importEncryptionJwk(jwk, { alg, enc: [enc] })
    return { alg, enc, jwk: { ...members, use: 'enc', alg, ...(kid !== undefined && { kid }) } }
  } catch (error) {
    if (error instanceof KeyError) return error
    throw error
  }
}
