// Several processes on one port (`WEB_CONCURRENCY`): started together, replaced when one dies, stopped together.
import cluster, { type Worker } from 'node:cluster'
import { untilSignal } from '../signals.ts'

/** Milliseconds before a dead worker is replaced, so that a broken start does not spin. */
const restartPauseMs = 1000

/**
 * Runs them until a signal comes. What keeps one from starting at all, such as a port that somebody has, would keep its
 * successor as well: then all of them end, with its exit code. It has said why.
 *
 * @param ready called once, when every worker listens
 */
export async function superviseWorkers(count: number, ready: () => void): Promise<void> {
  let stopping = false
  let listening = 0
  const start = (): void => {
    const worker = cluster.fork()
    worker.on('message', (message) => {
      if (message !== 'ready') return
      listening += 1
      if (listening === count) ready()
    })
  }
  const stop = async (signal: string): Promise<void> => {
    stopping = true
    await Promise.all(Object.values(cluster.workers ?? {}).map((worker) => ended(worker, signal)))
  }
  cluster.on('exit', (_, code: number | null) => {
    if (stopping) return
    if (listening < count && code !== null && code > 0) void stop('SIGKILL').then(() => process.exit(code))
    else setTimeout(() => stopping || start(), restartPauseMs)
  })
  for (let index = 0; index < count; index++) start()
  await untilSignal(stop)
  // A connection that came when no worker took any more would keep this process alive for ever.
  process.exit()
}

function ended(worker: Worker | undefined, signal: string): Promise<void> {
  if (worker === undefined || worker.isDead()) return Promise.resolve()
  return new Promise((resolve) => {
    worker.once('exit', () => resolve())
    worker.process.kill(signal as NodeJS.Signals)
  })
}
