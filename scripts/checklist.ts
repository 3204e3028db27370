// `npm run checklist`: which tests prove which requirement (`AZ-01` …) and which class of vulnerabilities (`C1` …) of
// docs/security-checklist.md, by the identifiers that stand in their names. What is marked ◇ there comes with a feature
// that does not exist yet. Exit code 1 when something else has no test.
//
//   npm run checklist              everything with its tests
//   npm run checklist -- AZ TK     only these; `C` for the classes
//   npm run checklist -- --run     runs every test that names one, on SQLite and on PostgreSQL, and says whether they hold
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { readSource } from '../tests/house/source.ts'
import { pathsBelow } from '../tests/house/tree.ts'
import { ending } from './suite/ending.ts'

const read = (path: string): string => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8')

interface Item {
  readonly id: string
  readonly area: string
  readonly later: boolean
}

/** The rows of the document; one may stand for several items (`MF-01 … MF-12`), and a later one says more of one. */
function items(): Map<string, Item> {
  const found = new Map<string, Item>()
  let area = ''
  for (const line of read('docs/security-checklist.md').split('\n')) {
    area = /^##+ (.*)$/.exec(line)?.[1] ?? area
    const cells = /^\| ((?:[A-Z]{2}-\d\d|C\d).*?) \|(.*)$/.exec(line)
    const later = `${area}${cells?.[2] ?? ''}`.includes('◇')
    for (const id of idsOf(cells?.[1] ?? '')) found.set(id, { id, area: area.replace(' ◇', ''), later })
  }
  return found
}

function idsOf(cell: string): string[] {
  const [, kind, first, last] = /^(\w\w-)(\d\d) … \1(\d\d)$/.exec(cell) ?? []
  if (kind === undefined) return cell.match(/[A-Z]{2}-\d\d|C\d+/g) ?? []
  const count = Number(last) - Number(first) + 1
  return Array.from({ length: count }, (_, at) => kind + String(Number(first) + at).padStart(2, '0'))
}

/** Classes that no advisory stands for: a design, and what comes with packages. */
const withoutAdvisory = new Set(['C38', 'C39'])

/** Every identifier with the tests that name it. A class counts only beside an advisory that it is known from. */
function proofs(): Map<string, string[]> {
  const found = new Map<string, string[]>()
  for (const path of pathsBelow().filter((one) => one.endsWith('.test.ts'))) {
    for (const { text } of readSource(path, read(path)).literals) {
      for (const id of namedIn(text)) found.set(id, [...(found.get(id) ?? []), `${text}  (${path})`])
    }
  }
  return found
}

function namedIn(text: string): string[] {
  const requirements = text.match(/(?<![%\w])[A-Z]{2}-\d\d(?!\w)/g) ?? []
  const classes = text.match(/(?<![%\w])C[1-9]\d?(?![\w]|\.\d)/g) ?? []
  const isKnown = /\b(?:CVE-\d{4}-\d+|GHSA(?:-[a-z0-9]{4}){3})\b/.test(text)
  return [...new Set([...requirements, ...classes.filter((id) => isKnown || withoutAdvisory.has(id))])]
}

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { run: { type: 'boolean', default: false } },
})
const found = proofs()
const asked = [...items().values()].filter(
  ({ id }) => positionals.length === 0 || positionals.includes(/^[A-Z]+/.exec(id)?.[0] ?? ''),
)
const summary: string[] = []
for (const [area, ofArea] of Map.groupBy(asked, (item) => item.area)) {
  console.log(`\n${area}`)
  for (const { id, later } of ofArea) {
    const tests = found.get(id) ?? [later ? 'later' : 'NO TEST']
    for (const test of tests) console.log(`  ${id}  ${test}`)
  }
  const proven = ofArea.filter(({ id }) => found.has(id)).length
  const waiting = ofArea.filter(({ id, later }) => later && !found.has(id)).length
  summary.push(`  ${String(proven).padStart(3)} of ${ofArea.length}, ${waiting} later: ${area}`)
}
console.log(`\n${summary.join('\n')}`)
const missing = asked.filter(({ id, later }) => !later && !found.has(id)).map(({ id }) => id)
if (missing.length > 0) {
  console.error(`\nNo test names ${missing.join(', ')}.`)
  process.exitCode = 1
}
if (values.run) await runOnBothEngines()
else {
  const waiting = asked.filter(({ id, later }) => later && !found.has(id))
  const passed = asked.length - waiting.length - missing.length
  const skipped = waiting.map(() => 'comes with a feature that does not exist yet')
  console.log(`\n${ending({ what: 'items', passed, failed: missing.length, skipped })}`)
}

/** Runs the tests that name what was asked for, once on each engine. */
async function runOnBothEngines(): Promise<void> {
  const tests = asked.flatMap(({ id }) => found.get(id) ?? [])
  const files = [...new Set(tests.map((test) => /\(([^()]+)\)$/.exec(test)?.[1] ?? ''))].sort()
  const told: string[] = []
  let failed = 0
  const engines = ['sqlite', 'postgres'] as const
  for (const engine of engines) {
    console.log(`\n${files.length} files on ${engine}:\n`)
    const { holds, lastLine } = await testsOn(engine, files)
    if (!holds) failed += 1
    told.push(`  ${engine}: ${lastLine}`)
  }
  const ids = asked.filter(({ id }) => found.has(id)).length
  console.log(
    `\n${ids} items, ${tests.length} tests that name them, in ${files.length} files:\n${told.join('\n')}`,
  )
  const succeeded = failed === 0 && missing.length === 0
  console.log(`\n${ending({ what: 'engines', passed: engines.length - failed, failed, succeeded })}`)
  if (!succeeded) process.exitCode = 1
}

/** Shows what the tests say, and keeps the last of it. */
async function testsOn(engine: string, files: readonly string[]) {
  const args = ['--conditions=@countersign/source', 'scripts/test.ts', '--engine', engine, ...files]
  const child = spawn(process.execPath, args, { stdio: ['inherit', 'pipe', 'inherit'] })
  const ended = once(child, 'close')
  let said = ''
  for await (const text of child.stdout.setEncoding('utf8')) {
    process.stdout.write(text)
    said = (said + text).slice(-10_000)
  }
  const [code] = await ended
  return { holds: code === 0, lastLine: said.trimEnd().split('\n').at(-1) ?? '' }
}
