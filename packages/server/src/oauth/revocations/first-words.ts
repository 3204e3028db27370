// What a reader lacks as it comes: everything that still matters, or what came after its cursor.
import type { OAuthRoom } from '../room.ts'
import { type SignedBatches, signBatches } from './batches.ts'
import { keepSeconds } from './keep.ts'
import { type Ended, endedSince } from './revocations.store.ts'
import type { Watch } from './watch.ts'

/** Seconds before its cursor that a reader is told again: for commits that took long and clocks that are behind. */
const overlapSeconds = 60
/** Seconds for which everything that matters is told as it was, and with it what came since. */
const wholeSeconds = 30
/** Seconds by which a cursor may be ahead: another machine's clock gave it. */
const aheadSeconds = 60

interface Everything {
  readonly signed: SignedBatches
  /** What it tells, lest the overlap tells all of it again. */
  readonly told: ReadonlyMap<string, number>
}

interface Whole {
  readonly reading: Promise<Everything>
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
  const { runtime } = room.platform
  let whole: Whole | undefined
  let tails = new Map<string, Promise<SignedBatches>>()
  let tailsOf = ''
  /** What a key signed that may have been withdrawn since convinces nobody. */
  const signer = (): string => room.keyring.signingKey('ES256').kid ?? ''

  /** Signed once for all who come at the same time: after a restart everybody does. */
  function everything(): Promise<Everything> {
    const now = runtime.now()
    const isOld = whole === undefined || now < whole.from || now >= whole.from + wholeSeconds
    if (whole === undefined || isOld || whole.signer !== signer()) {
      const reading = readWhole(room, now)
      whole = { reading, from: now, signer: signer() }
      reading.catch(() => {
        whole = undefined
      })
    }
    return whole.reading
  }

  function after(cursor: number, everything?: Everything): Promise<SignedBatches> {
    // What was read before the last look began or told may lack what it told.
    const tailsNow = `${watch.generation()} ${signer()}`
    if (tailsOf !== tailsNow) {
      tails = new Map()
      tailsOf = tailsNow
    }
    const name = everything === undefined ? `from ${cursor}` : 'whole'
    const known = tails.get(name)
    if (known !== undefined) return known
    const tail = readTail(room, cursor, everything?.told)
    tails.set(name, tail)
    return tail
  }

  return async (cursor) => {
    const now = runtime.now()
    const isUsable =
      cursor !== null && cursor <= now + aheadSeconds && cursor > now - (await keepSeconds(room, now))
    if (isUsable) return [await after(cursor)]
    const all = await everything()
    return [all.signed, await after(all.signed.asOf, all)]
  }
}

async function readWhole(room: OAuthRoom, asOf: number): Promise<Everything> {
  const keep = await keepSeconds(room, asOf)
  const ended = await endedSince(room.platform.database, asOf - keep, asOf)
  const signed = await signBatches(room, { asOf, since: null, keep, ended })
  return { signed, told: new Map(ended.map((one) => [nameOf(one), one.at])) }
}

/** @param told what the reader has just been told */
async function readTail(room: OAuthRoom, cursor: number, told?: Everything['told']): Promise<SignedBatches> {
  const { database, runtime } = room.platform
  const asOf = runtime.now()
  const keep = await keepSeconds(room, asOf)
  const lately = await endedSince(database, cursor - overlapSeconds, asOf)
  const ended = told === undefined ? lately : lately.filter((one) => told.get(nameOf(one)) !== one.at)
  return signBatches(room, { asOf, since: cursor, keep, ended })
}

function nameOf({ kind, id }: Ended): string {
  return `${kind}:${id}`
}
