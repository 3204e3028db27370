// The README's one command, ended as a script or a supervisor ends what it started: by a signal to npm alone.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { freePort, spawnProgram } from '../harness/processes.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const skip =
  process.platform === 'win32' && 'Windows has neither SIGTERM nor another parent for who lost theirs'

test('what npm start began ends with it', { skip, timeout: 120_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-npm-'))
  const [port, bankPort] = await Promise.all([freePort(), freePort()])
  const env = { COUNTERSIGN_DATA: folder, PORT: String(port), BANK_PORT: String(bankPort) }
  try {
    await using npm = spawnProgram('npm', { args: ['start'], cwd: root, env })
    await npm.line(/Ctrl\+C stops/)
    // It waits until nobody is left who could write to npm's output, not only for npm.
    await npm.kill('SIGTERM')
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
