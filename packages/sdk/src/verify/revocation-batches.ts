// What the issuer tells, taken one signed batch at a time: nothing is skipped, and nothing is believed that is not
// whole. Says how long ago everything was known.
import {
  parseRevocationBatch,
  type RevocationBatch,
  TokenError,
  verifyTokenAsync,
} from '@countersign/protocol'
import { verifyByKeys } from './by-keys.ts'
import type { KeySource } from './keys.ts'
import type { RevocationList } from './revocation-list.ts'
import type { VerifierSettings } from './settings.ts'

/** What came is not what the issuer tells: the connection is of no use. `message` is for the log. */
export class FeedFault extends Error {
  override readonly name = 'FeedFault'
}

export interface Batches {
  /** Begins a connection to this address: whatever was half told on the last one is void. */
  begin(url: string): void
  /**
   * Takes the next batch of this connection. @returns whether a moment is whole by now
   * @throws FeedFault
   */
  take(token: string): Promise<boolean>
  /** Up to when everything is known, seconds; null while nothing is. */
  cursor(): number | null
  /** Nobody knows what was missed: the next connection begins with everything. */
  doubt(): void
  /** How often everything was known. */
  told(): number
  /** Seconds since everything was known; null while it is not, and after a doubt. */
  staleness(): number | null
}

/** Seconds, by the issuer's own time, between two looks at what can be forgotten. */
const forgetEvery = 60

export function createBatches(
  settings: VerifierSettings,
  { keys, list }: { readonly keys: KeySource; readonly list: RevocationList },
): Batches {
  // Nothing is addressed to it before a connection begins.
  let audience = ''
  let cursor: number | null = null
  const sinceKnown = createSinceKnown(settings)
  let forgottenAt = 0
  let told = 0
  let partial: RevocationBatch | undefined

  function take(batch: RevocationBatch): boolean {
    const isNext = partial === undefined ? batch.part === 1 : continues(partial, batch)
    if (!isNext) throw new FeedFault('a part is missing')
    const { asOf, since } = batch
    if (since !== null && (cursor === null || since > cursor)) throw new FeedFault('a batch is missing')
    if (!list.add(batch.revocations, batch.keep)) throw new FeedFault('there is more than can be kept')
    partial = batch.part === batch.of ? undefined : batch
    if (partial !== undefined) return false
    cursor = Math.max(cursor ?? 0, asOf)
    told += 1
    sinceKnown.know(asOf)
    // Never by our own clock, which may run ahead for a while: what is forgotten is not told again.
    if (cursor >= forgottenAt + forgetEvery) {
      list.forget(cursor)
      forgottenAt = cursor
    }
    return true
  }

  return {
    begin: (url) => {
      audience = url
      partial = undefined
    },
    take: async (token) => take(await readBatch(token, { settings, keys, audience })),
    cursor: () => cursor,
    doubt: () => {
      cursor = null
      sinceKnown.doubt()
    },
    told: () => told,
    staleness: sinceKnown.staleness,
  }
}

interface SinceKnown {
  know(asOf: number): void
  doubt(): void
  staleness(): number | null
}

/** By both clocks of the machine: one stands still while it sleeps, and the other one is set by others. */
function createSinceKnown({ now, clockSkew }: VerifierSettings): SinceKnown {
  let at: { readonly milliseconds: number; readonly seconds: number } | null = null

  return {
    know(asOf) {
      // What was held back on its way is as old as it says, and not as it comes.
      const age = Math.max(0, now() - asOf - clockSkew)
      const milliseconds = performance.now() - age * 1000
      if (at === null || milliseconds > at.milliseconds) at = { milliseconds, seconds: now() - age }
    },
    doubt: () => {
      at = null
    },
    // The clock of whole seconds may have been about to tick.
    staleness: () =>
      at === null ? null : Math.max(0, (performance.now() - at.milliseconds) / 1000, now() - at.seconds - 1),
  }
}

function continues(before: RevocationBatch, next: RevocationBatch): boolean {
  const isSameMoment = next.asOf === before.asOf && next.since === before.since && next.of === before.of
  return isSameMoment && next.part === before.part + 1
}

interface Place {
  readonly settings: VerifierSettings
  readonly keys: KeySource
  readonly audience: string
}

/** @throws FeedFault */
async function readBatch(token: string, { settings, keys, audience }: Place): Promise<RevocationBatch> {
  const { issuer, now, clockSkew: skew } = settings
  const outcome = await verifyByKeys(keys, now, async (find) => {
    const held = { keys: find, issuer, audience, now: now(), skew }
    const { claims } = await verifyTokenAsync('securityEvent', token, held)
    const batch = parseRevocationBatch(claims)
    if (batch === null || batch.asOf > claims.iat) throw new TokenError('bad_claim', 'events')
    return batch
  })
  if (!outcome.ok) throw new FeedFault(`a batch can’t be taken: ${outcome.detail}`)
  return outcome.value
}
