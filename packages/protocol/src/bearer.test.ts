import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { anyText } from '../../../tests/harness/texts.ts'
import { challenge, readAccessToken, readBearer } from './bearer.ts'
import { OAuthError } from './errors.ts'

test('the scheme is read in any case, and other schemes are none of ours', () => {
  for (const scheme of ['Bearer', 'bearer', 'BEARER'])
    assert.equal(readBearer(`${scheme} abc.def-_~+/==`), 'abc.def-_~+/==')
  assert.equal(readBearer('Bearer   abc'), 'abc')
  for (const other of [undefined, '', 'Basic abc', 'DPoP abc', 'Bearerabc', 'Bearer\tabc', ' Bearer abc']) {
    assert.equal(readBearer(other), null, String(other))
  }
})

test('a Bearer header without one well-formed token is refused', () => {
  for (const wrong of [
    'Bearer',
    'Bearer ',
    'Bearer a b',
    'Bearer a, Bearer b',
    'Bearer a=b',
    'Bearer é',
    'Bearer "a"',
    'Bearer a\n',
    'Bearer =',
  ]) {
    assert.throws(
      () => readBearer(wrong),
      (error) => error instanceof OAuthError && error.code === 'invalid_request' && error.status === 400,
      wrong,
    )
  }
})

test('a token that is bound to a key is sent under a scheme of its own, and is no bearer token', () => {
  for (const scheme of ['DPoP', 'dpop', 'DPOP']) {
    assert.deepEqual(readAccessToken(`${scheme} abc.def`), { scheme: 'DPoP', token: 'abc.def' })
    assert.equal(readBearer(`${scheme} abc.def`), null)
  }
  assert.deepEqual(readAccessToken('bearer abc'), { scheme: 'Bearer', token: 'abc' })
  for (const other of [undefined, '', 'Basic abc', 'DPoPabc', 'DPoP\tabc', 'Bearer2 abc']) {
    assert.equal(readAccessToken(other), null)
  }
  for (const wrong of ['DPoP', 'DPoP ', 'DPoP a b', 'DPoP a, Bearer b', 'Bearer a, DPoP b', 'DPoP "a"']) {
    assert.throws(() => readAccessToken(wrong), OAuthError, wrong)
  }
  assert.equal(
    challenge({ scheme: 'DPoP', error: 'invalid_dpop_proof', algorithms: ['ES256', 'EdDSA'] }),
    'DPoP error="invalid_dpop_proof", algs="ES256 EdDSA"',
  )
})

test('a challenge says what RFC 6750, 9470 and 9728 give it to say', () => {
  assert.equal(challenge(), 'Bearer')
  assert.equal(challenge({ realm: 'bank' }), 'Bearer realm="bank"')
  assert.equal(
    challenge({ error: 'insufficient_scope', description: 'More is needed.', scope: ['a:read', 'b'] }),
    'Bearer error="insufficient_scope", error_description="More is needed.", scope="a:read b"',
  )
  assert.equal(
    challenge({ error: 'insufficient_user_authentication', maxAge: 300, acrValues: ['2', '3'] }),
    'Bearer error="insufficient_user_authentication", acr_values="2 3", max_age="300"',
  )
  assert.equal(
    challenge({ resourceMetadata: 'https://api.test/.well-known/oauth-protected-resource' }),
    'Bearer resource_metadata="https://api.test/.well-known/oauth-protected-resource"',
  )
})

test('no text breaks out of its quotes or its line', () => {
  fc.assert(
    fc.property(anyText(), fc.string({ unit: fc.constantFrom(...'"\\\r\n, a=é') }), (realm, description) => {
      const written = challenge({ realm, description })
      assert.match(
        written,
        /^Bearer realm="(?:[\x20-\x21\x23-\x5b\x5d-\x7e]|\\["\\])*", error_description="[\x20-\x21\x23-\x5b\x5d-\x7e]*"$/,
      )
    }),
  )
})
