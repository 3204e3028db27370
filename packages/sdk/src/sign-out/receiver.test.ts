import assert from 'node:assert/strict'
import { before, beforeEach, test } from 'node:test'
import { type LogoutClaims, logoutEvent, publicJwk, type SigningKey, signToken } from '@countersign/protocol'
import { newSigningKey } from '../testing/test-keys.ts'
import { memoryEndedSessions } from './ended-sessions.ts'
import {
  createSignOutReceiver,
  type SignedOut,
  SignOutError,
  type SignOutReceiver,
  type SignOutReceiverOptions,
} from './receiver.ts'

const issuer = 'https://id.example'
const clientId = 'shop'
const now = 1_800_000_000

let key: SigningKey
let other: SigningKey
before(async () => {
  key = await newSigningKey()
  other = await newSigningKey()
})

let ended: SignedOut[] = []
let receiver: SignOutReceiver
const options = (): SignOutReceiverOptions => ({
  issuer,
  clientId,
  jwks: { keys: [publicJwk(key)] },
  now: () => now,
  onSignOut: (session) => void ended.push(session),
})
beforeEach(() => {
  ended = []
  receiver = createSignOutReceiver(options())
})

let count = 0
function token(changes: Record<string, unknown> = {}, by: SigningKey = key): string {
  count += 1
  const claims = {
    iss: issuer,
    aud: clientId,
    iat: now,
    exp: now + 120,
    jti: `jti-${count}`,
    sid: 'ses_1',
    sub: 'usr_ada',
    events: { [logoutEvent]: {} },
    ...changes,
  }
  const present = Object.fromEntries(Object.entries(claims).filter(([, value]) => value !== undefined))
  return signToken('logout', present as unknown as LogoutClaims, by)
}

async function codeOf(taking: Promise<unknown>): Promise<string> {
  const error = await taking.then(
    () => assert.fail('it was taken'),
    (reason: unknown) => reason,
  )
  assert.ok(error instanceof SignOutError, String(error))
  return error.code
}

test('a logout token ends the session that it names, or all of the person when it names none', async () => {
  assert.deepEqual(await receiver.receive(token()), ended[0])
  assert.equal(ended[0]?.sessionId, 'ses_1')
  await receiver.receive(token({ sid: undefined }))
  assert.deepEqual([ended[1]?.sessionId, ended[1]?.subject], [undefined, 'usr_ada'])
})

test('SE-12, C11: a logout token is taken once, however often and however fast it comes', async () => {
  const twice = token()
  const outcomes = await Promise.allSettled(Array.from({ length: 8 }, () => receiver.receive(twice)))
  assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1)
  assert.equal(ended.length, 1)
  assert.equal(await codeOf(receiver.receive(twice)), 'replayed')
})

const wrong: Record<string, () => string> = {
  'of another issuer': () => token({ iss: 'https://evil.example' }),
  'for another client': () => token({ aud: 'other' }),
  'that has expired': () => token({ iat: now - 300, exp: now - 200 }),
  'of the future': () => token({ iat: now + 100, exp: now + 200 }),
  'that is good for too long': () => token({ exp: now + 1000 }),
  'by a key of somebody else': () => token({}, other),
  'with a changed signature': () => `${token().slice(0, -4)}AAAA`,
  'that is an ID token': () =>
    signToken(
      'id',
      { iss: issuer, aud: clientId, sub: 'usr_ada', sid: 'ses_1', iat: now, exp: now + 60 },
      key,
    ),
  'that is nonsense': () => 'nonsense',
  'that is empty': () => '',
}
for (const [name, make] of Object.entries(wrong))
  test(`SE-12: a token ${name} ends nothing`, async () => {
    assert.equal(await codeOf(receiver.receive(make())), 'refused')
    assert.deepEqual(ended, [])
  })

