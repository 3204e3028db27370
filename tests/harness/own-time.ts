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

// Longer than a server that has what it needs lets anybody wait.
const breathMs = 100

/**
 * As `ownTime`, for what others do while this process waits: it stands, but for a moment, while they leave a question
 * unanswered. Not for how long they let anybody wait for an answer.
 *
 * @param ask whoever has to do something until the clock is read, all of them
 */
export function timeOfThose(ask: () => Promise<unknown>): OwnTime {
  let last = performance.now()
  let lived = 0
  let isOver = false
  const beat = async (): Promise<void> => {
    while (!isOver) {
      await ask().catch(() => undefined)
      await new Promise((resume) => setTimeout(resume, tickMs).unref())
      const now = performance.now()
      lived += Math.min(now - last, breathMs)
      last = now
    }
  }
  void beat()
  return {
    ms: () => lived,
    [Symbol.dispose]: () => {
      isOver = true
    },
  }
}

/** Milliseconds of processors that this process needs for some work, whoever else wants them meanwhile. */
export async function computingMs(work: () => unknown): Promise<number> {
  const before = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}
