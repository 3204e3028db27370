// Store contracts run on every engine: the same tests on SQLite in memory and on a fresh PostgreSQL database.
import { after, describe } from 'node:test'
import { type Database, openDatabase } from '../../packages/server/src/platform/db/database.ts'
import { migrate } from '../../packages/server/src/platform/db/migrate.ts'
import { type House, openHouse } from '../../packages/server/src/platform/house.ts'
import { systemRuntime } from '../../packages/server/src/platform/runtime.ts'
import { copyOfPostgres, postgresSkip } from './postgres.ts'

/** Gives an empty, migrated house on the engine under test; it is closed when the tests end. */
export type OpenHouse = () => Promise<House>

/**
 * Declares `suite` once per engine. Each call of what it is given opens another empty database.
 *
 * @example onBothEngines('The store of codes', (open) => { test('a code is …', async () => { const house = await open() … }) })
 */
export function onBothEngines(
  name: string,
  suite: (open: OpenHouse, dialect: Database['dialect']) => void,
): void {
  describe(`${name} on SQLite`, () =>
    suite(
      opener(async () => ({ url: ':memory:' })),
      'sqlite',
    ))
  describe(`${name} on PostgreSQL`, { skip: postgresSkip() }, () =>
    suite(opener(migratedPostgres), 'postgres'),
  )
}

/** Where a database is, and what ends it. */
export interface Place {
  readonly url: string
  readonly drop?: () => Promise<void>
}

/** An empty, migrated database of the tests' own cluster. @throws when there is none */
export async function migratedPostgres(): Promise<Place> {
  const fresh = await copyOfPostgres('migrated', async (url) => {
    const database = await openPatiently(url, 1)
    await migrate(database, systemRuntime())
    await database.close()
  })
  if (fresh.skipped !== undefined) throw new Error(fresh.skipped)
  return fresh
}

/**
 * Opens a database for a house in this process. A test that asks many things at once has them wait for few connections,
 * on a machine that may have ten times as much to do: whoever waits has ten times the patience of a server.
 */
export function openPatiently(url: string, poolSize = 4): Promise<Database> {
  return openDatabase(url, { poolSize, patienceMs: 30_000 })
}

function opener(place: () => Promise<Place>): OpenHouse {
  const closing: (() => Promise<void>)[] = []
  after(async () => {
    for (const close of closing) await close()
  })
  return async () => {
    const { url, drop } = await place()
    const house = await openHouse({ database: await openPatiently(url) })
    closing.push(async () => {
      await house.close()
      await drop?.()
    })
    return house
  }
}
