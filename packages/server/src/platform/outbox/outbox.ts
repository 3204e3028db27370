// Telling others things, from rows that wait: every process looks several times a second for what is due; of all of them
// one alone takes each attempt, and what it did not finish is due again. Nobody waits for any of this.
import type { Log } from '../platform.ts'
import { type LaneLimits, lanes } from './lanes.ts'

/** Milliseconds between two looks. */
const lookMs = 500
/** Attempts of this process at once, of which no party takes more than its part. */
const usualLimits: LaneLimits = { atOnce: 16, perParty: 4 }

/** Tells from one outbox, in one process. */
export interface Outbox {
  /** Looks once, and waits until all that is under way has come to an end. */
  deliver(): Promise<void>
  /** Looks again and again. @returns ends that: looks once more, and waits for what is under way */
  begin(): () => Promise<void>
}

/** What is told, and how. */
export interface Telling<T> {
  /** Whoever something is due for, such as clients by their ids; who has waited longest first. */
  parties(): Promise<readonly string[]>
  /** What is due for one of them, at most so many. */
  dueFor(party: string, most: number): Promise<readonly T[]>
  /** Takes one attempt, makes it, and records what came of it; does nothing when somebody else was first. */
  attempt(due: T): Promise<void>
  /** For the log: what failed here without being their fault. */
  readonly words: { readonly attempt: string; readonly look: string }
  /** How much may be under way: 16 attempts, 4 for each party, unless told. */
  readonly limits?: LaneLimits
}

/** The outbox of this process. It does nothing before it is asked to. */
export function outbox<T>(log: Log, telling: Telling<T>): Outbox {
  const underWay = lanes(telling.limits ?? usualLimits)
  let wake = (): void => {}

  async function attempt(party: string, due: T): Promise<void> {
    try {
      await telling.attempt(due)
    } catch (error) {
      log.error({ party, error: messageOf(error) }, telling.words.attempt)
    }
  }

  /** Begins as many attempts as may be under way. */
  async function look(): Promise<void> {
    for (const party of await telling.parties()) {
      const free = underWay.free(party)
      if (free === 0) continue
      for (const due of await telling.dueFor(party, free))
        underWay.run(
          party,
          () => attempt(party, due),
          () => wake(),
        )
    }
  }

  async function lookQuietly(): Promise<void> {
    try {
      await look()
    } catch (error) {
      log.error({ error: messageOf(error) }, telling.words.look)
    }
  }

  return {
    deliver: async () => {
      await look()
      await underWay.empty()
    },
    begin: () => {
      const stop = again(lookQuietly, (wakeUp) => (wake = wakeUp))
      return async () => {
        await stop()
        await lookQuietly()
        await underWay.empty()
      }
    },
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : 'unknown'
}

/** Looks again and again, every `lookMs` or as soon as it is woken. @returns ends that */
function again(look: () => Promise<void>, onWake: (wake: () => void) => void): () => Promise<void> {
  let isOver = false
  let wake = (): void => {}
  onWake(() => wake())
  const loop = (async () => {
    while (!isOver) {
      await look()
      if (isOver) return
      await new Promise<void>((resume) => {
        const alarm = setTimeout(resume, lookMs).unref()
        wake = () => {
          clearTimeout(alarm)
          resume()
        }
      })
    }
  })()
  return () => {
    isOver = true
    wake()
    return loop
  }
}
