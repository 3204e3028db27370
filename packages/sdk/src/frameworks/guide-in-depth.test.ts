import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { guideFiles, writeFiles } from './guide.fixture.ts'

const root = fileURLToPath(new URL('../../../../', import.meta.url))
const run = promisify(execFile)
let folder = ''
let names: readonly string[] = []

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'countersign-in-depth-'))
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction')
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }')
  const files = await guideFiles('tokens-in-depth')
  await writeFiles(folder, files)
  names = [...files.keys()]
})

after(() => rm(folder, { recursive: true }))

test('every block of the guide to tokens compiles as it stands', async () => {
  assert.ok(names.length >= 5)
  const settings = { extends: join(root, 'tsconfig.json'), files: names, include: [], exclude: [] }
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(settings))
  const compiler = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc')
  const said = await run(process.execPath, [compiler, '-p', folder], { cwd: folder }).then(
    () => '',
    (error: { readonly stdout: string }) => error.stdout,
  )
  assert.equal(said, '')
})

test('what the guide to tokens shows does what it says', async () => {
  // Else the runner inside believes to be part of this run, and reports to it.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  const args = ['--conditions=@countersign/source', '--test-reporter=tap', '--test', 'bound.test.ts']
  const { stdout } = await run(process.execPath, args, { cwd: folder, env })
  assert.match(stdout, /^# pass 2$/m)
  assert.match(stdout, /^# fail 0$/m)
  // The key that is pinned there is one.
  await run(process.execPath, ['--conditions=@countersign/source', 'keys.ts'], { cwd: folder, env })
})
