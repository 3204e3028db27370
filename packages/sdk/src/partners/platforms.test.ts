import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)

test('partners exchange messages where there is only Web Crypto, as well as here', async () => {
  const file = fileURLToPath(new URL('./partners.test.ts', import.meta.url))
  // Else the runner inside believes to be part of this run, and reports to it.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  const conditions = ['@countersign/source', '@countersign/web'].map((name) => `--conditions=${name}`)
  const { stdout } = await run(process.execPath, [...conditions, '--test-reporter=tap', '--test', file], {
    env,
  })
  assert.match(stdout, /^# fail 0$/m)
  assert.ok(Number(/^# pass (\d+)$/m.exec(stdout)?.[1]) > 20, stdout)
})
