// Passkeys on one's own account page, and where they are asked for after a sign-in: the real pages over the real edge,
// with keys in software.
import assert from 'node:assert/strict'
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { passkeysOf } from '../../packages/server/src/accounts/passkeys/passkeys.store.ts'
import { noLimits, password } from '../../packages/server/src/accounts/people.fixture.ts'
import { eventsOf, hallWithPasskey } from '../../packages/server/src/signin/passkeys.fixture.ts'
import { type Hall, openHall, signIn, whoIs } from '../../packages/server/src/signin/signin.fixture.ts'
import {
  Authenticator,
  addPasskey,
  askedOn,
  coseKeyOf,
  flag,
  signInByPasskey,
  type Twist,
} from '../harness/authenticator.ts'
import { onBothEngines } from '../harness/engines.ts'

async function hallWithAda() {
  const hall = await openHall({ limits: noLimits })
  const ada = await hall.add()
  const visitor = hall.visitor()
  await signIn(visitor)
  return { hall, ada, visitor }
}

/** Ada has one passkey, and is signed in by it: she may add more at once. */
async function hallWithSureAda() {
  const { hall, ada, authenticator } = await hallWithPasskey()
  const visitor = hall.visitor()
  await signInByPasskey(visitor, authenticator)
  return { hall, ada, visitor }
}

const own = (hall: Hall, userId: string) => passkeysOf(hall.house.database, userId)

test('MF-12: who has no passkey is offered one, and sees it, named and counted, once it is added', async (t) => {
  const { hall, ada, visitor } = await hallWithAda()
  t.after(() => hall.house.close())
  assert.match((await visitor.visit('/account')).body, /Add a passkey/)
  const agent = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/156.0 Safari/537.36'
  const page = await visitor.visit('/account/passkeys/new', { headers: { 'user-agent': agent } })
  assert.match(page.field('name') ?? '', /^Passkey of Chrome on Linux, [A-Z][a-z]{2} \d+, \d{4}$/)
  const { options } = askedOn(page)
  assert.equal(options['attestation'], 'none')
  assert.doesNotMatch(JSON.stringify(options.user?.id), new RegExp(ada.id))
  assert.equal((await addPasskey(visitor, new Authenticator(), {}, '  My   telephone ')).status, 303)
  const [passkey] = await own(hall, ada.id)
  assert.equal(passkey?.name, 'My telephone')
  assert.equal(passkey?.userHandle, options.user?.id, 'the same handle each time')
  const sheet = (await visitor.visit('/account?done=passkey-added')).body
  for (const words of ['My telephone', 'not used yet', 'Your passkey is added'])
    assert.ok(sheet.includes(words))
  assert.deepEqual(await eventsOf(hall, 'passkey.added'), [{ userId: ada.id, passkey: passkey?.id }])
  const letters = (await hall.house.letters()).map(({ to, subject }) => [to, subject])
  assert.deepEqual(letters.at(-1), [ada.email, 'A passkey was added'])
})

test('a password manager learns where people make passkeys, and they come there after signing in', async (t) => {
  const hall = await openHall({ limits: noLimits })
  t.after(() => hall.house.close())
  await hall.add()
  const visitor = hall.visitor()
  const told = (await visitor.visit('/.well-known/passkey-endpoints')).json()
  assert.deepEqual(told, {
    enroll: 'http://localhost:4400/account/passkeys/new',
    manage: 'http://localhost:4400/account',
  })
  const first = await visitor.visit('/account/passkeys/new')
  const sealed = new URL(first.location ?? '', 'http://localhost:4400').searchParams.get('continue') ?? ''
  assert.equal((await signIn(visitor, { form: { continue: sealed } })).location, '/account/passkeys/new')
})

test('a name that nobody could read is replaced by the usual one: the passkey is made by then', async (t) => {
  const { hall, ada, visitor } = await hallWithSureAda()
  t.after(() => hall.house.close())
  for (const name of ['', '\u202Eevil', 'x'.repeat(300)]) {
    assert.equal((await addPasskey(visitor, new Authenticator(), {}, name)).status, 303)
  }
  for (const { name } of (await own(hall, ada.id)).slice(1)) assert.match(name, /^Passkey, /)
})

