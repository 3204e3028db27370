import assert from 'node:assert/strict'
import { mkdtempDisposable, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fromEnvFile } from './env-file.ts'

test('a server’s .env says what the environment does not, and an application’s says nothing', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'countersign-env-'))
  assert.deepEqual(fromEnvFile(folder.path, {}), {})
  const file = join(folder.path, '.env')
  await writeFile(file, 'DATABASE_URL=postgres://shop@db/shop\nCOUNTERSIGN_ISSUER=https://id.example.com\n')
  assert.deepEqual(fromEnvFile(folder.path, {}), {})
  await writeFile(file, '# The root\nCOUNTERSIGN_SECRET="of the file"\nPORT=4710 # public\nHOST=127.0.0.1\n')
  assert.deepEqual(fromEnvFile(folder.path, { COUNTERSIGN_SECRET: 'of the environment', HOST: '' }), {
    PORT: '4710',
  })
})

test('what the environment names by a file, or as one of several secrets, is not said otherwise by .env', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'countersign-env-'))
  const write = (text: string) => writeFile(join(folder.path, '.env'), text)
  await write('COUNTERSIGN_SECRET=old\nDATABASE_URL=file:old.db\nSMTP_URL_FILE=/old\nPORT=4710\n')
  const given = { DATABASE_URL_FILE: '/run/url', SMTP_URL: 'smtp://mail', COUNTERSIGN_SECRETS: 'new,old' }
  assert.deepEqual(fromEnvFile(folder.path, given), { PORT: '4710' })
  await write('COUNTERSIGN_SECRETS=newer,old\n')
  assert.deepEqual(fromEnvFile(folder.path, { COUNTERSIGN_SECRET_FILE: '/run/secret' }), {})
})
