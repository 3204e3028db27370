// Waiting for the word to stop.

type Signal = 'SIGINT' | 'SIGTERM'

/** Resolves after `stop` was done on the first signal; a second signal ends the process at once. */
export async function untilSignal(stop: (signal: Signal) => Promise<void>): Promise<void> {
  const signal = await new Promise<Signal>((resolve) => {
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => resolve(name))
  })
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => process.exit(1))
  await stop(signal)
}
