import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, before, test } from 'node:test'
import { CopyRefused, copyDatabase, settleDatabase } from './copy.ts'
import { openDatabase } from './database.ts'

let folder = ''
const at = (name: string) => join(folder, name)
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-copy-'))
})
after(() => rmSync(folder, { recursive: true }))

/** A database that somebody has open, with rows of 200 letters. */
function shelf(name: string, rows: number): DatabaseSync {
  const connection = new DatabaseSync(at(name))
  connection.exec('PRAGMA journal_mode=WAL')
  connection.exec('create table boxes (label text)')
  connection.exec('begin')
  const put = connection.prepare('insert into boxes values (?)')
  for (let row = 0; row < rows; row += 1) put.run('x'.repeat(200))
  connection.exec('commit')
  return connection
}

function rowsIn(file: string): unknown {
  const connection = new DatabaseSync(file, { readOnly: true })
  const found = connection.prepare('select count(*) as count from boxes').get()
  connection.close()
  return found?.['count']
}

test('a copy is of one moment, though others write all the while, and is one file for its owner alone', async () => {
  const busy = shelf('busy.db', 20_000)
  const put = busy.prepare('insert into boxes values (?)')
  const told: [number, number][] = []
  await copyDatabase(at('busy.db'), at('copy.db'), (done, pages) => {
    told.push([done, pages])
    put.run('meanwhile')
  })
  assert.ok(told.length > 1)
  assert.ok(told.every(([done, pages]) => done <= pages))
  assert.equal(rowsIn(at('copy.db')), 20_000)
  assert.equal(rowsIn(at('busy.db')), 20_000 + told.length)
  assert.equal(statSync(at('copy.db')).mode & 0o777, 0o600)
  assert.deepEqual(
    readdirSync(folder).filter((name) => name.startsWith('copy.db')),
    ['copy.db'],
  )
  busy.close()
})

test('a file that is there is never written over', async () => {
  shelf('one.db', 1).close()
  writeFileSync(at('kept'), 'the only copy')
  await assert.rejects(copyDatabase(at('one.db'), at('kept')), { code: 'EEXIST' })
  assert.equal(readFileSync(at('kept'), 'utf8'), 'the only copy')
})

test('what is missing, damaged or no database is not copied, and leaves nothing behind', async () => {
  shelf('whole.db', 500).close()
  const bytes = readFileSync(at('whole.db'))
  writeFileSync(at('words.db'), 'No database at all. '.repeat(400))
  writeFileSync(
    at('bent.db'),
    Buffer.concat([bytes.subarray(0, 8192), Buffer.alloc(8192, 7), bytes.subarray(16_384)]),
  )
  for (const [file, because] of [
    ['nowhere.db', 'unreadable'],
    ['words.db', 'damaged'],
    ['bent.db', 'damaged'],
  ] as const) {
    await assert.rejects(
      copyDatabase(at(file), at('none.db')),
      (error) => error instanceof CopyRefused && error.because === because,
      file,
    )
    assert.equal(existsSync(at('none.db')), false)
  }
})

test('a database that anybody has open is not settled', async () => {
  const database = await openDatabase(`file:${at('open.db')}`)
  await database.migrate(async (run) => void (await run('create table boxes (label text)')))
  assert.throws(
    () => settleDatabase(at('open.db')),
    (error) => error instanceof CopyRefused && error.because === 'in use',
  )
  await database.close()
  settleDatabase(at('open.db'))
  assert.equal(existsSync(at('open.db-wal')), false)
})
