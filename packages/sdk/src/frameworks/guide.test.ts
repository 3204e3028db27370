import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const root = fileURLToPath(new URL('../../../../', import.meta.url))
const run = promisify(execFile)
let folder = ''

/** The guide's TypeScript, each block a file of its own, beside this project's packages. */
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'countersign-guide-'))
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction')
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }')
  const guide = await readFile(join(root, 'docs/guides/protect-an-api.md'), 'utf8')
  const blocks = [...guide.matchAll(/^```ts (\S+)\n(.*?)^```$/gms)]
  assert.equal(blocks.length, guide.match(/^```ts/gm)?.length, 'every block has a file name')
  for (const [, name = '', text = ''] of blocks) {
    // The names that one block registers would be those of all: it gets a program of its own.
    const place = name === 'register.ts' ? join(folder, 'register') : folder
    await mkdir(place, { recursive: true })
    await writeFile(join(place, name), text)
  }
})

after(() => rm(folder, { recursive: true }))

async function typecheck(...files: readonly string[]): Promise<string> {
  const settings = { extends: join(root, 'tsconfig.json'), files, include: [], exclude: [] }
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(settings))
  const compiler = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc')
  const checked = run(process.execPath, [compiler, '-p', folder], { cwd: folder })
  return checked.then(
    () => '',
    (error: { readonly stdout: string }) => error.stdout,
  )
}

test('every block of the guide compiles as it stands', { timeout: 120_000 }, async () => {
  const names = ['api', 'fastify', 'hono', 'node', 'fetch', 'decide', 'inside', 'database', 'log', 'api.test']
  assert.equal(await typecheck(...names.map((name) => `${name}.ts`)), '')
})

test('registered names of roles are checked', { timeout: 120_000 }, async () => {
  assert.equal(await typecheck('register/register.ts'), '')
})

test('the test that the guide shows passes', { timeout: 120_000 }, async () => {
  // Else the runner inside believes to be part of this run, and reports to it.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  const args = ['--conditions=@countersign/source', '--test-reporter=tap', '--test', 'api.test.ts']
  const { stdout } = await run(process.execPath, args, { cwd: folder, env })
  assert.match(stdout, /^# pass 1$/m)
  assert.match(stdout, /^# fail 0$/m)
})
