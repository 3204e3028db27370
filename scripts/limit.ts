// Loaded before each test file: ends it when it is not done in time, saying what it still waits for, since the runner
// would wait for ever. The limit in seconds stands in the query of this file's URL.
import { isMainThread } from 'node:worker_threads'

const seconds = Number(new URL(import.meta.url).searchParams.get('seconds'))
if (isMainThread) {
  const limit = setTimeout(() => {
    const open = [...new Set(process.getActiveResourcesInfo())].join(', ')
    console.error(`Not done after ${seconds} s; still open: ${open}.`)
    process.exit(1)
  }, seconds * 1000)
  limit.unref()
}