test('MF-06, SE-09: adding one takes a proof of the last ten minutes', async (t) => {
  const { hall, ada, visitor } = await hallWithAda()
  t.after(() => hall.house.close())
  hall.house.runtime.advance(601)
  const asked = await visitor.submit('/account/passkeys/begin', {})
  assert.equal(asked.status, 403)
  assert.match(asked.body, /Confirm that it’s you/)
  const key = new Authenticator()
  const { options, ticket } = askedOn(await visitor.visit('/account/passkeys/new'))
  const fields = { new_passkey: key.create(options), new_passkey_ticket: ticket, name: 'Key' }
  const page = await visitor.submit('/account/passkeys/add', fields)
  assert.equal(page.status, 403, 'nor by the form itself')
  assert.deepEqual(await own(hall, ada.id), [])
  const carried = { new_passkey: page.field('new_passkey') ?? '', new_passkey_ticket: ticket, name: 'Key' }
  const confirmed = { ...carried, username: ada.email ?? '', password }
  assert.equal(
    (await visitor.submit('/account/passkeys/add', confirmed)).status,
    303,
    'what was made is kept',
  )
  assert.equal((await own(hall, ada.id)).length, 1)
})

const weakRsa = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey
const offTheCurve = (): Uint8Array => {
  const key = coseKeyOf('ES256', generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey)
  key[key.length - 1] = (key.at(-1) ?? 0) ^ 1
  return key
}
const otherAlgorithm = (): Uint8Array => {
  const key = Buffer.from(coseKeyOf('ES256', generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey))
  // 26 is -27 in CBOR: an algorithm that nobody asked for.
  key[4] = 0x38
  return Buffer.concat([key.subarray(0, 5), Buffer.from([26]), key.subarray(5)])
}

const lies: Readonly<Record<string, Twist>> = {
  'another origin': { clientData: { origin: 'https://evil.test' } },
  'another challenge': { clientData: { challenge: randomBytes(32).toString('base64url') } },
  'the type of the other ceremony': { clientData: { type: 'webauthn.get' } },
  'a frame on a page of somebody else': { clientData: { crossOrigin: true } },
  'another domain': { rpId: 'evil.test' },
  'nobody present': { flags: (flags) => flags & ~flag.userPresent },
  'nobody verified': { flags: (flags) => flags & ~flag.userVerified },
  'a backup of what has none': { flags: (flags) => flags | flag.backedUp },
  'no credential': { flags: (flags) => flags & ~flag.attested },
  'an algorithm that nobody asked for': { coseKey: otherAlgorithm() },
  'a point that is not on the curve': { coseKey: offTheCurve() },
  'an RSA key of 1024 bits': { coseKey: coseKeyOf('RS256', weakRsa) },
  'a key that is none': { coseKey: Buffer.from([0xa0]) },
  'an id of 1024 bytes': { id: randomBytes(1024).toString('base64url') },
  'bytes after the end': {
    sent: {
      attestationObject: (bytes) =>
        Buffer.from(bytes.toString('latin1').replace('authData', 'authDat\u0000'), 'latin1'),
    },
  },
  'no CBOR': { sent: { attestationObject: () => Buffer.from('hello') } },
  'CBOR without end': { sent: { attestationObject: () => Buffer.alloc(20_000, 0x81) } },
}

