// Where a passkey is asked for after somebody has come in: to confirm, and as the second step.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { insertTotp } from '../../packages/server/src/accounts/factors/factors.ts'
import { reachableClassesOf } from '../../packages/server/src/accounts/factors/reachable.ts'
import { usualShape } from '../../packages/server/src/accounts/factors/totp.ts'
import { insertPasskey, passkeysOf } from '../../packages/server/src/accounts/passkeys/passkeys.store.ts'
import { noLimits, password } from '../../packages/server/src/accounts/people.fixture.ts'
import type { Answer, Visitor } from '../../packages/server/src/platform/house.ts'
import { hallWithPasskey, sessionsOf } from '../../packages/server/src/signin/passkeys.fixture.ts'
import {
  type Hall,
  openHall,
  problemsOn,
  signIn,
  whoIs,
} from '../../packages/server/src/signin/signin.fixture.ts'
import {
  Authenticator,
  addPasskey,
  askedOn,
  flag,
  signInByPasskey,
  type Twist,
} from '../harness/authenticator.ts'

const own = (hall: Hall, userId: string) => passkeysOf(hall.house.database, userId)

const needsPasskeyAlone = (answer: Answer): boolean =>
  answer.status === 403 &&
  answer.body.includes('data-passkey="get"') &&
  !answer.body.includes('name="password"')

/** Answers the page that asks for a passkey, with the fields that it carries along. */
async function confirmWith(visitor: Visitor, page: Answer, path: string, key: Authenticator, carried = {}) {
  const { options, ticket } = askedOn(page)
  return visitor.submit(path, { ...carried, passkey: key.get(options), passkey_ticket: ticket })
}

test('MF-06: a password alone changes nothing of how somebody with a passkey signs in', async (t) => {
  const { hall, ada, authenticator } = await hallWithPasskey()
  t.after(() => hall.house.close())
  const [passkey] = await own(hall, ada.id)
  const thief = hall.visitor()
  await signIn(thief)
  await thief.visit('/account')
  const deeds: Readonly<Record<string, Record<string, string>>> = {
    '/account/passkeys/begin': {},
    '/account/passkeys/remove': { passkey_id: passkey?.id ?? '' },
    '/account/factors/set-up': {},
  }
  for (const [path, fields] of Object.entries(deeds)) {
    assert.ok(needsPasskeyAlone(await thief.submit(path, fields)), path)
    const again = await thief.submit(path, { ...fields, username: ada.email ?? '', password })
    assert.ok(needsPasskeyAlone(again), `${path} with the password`)
  }
  const asked = await thief.submit('/account/passkeys/begin', {})
  const strangers = new Authenticator()
  strangers.create({ challenge: '', rp: { id: 'localhost' }, user: { id: 'eA' } })
  const { ticket, options } = askedOn(asked)
  const forged = strangers.get(
    { challenge: options.challenge, rpId: 'localhost' },
    { id: passkey?.credentialId ?? '' },
  )
  assert.equal(
    (await thief.submit('/account/passkeys/begin', { passkey: forged, passkey_ticket: ticket })).status,
    403,
  )
  assert.equal((await own(hall, ada.id)).length, 1)
  const proven = await confirmWith(
    thief,
    await thief.submit('/account/passkeys/begin', {}),
    '/account/passkeys/begin',
    authenticator,
  )
  assert.equal(proven.location, '/account/passkeys/new')
  assert.equal(
    (await sessionsOf(hall)).at(-1)?.acr,
    'urn:countersign:acr:passkey',
    'the session is as sure now',
  )
})

test('MF-06: a passkey of a domain that this server had before is waited for by nobody', async (t) => {
  const { hall: before, ada: then } = await hallWithPasskey()
  t.after(() => before.house.close())
  const [made = assert.fail()] = await own(before, then.id)
  const hall = await openHall({ limits: noLimits })
  t.after(() => hall.house.close())
  const { house } = hall
  const { id: userId } = await hall.add()
  await house.database.commit([insertPasskey(house.database, { ...made, userId, rpId: 'id.example.com' })])
  const visitor = hall.visitor()
  await signIn(visitor)
  const asked = await visitor.submit('/account/passkeys/begin', {})
  assert.equal(asked.location, '/account/passkeys/new', problemsOn(asked).join())
  assert.deepEqual(await reachableClassesOf(house, userId), [
    'urn:countersign:acr:password',
    'urn:countersign:acr:upstream',
  ])
})

