// What the repository itself has to keep (checklist RP).
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const root = new URL('../../', import.meta.url)
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8')

test('RP-01: SECURITY.md says where to report, when to expect what, and which versions are mended', () => {
  const text = read('SECURITY.md')
  for (const words of [/report privately/i, /within 72 hours/, /90 days/, /## Supported versions/]) {
    assert.match(text, words)
  }
})

test('RP-02: threats, promises, limits, cryptography and the replacing of secrets are written down, with a date', () => {
  const model = read('docs/threat-model.md')
  const date = /^Last reviewed: (\d{4}-\d\d-\d\d)/m.exec(model)?.[1]
  assert.ok(!Number.isNaN(Date.parse(date ?? '')))
  for (const heading of ['## Attackers', '## Cryptography', '## Replacing secrets'])
    assert.ok(model.includes(heading))
  for (const heading of ['## What we promise', '## What we don’t']) {
    assert.ok(read('SECURITY.md').replaceAll("'", '’').includes(heading), heading)
  }
})

test('RP-02: every file that the threat model names exists', () => {
  const folders = ['', 'packages/server/src/']
  for (const [, path = ''] of read('docs/threat-model.md').matchAll(
    /`((?:packages|platform|accounts)\/[\w./-]+)`/g,
  )) {
    assert.ok(
      folders.some((folder) => existsSync(new URL(folder + path, root))),
      path,
    )
  }
})

test('RP-04: the lockfile fixes every package by its hash, and nothing comes from beside the registry', () => {
  interface Locked {
    readonly link?: boolean
    readonly integrity?: string
    readonly resolved?: string
  }
  const { packages } = JSON.parse(read('package-lock.json')) as { packages: Record<string, Locked> }
  const installed = Object.entries(packages).filter(
    ([path, { link }]) => path.includes('node_modules/') && !link,
  )
  assert.ok(installed.length > 100)
  for (const [path, { integrity = '', resolved }] of installed) {
    assert.match(integrity, /^sha512-[A-Za-z0-9+/]{86}==$/, path)
    if (resolved !== undefined) assert.match(resolved, /^https:\/\/registry\.npmjs\.org\//, path)
  }
  assert.match(read('.ci/run'), /npm ci/)
})

test('RP-07: every requirement that is due and every class of vulnerabilities has a test that names it', async () => {
  const script = fileURLToPath(new URL('scripts/checklist.ts', root))
  const options = ['--disable-warning=ExperimentalWarning', '--conditions=@countersign/source', script]
  await promisify(execFile)(process.execPath, options, { maxBuffer: 2 ** 24 }).catch(
    (error: { stderr: string }) => assert.fail(error.stderr),
  )
})
