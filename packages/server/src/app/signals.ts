// The word to stop: waiting for it, and leaving things in order when it comes.

type Signal = 'SIGINT' | 'SIGTERM'

/** Resolves after `stop` was done on the first signal; a second signal ends the process at once. */
export async function untilSignal(stop: (signal: Signal) => Promise<void>): Promise<void> {
  const signal = await new Promise<Signal>((resolve) => {
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => resolve(name))
  })
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => process.exit(1))
  await stop(signal)
}

const breaking = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/**
 * Does something when somebody breaks this process off; then the signal does what it always does.
 *
 * @returns for when it needn't be done any more
 */
export function whenBrokenOff(work: () => void): () => void {
  const broken = (signal: NodeJS.Signals): void => {
    done()
    work()
    // Whoever else waits for it has heard it already: the last of them ends the process.
    process.kill(process.pid, signal)
  }
  const done = (): void => {
    for (const signal of breaking) process.off(signal, broken)
  }
  for (const signal of breaking) process.on(signal, broken)
  return done
}
