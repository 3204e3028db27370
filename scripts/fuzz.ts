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
import { comparison } from '../tests/harness/differential.ts'
import { migratedPostgres, openPatiently } from '../tests/harness/engines.ts'
import { postgresSkip } from '../tests/harness/postgres.ts'
import { openSwept } from '../tests/hostile/every-route.ts'
import { tryMalformed } from '../tests/passkeys/malformed.ts'
import { type Ending, ending } from './suite/ending.ts'

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

type Came = Omit<Ending, 'succeeded'>

const came = await fuzz().catch((error: unknown): Came => {
  console.error(wordsOf(error))
  return { what: 'cases', passed: 0, failed: 1 }
})
console.log(`\n${ending(came)}`)
if (came.failed > 0) process.exitCode = 1

function fuzz(): Promise<Came> {
  if (values.requests) return fuzzRequests()
  if (values.routes) return fuzzRoutes()
  return values.passkeys ? fuzzPasskeys() : fuzzTokens()
}

async function fuzzTokens(): Promise<Came> {
  console.log(`${count} mutated tokens from seed ${seed}.`)
  const compared = comparison(seed)
  const began = performance.now()
  let told = began
  let failed = 0
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
  } catch (error) {
    console.error(`${wordsOf(error)}\nAgain: npm run fuzz -- --seed ${seed}`)
    failed = 1
  }
  const outcomes = [...compared.counts].sort(([, a], [, b]) => b - a)
  for (const [outcome, times] of outcomes) console.log(`${String(times).padStart(9)}  ${outcome}`)
  return { what: 'tokens', passed: outcomes.reduce((sum, [, times]) => sum + times, 0), failed }
}

/** A thousand at a time, from seeds that follow each other, since both servers forget what was before. */
async function fuzzRequests(): Promise<Came> {
  // oidc-provider has something to say as soon as it is loaded.
  for (const level of ['info', 'warn', 'error'] as const) console[level] = () => {}
  const { compare } = await import('../tests/interop/differential/compare.ts')
  let passed = 0
  for (let done = 0; done < count; done += step) {
    const from = seed + done / step
    const many = Math.min(step, count - done)
    const { alike, unexplained } = await compare(from, many)
    passed += many - unexplained.length
    console.log(
      `${done + many} of ${count}: ${alike} of the last alike, the others explained but ${unexplained.length}.`,
    )
    for (const line of unexplained) console.log(`  ${line}`)
    if (unexplained.length > 0) {
      console.log(`Again: npm run fuzz -- --requests --count ${step} --seed ${from}`)
      return { what: 'requests', passed, failed: unexplained.length }
    }
  }
  return { what: 'requests', passed, failed: 0 }
}

/** A thousand of each kind at a time, from seeds that follow each other. */
async function fuzzPasskeys(): Promise<Came> {
  for (let done = 0; done < count; done += step) {
    const from = seed + done / step
    try {
      await tryMalformed(from, Math.min(step, count - done))
    } catch (error) {
      console.error(wordsOf(error))
      console.error(`Again: npm run fuzz -- --passkeys --count ${step} --seed ${from}`)
      return { what: 'answers of each kind', passed: done, failed: 1 }
    }
    console.log(`${Math.min(done + step, count)} of ${count} of each kind refused, soon, without an error.`)
  }
  return { what: 'answers of each kind', passed: count, failed: 0 }
}

/** A server as in development and one with all that can be turned on, each on either engine. */
async function fuzzRoutes(): Promise<Came> {
  const isThere = postgresSkip()
  const engines = isThere === false ? ['SQLite', 'PostgreSQL'] : ['SQLite']
  let sent = 0
  let failed = 0
  for (const engine of engines) {
    for (const mode of ['development', 'production'] as const) {
      const place = engine === 'PostgreSQL' ? await migratedPostgres() : null
      const database = place === null ? {} : { database: await openPatiently(place.url) }
      {
        await using swept = await openSwept(mode, database)
        await swept.sweep(1, seed)
        console.log(`${swept.sent()} requests to ${swept.routes.length} routes in ${mode} on ${engine}.`)
        const wrong = [...swept.faults, ...swept.unreached().map((route) => `${route} was never reached`)]
        for (const line of wrong.slice(0, 50)) console.log(`  ${line}`)
        sent += swept.sent()
        failed += wrong.length
      }
      await place?.drop?.()
    }
  }
  if (failed > 0) console.error(`Again: npm run fuzz -- --routes --seed ${seed}`)
  const skipped = isThere === false ? [] : [`PostgreSQL: ${isThere}`]
  return { what: 'requests', passed: Math.max(0, sent - failed), failed, skipped }
}

/** What a comparison found says all by its message; for what broke one has to know where. */
function wordsOf(error: unknown): string {
  if (error instanceof AssertionError || !(error instanceof Error)) return String(error)
  return error.stack ?? error.message
}

function whole(name: string, text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise
  if (!/^\d{1,10}$/.test(text)) {
    console.error(`--${name} is a whole number.`)
    process.exit(2)
  }
  return Number(text)
}
