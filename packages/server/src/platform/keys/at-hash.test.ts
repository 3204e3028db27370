import assert from 'node:assert/strict'
import { test } from 'node:test'
import { accessTokenHash } from './at-hash.ts'

// The access token and at_hash of the example in OpenID Connect Core appendix A.3.
const accessToken = 'jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y'

test('the hash of the example in the standard', () => {
  assert.equal(accessTokenHash(accessToken, 'RS256'), '77QmUPtjPfzWtF2AnpK9RQ')
  assert.equal(accessTokenHash(accessToken, 'ES256'), '77QmUPtjPfzWtF2AnpK9RQ')
})

test('a longer hash gives a longer half; an unknown algorithm gives none', () => {
  const lengths = ['PS384', 'ES512', 'EdDSA', 'Ed25519'].map(
    (alg) => accessTokenHash(accessToken, alg)?.length,
  )
  assert.deepEqual(lengths, [32, 43, 43, 43])
  for (const alg of ['', 'none', 'HS1', 'Ed448']) assert.equal(accessTokenHash(accessToken, alg), null)
})
