// `npm run bench`: every benchmark, or those named; `--json FILE` writes the figures as a list of
// { id, value, unit, against, bound, holds }. Ratios are taken within one run, of CPU time, since machines are noisy.
import { writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import type { Figure } from './figure.ts'

const suites: Readonly<Record<string, () => Promise<{ run: () => Promise<Figure[]> }>>> = {
  server: () => import('./server.bench.ts'),
  'sign-in': () => import('./sign-in.bench.ts'),
  tokens: () => import('./tokens.bench.ts'),
  revocation: () => import('./revocation.bench.ts'),
  start: () => import('./start.bench.ts'),
  scale: () => import('./scale.bench.ts'),
  storm: () => import('./storm.bench.ts'),
}

const { values, positionals } = parseArgs({ allowPositionals: true, options: { json: { type: 'string' } } })
const unknown = positionals.filter((name) => !(name in suites))
if (unknown.length > 0) {
  console.error(
    `There is no benchmark “${unknown.join('”, “')}”. There are: ${Object.keys(suites).join(', ')}.`,
  )
  process.exit(2)
}

const figures: Figure[] = []
for (const [name, load] of Object.entries(suites)) {
  if (positionals.length > 0 && !positionals.includes(name)) continue
  console.log(`\n${name}`)
  const suite = await load()
  for (const figure of await suite.run()) {
    figures.push(figure)
    if (figure.tabled !== true) console.log(line(figure))
  }
}
if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(figures, null, 2)}\n`)
const broken = figures.filter(({ holds }) => holds === false).length
console.log(
  broken === 0
    ? '\nEvery bound holds.'
    : `\n${broken} ${broken === 1 ? 'bound does' : 'bounds do'} not hold.`,
)

function line({ id, value, unit, against, bound, holds }: Figure): string {
  const mark = holds === undefined ? ' ' : holds ? '✓' : '✗'
  const limit = bound === undefined ? '' : `  bound ${bound}`
  return `  ${mark} ${id.padEnd(46)} ${format(value).padStart(9)} ${unit.padEnd(8)}${limit}${against === undefined ? '' : `  (${against})`}`
}

function format(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2)
}
