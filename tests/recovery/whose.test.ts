// Whose account a letter gives back, and whose it must not (C16, PW-21, PW-26, PW-28).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  credentialOfUser,
  deletePasswordRow,
} from '../../packages/server/src/accounts/credentials/passwords.store.ts'
import { insertTotp } from '../../packages/server/src/accounts/factors/factors.ts'
import { codeAt, stepAt, usualShape } from '../../packages/server/src/accounts/factors/totp.ts'
import { linkIdentity } from '../../packages/server/src/accounts/identities/identities.store.ts'
import { lettersTo, mailedSecret, noLimits } from '../../packages/server/src/accounts/people.fixture.ts'
import { startReset } from '../../packages/server/src/accounts/recovery/request-reset.ts'
import type { Canonical } from '../../packages/server/src/accounts/users/identifiers.ts'
import { changeEmail, disableUser, userById } from '../../packages/server/src/accounts/users/users.store.ts'
import {
  ada,
  another,
  choose,
  forget,
  hashOf,
} from '../../packages/server/src/signin/forgot-password.fixture.ts'
import { type Hall, openHall, signIn, whoIs } from '../../packages/server/src/signin/signin.fixture.ts'

const totp = { ...usualShape, secret: Buffer.from('12345678901234567890') }
test('somebody without a password is told how they sign in, and may set a first one where the address is proven', async (t) => {
  const hall = await openHall({ room: { upstreams: [{ id: 'google', name: 'Google' }] } })
  t.after(() => hall.house.close())
  const { database } = hall.house
  const { id } = await hall.add()
  await database.commit([deletePasswordRow(database, id), linkTo(hall, id)])
  await forget(hall)
  const [letter] = await lettersTo(hall.house, ada)
  assert.match(letter?.text ?? '', /you sign in with Google/)
  assert.equal((await choose(hall.visitor(), await mailedSecret(hall.house, ada))).status, 303)
  assert.equal((await signIn(hall.visitor(), { password: another })).status, 303)
  assert.equal((await lettersTo(hall.house, ada))[0]?.subject, 'Your account has a password now')
})

test('C16 (CVE-2026-53516): a letter to an address that nobody has proven opens nothing that something else opens', async (t) => {
  const hall = await openHall({ limits: noLimits, room: { upstreams: [{ id: 'google', name: 'Google' }] } })
  t.after(() => hall.house.close())
  const { database } = hall.house
  const { id } = await hall.add({ emailVerified: false })
  const before = await hashOf(hall, id)
  await forget(hall)
  const early = await mailedSecret(hall.house, ada)
  await database.commit([linkTo(hall, id)])
  // Also not when it was linked after the letter was sent.
  assert.equal((await choose(hall.visitor(), early)).status, 410)
  await forget(hall)
  const [letter] = await lettersTo(hall.house, ada)
  assert.ok(!letter?.text.includes('secret=') && letter?.text.includes('Google'))
  assert.equal(await hashOf(hall, id), before)
})

test('C16: where the password is the only way in, the letter proves the address, and whoever had it before is out', async (t) => {
  const hall = await openHall({ limits: noLimits })
  t.after(() => hall.house.close())
  const { id } = await hall.add({ emailVerified: false })
  const earlier = hall.visitor()
  await signIn(earlier)
  await earlier.visit('/account')
  await earlier.submit('/account/email', { email: 'eve@example.test' })
  const change = await mailedSecret(hall.house, 'eve@example.test')
  await forget(hall)
  assert.equal((await choose(hall.visitor(), await mailedSecret(hall.house, ada))).status, 303)
  assert.equal(await whoIs(earlier), undefined)
  assert.equal((await signIn(earlier)).status, 403)
  assert.equal((await userById(hall.house.database, id))?.emailVerified, true)
  // Nor does what was begun before come true afterwards.
  const owner = hall.visitor()
  await signIn(owner, { password: another })
  assert.equal((await owner.visit(`/account/email/confirm?secret=${change}`)).status, 410)
  await owner.visit('/account')
  assert.equal((await owner.submit('/account/email/confirm', { secret: change })).status, 410)
  assert.equal((await userById(hall.house.database, id))?.email, ada)
})

