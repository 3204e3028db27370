// Signing in upstream as somebody who has a second factor here (C12: Logto CVE-2026-15616 let people in without it by SSO).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { putPassword } from '../../accounts/credentials/passwords.store.ts'
import { arm } from '../../accounts/factors/factors.fixture.ts'
import { identitiesOf, unlinkIdentity } from '../../accounts/identities/identities.store.ts'
import { insertPasskey, type Passkey } from '../../accounts/passkeys/passkeys.store.ts'
import type { House } from '../../platform/house.ts'
import { people } from './simulators/people.ts'
import {
  answerThere,
  goTo,
  isAccountAddress,
  openWalk,
  password,
  sessionIn,
  signInWith,
} from './walk.fixture.ts'

const [ada] = people.google
const link = '/sign-in/with/google/link'
const second = /^\/sign-in\/second\?step=/

function passkeyOf({ runtime }: House, userId: string): Passkey {
  return {
    id: runtime.id('psk'),
    userId,
    credentialId: 'a-passkey-of-ada',
    userHandle: null,
    rpId: 'localhost',
    publicKey: new Uint8Array(77),
    signCount: 0,
    transports: [],
    backupEligible: null,
    backedUp: null,
    userVerified: true,
    name: 'A key',
    createdAt: runtime.now(),
    lastUsedAt: null,
  }
}

test('MF-05, C12 (CVE-2026-15616): a provider’s word is one factor, and the code of the other is asked for', async () => {
  const here = await openWalk()
  const visitor = here.visitor()
  isAccountAddress(await signInWith(visitor, 'google', ada.id))
  const user = (await sessionIn(here, visitor))?.user
  assert.ok(user)
  const armed = await arm(here.house, user.id)

  const other = here.visitor()
  const half = await signInWith(other, 'google', ada.id)
  assert.match(half.location ?? '', second)
  assert.equal(other.cookies.has('sid'), false)
  const step = (await other.visit(half.location ?? '')).field('step') ?? ''
  isAccountAddress(await other.submit('/sign-in/second', { step, factor: 'totp', otp: armed.code() }))
  const session = (await sessionIn(here, other))?.session
  assert.deepEqual([session?.acr, session?.amr], ['urn:countersign:acr:mfa', ['fed', 'otp', 'mfa']])
})

test('RFC 9470: how surely somebody is to sign in is not forgotten on the way to a provider and back', async () => {
  const here = await openWalk()
  const { database } = here.house
  const visitor = here.visitor()
  isAccountAddress(await signInWith(visitor, 'google', ada.id))
  const user = (await sessionIn(here, visitor))?.user ?? assert.fail()
  // A passkey is not demanded of who has one: without a wish, a provider's word is enough.
  const passkey = passkeyOf(here.house, user.id)
  assert.ok((await database.commit([insertPasskey(database, passkey)])).ok)
  isAccountAddress(await signInWith(here.visitor(), 'google', ada.id))
  const other = here.visitor()
  const page = await other.visit('/sign-in?level=mfa')
  assert.match(page.body, /action="\/sign-in\/with\/google".*?name="level" value="mfa"/s)
  const half = await signInWith(other, 'google', ada.id, { level: 'mfa' })
  assert.match(half.location ?? '', second)
  assert.equal(other.cookies.has('sid'), false)
  // Who changes their mind there can sign in another way, as surely.
  const there = await goTo(other, 'google', { level: 'mfa' })
  const back = await other.visit(await answerThere(other, there, { decision: 'deny' }))
  assert.match(back.location ?? '', /^\/sign-in\?reason=upstream-cancelled&level=mfa$/)
})

