// Clients by their metadata documents (draft-ietf-oauth-client-id-metadata-document): an address that somebody sends as
// client_id becomes a client like any other, kept as long as its document is fresh. What anyone may have fetched is bounded
// in all and for each host, however many ask (§8.6); addresses inside are refused by the way out.
import type { WriteSet } from '../../platform/db/database.ts'
import { event } from '../../platform/events/events.ts'
import { type Charge, type Flow, reserveAll } from '../../platform/limits/limits.ts'
import type { Platform } from '../../platform/platform.ts'
import type { ApiCatalogue } from '../apis/catalogue.ts'
import type { Client } from '../clients/client.ts'
import { clientById, insertClient, replaceClient } from '../clients/clients.store.ts'
import { isAnother } from '../clients/identity-change.ts'
import { clientOf, findingsOf } from '../clients/registration.ts'
import { addressFault, isAddress } from './address.ts'
import { described, faultOf } from './description.ts'
import { isFresh, noteReading } from './documents.store.ts'
import { download } from './download.ts'

/** The client of a document, or why there is none, in words for the log. */
export type Found =
  | { readonly ok: true; readonly client: Client }
  | { readonly ok: false; readonly fault: string }

/** The clients that nobody registered. */
export interface MetadataDocuments {
  /**
   * The client of an id that is an address; null for other ids. Its document is read where that is not fresh any more. An
   * address whose document can't be had is no client, whatever it was before.
   */
  clientAt(id: string): Promise<Found | null>
}

/** Documents that were never read before: in all, and from one host. */
const inAll: Flow = { burst: 60, seconds: 60 }
const ofHost: Flow = { burst: 10, seconds: 60 }
/** One that was: however many are asked for beside it, its client is not kept waiting. */
const ofOne: Flow = { burst: 10, seconds: 60 }

/** The documents of one process. */
export function metadataDocuments(
  platform: Platform,
  apis: ApiCatalogue,
  options: { readonly encryptedTokens: boolean },
): MetadataDocuments {
  const underWay = new Map<string, Promise<Found>>()
  return {
    clientAt: async (id) => {
      if (!isAddress(id)) return null
      const fault = addressFault(id)
      if (fault !== null) return { ok: false, fault }
      const { database, runtime } = platform
      const client = await clientById(database, id)
      if (client !== undefined && (await isFresh(database, id, runtime.now()))) return { ok: true, client }
      let reading = underWay.get(id)
      if (reading === undefined) {
        const charges = client === undefined ? forNew(id) : [{ bucket: bucketOf(id), policy: ofOne }]
        reading = read({ platform, apis, options, charges }, id).finally(() => underWay.delete(id))
        underWay.set(id, reading)
      }
      return reading
    },
  }
}

function forNew(id: string): readonly Charge[] {
  return [
    { bucket: bucketOf(''), policy: inAll },
    { bucket: bucketOf(new URL(id).host), policy: ofHost },
  ]
}

function bucketOf(whose: string): string {
  return `metadata documents/${whose}`
}

interface Reading {
  readonly platform: Platform
  readonly apis: ApiCatalogue
  readonly options: { readonly encryptedTokens: boolean }
  readonly charges: readonly Charge[]
}

async function read({ platform, apis, options, charges }: Reading, id: string): Promise<Found> {
  const reserved = await reserveAll(platform, charges)
  if (!reserved.ok) return { ok: false, fault: 'too many documents were asked for' }
  const downloaded = await download(platform.egress, id)
  if (!downloaded.ok) return downloaded
  const outcome = described(id, downloaded.members, await apis.look())
  if (!outcome.ok) return outcome
  const { description } = outcome
  const findings = await findingsOf(platform, description, options)
  if (findings.length > 0) return { ok: false, fault: faultOf(findings) }
  const now = platform.runtime.now()
  const made = clientOf(description, id, null, now)
  return store(platform, made, { readAt: now, freshUntil: now + downloaded.freshSeconds })
}

/** Once more for each reader who was faster. */
async function store(
  platform: Platform,
  made: Client,
  times: { readonly readAt: number; readonly freshUntil: number },
): Promise<Found> {
  const { database } = platform
  for (;;) {
    const before = await clientById(database, made.id)
    const { client, writes } = merged(platform, before, made)
    const committed = await database.commit([noteReading(database, { id: made.id, ...times }), writes])
    if (committed.ok) return { ok: true, client }
  }
}

/** What is stored when a document says that its client is `made`. */
function merged(
  { database, runtime }: Platform,
  before: Client | undefined,
  made: Client,
): { readonly client: Client; readonly writes: WriteSet } {
  const detail = { by: 'metadata document' }
  if (before === undefined)
    return {
      client: made,
      writes: [
        insertClient(database, made),
        event(database, runtime, { type: 'client.created', clientId: made.id, detail }),
      ],
    }
  const { createdAt, disabledAt, revision, identityChangedAt } = before
  const same: Client = { ...made, createdAt, disabledAt, revision, identityChangedAt }
  if (JSON.stringify(same) === JSON.stringify(before)) return { client: before, writes: [] }
  const client: Client = {
    ...same,
    revision: revision + 1,
    identityChangedAt: isAnother(before, made) ? runtime.now() : identityChangedAt,
  }
  return {
    client,
    writes: [
      replaceClient(database, client),
      event(database, runtime, { type: 'client.updated', clientId: made.id, detail }),
    ],
  }
}
