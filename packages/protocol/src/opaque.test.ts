import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { digest, formatOpaque, parseOpaque } from './opaque.ts'

const secret = randomBytes(32).toString('base64url')
const token = formatOpaque('csat', secret)
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

test('a token is read back by its prefix and no other', () => {
  assert.match(token, /^csat_[A-Za-z0-9_-]{49}$/)
  assert.deepEqual(parseOpaque('csat', token), { secret })
  for (const prefix of ['csrt', 'csa', 'csatx', '', 'CSAT']) assert.equal(parseOpaque(prefix, token), null)
})

test('C33 (CVE-2026-27840): no truncation, extension, or change of a single character is taken for the token', () => {
  for (let length = 0; length < token.length; length++)
    assert.equal(parseOpaque('csat', token.slice(0, length)), null)
  for (const longer of [`${token}A`, ` ${token}`, `${token}\n`, `${token}=`, token + token]) {
    assert.equal(parseOpaque('csat', longer), null)
  }
  for (let at = 0; at < token.length; at++) {
    for (const letter of `${alphabet}=+/ é`) {
      const changed = token.slice(0, at) + letter + token.slice(at + 1)
      if (changed !== token) assert.equal(parseOpaque('csat', changed), null, changed)
    }
  }
})

test('swapped neighbours are caught, as mistyped ones are', () => {
  for (let at = 5; at < token.length - 1; at++) {
    const [one = '', two = ''] = [token[at], token[at + 1]]
    if (one !== two)
      assert.equal(parseOpaque('csat', token.slice(0, at) + two + one + token.slice(at + 2)), null)
  }
})

test('what is stored is a digest of the whole token, from which the token can not be told', () => {
  assert.match(digest(token), /^[A-Za-z0-9_-]{43}$/)
  assert.notEqual(digest(token), digest(formatOpaque('csrt', secret)))
  assert.ok(!digest(token).includes(secret.slice(0, 8)))
  assert.equal(digest('abc'), 'ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0')
})

test('a secret that is not 32 bytes, or a prefix that is not lower case, is a mistake of the caller', () => {
  for (const wrong of [
    '',
    secret.slice(1),
    `${secret}A`,
    `${secret.slice(0, -1)}=`,
    'é'.repeat(43),
    `${'A'.repeat(42)}B`,
  ]) {
    assert.throws(() => formatOpaque('csat', wrong), TypeError)
  }
  for (const prefix of ['', 'CSAT', 'cs_at', 'cs1'])
    assert.throws(() => formatOpaque(prefix, secret), TypeError)
})
