// `npm run fuzz`: mutated tokens by the million, each judged here and by other implementations (the same comparison that
// runs ten thousand times in `npm test`). Says what it is doing each five seconds; exit code 1 at the first difference
// that nothing explains, with the token and the seed that makes it again.
//
//   npm run fuzz                          a million, from a seed of the clock
//   npm run fuzz -- --count 50000         so many
//   npm run fuzz -- --seed 7              the same ones again
import { AssertionError } from 'node:assert'
import { parseArgs } from 'node:util'
import { comparison } from '../tests/harness/differential.ts'

const { values } = parseArgs({ options: { count: { type: 'string' }, seed: { type: 'string' } } })
const count = whole('count', values.count, 1_000_000)
const seed = whole('seed', values.seed, Date.now() % 2 ** 32)
const step = 1000

console.log(`${count} mutated tokens from seed ${seed}.`)
const compared = comparison(seed)
const began = performance.now()
let told = began
try {
  for (let done = 0; done < count; done += step) {
    await compared.run(Math.min(step, count - done))
    if (performance.now() - told > 5000) {
      told = performance.now()
      const rate = (done + step) / ((told - began) / 1000)
      console.log(
        `${done + step} of ${count}, ${Math.round(rate)} each second, ${Math.round((count - done) / rate)} s left`,
      )
    }
  }
  for (const [outcome, times] of [...compared.counts].sort(([, a], [, b]) => b - a)) {
    console.log(`${String(times).padStart(9)}  ${outcome}`)
  }
  console.log(`No unexplained difference in ${((performance.now() - began) / 1000).toFixed(1)} s.`)
} catch (error) {
  if (!(error instanceof AssertionError)) throw error
  console.error(`${error.message}\nAgain: npm run fuzz -- --seed ${seed}`)
  process.exitCode = 1
}

function whole(name: string, text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise
  if (!/^\d{1,10}$/.test(text)) {
    console.error(`--${name} is a whole number.`)
    process.exit(2)
  }
  return Number(text)
}
