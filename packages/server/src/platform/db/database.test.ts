import assert from 'node:assert/strict'
import { mkdtempDisposableSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { migratedPostgres, onBothEngines, openPatiently } from '../../../../../tests/harness/engines.ts'
import { postgresSkip } from '../../../../../tests/harness/postgres.ts'
import { testRuntime } from '../runtime.ts'
import { openDatabase } from './database.ts'
import { StorageUnavailable } from './engine.ts'
import { migrate, migrationState, SchemaTooNew } from './migrate.ts'
import { query, write } from './statement.ts'

const put = write((db, p: { name: string; value: string }) =>
  db.insertInto('meta').values({ name: p.name, value: p.value }),
)
const claim = write(
  (db, p: { name: string; from: string; to: string }) =>
    db.updateTable('meta').set({ value: p.to }).where('name', '=', p.name).where('value', '=', p.from),
  { exactlyOne: 'claim' },
)
const insertOnce = write(
  (db, p: { name: string }) => db.insertInto('meta').values({ name: p.name, value: '' }),
  { exactlyOne: 'first' },
)
const meaningOf = query((db, p: { name: string }) =>
  db.selectFrom('meta').select('value').where('name', '=', p.name),
)

onBothEngines('The database', (open) => {
  test('a write is a value: nothing happens until it is committed', async () => {
    const { database } = await open()
    const waiting = put(database, { name: 'a', value: '1' })
    assert.equal(await meaningOf.first(database, { name: 'a' }), undefined)
    assert.deepEqual(await database.commit([null, [undefined, [waiting]]]), { ok: true })
    assert.equal((await meaningOf.first(database, { name: 'a' }))?.value, '1')
    assert.deepEqual(await database.commit([]), { ok: true })
  })

  test('losing a guard undoes the whole set, and names what was lost', async () => {
    const { database } = await open()
    const set = [
      put(database, { name: 'a', value: '1' }),
      claim(database, { name: 'none', from: 'x', to: 'y' }),
      put(database, { name: 'b', value: '2' }),
    ]
    assert.deepEqual(await database.commit(set), { ok: false, lost: 'claim' })
    assert.equal(await meaningOf.first(database, { name: 'a' }), undefined)
    assert.equal(await meaningOf.first(database, { name: 'b' }), undefined)
  })

  test('C7 C11: of a hundred who claim one thing at once, exactly one gets it', async () => {
    const { database } = await open()
    await database.commit([put(database, { name: 'one', value: 'free' })])
    const outcomes = await Promise.all(
      Array.from({ length: 100 }, (_, index) =>
        database.commit([
          claim(database, { name: 'one', from: 'free', to: String(index) }),
          put(database, { name: `by ${index}`, value: '' }),
        ]),
      ),
    )
    assert.equal(outcomes.filter(({ ok }) => ok).length, 1)
    const rows = await database.read("select count(*) as number from meta where name like 'by %'", [])
    assert.equal(Number(rows[0]?.['number']), 1, 'the losers left nothing')
  })

  test('a row that a unique index forbids is a guard lost, not a failure, where the write is guarded', async () => {
    const { database } = await open()
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, () => database.commit([insertOnce(database, { name: 'only' })])),
    )
    assert.equal(outcomes.filter(({ ok }) => ok).length, 1)
    await assert.rejects(database.commit([put(database, { name: 'only', value: '' })]))
  })

  test('of rows that are committed at once, each a set of its own, one that can’t be fails alone', async () => {
    const { database } = await open()
    await database.commit([put(database, { name: 'row 7', value: 'before' })])
    const outcomes = await Promise.allSettled(
      Array.from({ length: 20 }, (_, at) =>
        database.commit([put(database, { name: `row ${at}`, value: 'new' })]),
      ),
    )
    assert.deepEqual(
      outcomes.map(({ status }, at) => (status === 'fulfilled' ? 'stored' : at)),
      Array.from({ length: 20 }, (_, at) => (at === 7 ? 7 : 'stored')),
    )
    assert.equal((await meaningOf.first(database, { name: 'row 7' }))?.value, 'before')
    assert.equal((await meaningOf.first(database, { name: 'row 19' }))?.value, 'new')
  })

  test('the failure of one set touches no other of its batch', async () => {
    const { database } = await open()
    await database.commit([put(database, { name: 'taken', value: '' })])
    const outcomes = await Promise.allSettled([
      database.commit([put(database, { name: 'before', value: '' })]),
      database.commit([
        put(database, { name: 'half', value: '' }),
        put(database, { name: 'taken', value: '' }),
      ]),
      database.commit([claim(database, { name: 'none', from: '', to: '' })]),
      database.commit([put(database, { name: 'after', value: '' })]),
    ])
    assert.deepEqual(
      outcomes.map(({ status }) => status),
      ['fulfilled', 'rejected', 'fulfilled', 'fulfilled'],
    )
    const names = (await database.read('select name from meta order by name', [])).map(({ name }) => name)
    assert.deepEqual(names, ['after', 'before', 'taken'])
  })

  test('what is read at one moment agrees, whoever writes meanwhile, and nothing can be written there', async () => {
    const { database } = await open()
    await database.commit([put(database, { name: 'a', value: 'then' })])
    await database.atOneMoment(async (then) => {
      await database.commit([
        put(database, { name: 'b', value: 'now' }),
        claim(database, { name: 'a', from: 'then', to: 'now' }),
      ])
      const read = async (name: string) => (await meaningOf.first(then, { name }))?.value
      assert.deepEqual(await Promise.all([read('a'), read('b')]), ['then', undefined])
      assert.equal((await meaningOf.first(database, { name: 'a' }))?.value, 'now')
      await assert.rejects(then.commit([put(then, { name: 'c', value: '' })]), /can’t be changed/)
      assert.equal(
        await then.atOneMoment(async (same) => (await meaningOf.first(same, { name: 'a' }))?.value),
        'then',
      )
    })
    assert.equal(
      await database.atOneMoment(async (then) => (await meaningOf.first(then, { name: 'b' }))?.value),
      'now',
    )
    await assert.rejects(
      database.atOneMoment(() => Promise.reject(new TypeError('enough'))),
      TypeError,
    )
    assert.equal(await meaningOf.first(database, { name: 'c' }), undefined)
  })

  test('migrations are applied once, and a newer schema is refused', async () => {
    const { database, runtime } = await open()
    assert.deepEqual(await migrate(database, runtime), [])
    assert.deepEqual((await migrationState(database)).pending, [])
    await Promise.all([migrate(database, runtime), migrate(database, runtime)])
    const { sql, parameters } = database.builder
      .insertInto('migrations')
      .values({ name: '9999-from-the-future', applied_at: 1 })
      .compile()
    await database.read(sql, parameters as (string | number)[])
    await assert.rejects(migrate(database, runtime), SchemaTooNew)
    await assert.rejects(migrationState(database), SchemaTooNew)
  })

  test('numbers come back as numbers, whatever the engine calls them', async () => {
    const { database } = await open()
    const row = (
      await database.read('select cast(4102444800 as bigint) as late, count(*) as many from meta', [])
    )[0]
    assert.equal(row?.['late'], 4_102_444_800)
    assert.equal(row?.['many'], 0)
  })
})

