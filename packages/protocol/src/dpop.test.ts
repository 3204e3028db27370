import assert from 'node:assert/strict'
import { test } from 'node:test'
import { publicPart, specimen } from '../../../tests/harness/specimens.ts'
import { forge, goodClaims, now, proven } from '../../../tests/harness/token-kinds.ts'
import {
  dpopAlgorithms,
  signDpopProof,
  signDpopProofAsync,
  type VerifyDpopOptions,
  verifyDpopProof,
  verifyDpopProofAsync,
} from './dpop.ts'
import { thumbprint } from './jose/keys.ts'
import { TokenError } from './jose/token-error.ts'
import type { DpopClaims } from './token-claims.ts'

const { key, jwk } = specimen('ES256')
const claims = goodClaims.dpop as DpopClaims
const place: VerifyDpopOptions = { ...proven, now, accessToken: null, boundTo: null }

function outcome(proof: string, options: Partial<VerifyDpopOptions> = {}): string {
  try {
    verifyDpopProof(proof, { ...place, ...options })
    return 'accepted'
  } catch (error) {
    assert.ok(error instanceof TokenError, String(error))
    return `${error.code}: ${error.detail}`
  }
}

const header = { alg: 'ES256', typ: 'dpop+jwt', jwk: publicPart(jwk) }
const changed = (change: object) => forge(header, { ...claims, ...change }, key)

test('a proof comes back with its claims and its key, at once or later', async () => {
  for (const alg of dpopAlgorithms) {
    const own = specimen(alg)
    const proof = signDpopProof(claims, own.key)
    const expected = { claims, thumbprint: thumbprint(own.jwk), jwk: own.key.members, alg }
    assert.deepEqual(verifyDpopProof(proof, place), expected)
    const later = await signDpopProofAsync(claims, own.key)
    assert.deepEqual(await verifyDpopProofAsync(later, place), expected)
  }
})

test('a proof is of one method and one address, whatever its query', () => {
  const proof = signDpopProof(claims, key)
  for (const uri of [
    `${proven.uri}?a=1#b`,
    'HTTPS://API.example.test:443/payments',
    'https://api.example.test/./payments',
  ]) {
    assert.equal(outcome(proof, { uri }), 'accepted', uri)
  }
  for (const uri of [
    'http://api.example.test/payments',
    'https://api.example.test:8443/payments',
    'https://api.example.test/payments/',
    'https://api.example.test/Payments',
    'https://other.example.test/payments',
    'payments',
  ]) {
    assert.equal(outcome(proof, { uri }), 'bad_claim: htu', uri)
  }
  assert.equal(outcome(changed({ htu: `${proven.uri}?x` })), 'accepted')
  assert.equal(
    outcome(changed({ htu: 'https://api.example.test/%7e' }), { uri: 'https://api.example.test/%7E' }),
    'accepted',
  )
  for (const htu of [
    'payments',
    'https://user@api.example.test/payments',
    'ftp://api.example.test/payments',
  ]) {
    assert.equal(outcome(changed({ htu }), { uri: htu }), 'bad_claim: htu', htu)
  }
  for (const method of ['GET', 'post', 'POST ']) assert.equal(outcome(proof, { method }), 'bad_claim: htm')
})

test('a proof that came with an access token names its hash', () => {
  const accessToken = 'Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU'
  // The pair of RFC 9449 §7.1.
  const ath = 'fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo'
  assert.equal(outcome(changed({ ath }), { accessToken }), 'accepted')
  assert.equal(outcome(changed({ ath })), 'accepted')
  assert.equal(outcome(changed({}), { accessToken }), 'bad_claim: ath')
  assert.equal(outcome(changed({ ath: ath.toLowerCase() }), { accessToken }), 'bad_claim: ath')
})

