// What a server must refuse to start on: each time one sentence that says what is wrong, exit code 1, and nothing written.
import { deepEqual, doesNotMatch, equal, match } from 'node:assert/strict'
import { closeSync, copyFileSync, openSync, readFileSync, truncateSync, writeSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { after, before, test } from 'node:test'
import { type Installation, openInstallation, embeddedSkip as skip } from '../harness/installation.ts'
import { type Inhabitant, populate } from '../harness/population.ts'
import { freePort } from '../harness/processes.ts'
import { newBrowser } from './journal.ts'

/** Starts it where it must not start. @returns what it said */
async function refusal(
  installation: Installation,
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const child = installation.command(['start'], { PORT: String(await freePort()), ...env })
  const { code } = await child.exited
  equal(code, 1, `it ended with ${code}:\n${child.stdout()}\n${child.stderr()}`)
  equal(child.stdout(), '')
  const said = child.stderr()
  doesNotMatch(said, /^\s+at |node:|\.ts\b|should not have happened/m, 'a stack is no message')
  return said
}

/** Every row of every table. */
function contents(file: string): unknown {
  const connection = new DatabaseSync(file, { readOnly: true })
  try {
    const tables = connection
      .prepare(`select name from sqlite_schema where type = 'table' order by name`)
      .all()
    return tables.map(({ name }) => [name, connection.prepare(`select * from "${name}"`).all()])
  } finally {
    connection.close()
  }
}

let used: Installation
let somebody: Inhabitant
before(async () => {
  if (skip) return
  used = await openInstallation()
  const [first] = await populate(used, 1)
  if (first) somebody = first
  await (await used.start()).stop()
})
after(() => (skip ? undefined : used[Symbol.asyncDispose]()))

/** An installation whose server has run before and has ended cleanly: everything is in one file. */
async function usedInstallation(): Promise<Installation> {
  const installation = await openInstallation()
  copyFileSync(used.file, installation.file)
  return installation
}

test('a server with another secret than its database refuses to start and writes nothing [F30 SC-03]', {
  skip,
}, async () => {
  await using installation = await usedInstallation()
  const before = contents(installation.file)
  const said = await refusal(installation, { COUNTERSIGN_SECRET: 'nVx4tKq8wRm2zLp6yHd0bGf9cJs3aEu7iOo5' })
  match(said, /^[^\n]*COUNTERSIGN_SECRET is not the secret that this database was written with\.\n$/)
  deepEqual(contents(installation.file), before)
  await (await installation.start()).stop()
})

test('a database of a newer version is refused and left as it is', { skip }, async () => {
  await using installation = await usedInstallation()
  const newer = new DatabaseSync(installation.file)
  newer.exec(`insert into migrations values ('9999-from-the-future', 1)`)
  newer.close()
  const before = contents(installation.file)
  const said = await refusal(installation)
  match(said, /9999-from-the-future/)
  match(said, /newer Countersign/)
  deepEqual(contents(installation.file), before)
})

const pageSize = 4096
function overwrite(file: string, from: number, length: number): void {
  const descriptor = openSync(file, 'r+')
  writeSync(descriptor, Buffer.alloc(length, 0xa5), 0, length, from)
  closeSync(descriptor)
}

function rootPage(file: string, name: string): number {
  const connection = new DatabaseSync(file, { readOnly: true })
  try {
    const row = connection.prepare('select rootpage from sqlite_schema where name = ?').get(name)
    return Number(row?.['rootpage'])
  } finally {
    connection.close()
  }
}

const damages: readonly (readonly [name: string, damage: (file: string) => void])[] = [
  ['whose first bytes are wrong', (file) => overwrite(file, 0, 64)],
  ['whose list of tables is wrong', (file) => overwrite(file, 100, pageSize - 100)],
  ['that was cut off', (file) => truncateSync(file, 3 * pageSize + 100)],
  [
    'whose signing keys are unreadable',
    (file) => overwrite(file, (rootPage(file, 'signing_keys') - 1) * pageSize, pageSize),
  ],
]

for (const [name, damage] of damages) {
  test(`a database file ${name} is refused with a clear message [F05]`, { skip }, async () => {
    await using installation = await usedInstallation()
    damage(installation.file)
    const before = readFileSync(installation.file)
    match(await refusal(installation), /database/i)
    deepEqual(readFileSync(installation.file), before)
  })
}

test('a damaged page of people stops signing in and nothing else [F05 C10]', { skip }, async () => {
  await using installation = await usedInstallation()
  overwrite(installation.file, (rootPage(installation.file, 'users_by_username') - 1) * pageSize, pageSize)
  overwrite(installation.file, (rootPage(installation.file, 'users') - 1) * pageSize, pageSize)
  const running = await installation.start()
  equal((await fetch(`${running.origin}/oauth/jwks`)).status, 200)
  const { username, password } = somebody
  const browser = newBrowser()
  const seen = await browser.submit(await browser.open(`${running.origin}/sign-in`), { username, password })
  equal(seen.status, 503)
  equal(/sqlite|malformed|\.ts:/i.test(seen.html), false)
})
