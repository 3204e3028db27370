// `countersign key`: what an operator sees of API keys, and does with them.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { openShell } from '../harness/shell.ts'

test('an API key is shown once, listed without what it is, and revoked by its id or by itself', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-key-'))
  t.after(() => rm(folder, { recursive: true }))
  await using shell = openShell(folder, { COUNTERSIGN_DATA: join(folder, 'data') })
  const run = (args: readonly string[], input?: string) => shell.run(args, { input })
  await run(['migrate'])
  const api = 'https://api.example'
  assert.equal((await run(['api', 'create', api, '--scope', 'reports:read'])).code, 0)
  await run(['user', 'create', 'tim@example.test'], 'a password of his own, long enough')
  const of = ['--user', 'tim@example.test', '--api', api]
  const create = (...more: string[]) => run(['key', 'create', 'Nightly', ...more])
  const made = JSON.parse((await create(...of, '--scope', 'reports:read', '--expires', '90d', '--json')).out)
  assert.match(made.key, /^csak_[A-Za-z0-9_-]{49}$/)
  assert.equal(Date.parse(made.expiresAt) - Date.parse(made.createdAt), 90 * 86_400_000)
  const other = JSON.parse((await create(...of, '--scope', 'reports:read', '--json')).out)
  const list = await run(['key', 'list'])
  assert.match(list.out, /Nightly .*usr_\w+ .*https:\/\/api\.example .*reports:read .*never/)
  assert.ok(list.out.includes(made.id) && list.out.includes('no end'))
  for (const { key } of [made, other]) assert.ok(!list.out.includes(key))
  const decoded = await run(['token', 'decode'], made.key)
  assert.match(decoded.err, /opaque token \(csak\)/)
  const revoke = () => run(['key', 'revoke', made.id])
  assert.deepEqual([(await revoke()).code, (await revoke()).code], [0, 1])
  const leaked = await run(['key', 'revoke'], other.key)
  assert.equal(leaked.code, 0, leaked.err)
  assert.ok(leaked.out.includes(other.id) && !leaked.out.includes(other.key))
  assert.match((await run(['key', 'list'])).out, /No keys/)
  assert.match((await create(...of, '--scope', 'other')).err, /scopes[\s\S]*must be scopes of the API/)
  for (const wrong of [
    ['--api', api],
    [...of, '--client', 'x'],
    [...of, '--expires', 'soon'],
    ['--user', 'tim@example.test'],
  ])
    assert.equal((await create(...wrong)).code, 2, wrong.join(' '))
  const mistyped = await run(['key', 'revoke'], 'csak_x')
  assert.deepEqual([mistyped.code, mistyped.err.includes('csak_x')], [2, false])
})

test('the guide’s commands make a key', async (t) => {
  const guide = await readFile(new URL('../../docs/guides/api-keys.md', import.meta.url), 'utf8')
  const block = (kind: string) => new RegExp(`^\`\`\`${kind}\n(.*?)^\`\`\`$`, 'ms').exec(guide)?.[1] ?? ''
  const folder = await mkdtemp(join(tmpdir(), 'countersign-key-guide-'))
  t.after(() => rm(folder, { recursive: true }))
  await using shell = openShell(folder, { COUNTERSIGN_DATA: join(folder, 'data') })
  await writeFile(join(folder, 'reports.json'), block('json'))
  const said: string[] = []
  for (const line of block('sh').trim().split('\n')) {
    const [name, ...args] = line.split(' ')
    assert.equal(name, 'countersign')
    const { code, out, err } = await shell.run(args)
    assert.equal(code, 0, `${line}\n${out}${err}`)
    said.push(out)
  }
  const key = /csak_\S+/.exec(said[2] ?? '')?.[0] ?? ''
  assert.match(key, /^csak_[A-Za-z0-9_-]{49}$/)
  const sum = createHash('sha256').update(key.slice(0, -6)).digest('base64url')
  assert.equal(key.slice(-6), sum.slice(0, 6), 'as the guide tells those who write scanners')
  assert.match(said[3] ?? '', /Nightly +reports +https:\/\/api\.example\.com +reports:read +\d{4}-/)
})
