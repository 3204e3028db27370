import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testIssuer } from '../testing/index.ts'
import { createGuard } from './guard.ts'
import {
  type AuthOptions,
  authorizeRequest,
  createVerifier,
  type Decide,
  hasDetail,
  hasRole,
  not,
  type Requirement,
  type Verifier,
} from './index.ts'

const issuer = await testIssuer()
const verifier = createVerifier(issuer.options)

function request(token = issuer.token()): Request {
  return new Request('https://api.test/accounts/1', { headers: { authorization: `Bearer ${token}` } })
}

const account = ['read', () => ({ type: 'account', id: '1' })] as const

test('options that contradict each other, or ask for nothing, stop the start', () => {
  const wrong: readonly AuthOptions[] = [
    { optional: true, scope: 'a' },
    { optional: true, role: 'teller' },
    { optional: true, maxAge: 300 },
    { optional: true, require: hasRole('teller') },
    { optional: true, can: account, decide: () => true },
    { can: account },
    { decide: () => true },
    { scope: '' },
    { scope: ' ' },
    { scope: [] },
    { details: [] },
    { optional: true, details: 'payment' },
    { role: [] },
    { role: '' },
    { acr: [] },
    { maxAge: -1 },
    { maxAge: Number.NaN },
    { maxAge: 1.5 },
    { require: true as unknown as Requirement },
  ]
  for (const options of wrong) {
    assert.throws(() => createGuard({ verifier, ...options }), TypeError, JSON.stringify(options))
  }
})

test('missing settings stop the start', () => {
  assert.throws(() => createGuard({ audience: 'https://api.test', issuer: '' }), /COUNTERSIGN_ISSUER/)
})

test('every step that fails refuses or rejects: none lets the request pass', async () => {
  const fail = () => {
    throw new Error('step failed')
  }
  const reject = () => Promise.reject(new Error('step failed'))
  const checking = (check: unknown): Verifier => ({ ...verifier, check: check as Verifier['check'] })
  const failing: readonly [Verifier, AuthOptions<Request>][] = [
    [checking(fail), {}],
    [checking(reject), {}],
    [checking(() => undefined), {}],
    [checking(() => new Error('truthy')), {}],
    [checking(() => ({ ok: 'yes', principal: {} })), {}],
    [verifier, { require: fail }],
    [verifier, { require: (async () => ({ allowed: true, reasons: [] })) as unknown as Requirement }],
    [verifier, { require: (() => true) as unknown as Requirement }],
    [verifier, { can: ['read', fail], decide: () => true }],
    [verifier, { can: ['read', reject], decide: () => true }],
    [verifier, { can: account, decide: fail }],
    [verifier, { can: account, decide: reject }],
  ]
  for (const [checker, options] of failing) {
    const outcome = await authorizeRequest(request(), checker, options).catch(() => ({ ok: false }))
    assert.equal(outcome.ok, false)
  }
})

test('only true and { allowed: true } are a yes', async () => {
  const answering = (answer: unknown) =>
    authorizeRequest(request(), verifier, { can: account, decide: (() => answer) as Decide<Request> })
  const isYes = async (answer: unknown) => (await answering(answer)).ok
  for (const yes of [true, { allowed: true, reasons: [] }, Promise.resolve(true)])
    assert.equal(await isYes(yes), true)
  const noes = [
    false,
    undefined,
    null,
    1,
    'true',
    {},
    [],
    new Error('x'),
    { allowed: 1 },
    { allowed: false },
    { ok: true },
  ]
  for (const no of noes) assert.equal(await isYes(no), false)
})

test('a decision may ask for a fresh sign-in, and hiding does not hide that', async () => {
  const outcome = await authorizeRequest(request(), verifier, {
    can: account,
    decide: () => ({
      allowed: false,
      error: 'insufficient_user_authentication',
      maxAge: 60,
      reasons: ['old'],
    }),
    hide: true,
  })
  assert.ok(!outcome.ok)
  assert.equal(outcome.status, 401)
  assert.match(outcome.headers['www-authenticate'] ?? '', /insufficient_user_authentication.*max_age="60"/)
})

