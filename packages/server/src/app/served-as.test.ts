// A development server beside the variables, or the configuration, of a production server.
import assert from 'node:assert/strict'
import { mkdtempDisposable } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { freshPostgres, postgresSkip } from '../../../../tests/harness/postgres.ts'
import { freePort } from '../../../../tests/harness/processes.ts'
import { insertUser, listUsers } from '../accounts/users/users.store.ts'
import { ada } from '../oauth/house.ts'
import type { Database } from '../platform/db/database.ts'
import { migrationState } from '../platform/db/migrate.ts'
import { WrongSecret } from '../platform/keys/secret-check.store.ts'
import { runDevelopment } from './development.ts'
import { openPlatform } from './foundation.ts'
import { openServer } from './run.ts'
import { seededPeople } from './seed.ts'
import { ServedOtherwise } from './served-as.store.ts'
import { loadSettings, type Mode, type Settings } from './settings.ts'

interface Scene {
  settings(mode: Mode, secret?: string): Settings
  /** Looks at the database, and changes nothing of it by itself. */
  inside<T>(work: (database: Database) => Promise<T>): Promise<T>
}

async function scene(databaseUrl: string, data: string): Promise<Scene> {
  const port = await freePort()
  const settings: Scene['settings'] = (mode, secret = 'Xb7pQ2rT9wLk4mNv8sZc1yHd6gJf3aEu') => {
    const env = {
      PORT: String(port),
      DATABASE_URL: databaseUrl,
      COUNTERSIGN_DATA: data,
      COUNTERSIGN_SECRET: secret,
      COUNTERSIGN_URL: mode === 'production' ? 'https://id.example.com' : undefined,
      LOG_LEVEL: 'silent',
    }
    return loadSettings({ env, config: {}, mode }).settings
  }
  return {
    settings,
    inside: async (work) => {
      const { database, close } = await openPlatform(settings('production'), 'ignore')
      return work(database).finally(close)
    },
  }
}

const engines: readonly [string, string | false, () => Promise<{ url: string; drop(): Promise<void> }>][] = [
  [
    'SQLite',
    false,
    async () => {
      const { path, remove } = await mkdtempDisposable(join(tmpdir(), 'countersign-served-'))
      return { url: `file:${join(path, 'server.db')}`, drop: remove }
    },
  ],
  [
    'PostgreSQL',
    postgresSkip(),
    async () => {
      const fresh = await freshPostgres()
      return fresh.skipped === undefined ? fresh : assert.fail(fresh.skipped)
    },
  ],
]

for (const [engine, skip, place] of engines) {
  const opened = async () => {
    const { url, drop } = await place()
    const folder = await mkdtempDisposable(join(tmpdir(), 'countersign-served-data-'))
    const all = await scene(url, folder.path)
    return {
      ...all,
      [Symbol.asyncDispose]: async () => Promise.all([drop(), folder.remove()]).then(() => {}),
    }
  }
  const people = (database: Database) => listUsers(database).then((all) => all.map(({ id }) => id))

  test(`a development server puts nobody into a production server’s database, whatever secret it has, on ${engine}`, {
    skip,
  }, async () => {
    await using all = await opened()
    const { close } = await openServer(all.settings('production'), 'apply')
    await close()
    await assert.rejects(runDevelopment(all.settings('development')), ServedOtherwise)
    assert.deepEqual(await all.inside(people), [])
    await (await openServer(all.settings('production'), 'require')).close()
  })

  test(`one that was filled and not served yet is no place for people with public passwords either, on ${engine}`, {
    skip,
  }, async () => {
    await using all = await opened()
    const platform = await openPlatform(all.settings('production'), 'apply')
    await platform.database.commit([
      insertUser(platform.database, { ...ada, id: 'usr_boss', createdAt: platform.runtime.now() }),
    ])
    await platform.close()
    await assert.rejects(runDevelopment(all.settings('development')), ServedOtherwise)
    assert.deepEqual(await all.inside(people), ['usr_boss'])
  })

  test(`what a development server has filled is served to nobody, on ${engine}`, { skip }, async () => {
    await using all = await opened()
    await (await runDevelopment(all.settings('development'))).stop()
    await assert.rejects(openServer(all.settings('production'), 'require'), ServedOtherwise)
    const again = await runDevelopment(all.settings('development'))
    await again.stop()
    assert.equal((await all.inside(people)).length, seededPeople.length)
  })

  test(`SC-03: a database that the secret doesn’t open is not brought to another version, on ${engine}`, {
    skip,
  }, async () => {
    await using all = await opened()
    const platform = await openPlatform(all.settings('production'), 'apply')
    await platform.database.commit([
      insertUser(platform.database, { ...ada, createdAt: platform.runtime.now() }),
      // As one that an older version has left.
      { sql: "delete from migrations where name = '0033-dated-digests'", parameters: [] },
    ])
    await platform.close()
    const other = all.settings('production', 'Yc8qR3sU0xMl5nOw9tAd2zIe7hKg4bFv')
    await assert.rejects(openPlatform(other, 'apply'), WrongSecret)
    const { pending } = await all.inside(migrationState)
    assert.deepEqual(pending, ['0033-dated-digests'])
  })
}
