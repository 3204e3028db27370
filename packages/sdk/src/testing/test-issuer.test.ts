import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createLocalJWKSet, jwtVerify } from 'jose'
import { createVerifier } from '../verify/index.ts'
import { testIssuer } from './index.ts'

test('a test token says what it was asked to say, in both modes', async () => {
  const issuer = await testIssuer({ issuer: 'https://id.test/x', audience: 'urn:api' })
  const token = issuer.token({
    subject: 'usr_ada',
    clientId: 'demo-spa',
    scope: ['a', 'b'],
    roles: ['teller'],
    acr: 'strong',
    amr: ['pwd', 'otp'],
    sessionId: 'ses_1',
    authenticatedAt: 1,
    claims: { department: 'loans' },
  })
  for (const mode of ['local', 'database'] as const) {
    const { claims, ...principal } = await createVerifier({ ...issuer.options, mode }).verify(token)
    assert.deepEqual(principal, {
      subject: 'usr_ada',
      clientId: 'demo-spa',
      scope: ['a', 'b'],
      roles: ['teller'],
      acr: 'strong',
      amr: ['pwd', 'otp'],
      sessionId: 'ses_1',
      authenticatedAt: 1,
    })
    assert.equal(claims['department'], 'loans')
  }
})

test('another library accepts a test token by the published keys', async () => {
  const issuer = await testIssuer()
  const { payload, protectedHeader } = await jwtVerify(
    issuer.token({ subject: 'usr_ada' }),
    createLocalJWKSet({ keys: issuer.jwks.keys.map((key) => ({ ...key })) }),
    { issuer: issuer.issuer, audience: issuer.audience, typ: 'at+jwt', algorithms: ['ES256'] },
  )
  assert.equal(payload.sub, 'usr_ada')
  assert.equal(protectedHeader.kid, issuer.jwks.keys[0]?.kid)
})

test('two issuers do not accept each other’s tokens', async () => {
  const [one, other] = await Promise.all([testIssuer(), testIssuer()])
  const verification = await createVerifier(one.options).check(other.token())
  assert.equal(verification.ok, false)
})

test('published keys hold nothing secret', async () => {
  const issuer = await testIssuer()
  await issuer.rotate()
  assert.equal(issuer.jwks.keys.length, 2)
  for (const key of issuer.jwks.keys)
    assert.deepEqual(Object.keys(key).sort(), ['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y'])
  issuer.retire()
  assert.equal(issuer.jwks.keys.length, 1)
})

test('the test issuer answers nothing but its own addresses, and introspects for its own API alone', async () => {
  const issuer = await testIssuer()
  assert.equal((await issuer.fetch('https://elsewhere.test/', {})).status, 404)
  const body = new URLSearchParams({ token: issuer.token() }).toString()
  const headers = {
    'content-type': 'application/x-www-form-urlencoded',
    authorization: `Basic ${btoa('test-api:wrong')}`,
  }
  const answer = await issuer.fetch(`${issuer.issuer}/oauth/introspect`, { method: 'POST', headers, body })
  assert.equal(answer.status, 401)
})