test('MF-08: whatever is said otherwise than it is when a passkey is made, none is kept', async (t) => {
  const { hall, ada, visitor } = await hallWithAda()
  t.after(() => hall.house.close())
  for (const [lie, twist] of Object.entries(lies)) {
    const answer = await addPasskey(visitor, new Authenticator(), twist)
    assert.equal(answer.status, 400, lie)
    assert.deepEqual(await own(hall, ada.id), [], lie)
  }
  const { options, ticket } = askedOn(await visitor.visit('/account/passkeys/new'))
  const sent = JSON.parse(new Authenticator().create(options)) as Record<string, unknown>
  const id = randomBytes(16).toString('base64url')
  for (const text of [JSON.stringify({ ...sent, id, rawId: id }), '{}', 'x']) {
    const fields = { new_passkey: text, new_passkey_ticket: ticket }
    assert.equal((await visitor.submit('/account/passkeys/add', fields)).status, 400, text.slice(0, 30))
  }
  assert.equal((await visitor.submit('/account/passkeys/add', { new_passkey: '' })).status, 422)
  assert.equal((await addPasskey(visitor, new Authenticator())).status, 303, 'the truth')
})

test('MF-08: statements about authenticators are never looked at, whatever they are made of', async (t) => {
  const { hall, ada, visitor } = await hallWithSureAda()
  t.after(() => hall.house.close())
  for (const fmt of ['packed', 'tpm', 'android-key', 'apple', 'fido-u2f', 'of tomorrow']) {
    const attStmt = new Map<string, unknown>([
      ['alg', -7],
      ['sig', Buffer.from('no signature')],
      ['x5c', [Buffer.from('no certificate')]],
    ])
    const answer = await addPasskey(visitor, new Authenticator(), { attestation: { fmt, attStmt } })
    assert.equal(answer.status, 303, fmt)
  }
  assert.equal((await own(hall, ada.id)).length, 7)
})

test('MF-07: a challenge for adding is good once, for whom it was made', async (t) => {
  const { hall, ada, visitor } = await hallWithAda()
  t.after(() => hall.house.close())
  const grace = await hall.add({ email: 'grace@example.test' })
  const { options, ticket } = askedOn(await visitor.visit('/account/passkeys/new'))
  const made = new Authenticator().create(options)
  const fields = { new_passkey: made, new_passkey_ticket: ticket, name: 'Key' }
  const other = hall.visitor()
  await signIn(other, { username: 'grace@example.test' })
  await other.visit('/account')
  assert.equal((await other.submit('/account/passkeys/add', fields)).status, 400, 'another browser')
  await signIn(visitor, { username: 'grace@example.test' })
  await visitor.visit('/account')
  assert.equal(
    (await visitor.submit('/account/passkeys/add', fields)).status,
    400,
    'another person in this one',
  )
  await signIn(visitor)
  await visitor.visit('/account')
  const [one, two] = await Promise.all(
    [made, new Authenticator().create(options)].map((new_passkey) =>
      visitor.submit('/account/passkeys/add', { ...fields, new_passkey }),
    ),
  )
  assert.deepEqual([one?.status, two?.status].sort(), [303, 400], 'another credential for the same challenge')
  assert.equal((await own(hall, ada.id)).length, 1)
  assert.deepEqual(await own(hall, grace.id), [])
})

onBothEngines('Adding a passkey', (open) => {
  test('MF-07, MF-10: what was made once is kept once, and by one person, whoever sends it at once', async () => {
    const { hall, ada } = await hallWithPasskey({}, await open())
    const visitor = hall.visitor()
    await hall.add({ email: 'grace@example.test' })
    await signIn(visitor, { username: 'grace@example.test' })
    const [first] = await own(hall, ada.id)
    const taken = await addPasskey(visitor, new Authenticator(), { id: first?.credentialId ?? '' })
    assert.equal(taken.status, 409)
    const { options, ticket } = askedOn(await visitor.visit('/account/passkeys/new'))
    const fields = {
      new_passkey: new Authenticator().create(options),
      new_passkey_ticket: ticket,
      name: 'Key',
    }
    const all = await Promise.all(
      Array.from({ length: 20 }, () => visitor.submit('/account/passkeys/add', fields)),
    )
    assert.equal(all.filter(({ status }) => status === 303).length, 1)
    assert.ok(all.every(({ status }) => status === 303 || status === 400))
  })
})

