// Signing in with a passkey alone, end to end: real keys in software, the real pages, the real edge.
import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'
import {
  Authenticator,
  addPasskey,
  askedOn,
  flag,
  signInByPasskey,
  type Twist,
} from '../../../../tests/harness/authenticator.ts'
import { onBothEngines } from '../../../../tests/harness/engines.ts'
import { limitPolicies } from '../accounts/credentials/limit-policies.ts'
import { passkeysOf } from '../accounts/passkeys/passkeys.store.ts'
import { noLimits } from '../accounts/people.fixture.ts'
import { eraseUser } from '../accounts/users/erase.ts'
import { disableUser } from '../accounts/users/users.store.ts'
import { openHouse, type Visitor } from '../platform/house.ts'
import { eventsOf, hallWithPasskey, sessionsOf } from './passkeys.fixture.ts'
import { openHall, problemsOn, seenOf, signIn, whoIs } from './signin.fixture.ts'

for (const algorithm of ['ES256', 'EdDSA', 'RS256'] as const) {
  test(`MF-11: a passkey that signs with ${algorithm} is two factors, and no more is asked`, async (t) => {
    const { hall, ada, authenticator } = await hallWithPasskey({ algorithm })
    t.after(() => hall.house.close())
    hall.house.runtime.advance(1)
    const visitor = hall.visitor()
    const answer = await signInByPasskey(visitor, authenticator)
    assert.equal(answer.location, '/account', problemsOn(answer).join())
    assert.equal(await whoIs(visitor), ada.email)
    assert.deepEqual((await sessionsOf(hall)).at(-1), {
      amr: ['hwk', 'user', 'mfa'],
      acr: 'urn:countersign:acr:passkey',
    })
  })
}

test('MF-11: a passkey that other devices have too says so', async (t) => {
  const { hall, authenticator } = await hallWithPasskey({ synced: true })
  t.after(() => hall.house.close())
  hall.house.runtime.advance(1)
  await signInByPasskey(hall.visitor(), authenticator)
  assert.deepEqual((await sessionsOf(hall)).at(-1)?.amr, ['swk', 'user', 'mfa'])
})

const strangersKey = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
const lastBit = (bytes: Buffer): Buffer =>
  Buffer.from(bytes.map((byte, at) => (at === bytes.length - 1 ? byte ^ 1 : byte)))

const lies: Readonly<Record<string, Twist>> = {
  'another origin': { clientData: { origin: 'https://localhost.evil.test' } },
  'the same host on another port': { clientData: { origin: 'http://localhost:4401' } },
  'the same host by another scheme': { clientData: { origin: 'https://localhost:4400' } },
  'no origin': { clientData: { origin: 'null' } },
  'another challenge': { clientData: { challenge: Buffer.alloc(32).toString('base64url') } },
  'no challenge': { clientData: { challenge: undefined } },
  'the type of the other ceremony': { clientData: { type: 'webauthn.create' } },
  'a frame on a page of somebody else': { clientData: { crossOrigin: true } },
  'a page of somebody else around it': { clientData: { topOrigin: 'https://evil.test' } },
  'another domain': { rpId: 'evil.test' },
  'a domain above ours': { rpId: 'host' },
  'nobody present': { flags: (flags) => flags & ~flag.userPresent },
  'nobody verified': { flags: (flags) => flags & ~flag.userVerified },
  'a backup of what has none': { flags: (flags) => flags | flag.backedUp },
  'that it can be backed up now': { flags: (flags) => flags | flag.backupEligible },
  'extensions that are not there': { flags: (flags) => flags | flag.extended },
  'a stranger’s signature': { key: strangersKey },
  'a broken signature': { sent: { signature: lastBit } },
  'a signature of nothing': { sent: { signature: (bytes) => bytes.subarray(0, 1) } },
  'another count than was signed': { sent: { authenticatorData: lastBit } },
  'more bytes than were signed': { sent: { authenticatorData: (bytes) => Buffer.concat([bytes, bytes]) } },
  'fewer bytes than were signed': { sent: { authenticatorData: (bytes) => bytes.subarray(0, 36) } },
  'other client data than was signed': {
    sent: { clientDataJSON: (bytes) => Buffer.from(bytes.toString().replace('{', '{ ')) },
  },
  'client data that is none': { sent: { clientDataJSON: () => Buffer.from('[]') } },
  'somebody else’s name': { userHandle: Buffer.from('somebody else').toString('base64url') },
  'nobody’s name': { userHandle: null },
  'a credential that nobody has': { id: Buffer.alloc(16).toString('base64url') },
}

