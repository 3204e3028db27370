import { equal, match, notEqual } from 'node:assert/strict'
import { test } from 'node:test'
import { challengeOf, random } from './pkce.ts'

test('the challenge of the RFC’s verifier is the RFC’s challenge (RFC 7636 appendix B)', async () => {
  const challenge = await challengeOf('dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk')
  equal(challenge, 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM')
})

test('chance is 43 characters that fit in a URL, and never twice the same', () => {
  match(random(), /^[\w-]{43}$/)
  notEqual(random(), random())
})
