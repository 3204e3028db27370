import assert from 'node:assert/strict'
import {
  chownSync,
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, test } from 'node:test'
import { insertTotp } from '../accounts/factors/factors.ts'
import { usualShape } from '../accounts/factors/totp.ts'
import { byPassword } from '../accounts/sessions/session.ts'
import { sessionsOf } from '../accounts/sessions/sessions.store.ts'
import { openSession } from '../accounts/sessions/sessions.ts'
import { insertUser, userById } from '../accounts/users/users.store.ts'
import { ada, grace } from '../oauth/house.ts'
import { CopyRefused, copyDatabase } from '../platform/db/copy.ts'
import { openDatabase } from '../platform/db/database.ts'
import { WrongSecret } from '../platform/keys/secret-check.store.ts'
import type { Platform } from '../platform/platform.ts'
import { openPlatform } from './foundation.ts'
import { restoreDatabase } from './restore.ts'
import { loadSettings, type Settings } from './settings.ts'

let folder = ''
let settings: Settings
let file = ''
const backup = () => join(folder, 'backup.db')
before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-restore-'))
  file = join(folder, 'server.db')
  settings = settingsWith('a-secret-of-thirty-two-characters')
  await inside(settings, async (platform) => {
    const { database, runtime } = platform
    await database.commit([insertUser(database, { ...ada, createdAt: runtime.now() })])
    const arriving = { cookies: new Map(), headers: { get: () => undefined }, peer: '203.0.113.7' }
    const opening = { userId: ada.id, authentication: byPassword, remember: false }
    await database.commit([(await openSession(platform, arriving, opening)).writes])
  })
  await copyDatabase(file, backup())
  await inside(settings, async ({ database, runtime }) => {
    await database.commit([insertUser(database, { ...grace, createdAt: runtime.now() })])
  })
})
after(() => rmSync(folder, { recursive: true }))

function settingsWith(secret: string): Settings {
  const env = { DATABASE_URL: `file:${file}`, COUNTERSIGN_SECRET: secret, LOG_LEVEL: 'error' }
  return loadSettings({ env, config: {}, mode: 'development' }).settings
}

async function inside<T>(of: Settings, work: (platform: Platform) => Promise<T>): Promise<T> {
  const { close, ...platform } = await openPlatform(of, 'apply')
  try {
    return await work(platform)
  } finally {
    await close()
  }
}

const present = () =>
  inside(settings, async ({ database, runtime }) => ({
    grace: (await userById(database, grace.id)) !== null,
    sessions: (await sessionsOf(database, runtime.now(), ada.id)).length,
  }))

test('SC-03: a copy that the secret doesn’t open takes no database’s place', async () => {
  const of = { from: backup(), file, keepsSessions: false }
  await assert.rejects(restoreDatabase(settingsWith('another-secret-of-32-characters!'), of), WrongSecret)
  assert.deepEqual(await present(), { grace: true, sessions: 1 })
  assert.deepEqual(readdirSync(folder).toSorted(), ['backup.db', 'server.db'])
})

test('nothing is restored while a server has the database open, nor from what is no database of ours', async () => {
  const database = await openDatabase(`file:${file}`)
  await database.read('select 1', [])
  await assert.rejects(
    restoreDatabase(settings, { from: backup(), file, keepsSessions: false }),
    (error) => error instanceof CopyRefused && error.because === 'in use',
  )
  await database.close()
  const other = await openDatabase(`file:${join(folder, 'other.db')}`)
  await other.migrate(async (run) => void (await run('create table boxes (label text)')))
  await other.close()
  writeFileSync(join(folder, 'words.db'), 'No database at all. '.repeat(400))
  for (const name of ['other.db', 'words.db'])
    await assert.rejects(
      restoreDatabase(settings, { from: join(folder, name), file, keepsSessions: false }),
      (error) => error instanceof CopyRefused && error.because === 'damaged',
    )
  assert.deepEqual(await present(), { grace: true, sessions: 1 })
})

test('what comes back is as it was then, and whoever was signed in then is not', async () => {
  const kept = { from: backup(), file, keepsSessions: true }
  const { kept: before, applied } = await restoreDatabase(settings, kept)
  assert.ok(before !== null && existsSync(before))
  assert.deepEqual(applied, [])
  assert.deepEqual(await present(), { grace: false, sessions: 1 })
  const again = await restoreDatabase(settings, { ...kept, keepsSessions: false })
  assert.ok(again.kept !== null && existsSync(again.kept) && again.kept !== before)
  assert.deepEqual(await present(), { grace: false, sessions: 0 })
  assert.deepEqual(
    readdirSync(folder).filter((name) => /restoring|^server.*-(?:wal|shm)/.test(name)),
    [],
  )
})