test('a proof of another key than the one that was bound is refused', () => {
  const proof = signDpopProof(claims, key)
  assert.equal(outcome(proof, { boundTo: thumbprint(jwk) }), 'accepted')
  const other = thumbprint(specimen('ES256', 'other').jwk)
  assert.match(outcome(proof, { boundTo: other }), /^unknown_key/)
  assert.match(outcome(proof, { boundTo: '' }), /^unknown_key/)
})

test('ten seconds early or late are good, more than a minute is not', () => {
  for (const iat of [now - 10, now + 10]) assert.equal(outcome(changed({ iat })), 'accepted')
  assert.match(outcome(changed({ iat: now - 61 })), /^expired/)
  assert.match(outcome(changed({ iat: now + 61 })), /^not_yet_valid/)
})

test('what has to be remembered of a proof is not long', () => {
  assert.equal(outcome(changed({ jti: 'j'.repeat(256) })), 'accepted')
  assert.equal(outcome(changed({ jti: 'j'.repeat(257) })), 'bad_claim: jti')
})

test('the key is public, of the algorithm that the header names, and strong', () => {
  const rsa = specimen('RS256').jwk
  const cases: [object, RegExp][] = [
    [{ jwk }, /^unknown_key: jwk: secret_in_public/],
    [{ jwk: { kty: 'oct', k: 'A'.repeat(43) } }, /^unknown_key/],
    [{ jwk: undefined }, /^malformed/],
    [{ jwk: null }, /^malformed/],
    [{ jwk: [publicPart(jwk)] }, /^malformed/],
    [{ jwk: publicPart(rsa) }, /^unknown_key: jwk: wrong_purpose/],
    [{ jwk: { ...publicPart(jwk), use: 'enc' } }, /^unknown_key: jwk: wrong_purpose/],
    [{ jwk: { ...publicPart(jwk), x: 'AA' } }, /^unknown_key: jwk: malformed/],
    [{ jwk: publicPart(specimen('ES256', 'other').jwk) }, /^bad_signature/],
    [{ alg: 'ES256K', jwk: publicPart(specimen('ES256K').jwk) }, /^unknown_key: alg/],
    [{ alg: 'HS256' }, /^unknown_key: alg/],
    [{ alg: 'none' }, /^unknown_key: alg/],
  ]
  for (const [change, expected] of cases) {
    assert.match(outcome(forge({ ...header, ...change }, claims, key)), expected, JSON.stringify(change))
  }
  assert.match(outcome(signDpopProof(claims, key), { algorithms: ['EdDSA'] }), /^unknown_key: alg/)
  assert.equal(outcome(signDpopProof(claims, key), { algorithms: ['EdDSA', 'ES256'] }), 'accepted')
})

test('the later verification refuses what the one at once refuses', async () => {
  const spoiled = [
    changed({ htm: 'GET' }),
    forge({ ...header, jwk }, claims, key),
    `${signDpopProof(claims, key)}A`,
    'x',
  ]
  for (const proof of spoiled) {
    const code = outcome(proof)
    await assert.rejects(
      verifyDpopProofAsync(proof, place),
      (error) => error instanceof TokenError && code === `${error.code}: ${error.detail}`,
    )
  }
})

test('only a proof is signed as a proof, and only with a key pair', () => {
  const { htu: _htu, ...without } = claims
  assert.throws(() => signDpopProof(without as DpopClaims, key), TypeError)
  assert.throws(() => signDpopProof({ ...claims, sub: 'usr_1' }, key), TypeError)
  assert.throws(() => signDpopProof(claims, specimen('HS256').key), TypeError)
})

test('the example of RFC 9449 §4.1 is a proof for the request of its figure 2', () => {
  const proof =
    'eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19.eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIiwiaWF0IjoxNTYyMjYyNjE2fQ.2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg'
  const at = { ...place, uri: 'https://server.example.com/token', now: 1_562_262_616 }
  assert.equal(verifyDpopProof(proof, at).thumbprint, '0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I')
})
