// Runs in a process of the suite: test files, one after another, each as a suite by the name of its path, so that what
// it declares outside of any suite (`before`, `after`) is its own, and what it leaves behind for another is its fault.
import { appendFileSync } from 'node:fs'
import { after, describe } from 'node:test'
import { cpuSeconds } from './cpu.ts'
import { watchTraces } from './traces.ts'

const root = new URL('../../', import.meta.url)
// How long a process that is done may keep something open.
const closingSeconds = 60

/**
 * @param seconds the limit for each file: beyond it the process ends, since the runner would wait for ever
 * @param costs a file that gets a line for each of them: its processor seconds and its path
 */
export async function runFiles(paths: readonly string[], seconds: number, costs: string): Promise<void> {
  let before = 0
  const record = (path: string): void => {
    const now = cpuSeconds()
    appendFileSync(costs, `${(now - before).toFixed(2)} ${path}\n`)
    before = now
  }
  for (const path of paths) {
    const ended = runFile(path, seconds, paths.length > 1)
    // Nothing waits for the last, which never ends when no test of it is wanted. It has started what ends with the process.
    if (path !== paths.at(-1)) await ended.then(() => record(path))
    else {
      process.on('exit', () => record(path))
      void ended.then(() => endAfter(closingSeconds, `What ${paths.join(', ')} left`))
    }
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