test('F34: what was good for one use is good for none after a copy came back', async () => {
  const copy = join(folder, 'begun.db')
  await inside(settings, async (platform) => {
    const { database, runtime } = platform
    const values = `'reset', 's', 'd', '${ada.id}', '', '', null, 1, ${runtime.now() + 600}`
    await database.commit([
      { sql: `insert into mailed_proofs values (${values})`, parameters: [] },
      insertTotp(platform, ada.id, { ...usualShape, secret: Buffer.alloc(20, 7) }, 3),
    ])
  })
  await copyDatabase(file, copy)
  await restoreDatabase(settings, { from: copy, file, keepsSessions: true })
  await inside(settings, async ({ database, runtime }) => {
    assert.deepEqual(await database.read('select purpose from mailed_proofs', []), [])
    const [factor] = await database.read('select last_step, period from totp_factors', [])
    assert.ok(Number(factor?.['last_step']) >= Math.floor((runtime.now() - 60) / 30))
  })
})

test('a database that can’t be read any more is kept, and replaced', async () => {
  rmSync(file)
  writeFileSync(file, 'Burnt. '.repeat(2000))
  writeFileSync(`${file}-wal`, 'Its log. '.repeat(2000))
  const { kept } = await restoreDatabase(settings, { from: backup(), file, keepsSessions: true })
  assert.ok(kept !== null && existsSync(kept))
  assert.equal(existsSync(`${file}-wal`), false)
  assert.deepEqual(await present(), { grace: false, sessions: 1 })
})

test('the log of a database that is gone is not taken for that of the one that comes', async () => {
  const elsewhere = join(folder, 'elsewhere')
  const lost = join(elsewhere, 'server.db')
  mkdirSync(elsewhere)
  const database = await openDatabase(`file:${lost}`)
  await database.migrate(async (run) => void (await run('create table boxes (label text)')))
  for (const log of ['-wal', '-shm']) copyFileSync(lost + log, join(folder, `kept${log}`))
  await database.close()
  rmSync(lost)
  for (const log of ['-wal', '-shm']) renameSync(join(folder, `kept${log}`), lost + log)
  const { kept } = await restoreDatabase(settings, { from: backup(), file: lost, keepsSessions: true })
  assert.equal(kept, null)
  const restored = await openDatabase(`file:${lost}`)
  assert.equal((await restored.read('select id from users', [])).length, 1)
  assert.deepEqual(
    (await restored.read('pragma integrity_check', [])).map((row) => Object.values(row)),
    [['ok']],
  )
  await restored.close()
})

test('a database that stands behind a link is restored where it stands, and what was there is kept there', async () => {
  const volume = join(folder, 'volume')
  const linked = join(folder, 'linked.db')
  mkdirSync(volume)
  symlinkSync(join('volume', 'real.db'), linked)
  const restoreIt = () => restoreDatabase(settings, { from: backup(), file: linked, keepsSessions: true })
  // The link leads to nothing yet.
  assert.equal((await restoreIt()).kept, null)
  const { kept } = await restoreIt()
  assert.ok(lstatSync(linked).isSymbolicLink())
  assert.equal(dirname(kept ?? ''), realpathSync(volume))
  assert.ok(lstatSync(kept ?? '').isFile())
  assert.equal(statSync(join(volume, 'real.db')).nlink, 1)
})

test('what root restores is its owner’s, whose server opens it', {
  skip: process.getuid?.() === 0 ? false : 'only root gives files to others',
}, async () => {
  const owned = join(folder, 'owned')
  const its = join(owned, 'server.db')
  mkdirSync(owned)
  chownSync(owned, 4711, 4712)
  const ownerOf = (path: string) => [statSync(path).uid, statSync(path).gid]
  const restoreIt = () => restoreDatabase(settings, { from: backup(), file: its, keepsSessions: true })
  await restoreIt()
  assert.deepEqual(ownerOf(its), [4711, 4712])
  chownSync(its, 4713, 4714)
  await restoreIt()
  assert.deepEqual(ownerOf(its), [4713, 4714])
})
