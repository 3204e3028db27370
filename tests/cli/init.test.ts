// The two files that a server of one's own begins with: what `init` writes, every command reads, wherever the folder is.
import assert from 'node:assert/strict'
import { chmodSync, existsSync, writeFileSync } from 'node:fs'
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { spawnNode } from '../harness/processes.ts'

const main = new URL('../../packages/server/src/app/cli/main.ts', import.meta.url)

/** An empty folder, and the command called in it with nothing of a server in its environment. */
async function emptyFolder(t: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-init-'))
  t.after(() => rm(folder, { recursive: true }))
  const nothing = { COUNTERSIGN_URL: undefined, COUNTERSIGN_SECRET: undefined, COUNTERSIGN_DATA: undefined }
  const begun = (...args: string[]) =>
    spawnNode(main, { args, cwd: folder, env: { ...nothing, HOST: '127.0.0.1', PORT: '0' } })
  const run = async (...args: string[]) => {
    await using child = begun(...args)
    child.end()
    const { code } = await child.exited
    return { code, out: child.stdout(), err: child.stderr() }
  }
  return { folder, begun, run }
}

test('init writes a configuration and a secret that only its owner reads, and never over a file', async (t) => {
  const { folder, run } = await emptyFolder(t)
  const first = await run('init', '--url', 'https://login.example.org')
  assert.equal(first.code, 0, first.err)
  assert.match(await readFile(join(folder, 'countersign.config.ts'), 'utf8'), /https:\/\/login\.example\.org/)
  assert.equal((await stat(join(folder, '.env'))).mode & 0o777, 0o600)
  const second = await run('init')
  assert.equal(second.code, 1)
  assert.match(second.err, /exists already/)
})

test('a command that can’t write its file says why', async (t) => {
  const { folder, run } = await emptyFolder(t)
  writeFileSync(join(folder, 'settings.json'), '{ "SECRET_KEY": "a-secret-key-of-more-than-32-letters" }')
  const django = ['config', 'import', '--django', 'settings.json', '--apply', '--out', 'none/config.ts']
  const calls = [
    ['jwt', 'keygen', '--out', 'none/key.json'],
    ['jwt', 'inspect', '--out', 'none/inspector.html'],
    django,
  ]
  for (const { code, out, err } of await Promise.all(calls.map((args) => run(...args)))) {
    assert.deepEqual([code, out], [1, ''])
    assert.match(err, /^none\/\S+ can’t be written: there is no such folder\.\n$/)
  }
})

test('SC-13: what init writes is what the next commands read, as it says, and a secret that others may read is told of', async (t) => {
  const { folder, begun, run } = await emptyFolder(t)
  const written = await run('init', '--url', 'https://login.example.org')
  const next = [...written.out.matchAll(/^ {2}countersign (\w+)/gm)].map(([, name = '']) => name)
  assert.deepEqual(next, ['doctor', 'migrate', 'start'])
  const seen = await run('doctor')
  assert.match(seen.out, /\(production\).*issuer https:\/\/login\.example\.org.*\bsound\b/s, seen.err)
  chmodSync(join(folder, '.env'), 0o644)
  const open = await run('doctor')
  assert.equal(open.code, 1)
  assert.match(open.out, /others may read it \(mode 644\).*chmod 600 \.env/s)
  chmodSync(join(folder, '.env'), 0o600)
  assert.equal((await run('migrate')).code, 0)
  await using server = begun('start')
  await server.line(/https:\/\/login\.example\.org/)
  assert.ok(existsSync(join(folder, 'data/countersign.db')))
  assert.equal((await server.kill('SIGINT')).code, 0)
})

test('a configuration is read in a folder that npm made, whose package.json says commonjs', async (t) => {
  const { folder, run } = await emptyFolder(t)
  writeFileSync(join(folder, 'package.json'), '{ "type": "commonjs" }')
  writeFileSync(join(folder, 'host.ts'), "export const url: string = 'https://one.example'\n")
  const file = join(folder, 'countersign.config.ts')
  writeFileSync(file, "import { url } from './host.ts'\nexport default { url }\n")
  const asModule = await run('config', 'print')
  assert.deepEqual([asModule.code, asModule.err], [0, ''])
  assert.match(asModule.out, /https:\/\/one\.example/)
  writeFileSync(file, "module.exports = { url: 'https://two.example' as string }\n")
  assert.match((await run('config', 'print')).out, /https:\/\/two\.example/)
})
