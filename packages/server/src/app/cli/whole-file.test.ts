// What is left of a file that a command writes, however that ends.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { keepNames } from '../beside.ts'
import { CommandFailed } from './context.ts'
import { wholeFile, wholeText } from './whole-file.ts'

const folder = mkdtempSync(join(tmpdir(), 'countersign-whole-'))
after(() => rmSync(folder, { recursive: true }))
const to = join(folder, 'people.jsonl')
const content = () => Object.fromEntries(readdirSync(folder).map((name) => [name, read(join(folder, name))]))
const read = (path: string) => readFileSync(path, 'utf8')

test('a file has its name when it is whole, and nothing is left beside it', async () => {
  const ofAnother = `${to}.partial-${process.ppid}-AAAAAAAA`
  const ofSomebodyKilled = [`${to}.partial-2147483646-AAAAAAAA`, `${to}.partial-${process.pid}-AAAAAAAA`]
  for (const path of [ofAnother, ...ofSomebodyKilled]) writeFileSync(path, 'half')
  await wholeFile(to, async (beside) => {
    assert.deepEqual([existsSync(to), existsSync(beside)], [false, false])
    assert.deepEqual(
      [existsSync(ofAnother), ...ofSomebodyKilled.map((path) => existsSync(path))],
      [true, false, false],
    )
    writeFileSync(beside, 'all of it')
  })
  rmSync(ofAnother)
  assert.deepEqual(content(), { 'people.jsonl': 'all of it' })
})

test('of two who write the same file at once one does, and it is whole', async () => {
  const both = join(folder, 'both')
  const bothBegun = Promise.withResolvers<void>()
  let begun = 0
  const write = (word: string) =>
    wholeFile(both, async (beside) => {
      writeFileSync(beside, 'half')
      begun += 1
      if (begun === 2) bothBegun.resolve()
      await bothBegun.promise
      writeFileSync(beside, word)
    })
  const outcomes = await Promise.allSettled([write('one'), write('other')])
  assert.deepEqual(outcomes.map(({ status }) => status).sort(), ['fulfilled', 'rejected'])
  const { both: written, ...rest } = content()
  assert.equal(written, outcomes[0]?.status === 'fulfilled' ? 'one' : 'other')
  assert.deepEqual(rest, { 'people.jsonl': 'all of it' })
  rmSync(both)
})

test('a file that is there is left as it is, also where it came meanwhile', async () => {
  const refused = (error: unknown) => error instanceof CommandFailed && /left as it is/.test(error.message)
  await assert.rejects(
    wholeFile(to, () => assert.fail('nobody asked for that')),
    refused,
  )
  const other = join(folder, 'other')
  const work = wholeFile(other, async (beside) => {
    writeFileSync(beside, 'mine')
    writeFileSync(other, 'theirs')
  })
  await assert.rejects(work, refused)
  assert.deepEqual(content(), { 'people.jsonl': 'all of it', other: 'theirs' })
  rmSync(other)
})

test('of one that couldn’t be written to its end nothing is left', async () => {
  const work = wholeFile(join(folder, 'broken'), async (beside) => {
    writeFileSync(beside, 'half')
    throw new TypeError('the database is gone')
  })
  await assert.rejects(work, TypeError)
  await assert.rejects(
    wholeFile(join(folder, 'none', 'at', 'all'), async (beside) => writeFileSync(beside, '')),
    /can’t be written: there is no such folder/,
  )
  assert.deepEqual(content(), { 'people.jsonl': 'all of it' })
})

test('a text replaces another one whole, where that may be, and in the place where a link leads', async () => {
  const link = join(folder, 'link')
  symlinkSync(to, link)
  await assert.rejects(wholeText(link, 'other'), /left as it is/)
  await assert.rejects(wholeText(folder, 'other', { mayReplace: true }), /can’t be written: it is a folder/)
  await wholeText(link, 'other', { mayReplace: true })
  assert.equal(lstatSync(link).isSymbolicLink(), true)
  assert.deepEqual(content(), { 'people.jsonl': 'other', link: 'other' })
  await wholeText(to, 'all of it', { mayReplace: true })
  rmSync(link)
})

test('a folder that can’t be asked to keep its names undoes nothing', () => {
  assert.doesNotThrow(() => keepNames(join(folder, 'none')))
})

test('whoever breaks it off leaves nothing behind either, and the signal does what it always does', async () => {
  const program = `
    import { writeFileSync } from 'node:fs'
    import { wholeFile } from ${JSON.stringify(new URL('whole-file.ts', import.meta.url).href)}
    import { withProgress } from ${JSON.stringify(new URL('progress.ts', import.meta.url).href)}
    const terminal = { json: false }
    await withProgress({ runtime: { elapsed: () => 0 }, terminal }, () =>
      wholeFile(${JSON.stringify(join(folder, 'late'))}, async (beside) => {
        writeFileSync(beside, 'half')
        console.log('begun')
        await new Promise((resolve) => setTimeout(resolve, 60_000))
      }),
    )`
  const args = ['--conditions=@countersign/source', '--input-type=module-typescript', '-e', program]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(child.stdout, 'data')
  child.kill('SIGINT')
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null]
  assert.deepEqual([code, signal], [null, 'SIGINT'])
  assert.deepEqual(content(), { 'people.jsonl': 'all of it' })
})