test('PW-28: a link to an address that the account no longer has resets nothing', async (t) => {
  const hall = await openHall({ limits: noLimits })
  t.after(() => hall.house.close())
  const { database, runtime } = hall.house
  const { id } = await hall.add()
  await forget(hall)
  const secret = await mailedSecret(hall.house, ada)
  await database.commit([changeEmail(database, runtime.now(), id, 'new@example.test' as Canonical, true)])
  assert.equal((await choose(hall.visitor(), secret)).status, 410)
  await database.commit([changeEmail(database, runtime.now(), id, ada as Canonical, true)])
  await database.commit([disableUser(database, runtime.now(), id)])
  assert.equal((await choose(hall.visitor(), secret)).status, 410)
})

test('PW-26: an operator starts a reset by letter, or hands over a link, and never gives a password', async (t) => {
  const hall = await openHall({ limits: noLimits })
  t.after(() => hall.house.close())
  const { id } = await hall.add({ emailVerified: false })
  const owner = await credentialOfUser(hall.house.database, id)
  assert.ok(owner)
  assert.deepEqual(await startReset(hall.house, {}, owner, 'mail'), { kind: 'mailed', address: ada })
  const mailed = await mailedSecret(hall.house, ada)
  const started = await startReset(hall.house, {}, owner, 'link')
  assert.equal(started.kind, 'link')
  const secret = new URL(started.kind === 'link' ? started.link : '').searchParams.get('secret') ?? ''
  assert.equal((await choose(hall.visitor(), mailed)).status, 410)
  assert.equal((await choose(hall.visitor(), secret)).status, 303)
  assert.equal((await signIn(hall.visitor(), { password: another })).status, 303)
  // Nobody has followed a letter.
  assert.equal((await userById(hall.house.database, id))?.emailVerified, false)
})

test('PW-21, C12 (CVE-2024-45042): a reset keeps the second factor: its owner is still asked, and whoever reads the mail is too', async (t) => {
  const hall = await openHall({ limits: noLimits })
  t.after(() => hall.house.close())
  const { house } = hall
  const { id } = await hall.add()
  await house.database.commit([insertTotp(house, id, totp)])
  const halfway = await signIn(hall.visitor())
  assert.match(halfway.location ?? '', /^\/sign-in\/second/)
  await forget(hall)
  assert.equal(
    (await choose(hall.visitor(), await mailedSecret(house, ada))).location,
    '/sign-in?reason=password-set',
  )
  const visitor = hall.visitor()
  const half = await signIn(visitor, { password: another })
  assert.match(half.location ?? '', /^\/sign-in\/second\?step=/)
  assert.equal(await whoIs(visitor), undefined)
  const step = (await visitor.visit(half.location ?? '')).field('step') ?? ''
  const otp = codeAt(totp, stepAt(totp, house.runtime.now()))
  assert.equal((await visitor.submit('/sign-in/second', { step, factor: 'totp', otp })).location, '/account')
})

test('C16: a second factor of an account whose address nobody has proven is not got around by letter', async (t) => {
  const hall = await openHall({ limits: noLimits })
  t.after(() => hall.house.close())
  const { house } = hall
  const { id } = await hall.add({ emailVerified: false })
  const before = await hashOf(hall, id)
  await forget(hall)
  const early = await mailedSecret(house, ada)
  await house.database.commit([insertTotp(house, id, totp)])
  assert.equal((await choose(hall.visitor(), early)).status, 410)
  await forget(hall)
  const [letter] = await lettersTo(house, ada)
  assert.ok(!letter?.text.includes('secret=') && letter?.text.includes('an authenticator app'))
  // Nobody signs in with that alone.
  assert.match(letter?.text ?? '', /ask whoever runs localhost:4400 for help/)
  assert.equal(await hashOf(hall, id), before)
})

function linkTo({ house }: Hall, userId: string) {
  return linkIdentity(house.database, {
    id: house.runtime.id('idn'),
    userId,
    upstream: 'google',
    issuer: 'https://accounts.google.com',
    subject: 'g-1',
    email: null,
    createdAt: house.runtime.now(),
  })
}
