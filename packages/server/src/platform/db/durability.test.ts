import assert from 'node:assert/strict'
import { mkdtempDisposableSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { event } from '../events/events.ts'
import { testRuntime } from '../runtime.ts'
import { openDatabase } from './database.ts'
import { isDurable } from './engine.ts'
import { migrate } from './migrate.ts'
import { write } from './statement.ts'

const charge = write(
  (db, p: { bucket: string }) =>
    db.insertInto('limits').values({ bucket: p.bucket, free_at_ms: 0, failures: 0, expires_at: 0 }),
  { mayBeLost: true },
)

test('only a batch of nothing but losable writes is not waited for on the disk', async () => {
  const runtime = testRuntime()
  const database = await openDatabase(':memory:')
  await migrate(database, runtime)
  const losable = charge(database, { bucket: 'a' })
  const lasting = event(database, runtime, { type: 'user.signed_in' })
  assert.equal(isDurable([[losable], [losable]]), false)
  assert.equal(isDurable([[losable, lasting]]), true)
  assert.equal(isDurable([[losable], [lasting]]), true)
  await database.close()
})

test('the engine is back at synchronous=FULL after a losable batch, and after one that failed', async () => {
  const runtime = testRuntime()
  using folder = mkdtempDisposableSync(join(tmpdir(), 'countersign-db-'))
  const database = await openDatabase(`file:${join(folder.path, 'x.db')}`)
  await migrate(database, runtime)
  const level = async (): Promise<unknown> =>
    (await database.read('pragma synchronous', []))[0]?.['synchronous']
  assert.equal(await level(), 2)
  await database.commit([charge(database, { bucket: 'a' })])
  assert.equal(await level(), 2)
  await assert.rejects(database.commit([charge(database, { bucket: 'a' })]))
  assert.equal(await level(), 2)
  await database.close()
})
