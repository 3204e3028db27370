// What a reader lacks as it comes: everything that still matters, or what came after its cursor.
import type { OAuthRoom } from '../room.ts'
import { type SignedBatches, signBatches } from './batches.ts'
import { keepSeconds } from './keep.ts'
import { endedSince } from './revocations.store.ts'
import type { Watch } from './watch.ts'

/** Seconds before its cursor that a reader is told again: for commits that took long and clocks that are behind. */
const overlapSeconds = 60
/** Seconds for which everything that matters is told as it was, and with it what came since. */
const wholeSeconds = 30
/** Seconds by which a cursor may be ahead: another machine's clock gave it. */
const aheadSeconds = 60

interface Whole {
  readonly signed: Promise<SignedBatches>
  readonly from: number
  readonly signer: string
}

/**
 * @returns gives what a reader with that cursor lacks: of at most two moments, the older first. INVARIANT: whoever has
 *   joined the watch before lacks nothing between this and what the watch tells next.
 */
export function firstWords(
  room: OAuthRoom,
  watch: Pick<Watch, 'generation'>,
): (cursor: number | null) => Promise<readonly SignedBatches[]> {
  const { database, runtime } = room.platform
  let whole: Whole | undefined
  let tails = new Map<number, Promise<SignedBatches>>()
  let tailsOf = ''
  /** What a key signed that may have been withdrawn since convinces nobody. */
  const signer = (): string => room.keyring.signingKey('ES256').kid ?? ''

  async function readWhole(asOf: number): Promise<SignedBatches> {
    const keep = await keepSeconds(room, asOf)
    const revocations = await endedSince(database, asOf - keep, asOf)
    return signBatches(room, { asOf, since: null, keep, revocations })
  }

  async function readTail(cursor: number, asOf: number): Promise<SignedBatches> {
    const keep = await keepSeconds(room, asOf)
    const revocations = await endedSince(database, cursor - overlapSeconds, asOf)
    return signBatches(room, { asOf, since: cursor, keep, revocations })
  }

  /** Signed once for all who come at the same time: after a restart everybody does. */
  function everything(): Promise<SignedBatches> {
    const now = runtime.now()
    const isOld = whole === undefined || now < whole.from || now >= whole.from + wholeSeconds
    if (whole === undefined || isOld || whole.signer !== signer()) {
      const signed = readWhole(now)
      whole = { signed, from: now, signer: signer() }
      signed.catch(() => {
        whole = undefined
      })
    }
    return whole.signed
  }

  function after(cursor: number): Promise<SignedBatches> {
    // What was read before the last look began may lack what that look told.
    const tailsNow = `${watch.generation()} ${signer()}`
    if (tailsOf !== tailsNow) {
      tails = new Map()
      tailsOf = tailsNow
    }
    const known = tails.get(cursor)
    if (known !== undefined) return known
    const tail = readTail(cursor, runtime.now())
    tails.set(cursor, tail)
    return tail
  }

  return async (cursor) => {
    const now = runtime.now()
    const isUsable =
      cursor !== null && cursor <= now + aheadSeconds && cursor > now - (await keepSeconds(room, now))
    if (isUsable) return [await after(cursor)]
    const all = await everything()
    return [all, await after(all.asOf)]
  }
}