test('a partial sign-in by an account elsewhere is void once that is unlinked', async () => {
  const here = await openWalk()
  const visitor = here.visitor()
  isAccountAddress(await signInWith(visitor, 'google', ada.id))
  const user = (await sessionIn(here, visitor))?.user
  assert.ok(user)
  const armed = await arm(here.house, user.id)
  const { database, runtime } = here.house
  // Another way in has to be left.
  const hash = await here.passwords.protect(user.id, password)
  await database.commit([putPassword(database, runtime.now(), user.id, hash)])
  const other = here.visitor()
  const half = await signInWith(other, 'google', ada.id)
  const step = (await other.visit(half.location ?? '')).field('step') ?? ''
  const [identity] = await identitiesOf(database, user.id)
  const unlinked = await database.commit([
    unlinkIdentity(database, runtime.now(), user.id, identity?.id ?? '', null),
  ])
  assert.ok(unlinked.ok)
  const over = await other.submit('/sign-in/second', { step, factor: 'totp', otp: armed.code() })
  assert.equal(over.location, '/sign-in?reason=expired')
  assert.equal(other.cookies.has('sid'), false)
})

test('C16, MF-06: an account with a second factor is linked after it, and not by the password alone', async () => {
  const here = await openWalk()
  const owner = await here.add({ email: 'ada@example.test', emailVerified: true })
  const armed = await arm(here.house, owner.id)
  const visitor = here.visitor()
  const offered = await signInWith(visitor, 'google', ada.id)
  const ticket = (await visitor.visit(offered.location ?? '')).field('ticket') ?? ''
  const half = await visitor.submit(link, { ticket, password })
  assert.match(half.location ?? '', second)
  assert.deepEqual(await identitiesOf(here.house.database, owner.id), [])
  const step = (await visitor.visit(half.location ?? '')).field('step') ?? ''
  const done = await visitor.submit('/sign-in/second', { step, factor: 'totp', otp: armed.code() })
  assert.equal(done.location, `${link}?ticket=${ticket}`)
  assert.deepEqual(await identitiesOf(here.house.database, owner.id), [])
  const page = await visitor.visit(done.location ?? '')
  assert.doesNotMatch(page.body, /type="password"/)
  const linked = await visitor.submit(link, { ticket })
  assert.equal(linked.location, '/account?done=linked')
  assert.deepEqual(
    (await identitiesOf(here.house.database, owner.id)).map(({ upstream }) => upstream),
    ['google'],
  )
  assert.match((await visitor.submit(link, { ticket })).body, /too long|again/)
})

test('C16, MF-06: an account with a passkey is linked after it, and not by the password alone', async () => {
  const here = await openWalk()
  const { database } = here.house
  const owner = await here.add({ email: 'ada@example.test', emailVerified: true })
  const passkey = passkeyOf(here.house, owner.id)
  assert.ok((await database.commit([insertPasskey(database, passkey)])).ok)
  const visitor = here.visitor()
  const offered = await signInWith(visitor, 'google', ada.id)
  const ticket = (await visitor.visit(offered.location ?? '')).field('ticket') ?? ''
  const half = await visitor.submit(link, { ticket, password })
  assert.match(half.location ?? '', second)
  assert.match((await visitor.visit(half.location ?? '')).body, /Use your passkey/)
  assert.equal(visitor.cookies.has('sid'), false)
  // A session by the password alone is not enough either.
  await visitor.visit(`/enter/${owner.id}`)
  assert.equal((await visitor.submit(link, { ticket })).status, 422)
  assert.deepEqual(await identitiesOf(database, owner.id), [])
})

test('C16: whose session it is not, or whose proof is old, links nothing without the password', async () => {
  const here = await openWalk()
  await here.add({ email: 'ada@example.test', emailVerified: true })
  const grace = await here.add({ email: 'grace@example.test' })
  const visitor = here.visitor()
  const offered = await signInWith(visitor, 'google', ada.id)
  const ticket = (await visitor.visit(offered.location ?? '')).field('ticket') ?? ''
  await visitor.visit(`/enter/${grace.id}`)
  assert.equal((await visitor.submit(link, { ticket })).status, 422)
})
