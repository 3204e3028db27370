import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { specimen } from '../../../../tests/harness/specimens.ts'
import { forge } from '../../../../tests/harness/token-kinds.ts'
import { maximumTokenLength, parseHeader, signJws, verifyJws } from './jws.ts'
import { TokenError } from './token-error.ts'

const { key } = specimen('ES256')

function refusal(token: string, find: Parameters<typeof verifyJws>[1] = () => key): string {
  try {
    verifyJws(token, find)
  } catch (error) {
    assert.ok(error instanceof TokenError)
    return error.code
  }
  return 'accepted'
}

test('any bytes are signed and come back, in the algorithm and with the kid of the key', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      const { header, payload } = verifyJws(signJws({}, bytes, key), () => key)
      assert.deepEqual(header, { alg: 'ES256', kid: key.kid })
      assert.deepEqual(new Uint8Array(payload), bytes)
    }),
    { numRuns: 50 },
  )
})

test('a token of 8192 characters is read and one of 8193 is not, before anything is split', () => {
  const sized = (length: number) => {
    const empty = signJws({}, new Uint8Array(0), key).length
    const bytes = Math.floor(((length - empty) * 3) / 4)
    return signJws({}, new Uint8Array(bytes), key)
  }
  assert.equal(sized(maximumTokenLength).length, maximumTokenLength)
  assert.equal(refusal(sized(maximumTokenLength)), 'accepted')
  assert.equal(refusal(sized(maximumTokenLength + 2)), 'too_large')
  assert.equal(refusal('.'.repeat(8193)), 'too_large')
})

test('of a header only alg, kid and typ are kept', () => {
  const header = {
    typ: 'x',
    alg: 'ES256',
    jwk: {},
    jku: 'https://a.test',
    x5c: [],
    kid: 'k',
    cty: 'JWT',
    zip: 'DEF',
  }
  assert.deepEqual(parseHeader(Buffer.from(JSON.stringify(header)).toString('base64url')), {
    alg: 'ES256',
    kid: 'k',
    typ: 'x',
  })
})

test('a header without an algorithm is malformed, whatever key is found for it', () => {
  for (const alg of [undefined, null, 7, ['ES256'], { ES256: 1 }, true]) {
    assert.equal(refusal(forge({ alg, kid: key.kid }, {}, key)), 'malformed')
  }
})

test('the key is asked for before the signature is tried, and its algorithm must be the header’s', () => {
  const token = signJws({}, { a: 1 }, key)
  assert.equal(
    refusal(token, () => undefined),
    'unknown_key',
  )
  assert.equal(
    refusal(token, () => specimen('ES384').key),
    'unknown_key',
  )
  assert.equal(
    refusal(token, () => specimen('ES256', 'other').key),
    'bad_signature',
  )
})

test('a header that was seen before is judged as at first', () => {
  const bad = forge({ alg: 'ES256', kid: key.kid, crit: ['exp'] }, {}, key)
  for (let round = 0; round < 3; round++) {
    assert.equal(refusal(bad), 'malformed')
    assert.equal(refusal(signJws({ typ: 'seen' }, { round }, key)), 'accepted')
    assert.equal(
      refusal(signJws({ typ: 'seen' }, { round }, key), () => undefined),
      'unknown_key',
    )
  }
})

test('ever new headers do not fill the memory, and stay readable', () => {
  const forged = Array.from({ length: 600 }, (_, n) => forge({ alg: 'EdDSA', n }, {}, specimen('EdDSA').key))
  for (const token of [...forged, ...forged.slice(0, 10)]) {
    assert.equal(
      refusal(token, () => specimen('EdDSA').key),
      'accepted',
    )
  }
})
