import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { checkMade, givenByNode, type Made } from '../../../../tests/harness/web-walk-check.ts'

const walk = fileURLToPath(new URL('./web-walk-program.fixture.ts', import.meta.url))

async function run(program: string, options: readonly string[], platform: 'web' | 'node'): Promise<Made> {
  const { stdout } = await promisify(execFile)(program, [...options, walk, await givenByNode(), platform])
  return JSON.parse(stdout)
}

const source = '--conditions=@countersign/source'
const web = '--conditions=@countersign/web'
// What the platform lacks may not be asked for either, not even by what is loaded along the way.
const withoutBuiltIns = `data:text/javascript,${encodeURIComponent(`
  import { registerHooks } from 'node:module'
  registerHooks({ resolve: (specifier, context, next) => {
    if (specifier.startsWith('node:')) throw new Error('this platform has no ' + specifier)
    return next(specifier, context)
  } })`)}`

test('without node:crypto, Buffer or process the package does all that it does, later', async () => {
  const made = await run(process.execPath, [source, web, '--import', withoutBuiltIns], 'web')
  await checkMade(made)
  assert.equal(made.refusals['atOnce'], 'KeyError unsupported')
  assert.equal(made.refusals['verifiedAtOnce'], 'KeyError unsupported')
})

test('on Node the same walk also goes at once', async () => {
  const made = await run(process.execPath, [source], 'node')
  await checkMade(made)
  assert.equal(made.refusals['atOnce'], 'none')
  assert.equal(made.refusals['verifiedAtOnce'], 'none')
})
