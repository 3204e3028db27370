import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { ExportFile } from './export-file.ts'
import { longDocument } from './json-document.ts'

/** A document that comes in pieces of some lengths, over and over. */
function fileOf(bytes: Buffer, lengths: readonly number[], isPipe = false): ExportFile {
  let wasRead = false
  return {
    name: 'people.json',
    size: isPipe ? null : bytes.length,
    head: bytes,
    bytes: async function* () {
      assert.ok(!isPipe || !wasRead, 'a pipe is read once')
      wasRead = true
      for (let at = 0, turn = 0; at < bytes.length; turn++) {
        const length = lengths[turn % lengths.length] ?? 1
        yield bytes.subarray(at, at + length)
        at += length
      }
    },
  }
}

/** The document and the members of its list as this project reads them; null where it refuses. */
async function streamed(bytes: Buffer, list: string | null, lengths: readonly number[], isPipe = false) {
  try {
    const { rest, count, members } = await longDocument(fileOf(bytes, lengths, isPipe), list)
    const read: unknown[] = []
    for await (const member of members()) read.push(member)
    assert.equal(read.length, count ?? 0)
    return { rest, list: count === null ? null : read }
  } catch (error) {
    assert.equal((error as Error).name, 'ForeignUnreadable', String(error))
    return null
  }
}

/** The same by JSON.parse. */
function parsed(bytes: Buffer, list: string | null) {
  try {
    const whole: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
    if (list === null) return Array.isArray(whole) ? { rest: [], list: whole } : { rest: whole, list: null }
    const isObject = typeof whole === 'object' && whole !== null && !Array.isArray(whole)
    const found: unknown = isObject ? (whole as Record<string, unknown>)[list] : null
    return Array.isArray(found) && Object.hasOwn(whole as object, list)
      ? { rest: { ...(whole as object), [list]: [] }, list: found }
      : { rest: whole, list: null }
  } catch {
    return null
  }
}

const lengths = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 })
const values = fc.jsonValue({ maxDepth: 3 })
const documents = fc.oneof(
  fc.record(
    { before: values, users: fc.oneof(fc.array(values), values), after: values },
    { requiredKeys: [] },
  ),
  fc.array(values),
  values,
)
const spaced = fc
  .tuple(documents, fc.constantFrom(undefined, 1, '\t'), fc.boolean())
  .map(([value, indent, marked]) =>
    Buffer.from((marked ? '\ufeff' : '') + JSON.stringify(value, null, indent)),
  )
/** Whole, cut off, or with some bytes that are others, or none, or twice. */
const broken = fc
  .tuple(
    spaced,
    fc.array(fc.tuple(fc.nat(), fc.constantFrom(...'[]{},:"\\ 1e')), { maxLength: 3 }),
    fc.nat(),
    fc.nat(3),
  )
  .map(([bytes, changes, cut, how]) => {
    const made = Buffer.from(bytes)
    for (const [at, letter] of changes) made[at % made.length] = letter.charCodeAt(0)
    if (how === 0) return made.subarray(0, cut % (made.length + 1))
    if (how === 1)
      return Buffer.concat([made.subarray(0, cut % made.length), made.subarray((cut % made.length) + 1)])
    return how === 2 ? Buffer.concat([made, made.subarray(cut % made.length)]) : made
  })

test('a long document is read as JSON.parse reads it, in pieces of any length, and refused where that refuses', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(spaced, broken),
      lengths,
      fc.constantFrom(null, 'users'),
      async (bytes, pieces, list) => {
        assert.deepEqual(await streamed(bytes, list, pieces), parsed(bytes, list))
      },
    ),
    { numRuns: 1500 },
  )
})

test('what is no UTF-8, has its list twice, or a name that is written otherwise is told apart', async () => {
  const read = (text: string | Buffer, list: string | null = 'users') =>
    streamed(Buffer.from(text as string), list, [3])
  assert.equal(await read(Buffer.from([0x5b, 0x22, 0xff, 0x22, 0x5d]), null), null)
  assert.equal(await read('{"users":[1],"users":[2]}'), null)
  assert.deepEqual(await read('{"us\\u0065rs":[1]}'), { rest: { users: [] }, list: [1] })
  assert.deepEqual(await read('{"a":{"users":[1]},"b":["users",[2]],"c":"\\",[{users\\\\"}'), {
    rest: { a: { users: [1] }, b: ['users', [2]], c: '",[{users\\' },
    list: null,
  })
})

test('a pipe is read once, and its people from what was kept', async () => {
  assert.deepEqual(await streamed(Buffer.from('{"users":[{"id":1}],"x":2}'), 'users', [2, 5], true), {
    rest: { users: [], x: 2 },
    list: [{ id: 1 }],
  })
})
