// An export of a server that goes on serving.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { migratedPostgres, openPatiently, type Place } from '../../../../../tests/harness/engines.ts'
import { postgresSkip } from '../../../../../tests/harness/postgres.ts'
import { openPeople } from '../../accounts/people.fixture.ts'
import { deleteUserRow, insertUser } from '../../accounts/users/users.store.ts'
import { ada } from '../../oauth/house.ts'
import { migrate } from '../../platform/db/migrate.ts'
import { type House, openHouse } from '../../platform/house.ts'
import { testRuntime } from '../../platform/runtime.ts'
import { fillEverything } from './everything.fixture.ts'
import { atOneMoment, exportAll } from './export.ts'

const places: Readonly<Record<string, () => Promise<Place>>> = {
  SQLite: async () => {
    const folder = mkdtempSync(join(tmpdir(), 'countersign-moment-'))
    return { url: `file:${join(folder, 'x.db')}`, drop: async () => rmSync(folder, { recursive: true }) }
  },
  PostgreSQL: migratedPostgres,
}
const everything = { audit: true, signingKeys: true }
/** More than are read at once. */
const crowd = Array.from({ length: 120 }, (_, at) => `usr_p${String(at).padStart(3, '0')}`)

for (const [engine, place] of Object.entries(places))
  test(`an export is of one moment, whoever comes, goes and changes meanwhile, on ${engine}`, {
    skip: engine === 'PostgreSQL' && postgresSkip(),
  }, async (t) => {
    const { url, drop } = await place()
    const database = await openPatiently(url, 2)
    await migrate(database, testRuntime())
    const house = await openHouse({ database })
    t.after(async () => {
      await house.close()
      await drop?.()
    })
    await fillEverything(house)
    await database.commit(crowd.map((id) => insertUser(database, personOf(house, id))))
    const { passwords } = await openPeople({ house })

    const before = await linesOf(house, passwords)
    let deeds = 0
    const [first, second] = await atOneMoment(house, async (then) => [
      await linesOf(then, passwords, async (count) => {
        if (count % 10 > 0) return
        deeds += 1
        await change(house, deeds)
      }),
      await linesOf(then, passwords),
    ])
    assert.ok(deeds > 10, `${deeds} deeds`)
    assert.deepEqual(first, before)
    assert.deepEqual(second, before)
    assert.notDeepEqual(await linesOf(house, passwords), before)
  })

async function linesOf(
  from: Parameters<typeof exportAll>[0],
  passwords: Parameters<typeof exportAll>[1],
  meanwhile: (count: number) => Promise<void> = async () => {},
): Promise<string[]> {
  const lines: string[] = []
  for await (const record of exportAll(from, passwords, everything)) {
    lines.push(JSON.stringify(record))
    await meanwhile(lines.length)
  }
  return lines
}

const personOf = ({ runtime }: House, id: string) => ({
  ...ada,
  id,
  username: null,
  email: null,
  createdAt: runtime.now(),
})

/** Somebody new, before and after those who are read; others gone; what everybody holds ended, run out, or renamed. */
async function change(house: House, deed: number): Promise<void> {
  const { database } = house
  const said = (sql: string) => ({ sql, parameters: [] })
  await database.commit([
    insertUser(database, personOf(house, `usr_0${deed}`)),
    insertUser(database, personOf(house, `usr_z${deed}`)),
    deleteUserRow(database, crowd.at(-deed) ?? ''),
    said(`update users set name = 'Deed ${deed}'`),
    said(`update roles set description = 'Deed ${deed}'`),
    said('update refresh_tokens set replays = replays + 1'),
    ...(deed < 4 ? [] : ['consents', 'api_keys', 'access_tokens', 'sessions', 'families']).map((table) =>
      said(`delete from ${table}`),
    ),
  ])
  house.runtime.advance(86_400)
}
