import assert from 'node:assert/strict'
import { test } from 'node:test'
import { codeChallenge, isCodeChallenge, isCodeVerifier, verifyPkce } from './pkce.ts'

const verifier = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'
const challenge = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'

test('the example of RFC 7636 appendix B verifies', () => {
  assert.equal(codeChallenge(verifier), challenge)
  assert.ok(verifyPkce(verifier, challenge))
})

test('any other verifier, and the challenge itself, is refused', () => {
  for (const wrong of [
    challenge,
    verifier.toLowerCase(),
    `${verifier}A`,
    verifier.slice(1),
    '',
    `${verifier}=`,
  ]) {
    assert.ok(!verifyPkce(wrong, challenge), wrong)
  }
  assert.ok(!verifyPkce(verifier, verifier))
  assert.ok(!verifyPkce(verifier, ''))
})

test('a verifier that is too short is refused even when its hash is the challenge', () => {
  for (const verifier of ['short', 'a'.repeat(42), 'a'.repeat(129), `${'a'.repeat(43)} `]) {
    assert.ok(!verifyPkce(verifier, codeChallenge(verifier)), verifier)
  }
})

test('a verifier has 43 to 128 unreserved characters', () => {
  for (const length of [43, 44, 127, 128]) assert.ok(isCodeVerifier('~'.repeat(length)))
  for (const length of [0, 42, 129]) assert.ok(!isCodeVerifier('a'.repeat(length)))
  for (const odd of ['+', '/', '=', ' ', '\n', 'é', '%'])
    assert.ok(!isCodeVerifier('a'.repeat(50) + odd), odd)
  assert.ok(isCodeVerifier('AZaz09-._~'.repeat(5)))
})

test('a challenge is the canonical base64url of 32 bytes', () => {
  assert.ok(isCodeChallenge(challenge))
  for (const odd of [
    challenge.slice(1),
    `${challenge}A`,
    `${challenge}=`,
    `${challenge.slice(0, -1)}N`,
    challenge.replace('-', '+'),
    `${challenge}\n`,
  ]) {
    assert.ok(!isCodeChallenge(odd), odd)
  }
})