test('MF-10: nobody sees, names or takes away the passkey of somebody else', async (t) => {
  const { hall, ada } = await hallWithPasskey()
  t.after(() => hall.house.close())
  await hall.add({ email: 'grace@example.test' })
  const grace = hall.visitor()
  await signIn(grace, { username: 'grace@example.test' })
  await grace.visit('/account')
  const [passkey] = await own(hall, ada.id)
  for (const id of [passkey?.id ?? '', 'psk_nobody', '']) {
    const address = `/account/passkeys/change?passkey_id=${id}`
    assert.equal((await grace.visit(address)).status, 404)
    for (const deed of ['rename', 'remove']) {
      const answer = await grace.submit(`/account/passkeys/${deed}`, { passkey_id: id, name: 'Mine' })
      assert.equal(answer.status, 404, deed)
    }
  }
  assert.deepEqual(await own(hall, ada.id), [passkey])
})

test('a passkey gets another name, and never a name that nobody could read', async (t) => {
  const { hall, ada, visitor } = await hallWithPasskey()
  t.after(() => hall.house.close())
  const [passkey] = await own(hall, ada.id)
  const id = passkey?.id ?? ''
  assert.match((await visitor.visit(`/account/passkeys/change?passkey_id=${id}`)).body, /value="A key"/)
  const unfit = await visitor.submit('/account/passkeys/rename', { passkey_id: id, name: 'a\u202Eb' })
  assert.equal(unfit.status, 422)
  const done = await visitor.submit('/account/passkeys/rename', { passkey_id: id, name: 'The blue one' })
  assert.equal(done.location, '/account?done=passkey-renamed')
  assert.equal((await own(hall, ada.id))[0]?.name, 'The blue one')
})

test('SE-07: taking a passkey away ends every other session, also those that began with it', async (t) => {
  const { hall, ada, authenticator } = await hallWithPasskey()
  t.after(() => hall.house.close())
  const [mine, other] = [hall.visitor(), hall.visitor()]
  await signInByPasskey(other, authenticator)
  await signInByPasskey(mine, authenticator)
  await mine.visit('/account')
  const [passkey] = await own(hall, ada.id)
  assert.match((await mine.visit('/account')).body, /Signed in just now with a passkey/)
  const done = await mine.submit('/account/passkeys/remove', { passkey_id: passkey?.id ?? '' })
  assert.equal(done.location, '/account?done=passkey-removed')
  assert.deepEqual([await whoIs(mine), await whoIs(other)], [ada.email, undefined])
  assert.deepEqual(await own(hall, ada.id), [])
  assert.equal((await signInByPasskey(hall.visitor(), authenticator)).status, 400)
  assert.equal((await hall.house.letters()).at(-1)?.subject, 'A passkey was removed')
})

test('the last way in stays: with no password, the only passkey is not taken away', async (t) => {
  const { hall, ada, authenticator } = await hallWithPasskey()
  t.after(() => hall.house.close())
  await hall.house.database.commit([{ sql: 'delete from passwords', parameters: [] }])
  const visitor = hall.visitor()
  await signInByPasskey(visitor, authenticator)
  await visitor.visit('/account')
  const [first] = await own(hall, ada.id)
  const address = `/account/passkeys/change?passkey_id=${first?.id}`
  assert.match((await visitor.visit(address)).body, /It is your only way to sign in/)
  const kept = await visitor.submit('/account/passkeys/remove', { passkey_id: first?.id ?? '' })
  assert.equal(kept.status, 409)
  assert.equal((await own(hall, ada.id)).length, 1)
  await addPasskey(visitor, new Authenticator())
  const removed = await visitor.submit('/account/passkeys/remove', { passkey_id: first?.id ?? '' })
  assert.equal(removed.status, 303)
})

test('an account has twenty passkeys at most', async (t) => {
  const { hall, ada, visitor } = await hallWithSureAda()
  t.after(() => hall.house.close())
  const answers: number[] = []
  for (let count = 0; count < 20; count++)
    answers.push((await addPasskey(visitor, new Authenticator())).status)
  assert.deepEqual([answers.filter((status) => status === 303).length, answers.at(-1)], [19, 409])
  assert.equal((await own(hall, ada.id)).length, 20)
})
