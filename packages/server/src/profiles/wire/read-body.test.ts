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