test('MF-08: whatever is said otherwise than it is, nobody comes in', async (t) => {
  const { hall, authenticator } = await hallWithPasskey()
  t.after(() => hall.house.close())
  const visitor = hall.visitor()
  for (const [lie, twist] of Object.entries(lies)) {
    const answer = await signInByPasskey(visitor, authenticator, twist)
    assert.equal(answer.status, 400, lie)
    assert.deepEqual(
      problemsOn(answer),
      ['This passkey doesn’t sign anybody in. Try again, or sign in another way'],
      lie,
    )
    assert.equal(await whoIs(visitor), undefined, lie)
  }
  assert.equal((await eventsOf(hall, 'user.sign_in_failed')).length, Object.keys(lies).length)
  assert.equal((await signInByPasskey(visitor, authenticator)).status, 303, 'the truth')
})

test('MF-08: a text that is no answer of an authenticator is refused like a wrong one', async (t) => {
  const { hall, authenticator } = await hallWithPasskey()
  t.after(() => hall.house.close())
  const visitor = hall.visitor()
  const { options } = askedOn(await visitor.visit('/sign-in'))
  const good = JSON.parse(authenticator.get(options)) as Record<string, unknown>
  const texts = ['x', '[]', 'null', '{}', '{"id":1}', JSON.stringify({ ...good, rawId: `${good['id']}=` })]
  texts.push(JSON.stringify({ ...good, response: [] }), JSON.stringify({ ...good, type: 'password' }))
  texts.push(`{"__proto__":${JSON.stringify(good)}}`, '['.repeat(30_000))
  for (const passkey of texts) {
    const { ticket } = askedOn(await visitor.visit('/sign-in'))
    const answer = await visitor.submit('/sign-in', { method: 'passkey', passkey, passkey_ticket: ticket })
    assert.equal(answer.status, 400, passkey.slice(0, 40))
  }
})

test('a form that no script has filled in is asked for again', async (t) => {
  const hall = await openHall()
  t.after(() => hall.house.close())
  const visitor = hall.visitor()
  const { ticket } = askedOn(await visitor.visit('/sign-in'))
  for (const fields of [{ passkey: '' }, {}]) {
    const answer = await visitor.submit('/sign-in', { method: 'passkey', passkey_ticket: ticket, ...fields })
    assert.equal(answer.status, 400)
  }
})

test('MF-07: a challenge is good in the browser that got it, for what it was made, for five minutes', async (t) => {
  const { hall, authenticator, visitor: signedIn } = await hallWithPasskey()
  t.after(() => hall.house.close())
  const { runtime } = hall.house
  const [visitor, other] = [hall.visitor(), hall.visitor()]
  await other.visit('/sign-in')
  const { options, ticket } = askedOn(await visitor.visit('/sign-in'))
  assert.ok(Buffer.from(options.challenge, 'base64url').length >= 16)
  const fields = { method: 'passkey', passkey: authenticator.get(options), passkey_ticket: ticket }
  assert.equal((await other.submit('/sign-in', fields)).status, 400, 'another browser')
  for (const passkey_ticket of ['', 'x', ticket.slice(0, -4), ticket.slice(1)]) {
    assert.equal((await visitor.submit('/sign-in', { ...fields, passkey_ticket })).status, 400)
  }
  const making = askedOn(await signedIn.visit('/account/passkeys/new'))
  const { rpId } = options
  const misused = authenticator.get({ ...(rpId && { rpId }), challenge: making.options.challenge })
  await signedIn.visit('/sign-in?continue=x')
  const answer = await signedIn.submit('/sign-in', {
    method: 'passkey',
    passkey: misused,
    passkey_ticket: making.ticket,
  })
  assert.equal(answer.status, 400, 'made for adding one')
  runtime.advance(299)
  assert.equal((await visitor.submit('/sign-in', fields)).status, 303)
  const late = askedOn(await other.visit('/sign-in'))
  const signed = authenticator.get(late.options)
  runtime.advance(300)
  const tooLate = await other.submit('/sign-in', {
    method: 'passkey',
    passkey: signed,
    passkey_ticket: late.ticket,
  })
  assert.deepEqual([tooLate.status, problemsOn(tooLate)], [400, ['That took too long. Please try again']])
})