test('SE-09: what was opened with a passkey is confirmed with one, or not at all', async (t) => {
  const { hall, ada, authenticator } = await hallWithPasskey()
  t.after(() => hall.house.close())
  const visitor = hall.visitor()
  await signInByPasskey(visitor, authenticator)
  await visitor.visit('/account')
  hall.house.runtime.advance(601)
  const path = '/account/sessions/revoke-others'
  assert.ok(needsPasskeyAlone(await visitor.submit(path, {})))
  assert.ok(needsPasskeyAlone(await visitor.submit(path, { username: ada.email ?? '', password })))
  const late = askedOn(await visitor.submit(path, {}))
  const signed = authenticator.get(late.options)
  hall.house.runtime.advance(300)
  const tooLate = await visitor.submit(path, { passkey: signed, passkey_ticket: late.ticket })
  assert.deepEqual(problemsOn(tooLate), ['That took too long. Please try again'])
  const done = await confirmWith(visitor, tooLate, path, authenticator)
  assert.equal(done.location, '/account?done=others-ended')
})

/** Ada has a passkey, and an authenticator application beside it. */
async function withTotp() {
  const { hall, ada, authenticator } = await hallWithPasskey()
  const totp = { ...usualShape, secret: randomBytes(20) }
  await hall.house.database.commit(insertTotp(hall.house, ada.id, totp))
  hall.house.runtime.advance(1)
  return { hall, ada, authenticator }
}

/** Signs in with the password, and stands before the second step. */
async function halfIn(hall: Hall) {
  const visitor = hall.visitor()
  const half = await signIn(visitor)
  assert.match(half.location ?? '', /^\/sign-in\/second\?step=/)
  const page = await visitor.visit(half.location ?? '')
  const step = page.field('step') ?? ''
  return { visitor, page, step }
}

test('MF-05: where a second step is asked for, a passkey is one, and the first to be offered', async (t) => {
  const { hall, ada, authenticator } = await withTotp()
  t.after(() => hall.house.close())
  const { visitor, page, step } = await halfIn(hall)
  assert.match(page.body, /Use your passkey/)
  assert.match(page.body, /Use your authenticator app/)
  const { options, ticket } = askedOn(page)
  const fields = { step, factor: 'passkey', passkey: authenticator.get(options), passkey_ticket: ticket }
  assert.equal((await visitor.submit('/sign-in/second', fields)).location, '/account')
  assert.equal(await whoIs(visitor), ada.email)
  assert.deepEqual((await sessionsOf(hall)).at(-1), {
    amr: ['pwd', 'hwk', 'user', 'mfa'],
    acr: 'urn:countersign:acr:passkey',
  })
  assert.notEqual((await visitor.submit('/sign-in/second', fields)).location, '/account', 'once')
})

test('MF-11: a key that feels a touch and knows nobody is a second factor, and no more', async (t) => {
  const { hall, authenticator } = await withTotp()
  t.after(() => hall.house.close())
  const touched: Twist = { flags: (flags) => flags & ~flag.userVerified }
  assert.equal((await signInByPasskey(hall.visitor(), authenticator, touched)).status, 400, 'not alone')
  const { visitor, page, step } = await halfIn(hall)
  const { options, ticket } = askedOn(page)
  const fields = {
    step,
    factor: 'passkey',
    passkey: authenticator.get(options, touched),
    passkey_ticket: ticket,
  }
  assert.equal((await visitor.submit('/sign-in/second', fields)).location, '/account')
  assert.deepEqual((await sessionsOf(hall)).at(-1), {
    amr: ['pwd', 'hwk', 'user', 'mfa'],
    acr: 'urn:countersign:acr:mfa',
  })
})

test('MF-05, MF-10: the passkey of somebody else is no second step', async (t) => {
  const { hall } = await withTotp()
  t.after(() => hall.house.close())
  await hall.add({ email: 'grace@example.test' })
  const [grace, hers] = [hall.visitor(), new Authenticator()]
  await signIn(grace, { username: 'grace@example.test' })
  await addPasskey(grace, hers)
  const { visitor, page, step } = await halfIn(hall)
  const { options, ticket } = askedOn(page)
  const { challenge, rpId = '' } = options
  const fields = { step, factor: 'passkey', passkey: hers.get({ challenge, rpId }), passkey_ticket: ticket }
  const answer = await visitor.submit('/sign-in/second', fields)
  assert.equal(answer.status, 403)
  assert.equal(await whoIs(visitor), undefined)
})
