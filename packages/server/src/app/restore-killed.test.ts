// A restore that is killed at each step that it takes: the next one finds the one database or the other, whole.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { insertUser, listUsers } from '../accounts/users/users.store.ts'
import { ada, grace } from '../oauth/house.ts'
import { copyDatabase } from '../platform/db/copy.ts'
import { openPlatform } from './foundation.ts'
import { restoreDatabase } from './restore.ts'
import { loadSettings, type Settings } from './settings.ts'

const secret = 'a-secret-of-thirty-two-characters'
let folder = ''
before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-killed-'))
  const original = join(folder, 'original')
  await add(original, ada)
  await copyDatabase(join(original, 'server.db'), join(folder, 'backup.db'))
  await add(original, grace)
})
after(() => rmSync(folder, { recursive: true }))

const backup = () => join(folder, 'backup.db')

// A function, since what is to be done before may begin while this file is still being read.
function settingsIn(place: string): Settings {
  return loadSettings({
    env: { DATABASE_URL: `file:${join(place, 'server.db')}`, COUNTERSIGN_SECRET: secret, LOG_LEVEL: 'error' },
    config: {},
    mode: 'development',
  }).settings
}

async function add(place: string, person: typeof ada): Promise<void> {
  const { close, database, runtime } = await openPlatform(settingsIn(place), 'apply')
  await database.commit([insertUser(database, { ...person, createdAt: runtime.now() })])
  await close()
}

async function peopleIn(place: string): Promise<string[]> {
  const { close, database } = await openPlatform(settingsIn(place), 'require')
  const people = await listUsers(database)
  await close()
  return people.map(({ id }) => id).sort()
}

/** Restores in a process that kills itself before its change of names and files number `step`. */
async function restoreKilledAt(place: string, step: number, program: string): Promise<string | null> {
  const args = ['--conditions=@countersign/source', '--input-type=module-typescript', '-e', program]
  const env = { ...process.env, PLACE: place, STEP: String(step) }
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'ignore', 'inherit'] })
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null]
  assert.ok(code === 0 || signal === 'SIGKILL', `ended with ${code ?? signal}`)
  return signal
}

const sources = (name: string) => JSON.stringify(new URL(name, import.meta.url).href)
const restoring = (withLinks: boolean) => `
  import fs from 'node:fs'
  import { syncBuiltinESMExports } from 'node:module'
  let steps = 0
  for (const name of ['writeFileSync', 'linkSync', 'renameSync', 'copyFileSync', 'rmSync', 'fsyncSync']) {
    const real = fs[name]
    fs[name] = (...all) => {
      if (name !== 'rmSync' || fs.existsSync(all[0])) steps += 1
      if (steps === Number(process.env.STEP)) process.kill(process.pid, 'SIGKILL')
      if (name === 'linkSync' && !${withLinks}) throw new Error('There are no links here.')
      return real(...all)
    }
  }
  syncBuiltinESMExports()
  const { restoreDatabase } = await import(${sources('restore.ts')})
  const { loadSettings } = await import(${sources('settings.ts')})
  const file = process.env.PLACE + '/server.db'
  const env = { DATABASE_URL: 'file:' + file, COUNTERSIGN_SECRET: '${secret}', LOG_LEVEL: 'error' }
  const { settings } = loadSettings({ env, config: {}, mode: 'development' })
  await restoreDatabase(settings, { from: ${JSON.stringify(backup())}, file, keepsSessions: false })`

for (const withLinks of [true, false])
  test(`a restore that is killed between any two steps leaves a database, and is done again, ${withLinks ? 'by links' : 'where there are none'}`, async () => {
    let before = true
    for (let step = 1; ; step += 1) {
      const place = join(folder, `${withLinks ? 'links' : 'copies'}-${step}`)
      cpSync(join(folder, 'original'), place, { recursive: true })
      const signal = await restoreKilledAt(place, step, restoring(withLinks))
      assert.ok(existsSync(join(place, 'server.db')), `step ${step}`)
      const people = await peopleIn(place)
      const isOld = people.length === 2
      assert.deepEqual(people, isOld ? [ada.id, grace.id].sort() : [ada.id], `step ${step}`)
      assert.ok(before || !isOld, `step ${step}: what was there came back`)
      before = isOld
      if (signal === null) {
        assert.ok(step > 4, `${step} steps`)
        break
      }
      const file = join(place, 'server.db')
      const { kept } = await restoreDatabase(settingsIn(place), {
        from: backup(),
        file,
        keepsSessions: false,
      })
      assert.ok(kept !== null && existsSync(kept))
      assert.deepEqual(await peopleIn(place), [ada.id])
      assert.equal(statSync(file).nlink, 1, 'a database has one name')
      assert.deepEqual(
        readdirSync(place).filter((name) => name.includes('partial')),
        [],
      )
    }
    assert.equal(before, false)
  })
