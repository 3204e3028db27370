// `npm run wires`: the wires of others against their originals. Simple JWT 5.5.1 and 5.2.2, as Django runs them, answer the
// same requests as ours, an unchanged Django REST API takes our tokens, and its people come here and go back with their
// passwords; others come from MariaDB, where that is installed. Python and its packages are fetched once, at the versions
// that are committed; where that can't be done, nothing is compared and that is said. Exit code 1 when something differs that
// should not, or no longer differs where it is said to. With `--record` what the originals answer is written down first:
// `npm test` compares ours with that.
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { mariaDbSkip } from '../tests/harness/mariadb.ts'
import { prepare, python } from '../tests/interop/languages.ts'
import { tryAccounts } from '../tests/wires/accounts/run.ts'
import { tryBetterAuth } from '../tests/wires/better-auth/run.ts'
import { askOurs, askTheirs, compare, isExpected, record } from '../tests/wires/django/compare.ts'
import { type Dialect, dialects } from '../tests/wires/django/groups.ts'
import { tryMoving } from '../tests/wires/django/moving.ts'
import { tryResourceServer } from '../tests/wires/django/resource-server.ts'
import { compareAccounts } from '../tests/wires/djoser/against.ts'
import { tryFrontEnds } from '../tests/wires/front-ends/run.ts'
import type { Held, Tried } from '../tests/wires/held.ts'
import { tryKeycloak } from '../tests/wires/keycloak/run.ts'
import { tryLazy } from '../tests/wires/lazy/run.ts'
import { tryMySql } from '../tests/wires/mysql.ts'
import type { Python } from '../tests/wires/python.ts'
import { railsPackages, tryRails } from '../tests/wires/rails/run.ts'
import { installMissing } from './install.ts'
import { ending } from './suite/ending.ts'

const run = promisify(execFile)
const records = process.argv.includes('--record')
const requirements = {
  '5.2': { folder: 'django52', source: '../tests/wires/django/5.2/' },
  '5.5.1': { folder: 'django', source: '../tests/wires/django/' },
} as const satisfies { readonly [D in Dialect]: object }

/** What came of all of it. */
const came = { passed: 0, failed: 0, skipped: [] as string[] }

const originals: Readonly<Record<string, () => Promise<Tried>>> = {
  ...Object.fromEntries(dialects.map((dialect) => [`Simple JWT ${dialect}`, () => tryDialect(dialect)])),
  'djoser and dj-rest-auth': tryDjangoAccounts,
  'people who come one by one': tryLazy,
  'what accounts of Django have beside a password': tryAccounts,
  'people and clients of Better Auth and Auth.js': tryBetterAuth,
  'people and clients of Rails': async () => {
    installMissing(railsPackages)
    return tryRails()
  },
  'people and clients of Keycloak': async () =>
    process.argv.includes('--keycloak')
      ? tryKeycloak(records)
      : { skipped: 'a large one, tried with --keycloak alone; npm test brings what it exported' },
  'libraries of front ends': tryFrontEnds,
  'people from MySQL': async () => {
    const skipped = mariaDbSkip()
    return skipped === false ? tryMySql() : { skipped }
  },
}
for (const [what, attempt] of Object.entries(originals)) {
  const began = performance.now()
  // One that breaks says nothing of the others.
  const tried = await attempt().catch((error: unknown): Tried => {
    const words = error instanceof Error ? (error.stack ?? error.message) : String(error)
    return [{ sentence: `${what}: ${words}`, holds: false }]
  })
  if ('skipped' in tried) skip(what, tried.skipped)
  else report(tried)
  console.log(`  ${what} took ${Math.round((performance.now() - began) / 1000)} s.`)
}
console.log(`\n${ending({ what: 'flows and sentences', ...came })}`)
if (came.failed > 0) process.exitCode = 1

function skip(what: string, reason: string): void {
  came.skipped.push(`${what}: ${reason}`)
  console.log(`Skipped: ${what}: ${reason}`)
}

function report(all: readonly Held[]): void {
  for (const { sentence, holds } of all) {
    came[holds ? 'passed' : 'failed'] += 1
    console.log(`${holds ? '✔' : '✖'} ${sentence}`)
  }
}

async function tryDialect(dialect: Dialect): Promise<Tried> {
  const original = await prepared(dialect)
  if ('skipped' in original) return original
  await compareWith(original, dialect)
  if (dialect !== '5.5.1') return []
  return [...(await tryResourceServer(original)), ...(await tryMoving(original))]
}

async function tryDjangoAccounts(): Promise<Tried> {
  const counts = await compareAccounts(records)
  if ('skipped' in counts) return counts
  came.passed += counts.right
  came.failed += counts.wrong
  return []
}

async function compareWith(original: Python, dialect: Dialect): Promise<void> {
  const theirs = await askTheirs(original, dialect)
  if (records) await record(dialect, theirs)
  const compared = compare(dialect, theirs, await askOurs(dialect))
  for (const one of compared) {
    if (isExpected(one)) {
      came.passed += 1
      continue
    }
    came.failed += 1
    console.error(
      `✖ ${dialect}: ${one.flow.name}\n    ${one.difference ?? `no longer differs, though: ${one.reason}`}`,
    )
  }
  const alike = compared.filter(({ reason }) => reason === undefined)
  console.log(`${alike.length} of ${compared.length} flows are answered as by Simple JWT ${dialect}.`)
  for (const { flow, reason } of compared)
    if (reason !== undefined) console.log(`  not “${flow.name}”: ${reason}`)
}

/** From the registry of Python; of the earlier release what Debian has installed is as good. */
async function prepared(dialect: Dialect): Promise<Python | { readonly skipped: string }> {
  const { folder, source } = requirements[dialect]
  const program = await prepare({ ...python, folder }, fileURLToPath(new URL(source, import.meta.url)))
  if (!('skipped' in program)) return { command: program.command, env: program.env ?? {} }
  if (dialect !== '5.2') return program
  const installed = await run('python3', ['-c', 'import rest_framework_simplejwt']).catch(() => null)
  if (installed !== null) return { command: 'python3', env: {} }
  return { skipped: `${program.skipped}; apt’s python3-djangorestframework-simplejwt would do` }
}
