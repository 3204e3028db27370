// Runs in a process of the suite: test files, one after another, each as a suite by the name of its path, so that what
// it declares outside of any suite (`before`, `after`) is its own, and what it leaves behind for another is its fault.
import { after, describe } from 'node:test'
import { watchTraces } from './traces.ts'

const root = new URL('../../', import.meta.url)
// How long a process that is done may keep something open.
const closingSeconds = 60

/** @param seconds the limit for each file: beyond it the process ends, since the runner would wait for ever */
export async function runFiles(paths: readonly string[], seconds: number): Promise<void> {
  for (const path of paths) {
    const ended = runFile(path, seconds, paths.length > 1)
    // Nothing waits for the last, which never ends when no test of it is wanted.
    if (path !== paths.at(-1)) await ended
    else void ended.then(() => endAfter(closingSeconds, `What ${paths.join(', ')} left`))
  }
}

function runFile(path: string, seconds: number, isShared: boolean): Promise<void> {
  const limit = endAfter(seconds, path)
  return new Promise((resolve) => {
    describe(path, async () => {
      const traces = watchTraces()
      try {
        await import(new URL(path, root).href)
      } finally {
        // Declared last: it runs when all that the file declared has run.
        after(() => {
          clearTimeout(limit)
          resolve()
          const left = isShared ? traces() : []
          if (left.length > 0) throw new Error(`${path} leaves behind: ${left.join(', ')}`)
        })
      }
    })
  })
}

/** @returns the timer, which keeps nothing alive by itself */
function endAfter(seconds: number, what: string): NodeJS.Timeout {
  const limit = setTimeout(() => {
    const open = [...new Set(process.getActiveResourcesInfo())].join(', ')
    console.error(`${what}: not done after ${seconds} s; still open: ${open}.`)
    process.exit(1)
  }, seconds * 1000)
  return limit.unref()
}
