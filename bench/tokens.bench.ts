// Making and checking tokens in this process: ours against the bare signature and four other libraries, in the four
// algorithms that all of them speak, CPU time of one call. The method stands in interleaved.ts.
import { atLeast, atMost, type Figure, figure, tabled } from './figure.ts'
import { interleaved, type Measured } from './interleaved.ts'
import {
  type Algorithm,
  algorithms,
  type Contender,
  materialOf,
  signingWays,
  verifyingWays,
} from './token-libraries.ts'

const operations = ['sign', 'verify, new', 'verify, repeated'] as const
type Operation = (typeof operations)[number]
type Results = ReadonlyMap<string, Measured<Contender>>

const names: Readonly<Record<Contender, string>> = {
  bare: 'the signature alone',
  ours: 'signToken, verifyToken',
  sdk: 'verify() of the SDK',
  'fast-jwt': 'fast-jwt',
  jose: 'jose',
  jsonwebtoken: 'jsonwebtoken',
  'node-rs': '@node-rs/jsonwebtoken',
}
const contenders = Object.keys(names) as Contender[]
const key = (operation: Operation, alg: Algorithm) => `${operation} ${alg}`

/** What two runs of the same code differ by: nobody is called slower for less. */
const grain = 1.03

export async function run(): Promise<Figure[]> {
  const results = new Map<string, Measured<Contender>>()
  for (const alg of algorithms) {
    const material = await materialOf(alg)
    results.set(key('sign', alg), await interleaved(signingWays(material)))
    results.set(key('verify, new', alg), await interleaved(verifyingWays(material, 'new')))
    results.set(key('verify, repeated', alg), await interleaved(verifyingWays(material, 'repeated')))
  }
  for (const operation of operations) printTable(operation, results)
  return [...ratios(results), ...costs(results)]
}

function ratios(results: Results): Figure[] {
  const of = (operation: Operation, alg: Algorithm) => results.get(key(operation, alg))
  const ratio = (operation: Operation, alg: Algorithm, one: Contender, other: Contender) =>
    of(operation, alg)?.ratio(one, other) ?? Number.NaN
  const public_ = algorithms.filter((alg) => alg !== 'HS256')
  return [
    ...public_.map((alg) =>
      atMost(1.2, `signToken / crypto.sign, ${alg}`, ratio('sign', alg, 'ours', 'bare'), 'times', 'CPU'),
    ),
    figure(
      'signToken / createHmac, HS256',
      ratio('sign', 'HS256', 'ours', 'bare'),
      'times',
      'writing it costs as much',
    ),
    atMost(
      1.15,
      'verifyToken / crypto.verify, ES256',
      ratio('verify, new', 'ES256', 'ours', 'bare'),
      'times',
      'CPU',
    ),
    atMost(
      1.15,
      'verify() / crypto.verify, ES256',
      ratio('verify, new', 'ES256', 'sdk', 'bare'),
      'times',
      'CPU',
    ),
    atLeast(1.8, 'jose / verify(), ES256', ratio('verify, new', 'ES256', 'jose', 'sdk'), 'times', 'CPU'),
    ...algorithms.map((alg) =>
      atMost(
        grain,
        `verifyToken / fast-jwt, ${alg}`,
        ratio('verify, new', alg, 'ours', 'fast-jwt'),
        'times',
        'no cache',
      ),
    ),
    ...public_.map((alg) =>
      atMost(
        1,
        `verify() / fast-jwt, ${alg}, repeated`,
        ratio('verify, repeated', alg, 'sdk', 'fast-jwt'),
        'times',
        'both with cache',
      ),
    ),
    ...public_.map((alg) =>
      atMost(
        3,
        `verify() of a token seen before, ${alg}`,
        of('verify, repeated', alg)?.cost.sdk ?? Number.NaN,
        'µs CPU',
        'mode local',
      ),
    ),
  ]
}

function costs(results: Results): Figure[] {
  return [...results].flatMap(([which, { cost }]) =>
    Object.entries(cost).map(([name, value]) =>
      tabled(`${which}: ${names[name as Contender]}`, value, 'µs CPU'),
    ),
  )
}

function printTable(operation: Operation, results: Results): void {
  const row = (cells: readonly string[]) =>
    cells.map((cell, at) => (at === 0 ? cell.padEnd(24) : cell.padStart(9))).join('')
  console.log(`\n  ${row([`${operation}, µs`, ...algorithms])}`)
  for (const name of contenders) {
    const cells = algorithms.map((alg) => results.get(key(operation, alg))?.cost[name])
    if (cells.every((cost) => cost === undefined)) continue
    console.log(`  ${row([names[name], ...cells.map((cost) => cost?.toFixed(cost < 10 ? 2 : 1) ?? '–')])}`)
  }
  console.log()
}
