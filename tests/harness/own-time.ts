// Time as a process lives it. A machine that has too much to do lets a process stand still for a while: a bound on what
// it waits for counts only the time in which it could have moved, and a bound on what it computes only its processor's.

const tickMs = 10

/** A clock that begins at nought and stands, but for a moment, while this process does. */
export interface OwnTime extends Disposable {
  /** Milliseconds until now. */
  ms(): number
}

/**
 * For what this process, or another one beside it, waits for. Not for what it computes without a pause: that is time in
 * which nothing else of it moves either.
 */
export function ownTime(): OwnTime {
  let last = performance.now()
  let lived = 0
  const look = (): void => {
    const now = performance.now()
    lived += Math.min(now - last, 2 * tickMs)
    last = now
  }
  const timer = setInterval(look, tickMs).unref()
  return {
    ms: () => {
      look()
      return lived
    },
    [Symbol.dispose]: () => clearInterval(timer),
  }
}

/** Milliseconds of processors that this process needs for some work, whoever else wants them meanwhile. */
export async function computingMs(work: () => unknown): Promise<number> {
  const before = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}
