// From the command to the first answer, and what an idle server holds: of the bundle that is published.
import { existsSync } from 'node:fs'
import { atMost, type Figure, figure } from './figure.ts'
import { startOurs } from './ours.ts'

const bundle = new URL('../packages/server/dist/countersign.js', import.meta.url)

export async function run(): Promise<Figure[]> {
  const built = existsSync(bundle)
  const what = built ? 'the published bundle' : 'from source; `npm run build` first to measure the bundle'
  // The first start fills the compile cache; what users feel is every later one.
  await (await startOurs({ built })).remove()
  const starts = []
  for (let index = 0; index < 5; index++) {
    const ours = await startOurs({ built })
    await new Promise((resume) => setTimeout(resume, 1000))
    starts.push({ ready: ours.server.readyMs, rss: (await ours.server.usage()).rssBytes / 1e6 })
    await ours.remove()
  }
  const best = Math.min(...starts.map(({ ready }) => ready))
  const median = starts.map(({ ready }) => ready).sort((a, b) => a - b)[2] ?? best
  return [
    atMost(500, 'ready after countersign start', median, 'ms', `${what}; best ${Math.round(best)}`),
    atMost(120, 'resident memory, idle', Math.max(...starts.map(({ rss }) => rss)), 'MB', what),
    figure('starts measured', starts.length, ''),
  ]
}