onBothEngines('Signing in with a passkey', (open) => {
  test('MF-07: what was signed once opens one session, however often and at once it is sent', async () => {
    const { hall, authenticator } = await hallWithPasskey({}, await open())
    const visitor = hall.visitor()
    const { options, ticket } = askedOn(await visitor.visit('/sign-in'))
    const fields = { method: 'passkey', passkey: authenticator.get(options), passkey_ticket: ticket }
    const all = await Promise.all(Array.from({ length: 20 }, () => visitor.submit('/sign-in', fields)))
    assert.deepEqual(all.map(({ status }) => status).sort(), [303, ...Array<number>(19).fill(400)])
    assert.equal((await visitor.submit('/sign-in', fields)).status, 400, 'nor later')
    assert.equal((await sessionsOf(hall)).length, 2)
  })

  test('PW-12: who wastes the tries of a network keeps nobody out of a browser that knows them, come by a passkey alone', async () => {
    const house = await open()
    const hall = await openHall({ house, limits: { ...noLimits, tries: limitPolicies.tries } })
    await hall.add()
    const authenticator = new Authenticator({})
    const [first, known, neighbour] = [hall.visitor(), hall.visitor(), hall.visitor()]
    await signIn(first)
    assert.equal((await addPasskey(first, authenticator)).status, 303)
    assert.equal((await signInByPasskey(known, authenticator)).status, 303)
    await known.visit('/sign-out')
    await known.submit('/sign-out', {})
    assert.equal(await whoIs(known), undefined)
    const twist = { id: Buffer.alloc(20).toString('base64url') }
    while ((await signInByPasskey(neighbour, authenticator, twist)).status === 400);
    assert.equal((await signInByPasskey(neighbour, authenticator)).status, 429)
    assert.equal((await signInByPasskey(known, authenticator)).status, 303)
  })

  test('MF-09: a count that went back is refused, recorded and told, once an hour', async () => {
    const { hall, ada, authenticator } = await hallWithPasskey({ counts: true }, await open())
    const { house } = hall
    assert.equal((await signInByPasskey(hall.visitor(), authenticator)).status, 303)
    for (const count of [authenticator.count, 1, 0]) {
      const answer = await signInByPasskey(hall.visitor(), authenticator, { count })
      assert.equal(answer.status, 400, `${count}`)
    }
    const [passkey] = await passkeysOf(house.database, ada.id)
    const recorded = await eventsOf(hall, 'passkey.count_went_back')
    assert.deepEqual(recorded[0], { userId: ada.id, passkey: passkey?.id, last: 2, seen: 2 })
    assert.equal(recorded.length, 3)
    assert.deepEqual(
      (await house.letters()).filter(({ subject }) => subject.includes('copied')).map(({ to }) => to),
      [ada.email],
    )
    authenticator.count = 10
    assert.equal((await signInByPasskey(hall.visitor(), authenticator)).status, 303, 'the true one goes on')
  })

  test('whoever is disabled or deleted is as unknown as a credential that nobody has', async () => {
    const { hall, ada, authenticator } = await hallWithPasskey({}, await open())
    const { house } = hall
    const attempt = async (twist: Twist = {}) => {
      const visitor = hall.visitor()
      const answer = await signInByPasskey(visitor, authenticator, twist)
      return { status: answer.status, seen: seenOf(answer, 'nobody') }
    }
    const unknown = await attempt({ id: Buffer.alloc(20).toString('base64url') })
    assert.equal(unknown.status, 400)
    assert.equal(
      (await house.database.commit([disableUser(house.database, house.runtime.now(), ada.id)])).ok,
      true,
    )
    assert.deepEqual(await attempt(), unknown, 'disabled')
    assert.equal((await house.database.commit(eraseUser(house, ada.id))).ok, true)
    assert.deepEqual(await passkeysOf(house.database, ada.id), [])
    assert.deepEqual(await attempt(), unknown, 'deleted')
  })
})

test('the passkeys that one network may try in a minute are counted, and the person waits', async (t) => {
  const hall = await openHall()
  t.after(() => hall.house.close())
  const authenticator = new Authenticator()
  await hall.add()
  const visitor = hall.visitor()
  await signIn(visitor)
  await addPasskey(visitor, authenticator)
  const guest = hall.visitor()
  for (let tries = 0; tries < 30; tries++) {
    assert.equal((await signInByPasskey(guest, authenticator, { key: strangersKey })).status, 400)
  }
  const stopped = await signInByPasskey(guest, authenticator)
  assert.equal(stopped.status, 429)
  assert.ok(Number(stopped.header('retry-after')) > 0)
})

test('a page that stands open gets another challenge, and the sign-in goes on to where it was asked for', async (t) => {
  const { hall, authenticator } = await hallWithPasskey()
  t.after(() => hall.house.close())
  const visitor = hall.visitor()
  const sealed = (await visitor.visit('/seal')).body
  await visitor.visit(`/sign-in?continue=${encodeURIComponent(sealed)}`)
  hall.house.runtime.advance(900)
  const { options, ticket } = (await visitor.visit('/sign-in/passkey')).json() as unknown as ReturnType<
    typeof askedOn
  >
  const fields = {
    method: 'passkey',
    passkey: authenticator.get(options),
    passkey_ticket: ticket,
    continue: sealed,
  }
  assert.equal((await visitor.submit('/sign-in', fields)).location, '/who?back=1')
})

test('nobody is offered a passkey where browsers have none: at an address without a name', async (t) => {
  const house = await openHouse({ issuer: 'https://192.0.2.7' })
  t.after(() => house.close())
  const hall = await openHall({ house })
  await hall.add()
  const visitor: Visitor = hall.visitor()
  assert.doesNotMatch((await visitor.visit('/sign-in')).body, /data-passkey=/)
  await signIn(visitor)
  assert.doesNotMatch((await visitor.visit('/account')).body, /\/passkeys/)
  assert.equal((await visitor.visit('/account/passkeys/new')).status, 404)
})
