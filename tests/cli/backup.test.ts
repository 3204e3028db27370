// `countersign backup` and `countersign restore`, as somebody calls them.
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { openShell } from '../harness/shell.ts'

test('people who were there when a backup was made are there again, and nobody else', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-backup-'))
  t.after(() => rm(folder, { recursive: true }))
  await using shell = openShell(folder, { COUNTERSIGN_DATA: join(folder, 'data') })
  const create = (name: string) =>
    shell.run(['user', 'create', `${name}@example.test`], { input: 'a password of their own, long enough' })
  const people = async () => {
    const { out } = await shell.run(['user', 'list'])
    return ['ada', 'grace'].filter((name) => out.includes(`${name}@example.test`))
  }
  await shell.run(['migrate'])
  assert.equal((await create('ada')).code, 0)
  const made = await shell.done('backup', 'one.db')
  assert.match(String(made['sha256']), /^[0-9a-f]{64}$/)
  assert.equal((await create('grace')).code, 0)
  assert.deepEqual(await people(), ['ada', 'grace'])

  const again = await shell.run(['backup', 'one.db'])
  assert.deepEqual([again.code, again.err.includes('exists already')], [1, true])
  assert.equal((await shell.run(['restore', 'one.db'])).code, 2, 'nobody said yes')
  const missing = await shell.run(['restore', 'two.db', '--yes'])
  assert.deepEqual([missing.code, missing.err.includes('two.db')], [1, true])
  const wrong = { env: { COUNTERSIGN_SECRET: 'another-secret-of-32-characters!' } }
  assert.equal((await shell.run(['restore', 'one.db', '--yes'], wrong)).code, 1)

  const restored = await shell.run(['restore', 'one.db', '--yes'])
  assert.equal(restored.code, 0, restored.err)
  assert.match(restored.out, /What was there before: .*dev\.db\.\d{8}T\d{6}Z/)
  assert.deepEqual(await people(), ['ada'])
})

test('a database that a server keeps is left to its own tools', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-backup-'))
  t.after(() => rm(folder, { recursive: true }))
  await using shell = openShell(folder, { DATABASE_URL: 'postgres://nobody@localhost/none' })
  for (const args of [
    ['backup', 'x.db'],
    ['restore', 'x.db', '--yes'],
  ]) {
    const { code, err } = await shell.run(args)
    assert.deepEqual([code, err.includes('pg_dump')], [1, true])
  }
})
