import { deepEqual, equal, notEqual, ok, rejects } from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { connect } from 'node:net'
import { test } from 'node:test'
import pg from 'pg'
import { copyOfPostgres, freshPostgres, postgresSkip } from './postgres.ts'
import { spawnNode } from './processes.ts'

const skip = postgresSkip()

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}

async function fresh() {
  const database = await freshPostgres()
  if (database.skipped !== undefined) throw new Error(database.skipped)
  return database
}

test('every call gives another empty database, with fsync on and text compared by bytes', {
  skip,
}, async () => {
  await using one = await fresh()
  await using two = await fresh()
  notEqual(one.url, two.url)
  await query(one.url, 'create table t (name text)')
  await query(one.url, `insert into t values ('b'), ('B'), ('a')`)
  deepEqual(await query(one.url, 'select name from t order by name'), [
    { name: 'B' },
    { name: 'a' },
    { name: 'b' },
  ])
  await rejects(query(two.url, 'select * from t'), /does not exist/)
  deepEqual(await query(one.url, 'show fsync'), [{ fsync: 'on' }])
})

test('copies of a prepared database are each their own, and it is prepared once', { skip }, async () => {
  let times = 0
  const name = `prepared_${process.pid}`
  const copy = async (prepare: (url: string) => Promise<unknown>) => {
    const database = await copyOfPostgres(name, async (url) => void (await prepare(url)))
    if (database.skipped !== undefined) throw new Error(database.skipped)
    return database
  }
  const prepare = (url: string) => {
    times++
    return query(url, `create table t as select 'prepared' as name`)
  }
  await rejects(
    copy(() => Promise.reject(new Error('not yet'))),
    /not yet/,
  )
  const both = await Promise.all([copy(prepare), copy(prepare)])
  await using one = both[0]
  await using two = both[1]
  equal(times, 1)
  await query(one.url, `insert into t values ('more')`)
  equal((await query(one.url, 'select * from t')).length, 2)
  deepEqual(await query(two.url, 'select * from t'), [{ name: 'prepared' }])
})

test('a dropped database is gone although somebody was still connected', { skip }, async () => {
  const database = await fresh()
  const client = new pg.Client({ connectionString: database.url })
  const thrownOut = new Promise<Error>((resolve) => client.on('error', resolve))
  await client.connect()
  await database.drop()
  ok(await thrownOut)
  await rejects(query(database.url, 'select 1'), /does not exist/)
})

const endings = [
  ['that stops it', ['stop'], false],
  ['that just ends', [], false],
  ['that is killed', ['wait'], true],
] as const

for (const [ending, args, kill] of endings) {
  test(`a cluster and its files are gone after a process ${ending}`, { skip }, async () => {
    await using child = spawnNode(new URL('./start-cluster.ts', import.meta.url), { args })
    const [, port, folder] = await child.line(/^at (\d+) (.+)$/)
    await child.line('done')
    if (kill) await child.kill()
    else equal((await child.exited).code, 0)
    await gone(Number(port), String(folder))
  })
}

/** Resolves when the port refuses connections and the folder is no more; the file's time limit is the bound. */
async function gone(port: number, folder: string): Promise<void> {
  const refused = () =>
    new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(false))
      socket.on('error', () => resolve(true))
      socket.on('connect', () => socket.destroy())
    })
  while (!(await refused()) || existsSync(folder)) await new Promise((resume) => setTimeout(resume, 20))
}
