import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { freePort } from '../../../../tests/harness/processes.ts'
import { runDevelopment } from './development.ts'
import { seededPassword } from './seed.ts'
import { loadSettings } from './settings.ts'

test('at the very first start whoever is answered at all finds everybody there', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-first-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const port = await freePort()
  const env = {
    PORT: String(port),
    COUNTERSIGN_DATA: folder,
    DATABASE_URL: `file:${join(folder, 'dev.db')}`,
    LOG_LEVEL: 'error',
  }
  const { settings, findings } = loadSettings({ env, config: {}, mode: 'development' })
  assert.deepEqual(findings, [])
  const starting = runDevelopment(settings)
  let over = false
  const signIn = async (email: string): Promise<number | null> => {
    const body = JSON.stringify({ auth: { email, password: seededPassword } })
    const headers = { 'content-type': 'application/json' }
    const asked = await fetch(`http://localhost:${port}/user_token`, { method: 'POST', headers, body }).catch(
      () => null,
    )
    return asked?.status ?? null
  }
  const first = async (email: string): Promise<number | null> => {
    for (;;) {
      const isLast = over
      const status = await signIn(email)
      // Two passwords at once may be one too many for a machine that is busy with others: then it says so.
      if (status !== 503 && (status !== null || isLast)) return status
      await nextTurn()
    }
  }
  const answers = Promise.all(['ada', 'admin'].map((name) => first(`${name}@example.test`)))
  const running = await starting.finally(() => {
    over = true
  })
  t.after(() => running.stop())
  assert.deepEqual(await answers, [201, 201])
})

test('of two first starts on one new database neither fails for the other', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-first-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const start = async () => {
    const env = {
      PORT: String(await freePort()),
      COUNTERSIGN_DATA: folder,
      DATABASE_URL: `file:${join(folder, 'dev.db')}`,
      LOG_LEVEL: 'error',
    }
    return runDevelopment(loadSettings({ env, config: {}, mode: 'development' }).settings)
  }
  const both = await Promise.all([start(), start()])
  for (const running of both) await running.stop()
})