test('SE-12: a token with a nonce, without the event, or without session and person can’t be made, nor taken', () => {
  for (const changes of [
    { nonce: 'n' },
    { events: {} },
    { sid: undefined, sub: undefined },
    { jti: undefined },
  ])
    assert.throws(() => token(changes))
})

const post = (body: string, headers: Record<string, string> = {}): Request =>
  new Request('https://shop.example/backchannel-logout', {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    body,
  })

test('the issuer’s request is answered in its words, and nothing may keep the answer', async () => {
  const taken = await receiver.fetch(post(`logout_token=${token()}&more=x`))
  assert.deepEqual([taken.status, taken.headers.get('cache-control')], [204, 'no-store'])
  const refused = await receiver.fetch(post('logout_token=nonsense'))
  assert.equal(refused.status, 400)
  assert.equal(refused.headers.get('cache-control'), 'no-store')
  assert.equal(((await refused.json()) as { error: string }).error, 'invalid_request')
  const one = token()
  for (const request of [
    post(''),
    post(`logout_token=${one}&logout_token=${one}`),
    post(JSON.stringify({ logout_token: one }), { 'content-type': 'application/json' }),
    post(`logout_token=${one}&x=${'x'.repeat(20_000)}`),
  ])
    assert.equal((await receiver.fetch(request)).status, 400)
  assert.equal((await receiver.fetch(new Request('https://shop.example/'))).status, 405)
  assert.equal(ended.length, 1)
})

test('what can’t be judged now is worth another try, and what the application can’t do is its failure', async () => {
  const away = createSignOutReceiver({
    issuer,
    clientId,
    now: () => now,
    onSignOut: () => {},
    fetch: async () => Promise.reject(new Error('away')),
  })
  assert.equal((await away.fetch(post(`logout_token=${token()}`))).status, 503)
  const forgetful = createSignOutReceiver({
    ...options(),
    replay: { consume: async () => Promise.reject(new Error('away')) },
  })
  assert.equal((await forgetful.fetch(post(`logout_token=${token()}`))).status, 503)
  const failing = createSignOutReceiver({
    ...options(),
    onSignOut: () => {
      throw new Error('the store is away')
    },
  })
  await assert.rejects(failing.fetch(post(`logout_token=${token()}`)), /the store is away/)
})

test('a new key of the issuer is fetched when a token names it', async () => {
  let published = [key]
  let asked = 0
  let at = now
  const fresh = createSignOutReceiver({
    issuer,
    clientId,
    now: () => at,
    onSignOut: (session) => void ended.push(session),
    fetch: async (url) => {
      asked += 1
      const isMetadata = String(url).includes('.well-known')
      const body = isMetadata
        ? { issuer, jwks_uri: `${issuer}/jwks` }
        : { keys: published.map((one) => publicJwk(one)) }
      return Response.json(body)
    },
  })
  await fresh.receive(token())
  published = [key, other]
  at += 40
  await fresh.receive(token({ iat: at, exp: at + 100 }, other))
  assert.equal(ended.length, 2)
  assert.ok(asked >= 2)
})

test('a wrong setting is found at once', () => {
  assert.throws(() => createSignOutReceiver({ ...options(), clientId: '' }), TypeError)
  assert.throws(() => createSignOutReceiver({ ...options(), issuer: 'http://id.example' }), TypeError)
  assert.throws(() => createSignOutReceiver({ ...options(), onSignOut: undefined as never }), TypeError)
})

test('sessions that have ended are remembered until their time, and not without bound', async () => {
  let at = now
  const memory = memoryEndedSessions(() => at)
  await memory.end('one', now + 10)
  assert.equal(memory.hasEnded('one'), true)
  assert.equal(memory.hasEnded('two'), false)
  at += 10
  assert.equal(memory.hasEnded('one'), false)
  for (let index = 0; index < 100_001; index++) await memory.end(`s${index}`, at + 1)
  assert.deepEqual([memory.hasEnded('s0'), memory.hasEnded('s1')], [false, true])
})
