// Whether a request costs the same among a thousand people and among a million: two servers, asked in turns.
import { fill, known } from './crowd.ts'
import { atMost, type Figure, figure } from './figure.ts'
import { type Hot, hotRequests } from './hot.ts'
import { measure } from './load.ts'
import { type Ours, startOurs } from './ours.ts'

const doublings = 10
const rounds = 5

export async function run(): Promise<Figure[]> {
  const began = performance.now()
  const [few, many] = [await crowded(0), await crowded(doublings)]
  const seconds = (performance.now() - began) / 1000
  try {
    const figures: Figure[] = []
    const ofMany = await hotRequests(many.server)
    for (const [at, hot] of (await hotRequests(few.server)).entries()) {
      const other = ofMany[at]
      if (other !== undefined) figures.push(printed(await compared(hot, few, other, many)))
    }
    const { rssBytes } = await many.server.usage()
    const people = (known * 2 ** doublings).toLocaleString('en-GB')
    return [
      ...figures,
      figure('resident memory after that', rssBytes / 1e6, 'MB', `${people} people`),
      figure('both databases filled', seconds, 's'),
    ]
  } finally {
    await few.remove()
    await many.remove()
  }
}

/** As soon as it is known: all of them take minutes. */
function printed(figure: Figure): Figure {
  const { id, value, against, holds } = figure
  console.log(`  ${holds === true ? '✓' : '✗'} ${id.padEnd(52)} ${value.toFixed(2)} times  ${against}`)
  return { ...figure, tabled: true }
}

function crowded(times: number): Promise<Ours> {
  return startOurs({ proxied: true, wires: true, fill: (platform) => fill(platform, times) })
}

async function compared(hot: Hot, few: Ours, other: Hot, many: Ours): Promise<Figure> {
  const taken: { few: number; ratio: number }[] = []
  for (let round = 0; round < rounds; round++) {
    const one = (await measure(few.server, hot)).cpuUs
    taken.push({ few: one, ratio: (await measure(many.server, other)).cpuUs / one })
  }
  const median = (values: number[]): number => values.sort((a, b) => a - b)[rounds >> 1] ?? Number.NaN
  const cost = median(taken.map(({ few }) => few))
  return atMost(
    1.3,
    `${hot.name}, a million / a thousand`,
    median(taken.map(({ ratio }) => ratio)),
    'times',
    `${cost.toFixed(0)} µs CPU among a thousand`,
  )
}
