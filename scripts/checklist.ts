// `npm run checklist`: which tests prove which item of the security checklist (`AZ-01` …) and which class of
// vulnerability (`C1` …), by the ids that stand in their names. Exit code 1 when an item that is due has no test.
//
//   npm run checklist              every item with its tests
//   npm run checklist -- AZ TK     only these areas; `C` for the classes
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { readSource } from '../tests/house/source.ts'
import { pathsBelow } from '../tests/house/tree.ts'

interface Area {
  readonly title: string
  /** Its ids run from 1 to here. */
  readonly last: number
  /** What comes with a feature that does not exist yet. */
  readonly later?: Readonly<Record<string, readonly number[]>>
}

const areas: Readonly<Record<string, Area>> = {
  AZ: { title: 'authorization endpoint', last: 25, later: { 'pushed requests': [23] } },
  TK: {
    title: 'token endpoint',
    last: 21,
    later: { DPoP: [9], 'token exchange': [19], 'device flow': [21] },
  },
  RT: { title: 'refresh tokens', last: 14, later: { DPoP: [10] } },
  JW: { title: 'tokens, keys, discovery', last: 20, later: { hooks: [12] } },
  SE: { title: 'sessions, sign-out', last: 13, later: { 'sign-out by clients': [11, 12] } },
  PW: {
    title: 'passwords, sign-in, recovery',
    last: 28,
    later: { 'mail and reset': [20, 21, 22, 23, 24, 27], 'management API': [26] },
  },
  MF: { title: 'more factors, passkeys', last: 12, later: { 'more factors': upTo(12) } },
  FD: { title: 'upstream providers', last: 7 },
  PM: { title: 'management API, permissions', last: 16, later: { 'management API': upTo(16) } },
  HT: { title: 'web and HTTP', last: 22, later: { branding: [19] } },
  SC: { title: 'secrets, logs, audit', last: 13, later: { 'audit chain': [9] } },
  RP: { title: 'repository', last: 7, later: { 'signed releases': [3], 'public pipeline': [5, 6] } },
  C: { title: 'classes of vulnerabilities', last: 39, later: { 'one-time codes': [13], SAML: [27] } },
}

/** Classes that no advisory stands for: a design, and what comes with packages. */
const withoutAdvisory = new Set(['C38', 'C39'])

function upTo(last: number): number[] {
  return Array.from({ length: last }, (_, index) => index + 1)
}

interface Proof {
  readonly path: string
  readonly name: string
}

/** Every id with the tests that name it. A class counts only together with an advisory that it is known from. */
function proofs(): Map<string, Proof[]> {
  const found = new Map<string, Proof[]>()
  for (const path of pathsBelow().filter((one) => /\.test\.ts$|^tests\/harness\/.*\.ts$/.test(one))) {
    const { literals } = readSource(path, readFileSync(new URL(`../${path}`, import.meta.url), 'utf8'))
    for (const { text } of literals) {
      for (const id of idsIn(text)) found.set(id, [...(found.get(id) ?? []), { path, name: text }])
    }
  }
  return found
}

function idsIn(text: string): string[] {
  const items = text.match(/(?<![%\w])(?:[A-Z]{2}-\d\d)(?!\w)/g) ?? []
  const classes = text.match(/(?<![%\w])C[1-9]\d?(?![\w]|\.\d)/g) ?? []
  const known = /\b(?:CVE-\d{4}-\d+|GHSA(?:-[a-z0-9]{4}){3})\b/.test(text)
  return [...new Set([...items, ...classes.filter((id) => known || withoutAdvisory.has(id))])]
}

function idOf(area: string, number: number): string {
  return area === 'C' ? `C${number}` : `${area}-${String(number).padStart(2, '0')}`
}

const { positionals } = parseArgs({ allowPositionals: true })
const found = proofs()
const missing: string[] = []
const summary: string[] = []
for (const [name, { title, last, later = {} }] of Object.entries(areas)) {
  if (positionals.length > 0 && !positionals.includes(name)) continue
  const feature = new Map(Object.entries(later).flatMap(([what, ids]) => ids.map((id) => [id, what])))
  console.log(`\n${name}: ${title}`)
  let proven = 0
  for (const number of upTo(last)) {
    const id = idOf(name, number)
    const tests = found.get(id) ?? []
    const waits = feature.get(number)
    if (tests.length > 0) proven += 1
    else if (waits === undefined) missing.push(id)
    if (tests.length === 0) console.log(`  ${id}  ${waits === undefined ? 'NO TEST' : `later: ${waits}`}`)
    for (const { path, name: test } of tests) console.log(`  ${id}  ${test}  (${path})`)
  }
  const due = last - [...feature.keys()].filter((number) => !found.has(idOf(name, number))).length
  summary.push(`  ${name.padEnd(3)} ${String(proven).padStart(3)} of ${due} due, ${last} in all: ${title}`)
}
console.log(`\n${summary.join('\n')}`)
if (missing.length > 0) {
  console.error(`\nNo test names: ${missing.join(', ')}.`)
  process.exitCode = 1
}
