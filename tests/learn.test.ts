// The ten-minute class of docs/learn: every step is run as a reader would, against one development server, and prints what
// stands under it; every arrow of a picture names a test that exists.
import { deepEqual, equal, ok } from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { difference, picturesOf, runSteps, stepsOf } from './harness/class.ts'
import { type Server, serverOfThisFile } from './harness/server.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const folder = join(root, 'docs/learn')
const pages = readdirSync(folder).filter((file) => /^\d-/.test(file))
const read = (file: string): string => readFileSync(join(folder, file), 'utf8')
const preparation = stepsOf(read('README.md'))
ok(preparation[0]?.commands.includes('npm run --silent countersign -- "$@"'))

const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  readonly scripts: { readonly countersign: string }
}
const countersign = scripts.countersign
  .replace(/^node /, `'${process.execPath}' `)
  .replace(/packages.*/, (path) => `'${join(root, path)}'`)

const lacking = ['sh', 'curl', 'openssl'].filter((program) => spawnSync(program, ['-h']).error)
const skip = lacking.length > 0 && `${lacking.join(', ')} can’t be run here`

describe('The class', { skip }, () => {
  const on = serverOfThisFile({ bank: true, skip })
  for (const page of pages)
    test(`${page} says what its commands print`, async () => {
      const here = await repositoryFor()
      try {
        const steps = [...preparation, ...stepsOf(read(page))]
        const own = { ISSUER: on.issuer, CALLBACK: `${on.bank}/callback` }
        const env = { ...withoutSettings(), ...own }
        const printed = await runSteps(
          steps.map((step) => ({ ...step, commands: asRun(on, step.commands) })),
          { cwd: here, env },
        )
        for (const [at, { commands, says }] of steps.entries()) {
          const came = asWritten(on, printed[at] ?? '')
          equal(difference(says, came), null, `${commands}\nprinted:\n${came}`)
        }
      } finally {
        await rm(here, { recursive: true })
      }
    })
})

test('the class has its pages in order, each with steps and a picture', () => {
  equal(pages.length, 7)
  const linked = [...read('README.md').matchAll(/\((\d-[a-z-]+\.md)\)/g)].map(([, file]) => file)
  deepEqual(linked, pages)
  for (const page of pages) {
    ok(stepsOf(read(page)).length >= 3, page)
    ok(picturesOf(read(page)).length >= 1, page)
  }
})

test('each arrow of a picture names a test, which exists', () => {
  for (const page of pages)
    for (const { arrows, proofs } of picturesOf(read(page))) {
      ok(arrows.length >= 3, page)
      equal(proofs.length, arrows.length, `${page}: ${arrows.join('\n')}`)
      for (const { name, file } of proofs) {
        const source = readFileSync(join(folder, file), 'utf8')
        const named = ["'", '`', '"'].some((quote) =>
          ['test', 'describe'].some((word) => source.includes(`${word}(${quote}${name}${quote}`)),
        )
        ok(named, `${page}: “${name}” in ${file}`)
      }
    }
})

test('what is not so is noticed', () => {
  equal(difference('HTTP/1.1 200 OK\n{"token":"…"}\n', 'HTTP/1.1  200 OK\n{"token":"abc"}\n'), null)
  ok(difference('HTTP/1.1 200 OK', 'HTTP/1.1 401 Unauthorized'))
  ok(difference('one', 'one\ntwo'))
  ok(difference('one\ntwo', 'one'))
  ok(difference('', 'something'))
})

/** Commands for this server. The command itself is begun as npm begins it, but without npm, which takes as long again. */
function asRun(on: Server, commands: string): string {
  return commands
    .replaceAll('http://localhost:4400', on.issuer)
    .replaceAll('http://localhost:4401', on.bank)
    .replace('npm run --silent countersign -- "$@"', `${countersign} "$@"`)
}

function asWritten(on: Server, printed: string): string {
  const places = [
    [on.issuer, 'http://localhost:4400'],
    [on.bank, 'http://localhost:4401'],
  ] as const
  return places.reduce(
    (text, [here, there]) =>
      text.replaceAll(here, there).replaceAll(encodeURIComponent(here), encodeURIComponent(there)),
    printed,
  )
}

/** A folder like the repository's root, where what the class writes is nobody's. */
async function repositoryFor(): Promise<string> {
  const here = await mkdtemp(join(tmpdir(), 'countersign-class-'))
  await mkdir(join(here, '.countersign'))
  await symlink(join(root, 'examples'), join(here, 'examples'), 'junction')
  return here
}

/** What a developer's environment says about a server of theirs is not said here. */
function withoutSettings(): NodeJS.ProcessEnv {
  const own = /^(COUNTERSIGN_.*|DATABASE_URL|PORT|HOST|NODE_ENV|NODE_TEST_CONTEXT|PASSWORD)$/
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !own.test(name)))
}
