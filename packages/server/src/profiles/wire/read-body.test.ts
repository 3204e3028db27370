// Bodies in the encodings that libraries write them in.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { readBody } from './read-body.ts'

const jürgen = '{"username":"jürgen"}'

async function usernameIn(type: string, bytes: Buffer): Promise<unknown> {
  const read = await readBody({ type, bytes })
  return read.ok ? read.members['username'] : read.status
}

describe('A body of JSON', () => {
  test('is read in the encoding that it names, as UTF-8 where it names none or one that nobody knows', async () => {
    for (const [type, encoding, username] of [
      ['application/json', 'utf8', 'jürgen'],
      ['application/json; charset=UTF-8', 'utf8', 'jürgen'],
      ['application/json;charset="utf-8"', 'utf8', 'jürgen'],
      ['application/json; charset=unknown', 'utf8', 'jürgen'],
      ['application/json; charset=', 'utf8', 'jürgen'],
      ['application/json; charset=iso-8859-1', 'latin1', 'jürgen'],
      ['application/json; Charset=ISO-8859-1', 'latin1', 'jürgen'],
      ['application/json; charset=utf-16le', 'utf16le', 'jürgen'],
      ['application/json', 'latin1', 400],
      ['application/json; charset=utf-8', 'latin1', 400],
    ] as const)
      assert.equal(await usernameIn(type, Buffer.from(jürgen, encoding)), username, `${type} in ${encoding}`)
  })
})

test('a body of parts whose names can’t be read has no members', async () => {
  for (const name of ["name*=utf-8''%ff", 'name="a"; filename*=utf-8\'\'%ff', "name*=utf-8''%"]) {
    const part = `--XX\r\nContent-Disposition: form-data; ${name}\r\n\r\nada\r\n--XX--\r\n`
    const read = await readBody({ type: 'multipart/form-data; boundary=XX', bytes: Buffer.from(part) })
    assert.deepEqual(read, { ok: true, members: {} })
  }
})
