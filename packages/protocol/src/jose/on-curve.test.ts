import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'
import { fromBase64url } from './crypto.ts'
import { isOnCurve } from './on-curve.ts'

for (const crv of ['P-256', 'P-384', 'P-521']) {
  test(`a point of ${crv} is on it, and none beside it is`, () => {
    for (let times = 0; times < 20; times++) {
      const { x = '', y = '' } = generateKeyPairSync('ec', { namedCurve: crv }).publicKey.export({
        format: 'jwk',
      })
      const [left, right] = [fromBase64url(x), fromBase64url(y)]
      assert.ok(isOnCurve(crv, left, right))
      assert.ok(!isOnCurve(crv, right, left))
      assert.ok(!isOnCurve(crv, left, right.with(-1, (right.at(-1) ?? 0) ^ 1)))
    }
    assert.ok(!isOnCurve(crv, new Uint8Array(32), new Uint8Array(32)))
  })
}

test('a coordinate of the field’s size or more is none, though it may fit the equation', () => {
  const { x = '', y = '' } = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({
    format: 'jwk',
  })
  const p = 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n
  const beyond = (BigInt(`0x${Buffer.from(x, 'base64url').toString('hex')}`) + p)
    .toString(16)
    .padStart(66, '0')
  assert.ok(!isOnCurve('P-256', Buffer.from(beyond, 'hex'), fromBase64url(y)))
})

test('what is not known here is left to the platform', () => {
  assert.ok(isOnCurve('Ed25519', new Uint8Array(32), new Uint8Array(32)))
})
