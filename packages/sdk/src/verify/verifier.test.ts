import assert from 'node:assert/strict'
import { test } from 'node:test'
import { KeyError } from '@countersign/protocol'
import { testIssuer } from '../testing/index.ts'
import { createVerifier, InvalidRequestError, UnauthenticatedError, type Verifiable } from './index.ts'
import { sharedVerifier } from './verifier.ts'

const issuer = await testIssuer()
const verifier = createVerifier(issuer.options)

test('a verifier reads a token, a web Request, a Node request or plain headers of any case', async () => {
  const token = issuer.token({ subject: 'usr_ada' })
  const authorization = `Bearer ${token}`
  const requests: readonly (string | Verifiable)[] = [
    token,
    new Request('https://api.test/x', { headers: { authorization } }),
    { headers: new Headers({ authorization }) },
    { headers: { authorization }, rawHeaders: ['Authorization', authorization] },
    { headers: { Authorization: authorization } },
    { headers: { authorization: [authorization] } },
  ]
  for (const request of requests) assert.equal((await verifier.verify(request)).subject, 'usr_ada')
})

test('a verifier refuses a request with a token too many or none', async () => {
  const authorization = `Bearer ${issuer.token()}`
  const twice: readonly Verifiable[] = [
    { headers: { authorization: [authorization, authorization] } },
    { headers: { authorization, Authorization: authorization } },
    { headers: { authorization }, rawHeaders: ['authorization', authorization, 'AUTHORIZATION', 'x'] },
    {
      headers: new Headers([
        ['authorization', authorization],
        ['authorization', authorization],
      ]),
    },
    {
      headers: new Headers([
        ['authorization', 'Basic eA=='],
        ['authorization', authorization],
      ]),
    },
    { headers: { authorization }, url: '/x?a=1&access_token=y' },
  ]
  for (const request of twice) await assert.rejects(verifier.verify(request), InvalidRequestError)
  for (const headers of [{}, { authorization: undefined }, { authorization: '' }, { get: 'Bearer x' }]) {
    await assert.rejects(verifier.verify({ headers }), UnauthenticatedError)
  }
})

test('an empty text is no token', async () => {
  await assert.rejects(verifier.verify(''), UnauthenticatedError)
})

test('nobody can change a principal that others will get', async () => {
  const token = issuer.token({ roles: ['customer'], claims: { nested: { list: [1] } } })
  const first = await verifier.verify(token)
  const writes: readonly (() => unknown)[] = [
    () => Object.assign(first, { subject: 'usr_admin' }),
    () => (first.roles as string[]).push('administrator'),
    () => (first.scope as string[]).push('everything'),
    () => Object.assign(first.claims, { sub: 'usr_admin' }),
    () => (first.claims as { nested: { list: number[] } }).nested.list.push(2),
    () => Object.assign(verifier.check(token), { principal: null }),
  ]
  for (const write of writes) assert.throws(write, TypeError)
  const second = await verifier.verify(token)
  assert.equal(second, first, 'the same token has the same principal')
  assert.deepEqual([second.subject, second.roles, second.scope], ['usr_test', ['customer'], []])
})

test('a token seen before ends on its second', async () => {
  let now = 1_800_000_000
  const timed = await testIssuer({ now: () => now })
  const timely = createVerifier({ ...timed.options, clockSkew: 0 })
  const token = timed.token({ expiresIn: 10 })
  await timely.verify(token)
  now += 9
  await timely.verify(token)
  now += 1
  await assert.rejects(timely.verify(token), UnauthenticatedError)
})

test('a token without roles or scope has none', async () => {
  const { roles, scope } = await verifier.verify(issuer.token())
  assert.deepEqual([roles, scope], [[], []])
})

test('claims of the wrong type make a token unusable', async () => {
  const verification = await verifier.check(issuer.token({ claims: { cnf: {} } }))
  assert.ok(!verification.ok && verification.code === 'invalid_token')
  assert.match(verification.detail, /bound to a key/)
})

test('one set of settings has one verifier, and no two have the same', () => {
  const place = { issuer: 'https://id.test', audience: 'https://api.test' }
  const one = sharedVerifier(place)
  assert.equal(sharedVerifier({ ...place, mode: 'local', clockSkew: 15 }), one)
  const others = [
    { ...place, audience: 'https://other.test' },
    { ...place, issuer: 'https://other.test' },
    { ...place, clockSkew: 0 },
    { ...place, jwks: 'https://id.test/jwks' },
    { ...place, mode: 'database' as const, clientId: 'a', clientSecret: 'b' },
    { ...place, mode: 'database' as const, clientId: 'a', clientSecret: 'c' },
    { ...place, now: () => 0 },
    { ...place, fetch },
    { ...place, jwks: issuer.jwks },
  ].map(sharedVerifier)
  assert.equal(new Set([one, ...others]).size, others.length + 1)
})

test('a key set that holds a secret stops the start', () => {
  const jwks = { keys: [{ kty: 'oct', k: 'AAAA' }] }
  assert.throws(() => createVerifier({ ...issuer.options, jwks }), KeyError)
})

test('no refusal, error or log line holds the token', async () => {
  const canary = 'canary7f3a'
  for (const token of [
    canary,
    `${canary}.${canary}.${canary}`,
    issuer.token({ audience: canary, subject: canary }),
  ]) {
    const verification = await verifier.check(token)
    assert.ok(!verification.ok)
    assert.doesNotMatch(JSON.stringify(verification), /canary/)
    await assert.rejects(verifier.verify(token), (error) => {
      assert.ok(error instanceof UnauthenticatedError)
      assert.doesNotMatch(JSON.stringify({ ...error, stack: error.stack, message: error.message }), /canary/)
      return true
    })
  }
})
