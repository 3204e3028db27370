// `countersign jwt inspect`: the inspector as a file.
import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { spawnNode } from '../harness/processes.ts'

const main = new URL('../../packages/server/src/app/cli/main.ts', import.meta.url)

test('the inspector is written as one file that needs nothing else, and over no file by itself', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-cli-'))
  t.after(() => rm(folder, { recursive: true }))
  const inspect = async (...args: string[]) => {
    await using child = spawnNode(main, { args: ['jwt', 'inspect', ...args], cwd: folder })
    const { code } = await child.exited
    return { code, out: child.stdout(), err: child.stderr() }
  }
  const written = await inspect('--json')
  assert.equal(written.code, 0, written.err)
  const { file, url, bytes } = JSON.parse(written.out) as { file: string; url: string; bytes: number }
  const page = await readFile(new URL(url), 'utf8')
  assert.equal(page, await readFile(join(folder, file), 'utf8'))
  assert.equal(Buffer.byteLength(page), bytes)
  assert.ok(bytes < 100_000, `${bytes} bytes`)
  assert.doesNotMatch(page, /<(?:link[^>]+href|script[^>]+src|img[^>]+src)="(?!data:)/)

  const again = await inspect()
  assert.equal(again.code, 1)
  assert.match(again.err, /exists already; --yes replaces it/)
  assert.equal((await inspect('--yes')).code, 0)
  assert.equal((await inspect('--out', join('nowhere', 'at-all.html'))).code, 1)
})
