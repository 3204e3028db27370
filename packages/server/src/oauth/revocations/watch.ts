// Looks at what ended, several times a second, for as long as somebody wants to know; tells everybody at once, and once
// a second that nothing happened. One look and one signature serve all who listen.
import type { Revocation } from '@countersign/protocol'
import type { OAuthRoom } from '../room.ts'
import { type Known, type SignedBatches, signBatches } from './batches.ts'
import { keepSeconds } from './keep.ts'
import { endedSince } from './revocations.store.ts'

/** Milliseconds between two looks. */
const lookMs = 250
/** Looks from one sign of life to the next. */
const looksPerBeat = 4
/**
 * Seconds that a look goes back before the last one: for commits that took as long, and for machines whose clocks are
 * behind. Told again is nothing lost, so now and then one goes back further than anything should take.
 */
const nearSeconds = 10
const farSeconds = 120
const looksPerFarOne = 40
/** Looks after the last listener has gone: whoever asks again and again finds that nothing was missed. */
const idleLooks = 20

/** Told what is new, which may be nothing; and by itself, for whom it concerns. */
export type Listener = (signed: SignedBatches, news: readonly Revocation[]) => void

/** Looks for everybody in this process. */
export interface Watch {
  /** @returns ends it */
  join(listener: Listener): () => void
  /** Raised by each look as it begins: what is read afterwards lacks nothing that was told before. */
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

/** The watch of this process. It looks while somebody listens, and a little longer. */
export function watchOver(room: OAuthRoom): Watch {
  const { database, runtime, log } = room.platform
  const listeners = new Set<Listener>()
  let generation = 0
  let current: Run | undefined
  let failing = false

  async function look(run: Run): Promise<void> {
    const asOf = runtime.now()
    run.looks += 1
    generation += 1
    const back = run.looks % looksPerFarOne === 0 ? farSeconds : nearSeconds
    const found = await endedSince(database, Math.min(run.lookedAt, asOf) - back, asOf)
    run.lookedAt = asOf
    const news = found.filter(({ digest, at }) => (run.told.get(digest) ?? Number.NEGATIVE_INFINITY) < at)
    if (news.length === 0 && run.looks % looksPerBeat !== 0) return
    const known: Known = { asOf, since: run.toldAt, keep: await keepSeconds(room, asOf), revocations: news }
    const signed = await signBatches(room, known)
    for (const { digest, at } of news) run.told.set(digest, at)
    run.toldAt = asOf
    if (news.length > 0) run.newsAt = asOf
    if (back === farSeconds) forget(run.told, asOf - 2 * farSeconds)
    for (const listener of [...listeners]) listener(signed, news)
  }

  async function keepLooking(run: Run): Promise<void> {
    while (run.idle < idleLooks) {
      run.idle = listeners.size > 0 ? 0 : run.idle + 1
      try {
        await look(run)
        failing = false
      } catch (error) {
        // Silence is the message: whoever listens learns that nobody knows. The next look goes back to the last good one.
        if (!failing)
          log.error({ error: nameOf(error) }, 'What was revoked can’t be read; it is tried again.')
        failing = true
      }
      await new Promise((resume) => setTimeout(resume, lookMs).unref())
    }
    current = undefined
    if (listeners.size > 0) begin()
  }

  function begin(): void {
    if (current !== undefined) return
    const now = runtime.now()
    current = {
      looks: 0,
      idle: 0,
      since: now,
      lookedAt: now,
      toldAt: now - nearSeconds,
      newsAt: Number.NEGATIVE_INFINITY,
      told: new Map(),
    }
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

function forget(told: Map<string, number>, before: number): void {
  for (const [digest, at] of told) if (at < before) told.delete(digest)
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : 'unknown'
}
