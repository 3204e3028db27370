// What a revocation feed tells (docs/decisions/0021-revocation-feed.md): batches of what died, each the one event of a
// security event token (RFC 8417). The only place that knows their wire names.
import { isJsonObject } from './jose/strict-json.ts'
import { digest } from './opaque.ts'
import type { SecurityEventClaims } from './token-claims.ts'

interface KindRow {
  /** Its member of a batch. */
  readonly wire: string
  /** It never comes back: no token that names it counts, whenever it was issued. */
  readonly isFinal: boolean
}

/** What can die, one row each. Users and clients may be enabled again: then what was issued later counts. */
export const revocationKinds = {
  session: { wire: 's', isFinal: true },
  family: { wire: 'f', isFinal: true },
  user: { wire: 'u', isFinal: false },
  client: { wire: 'c', isFinal: false },
  key: { wire: 'k', isFinal: true },
  token: { wire: 't', isFinal: true },
} as const satisfies Record<string, KindRow>

/** What a revocation is about. */
export type RevocationKind = keyof typeof revocationKinds

/** Nothing that names it and was issued at or before `at` counts; for final kinds, nothing at all. */
export interface Revocation {
  readonly kind: RevocationKind
  /** As `revocationDigest` makes it: whoever has never seen the identifier learns nothing. */
  readonly digest: string
  /** Seconds since the epoch. */
  readonly at: number
}

/** Some of what is known at one moment; `part` of `of` (from 1) together are whole. Times are seconds. */
export interface RevocationBatch {
  /** Everything that was known then is told by now. */
  readonly asOf: number
  /** What was known then is not told again; null for a batch of everything that still matters. */
  readonly since: number | null
  readonly part: number
  readonly of: number
  /** Seconds after its `at` that a revocation still matters: no token lives longer. */
  readonly keep: number
  readonly revocations: readonly Revocation[]
}

const eventName = 'urn:countersign:event:revocations'
const digestLength = 16
const mostParts = 100_000
const longestKeep = 30 * 86_400

/** Most revocations of one batch: signed, they stay below the longest token that is made. */
export const largestRevocationBatch = 160

/** Names an identifier of one kind: 96 bits of its SHA-256, as 16 characters of base64url. */
export function revocationDigest(kind: RevocationKind, id: string): string {
  return digest(`${kind}:${id}`).slice(0, digestLength)
}

/** The `events` claim of a batch's token. */
export function formatRevocationBatch(batch: RevocationBatch): Record<string, Record<string, unknown>> {
  const { asOf, since, part, of, keep, revocations } = batch
  const ages: Record<string, Record<string, number>> = {}
  for (const { kind, digest: name, at } of revocations) {
    const { wire } = revocationKinds[kind]
    ages[wire] ??= {}
    ages[wire][name] = asOf - at
  }
  return { [eventName]: { as_of: asOf, ...(since === null ? {} : { since }), part, of, keep, ...ages } }
}

/** The batch of a verified token; null when it is none, wholly: nothing of it is skipped. */
export function parseRevocationBatch({
  events,
}: Pick<SecurityEventClaims, 'events'>): RevocationBatch | null {
  const event = events[eventName]
  if (!isJsonObject(event) || Object.keys(events).length !== 1) return null
  const { as_of: asOf, since = null, part, of, keep, ...ages } = event
  if (!isCount(asOf) || !(since === null || isCount(since))) return null
  if (!isCount(of) || of < 1 || of > mostParts || !isCount(part) || part < 1 || part > of) return null
  if (!isCount(keep) || keep > longestKeep) return null
  const revocations: Revocation[] = []
  for (const [wire, list] of Object.entries(ages)) {
    const kind = kindOfWire.get(wire)
    if (kind === undefined || !isJsonObject(list)) return null
    for (const [name, age] of Object.entries(list)) {
      if (name.length !== digestLength || typeof age !== 'number' || !Number.isSafeInteger(age)) return null
      revocations.push({ kind, digest: name, at: asOf - age })
    }
  }
  return { asOf, since, part, of, keep, revocations }
}

const kindOfWire = new Map(
  Object.entries(revocationKinds).map(([kind, { wire }]) => [wire as string, kind as RevocationKind]),
)

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}
