// Telling clients things, from rows that wait: every process looks several times a second for what is due; of all of them
// one alone takes each attempt, and what it did not finish is due again. Nobody waits for any of this.
import type { Log } from '../../platform/platform.ts'
import { type LaneLimits, lanes } from './lanes.ts'

/** Milliseconds between two looks. */
const lookMs = 500
/** Attempts of this process at once, of which no client takes more than its part. */
const limits: LaneLimits = { atOnce: 16, perParty: 4 }

/** Tells from one outbox, in one process. */
export interface Outbox {
  /** Looks once, and waits until all that is under way has come to an end. */
  deliver(): Promise<void>
  /** Looks again and again. @returns ends that: looks once more, and waits for what is under way */
  begin(): () => Promise<void>
}

/** What is told, and how. */
export interface Telling<T extends { readonly clientId: string }> {
  /** The clients for whom something is due, who has waited longest first. */
  clients(): Promise<readonly string[]>
  /** What is due for one of them, at most so many. */
  dueFor(clientId: string, most: number): Promise<readonly T[]>
  /** Takes one attempt, makes it, and records what came of it; does nothing when somebody else was first. */
  attempt(due: T): Promise<void>
  /** For the log: what failed here without being the client's fault. */
  readonly words: { readonly attempt: string; readonly look: string }
}

/** The outbox of this process. It does nothing before it is asked to. */
export function outbox<T extends { readonly clientId: string }>(log: Log, telling: Telling<T>): Outbox {
  const underWay = lanes(limits)
  let wake = (): void => {}

  async function attempt(due: T): Promise<void> {
    try {
      await telling.attempt(due)
    } catch (error) {
      log.error({ clientId: due.clientId, error: messageOf(error) }, telling.words.attempt)
    }
  }

  /** Begins as many attempts as may be under way. */
  async function look(): Promise<void> {
    for (const clientId of await telling.clients()) {
      const free = underWay.free(clientId)
      if (free === 0) continue
      for (const due of await telling.dueFor(clientId, free))
        underWay.run(
          clientId,
          () => attempt(due),
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