test('whoever waits for PostgreSQL gives up after three seconds, and in a house of tests after ten times as many', {
  skip: postgresSkip(),
}, async (t) => {
  const { url, drop } = await migratedPostgres()
  const limits = `select setting::int from pg_settings where name in ('lock_timeout', 'statement_timeout') order by name`
  for (const [opening, patience] of [
    [openDatabase(url, { poolSize: 1 }), 3000],
    [openPatiently(url, 1), 30_000],
  ] as const) {
    const database = await opening
    const found = await database.read(limits, [])
    assert.deepEqual(found, [{ setting: patience / 3 }, { setting: patience }])
    const [held, enough] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const holding = database.migrate(() => {
      held.resolve()
      return enough.promise
    })
    await held.promise
    t.mock.timers.enable({ apis: ['setTimeout'] })
    const another = () =>
      database.read('select 1', []).then(
        () => 'has read',
        (error: unknown) => (error instanceof StorageUnavailable ? 'gave up' : error),
      )
    const first = another()
    t.mock.timers.tick(patience)
    const second = another()
    t.mock.timers.tick(patience - 1)
    t.mock.timers.reset()
    enough.resolve()
    assert.deepEqual(await Promise.all([first, second, holding]), ['gave up', 'has read', undefined])
    await database.close()
  }
  await drop?.()
})

test('the embedded database is a file that its owner alone reads, in WAL with foreign keys', async () => {
  using folder = mkdtempDisposableSync(join(tmpdir(), 'countersign-db-'))
  const file = join(folder.path, 'deep', 'x.db')
  const database = await openDatabase(`file:${file}`)
  await migrate(database, testRuntime())
  assert.equal(statSync(file).mode & 0o777, 0o600)
  const pragma = async (name: string) =>
    Object.values((await database.read(`pragma ${name}`, []))[0] ?? {})[0]
  assert.deepEqual(
    [await pragma('journal_mode'), await pragma('synchronous'), await pragma('foreign_keys')],
    ['wal', 2, 1],
  )
  await database.close()
})

test('a log that grew while a moment was read is cut when that is over', async () => {
  using folder = mkdtempDisposableSync(join(tmpdir(), 'countersign-db-'))
  const file = join(folder.path, 'x.db')
  const database = await openDatabase(`file:${file}`)
  await migrate(database, testRuntime())
  const page = 'x'.repeat(1_000_000)
  const fill = (name: string) => database.commit([put(database, { name, value: page })])
  await database.atOneMoment(async (then) => {
    for (let count = 0; count < 80; count += 1) await fill(`page ${count}`)
    assert.equal(await meaningOf.first(then, { name: 'page 0' }), undefined)
    assert.equal((await meaningOf.first(database, { name: 'page 0' }))?.value, page)
  })
  const grown = statSync(`${file}-wal`).size
  assert.ok(grown > 67_108_864, `${grown} bytes`)
  await fill('after')
  await fill('and after that')
  assert.ok(statSync(`${file}-wal`).size <= 67_108_864)
  await database.close()
})

test('a statement that lacks a value says which, and runs nothing', async () => {
  const database = await openDatabase(':memory:')
  assert.throws(() => put(database, { name: 'a' } as never), /“value”/)
  await database.close()
})
