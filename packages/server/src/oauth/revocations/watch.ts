// Looks at what ended, several times a second, for as long as somebody wants to know; tells everybody at once, and once
// a second that nothing happened. One look and one signature serve all who listen.
import type { OAuthRoom } from '../room.ts'
import { type SignedBatches, signBatches } from './batches.ts'
import { keepSeconds } from './keep.ts'
import { type Ended, endedSince } from './revocations.store.ts'

/** Milliseconds between two looks. */
const lookMs = 250
/** Looks from one sign of life to the next. */
const looksPerBeat = 4
/**
 * Seconds that a look goes back before the last one: for commits that took as long, and for machines whose clocks are
 * behind. Every look a little, once a second more, and now and then further than anything should take.
 */
const nearSeconds = 2
const beatSeconds = 10
const farSeconds = 120
const looksPerFarOne = 40
/** Looks after the last listener has gone: whoever asks again and again finds that nothing was missed. */
const idleLooks = 20

/** Told what is new, which may be nothing; and by itself, for whom it concerns. */
export type Listener = (signed: SignedBatches, news: readonly Ended[]) => void

/** Looks for everybody in this process. */
export interface Watch {
  /** @returns ends it */
  join(listener: Listener): () => void
  /** Raised by each look, as it begins and before it tells news: what is read afterwards lacks nothing told before. */
  generation(): number
  /** Whether this process has looked ever since that second and found nothing new. */
  isQuietSince(cursor: number): boolean
}

/** What one look knows of those before it. */
interface Run {
  looks: number
  idle: number
  readonly since: number
  lookedAt: number
  toldAt: number
  newsAt: number
  /** What was told, with its time; only what a look may come across again. */
  readonly told: Map<string, number>
}

interface Seen {
  readonly signed: SignedBatches
  readonly news: readonly Ended[]
}

/** The watch of this process. It looks while somebody listens, and a little longer. */
export function watchOver(room: OAuthRoom): Watch {
  const { runtime, log } = room.platform
  const listeners = new Set<Listener>()
  let generation = 0
  let current: Run | undefined
  let failing = false

  async function lookOnce(run: Run): Promise<void> {
    generation += 1
    try {
      const seen = await look(room, run)
      // Whoever comes from now on doesn't hear of it here: what they are told first has to be read anew.
      if (seen !== null && seen.news.length > 0) generation += 1
      if (seen !== null) for (const listener of [...listeners]) listener(seen.signed, seen.news)
      failing = false
    } catch (error) {
      // Silence is the message: whoever listens learns that nobody knows. The next look goes back to the last good one.
      const fields = { error: error instanceof Error ? error.name : 'unknown' }
      if (!failing) log.error(fields, 'What was revoked can’t be read; it is tried again.')
      failing = true
    }
  }

  async function keepLooking(run: Run): Promise<void> {
    while (run.idle < idleLooks) {
      run.idle = listeners.size > 0 ? 0 : run.idle + 1
      await lookOnce(run)
      await new Promise((resume) => setTimeout(resume, lookMs).unref())
    }
    current = undefined
    if (listeners.size > 0) begin()
  }

  function begin(): void {
    if (current !== undefined) return
    current = runFrom(runtime.now())
    void keepLooking(current)
  }

  return {
    join: (listener) => {
      listeners.add(listener)
      begin()
      return () => void listeners.delete(listener)
    },
    generation: () => generation,
    isQuietSince: (cursor) => current !== undefined && current.since <= cursor && current.newsAt < cursor,
  }
}

function runFrom(now: number): Run {
  return {
    looks: 0,
    idle: 0,
    since: now,
    lookedAt: now,
    toldAt: now - beatSeconds,
    newsAt: Number.NEGATIVE_INFINITY,
    told: new Map(),
  }
}

/** @returns what is to be told: news, or now and then that there are none; else null */
async function look(room: OAuthRoom, run: Run): Promise<Seen | null> {
  const { database, runtime } = room.platform
  const asOf = runtime.now()
  run.looks += 1
  const isFar = run.looks % looksPerFarOne === 0
  const isBeat = run.looks % looksPerBeat === 0
  const back = isFar ? farSeconds : isBeat ? beatSeconds : nearSeconds
  const found = await endedSince(database, Math.min(run.lookedAt, asOf) - back, asOf)
  const news = found.filter((one) => (run.told.get(nameOf(one)) ?? Number.NEGATIVE_INFINITY) < one.at)
  if (news.length > 0 || isBeat) {
    const keep = await keepSeconds(room, asOf)
    const signed = await signBatches(room, { asOf, since: run.toldAt, keep, ended: news })
    for (const one of news) run.told.set(nameOf(one), one.at)
    if (news.length > 0) run.newsAt = asOf
    if (isFar) forget(run.told, asOf - 2 * farSeconds)
    run.lookedAt = asOf
    run.toldAt = asOf
    return { signed, news }
  }
  run.lookedAt = asOf
  return null
}

function nameOf({ kind, id }: Ended): string {
  return `${kind}:${id}`
}

function forget(told: Map<string, number>, before: number): void {
  for (const [name, at] of told) if (at < before) told.delete(name)
}
