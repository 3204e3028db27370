// Slots: how much password hashing may run at once, and how long anybody waits for it. Hashing takes a core and
// 19 MiB each; without a bound, a storm of sign-ins would take every core from every other request (C26, F38).
//
// The hashes run in libuv's pool, as file reads and name lookups do: with fewer slots than the pool has threads (4
// unless UV_THREADPOOL_SIZE says otherwise) there is always one left for those.
import { Busy } from '../../platform/http/failure.ts'
import type { Runtime } from '../../platform/runtime.ts'

/** Work that may run a few at a time. */
export interface Slots {
  /** @throws Busy at once, without having begun, when the wait would be longer than anybody should. */
  run<T>(work: () => Promise<T>): Promise<T>
  /** Whether `run` would begin or queue the work now. */
  readonly hasRoom: boolean
}

/** Longest that a request may wait for its slot, in milliseconds. */
const longestWaitMs = 1000
/** How long one piece of work is taken to last before any was measured: four wait per slot then. */
const firstGuessMs = 250
/** Work is never counted as shorter, so that a queue has an end even where the clock stands still. */
const shortestMs = 10

/** One core stays free for everything else, and one thread of the pool. */
export function slotsFor(cores: number, poolThreads = 4): number {
  return Math.max(1, Math.min(cores, poolThreads) - 1)
}

/** @param count pieces of work at once */
export function slotsOf(count: number, runtime: Pick<Runtime, 'elapsed'>): Slots {
  const waiting: (() => void)[] = []
  let running = 0
  let usualMs = firstGuessMs
  const hasRoom = (): boolean =>
    running < count || ((waiting.length + 1) * Math.max(usualMs, shortestMs)) / count <= longestWaitMs

  return {
    get hasRoom() {
      return hasRoom()
    },
    run: async (work) => {
      if (!hasRoom()) throw new Busy('Every slot is taken.')
      if (running < count) running += 1
      // A slot that is given back goes to the one who waited longest: nobody newer can take it in between.
      else await new Promise<void>((resume) => waiting.push(resume))
      const began = runtime.elapsed()
      try {
        return await work()
      } finally {
        usualMs += (runtime.elapsed() - began - usualMs) / 8
        const next = waiting.shift()
        if (next === undefined) running -= 1
        else next()
      }
    },
  }
}
