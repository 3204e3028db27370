// The whole way in a shell, with nothing but curl: what anybody can try by hand.
import { equal, ok } from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { postgresSkip } from '../harness/postgres.ts'
import { serverOfThisFile } from '../harness/server.ts'

const script = fileURLToPath(new URL('curl.sh', import.meta.url))
const noCurl = ['curl', 'sh'].every((program) => !spawnSync(program, ['--version']).error)
  ? false
  : 'curl or a POSIX shell is missing here'

for (const engine of ['sqlite', 'postgres'] as const) {
  const skip = noCurl || (engine === 'postgres' && postgresSkip())
  describe(`curl, the server on ${engine}`, { skip }, () => {
    const on = serverOfThisFile({ bank: true, engine, skip })
    test('from signing up to being refused, curl is enough', () => {
      const { status, stdout, stderr } = spawnSync('sh', [script, on.issuer, on.bank], { encoding: 'utf8' })
      equal(status, 0, `${stdout}${stderr}`)
      ok(stdout.split('\n').filter((line) => line.startsWith('ok: ')).length >= 15, stdout)
    })
  })
}
