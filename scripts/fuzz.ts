// `npm run fuzz`: mutated tokens by the million, each judged here and by other implementations (the same comparison that
// runs ten thousand times in `npm test`). Says what it is doing each five seconds; exit code 1 at the first difference
// that nothing explains, with the token and the seed that makes it again.
//
//   npm run fuzz                          a million, from a seed of the clock
//   npm run fuzz -- --count 50000         so many
//   npm run fuzz -- --seed 7              the same ones again
//   npm run fuzz -- --requests            requests instead, to this server and to oidc-provider (10 000)
//   npm run fuzz -- --passkeys            answers of authenticators instead, malformed: CBOR and all (30 000)
//   npm run fuzz -- --routes              oddities instead, each to whatever any route reads, on both engines
import { AssertionError } from 'node:assert'
import { parseArgs } from 'node:util'
import { openDatabase } from '../packages/server/src/platform/db/database.ts'
import { comparison } from '../tests/harness/differential.ts'
import { migratedPostgres } from '../tests/harness/engines.ts'
import { postgresSkip } from '../tests/harness/postgres.ts'
import { openSwept } from '../tests/hostile/every-route.ts'
import { compare } from '../tests/interop/differential/compare.ts'
import { tryMalformed } from '../tests/passkeys/malformed.ts'

const { values } = parseArgs({
  options: {
    count: { type: 'string' },
    seed: { type: 'string' },
    requests: { type: 'boolean', default: false },
    passkeys: { type: 'boolean', default: false },
    routes: { type: 'boolean', default: false },
  },
})
const usual = values.requests ? 10_000 : values.passkeys ? 30_000 : 1_000_000
const count = whole('count', values.count, usual)
const seed = whole('seed', values.seed, Date.now() % 2 ** 32)
const step = 1000

if (values.requests) await fuzzRequests()
else if (values.routes) await fuzzRoutes()
else if (values.passkeys) await fuzzPasskeys()
else await fuzzTokens()

async function fuzzTokens(): Promise<void> {
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
}

/** A thousand at a time, from seeds that follow each other, since both servers forget what was before. */
async function fuzzRequests(): Promise<void> {
  for (const level of ['info', 'warn', 'error'] as const) console[level] = () => {}
  for (let done = 0; done < count; done += step) {
    const from = seed + done / step
    const { alike, unexplained } = await compare(from, Math.min(step, count - done))
    console.log(
      `${done + step} of ${count}: ${alike} of the last alike, the others explained but ${unexplained.length}.`,
    )
    for (const line of unexplained) console.log(`  ${line}`)
    if (unexplained.length > 0) {
      console.log(`Again: npm run fuzz -- --requests --count ${step} --seed ${from}`)
      process.exitCode = 1
      return
    }
  }
}

/** A thousand of each kind at a time, from seeds that follow each other. */
async function fuzzPasskeys(): Promise<void> {
  for (let done = 0; done < count; done += step) {
    const from = seed + done / step
    try {
      await tryMalformed(from, Math.min(step, count - done))
    } catch (error) {
      console.error(error instanceof Error ? error.message : error)
      console.error(`Again: npm run fuzz -- --passkeys --count ${step} --seed ${from}`)
      process.exitCode = 1
      return
    }
    console.log(`${Math.min(done + step, count)} of ${count} of each kind refused, soon, without an error.`)
  }
}

/** A server as in development and one with all that can be turned on, each on either engine. */
async function fuzzRoutes(): Promise<void> {
  const isThere = postgresSkip()
  if (isThere !== false) console.log(`Without PostgreSQL: ${isThere}`)
  for (const engine of isThere === false ? ['SQLite', 'PostgreSQL'] : ['SQLite']) {
    for (const mode of ['development', 'production'] as const) {
      const place = engine === 'PostgreSQL' ? await migratedPostgres() : null
      const database = place === null ? {} : { database: await openDatabase(place.url, { poolSize: 4 }) }
      {
        await using swept = await openSwept(mode, database)
        await swept.sweep(1, seed)
        console.log(`${swept.sent()} requests to ${swept.routes.length} routes in ${mode} on ${engine}.`)
        const wrong = [...swept.faults, ...swept.unreached().map((route) => `${route} was never reached`)]
        for (const line of wrong.slice(0, 50)) console.log(`  ${line}`)
        if (wrong.length > 0) process.exitCode = 1
      }
      await place?.drop?.()
    }
  }
  if (process.exitCode === 1) console.error(`Again: npm run fuzz -- --routes --seed ${seed}`)
}

function whole(name: string, text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise
  if (!/^\d{1,10}$/.test(text)) {
    console.error(`--${name} is a whole number.`)
    process.exit(2)
  }
  return Number(text)
}
