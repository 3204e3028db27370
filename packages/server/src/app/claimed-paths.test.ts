// Paths that an operator gives to a wire, and that something else has.
import assert from 'node:assert/strict'
import { mkdtempDisposable } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { openServer, UnusableSettings } from './run.ts'
import { loadSettings } from './settings.ts'

test('a path that two would answer is told to whoever wrote it down, and nothing starts', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'countersign-paths-'))
  const env = {
    DATABASE_URL: `file:${join(folder.path, 'paths.db')}`,
    COUNTERSIGN_SECRET: 'Xb7pQ2rT9wLk4mNv8sZc1yHd6gJf3aEu',
    COUNTERSIGN_URL: 'https://id.example.com',
    LOG_LEVEL: 'silent',
  }
  for (const [profiles, path] of [
    [{ knock: { entities: [{ name: 'user' }, { name: 'admin', paths: ['/user_token'] }] } }, '/user_token'],
    [{ simplejwt: { paths: { obtain: ['/api/token/'], refresh: ['/api/token'] } } }, '/api/token'],
    [{ simplejwt: { paths: { obtain: ['/sign-in'] } } }, '/sign-in'],
    [{ simplejwt: true, 'drf-token': { paths: ['/api/token/'] } }, '/api/token'],
  ] as const) {
    const { settings } = loadSettings({ env, config: { profiles }, mode: 'production' })
    await assert.rejects(openServer(settings, 'apply'), (error) => {
      assert.ok(error instanceof UnusableSettings, String(error))
      const [{ path: place, message } = assert.fail()] = error.findings
      assert.equal(place, 'countersign.config: profiles')
      return message.includes(` ${path}`) && message.includes('Name another path')
    })
  }
})