test('who lacks the role is not sent to sign in again', async () => {
  const token = issuer.token({ authenticatedAt: 0, scope: 'a' })
  const outcome = await authorizeRequest(request(token), verifier, { maxAge: 60, role: 'teller', scope: 'b' })
  assert.ok(!outcome.ok)
  assert.deepEqual([outcome.status, outcome.code], [403, 'insufficient_role'])
})

test('RFC 9396 §9: a route asks for authorization details by type, and looks into them by hand', async () => {
  const payment = { type: 'payment', amount: '12.50', creditor: 'A' }
  const asks = async (details: unknown, options: object) => {
    const token = issuer.token({ claims: details === undefined ? {} : { authorization_details: details } })
    const outcome = await authorizeRequest(request(token), verifier, options)
    return outcome.ok ? outcome.principal?.authorizationDetails : [outcome.status, outcome.code]
  }
  assert.deepEqual(await asks([payment], { details: 'payment' }), [payment])
  const lacking = [403, 'insufficient_scope']
  assert.deepEqual(await asks([payment], { details: ['payment', 'entry'] }), lacking)
  assert.deepEqual(await asks(undefined, { details: 'payment' }), lacking)
  const upTo = (most: number) => hasDetail('payment', ({ amount }) => Number(amount) <= most)
  assert.deepEqual(await asks([payment], { require: upTo(20) }), [payment])
  assert.deepEqual(await asks([payment], { require: upTo(10) }), lacking)
  assert.equal(await asks(undefined, {}), undefined)
  for (const wrong of [{}, 'payment', ['payment'], [{}], [{ type: 1 }], null])
    assert.deepEqual(await asks(wrong, {}), [401, 'invalid_token'], JSON.stringify(wrong))
})

test('a resource needs a type and an id that are texts', async () => {
  const asked: unknown[] = []
  const decide: Decide<Request> = ({ resource }) => {
    asked.push(resource)
    return true
  }
  for (const resource of [
    null,
    undefined,
    { type: 'a', id: '' },
    { type: 'a', id: 1 },
    { type: 'a', id: ['1', '2'] },
  ]) {
    const outcome = await authorizeRequest(request(), verifier, { can: ['read', () => resource], decide })
    assert.ok(!outcome.ok && outcome.status === 403)
  }
  assert.deepEqual(asked, [])
  await authorizeRequest(request(), verifier, {
    can: ['read', () => ({ type: 'a', id: '1', tenant: 't' })],
    decide,
  })
  assert.deepEqual(asked, [{ type: 'a', id: '1', tenant: 't' }])
})

test('requirements can be negated and combined by hand', async () => {
  const blocked = { require: not(hasRole('blocked')) }
  assert.equal((await authorizeRequest(request(), verifier, blocked)).ok, true)
  const outcome = await authorizeRequest(request(issuer.token({ roles: ['blocked'] })), verifier, blocked)
  assert.ok(!outcome.ok && outcome.status === 403)
})

test('a listener that throws does not let a request pass', async () => {
  const guard = createGuard<Request>({
    verifier,
    onRefusal: () => {
      throw new Error('log is full')
    },
  })
  const bare = new Request('https://api.test')
  await assert.rejects(guard(bare, bare), /log is full/)
})

test('nothing that is asked for can write into a header', async () => {
  const outcome = await authorizeRequest(request(), verifier, { scope: ['a"b\r\nset-cookie: x', 'ä'] })
  assert.ok(!outcome.ok)
  assert.match(outcome.headers['www-authenticate'] ?? '', /scope="a\\"bset-cookie: x "$/)
  assert.ok(new Headers(outcome.headers).has('www-authenticate'))
})
