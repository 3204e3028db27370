// Every table either leaves with an export or stays behind for a reason that stands here: a new one belongs to neither
// until somebody has decided. Of those that leave, every column does, or is said below.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import type { Schema } from '../../platform/db/schema.ts'
import { openHouse } from '../../platform/house.ts'
import { fillEverything, rowsOf } from './everything.fixture.ts'
import { bring, linesOf, openNewHouse } from './house-that-moves.fixture.ts'
import { heldKinds } from './records-held.ts'

/** Why a table stays behind; of a carried one, the columns that are not the same afterwards, and why. */
type Fate = { readonly stays: string } | { readonly carried: Readonly<Record<string, string>> }

const flow = 'a sign-in or a request of some minutes: whoever is in the midst of one begins again'
const own = 'each server has its own'
const restored = 'when it was brought'

const fates: Readonly<Record<keyof Schema, Fate>> = {
  meta: { carried: { value: 'sealed by each server' } },
  migrations: { stays: own },
  users: { carried: { updated_at: restored, disabled_at: restored } },
  passwords: { carried: { sealed_hash: 'sealed by each server', kind: 'made anew from the hash' } },
  hash_kinds: { carried: {} },
  identities: { carried: { id: own, created_at: restored } },
  totp_factors: { carried: { id: own, sealed_secret: 'sealed by each server', created_at: restored } },
  recovery_codes: { carried: { set_id: own } },
  finished_sign_ins: { stays: flow },
  sessions: { carried: {} },
  session_clients: {
    carried: {
      ended_at: 'news under way stays: it is told within an hour or never',
      next_at: 'as ended_at',
      attempts: 'as ended_at',
      told_at: 'as ended_at',
    },
  },
  roles: { carried: {} },
  user_roles: { carried: {} },
  clients: { carried: { revision: 'counts changes at one server', disabled_at: restored } },
  user_numbers: { carried: {} },
  number_counters: { carried: {} },
  moved_users: { carried: {} },
  moved_things: { carried: {} },
  metadata_documents: {
    carried: { read_at: restored, fresh_until: 'the document is read again when its client comes next' },
  },
  apis: { carried: {} },
  consents: { carried: {} },
  flows: { stays: flow },
  codes: { stays: flow },
  device_codes: { stays: flow },
  backchannel_requests: { stays: flow },
  families: { carried: {} },
  refresh_tokens: {
    carried: { sealed_token: 'of the newest of a line alone: nobody is given an older one again' },
  },
  access_tokens: { carried: { revoked_at: 'one that was ended stays behind' } },
  revoked_tokens: { carried: { revoked_at: restored } },
  seen_assertions: { carried: {} },
  trusted_issuers: { carried: {} },
  signing_keys: { carried: { sealed_private_jwk: 'sealed by each server' } },
  upstream_attempts: { stays: flow },
  events: { carried: {} },
  registrations: { carried: {} },
  initial_access_tokens: { carried: {} },
  api_keys: { carried: {} },
  mailed_proofs: { stays: 'links in letters, of some hours: people ask for another' },
  passkeys: { carried: { id: own } },
  letters: { stays: 'under way: the server that wrote them sends them, within a day' },
  mailbox: { stays: 'letters of the development server' },
  limits: { stays: 'how often something was tried lately' },
}

test('every table is carried, or stays behind for a reason', async () => {
  const house = await openHouse()
  const found = await tablesOf(house)
  await house.close()
  assert.deepEqual(found, Object.keys(fates).sort(), 'decide what becomes of it, here and in the guide')
  for (const [table, fate] of Object.entries(fates))
    if ('stays' in fate) assert.ok(fate.stays.length > 0, table)
})

test('what stands in a carried table stands there again, column by column', async () => {
  const from = await openHouse()
  await fillEverything(from)
  const to = await openNewHouse(await openHouse())
  const report = await bring(to, await linesOf(from, { audit: true, signingKeys: true }))
  assert.deepEqual([report.conflicts, [...report.leftBehind]], [[], []])
  for (const [table, fate] of Object.entries(fates)) {
    if ('stays' in fate) continue
    const before = await rowsOf(from, table)
    assert.notEqual(before.length, 0, `nothing stands in ${table}: fill it in everything.fixture.ts`)
    const columns = Object.keys(before[0] ?? {})
    for (const column of Object.keys(fate.carried)) assert.ok(columns.includes(column), `${table}.${column}`)
    const compared = columns.filter((column) => !Object.hasOwn(fate.carried, column))
    const silent = compared.filter((column) => before.every((row) => row[column] === null))
    assert.deepEqual(silent, [], `columns of ${table} that say nothing: fill them in everything.fixture.ts`)
    const told = (rows: readonly Readonly<Record<string, unknown>>[]) =>
      rows.map((row) => JSON.stringify(compared.map((column) => row[column]))).sort()
    const after = new Set(told(await rowsOf(to, table)))
    for (const row of told(before)) assert.ok(after.has(row), `${table}: ${row} is not among ${[...after]}`)
  }
  await from.close()
  await to.close()
})

test('the guide tells every kind of line', () => {
  const guide = readFileSync(new URL('../../../../../docs/guides/export-format.md', import.meta.url), 'utf8')
  for (const { shape } of heldKinds) assert.ok(guide.includes(`\`${shape.kind.value}\``), shape.kind.value)
})

async function tablesOf({ database }: Awaited<ReturnType<typeof openHouse>>): Promise<string[]> {
  const sql =
    database.dialect === 'sqlite'
      ? `select name from sqlite_master where type = 'table' and name not like 'sqlite_%'`
      : `select table_name as name from information_schema.tables where table_schema = 'public'`
  return (await database.read(sql, [])).map(({ name }) => String(name)).sort()
}
