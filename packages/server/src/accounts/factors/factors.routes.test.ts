// Second factors on the account page, as a person sets them up, replaces them and turns them off.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Answer, edgeOf, type House, Visitor } from '../../platform/house.ts'
import { accountRoutes } from '../account.routes.ts'
import { noLimits, openPeople, password, wayIn } from '../people.fixture.ts'
import { byRecoveryCode, byTotp } from '../sessions/session.ts'
import { sessionsOf } from '../sessions/sessions.store.ts'
import type { User } from '../users/users.store.ts'
import { base32Bytes } from './base32.ts'
import { type Armed, arm, wrongCode } from './factors.fixture.ts'
import { recoveryCodesOf, totpOf } from './factors.store.ts'
import { codeAt, stepAt, usualShape } from './totp.ts'

async function openAccounts(secondFactor: 'optional' | 'required' = 'optional') {
  const people = await openPeople({ limits: noLimits, secondFactor })
  const { house } = people
  const room = {
    devices: async () => [],
    connectedClients: async () => [],
    apiKeys: async () => [],
    waiting: async () => 0,
    upstreams: [],
  }
  const edge = edgeOf(house, [wayIn(house), ...accountRoutes(house, { ...people, ...room })])
  const enter = async (user: User, by: 'one' | 'two' = 'one'): Promise<Visitor> => {
    const visitor = new Visitor(edge, house.issuer.origin)
    await visitor.visit(`/enter/${user.id}${by === 'two' ? '?two=yes' : ''}`)
    await visitor.visit('/account')
    return visitor
  }
  return { ...people, edge, enter }
}

/** What a phone knows that has scanned a page: the code of any step. */
function phoneOf({ runtime }: House, page: Answer): (steps?: number) => string {
  const text = /class="key digits">([A-Z2-7 ]+)</.exec(page.body)?.[1] ?? ''
  const secret = base32Bytes(text.replaceAll(' ', ''))
  assert.equal(secret?.length, 20)
  const shape = { ...usualShape, secret: secret ?? new Uint8Array() }
  return (steps = 0) => codeAt(shape, stepAt(shape, runtime.now()) + steps)
}

const codesOn = (page: Answer): string[] =>
  [...page.body.matchAll(/<li>((?:[0-9a-z]{4}-){3}[0-9a-z]{4})<\/li>/g)].map(([, code = '']) => code)
const isIn = async (visitor: Visitor): Promise<boolean> => (await visitor.visit('/account')).status === 200

/** Signs in with everything at hand, past the pages: a session as surely opened as the account allows. */
async function setUp(
  house: House,
  visitor: Visitor,
): Promise<{ phone: (steps?: number) => string; page: Answer }> {
  const shown = await visitor.submit('/account/factors/set-up', {})
  const phone = phoneOf(house, shown)
  const form = { ticket: shown.field('ticket') ?? '', otp: phone() }
  return { phone, page: await visitor.submit('/account/factors/confirm', form) }
}

test('a person scans a code, types the first one, and puts ten recovery codes away', async (t) => {
  const { house, add, enter } = await openAccounts()
  t.after(() => house.close())
  const ada = await add()
  const visitor = await enter(ada)
  assert.match((await visitor.visit('/account')).body, /Set up an authenticator app/)
  const shown = await visitor.submit('/account/factors/set-up', {})
  assert.equal(shown.status, 200)
  assert.match(
    shown.body,
    /<svg class="qr" viewBox="0 0 \d+ \d+" role="img" aria-label="QR code with the key"/,
  )
  assert.match(
    shown.body,
    /href="otpauth:\/\/totp\/Countersign%20localhost%204400:ada%40example.test\?secret=[A-Z2-7]{32}&amp;issuer=/,
  )
  assert.match(shown.header('cache-control') ?? '', /no-store/)
  assert.equal(await totpOf(house.database, ada.id), null, 'nothing counts before a code of it')
  const phone = phoneOf(house, shown)
  const ticket = shown.field('ticket') ?? ''
  const wrong = await visitor.submit('/account/factors/confirm', { ticket, otp: phone(9) })
  assert.deepEqual([wrong.status, wrong.field('ticket')], [403, ticket])
  assert.equal(phoneOf(house, wrong)(), phone(), 'the same secret is shown again')
  assert.equal((await visitor.submit('/account/factors/confirm', { ticket })).status, 422)
  const done = await visitor.submit('/account/factors/confirm', { ticket, otp: ` ${phone()} ` })
  assert.equal(codesOn(done).length, 10)
  assert.match(done.body, /not shown again/)
  const page = await visitor.visit('/account')
  assert.match(page.body, /Authenticator app<\/strong> <span class="tag">on/)
  assert.match(page.body, /10 left\./)
  assert.doesNotMatch(page.body, new RegExp(codesOn(done)[0] ?? 'none'))
  const [letter] = await house.letters()
  assert.match(letter?.subject ?? '', /./)
  assert.match(letter?.text ?? '', /authenticator app/)
})

test('SE-07, SE-01: setting it up ends every other session, and makes this one as sure as what was shown', async (t) => {
  const { house, add, enter } = await openAccounts()
  t.after(() => house.close())
  const ada = await add()
  const [phone, laptop] = [await enter(ada), await enter(ada)]
  const before = laptop.cookies.get('sid')
  await setUp(house, laptop)
  assert.deepEqual([await isIn(laptop), await isIn(phone)], [true, false])
  assert.notEqual(laptop.cookies.get('sid'), before)
  const [session] = await sessionsOf(house.database, house.runtime.now(), ada.id)
  assert.deepEqual([session?.acr, session?.amr], [byTotp.acr, ['pwd', 'otp', 'mfa']])
})

test('MF-01: the code that set it up is no proof of anything after it', async (t) => {
  const { house, add, enter } = await openAccounts()
  t.after(() => house.close())
  const ada = await add()
  const visitor = await enter(ada)
  const { phone } = await setUp(house, visitor)
  house.runtime.advance(601)
  const page = await visitor.submit('/account/factors/remove', {})
  assert.match(page.body, /name="code"/)
  const form = { username: 'ada@example.test', password }
  assert.equal((await visitor.submit('/account/factors/remove', { ...form, code: phone(-20) })).status, 403)
  assert.equal(
    (await visitor.submit('/account/factors/remove', { ...form, code: phone() })).location,
    '/account?done=factor-off',
  )
})

test('a secret is good for one person in one browser, for a quarter of an hour', async (t) => {
  const { house, add, enter } = await openAccounts()
  t.after(() => house.close())
  const ada = await add()
  const grace = await add({ email: 'grace@example.test' })
  const [hers, his] = [await enter(ada), await enter(grace)]
  const shown = await hers.submit('/account/factors/set-up', {})
  const form = { ticket: shown.field('ticket') ?? '', otp: phoneOf(house, shown)() }
  const stolen = await his.submit('/account/factors/confirm', form)
  assert.deepEqual([stolen.status, stolen.field('ticket') === form.ticket], [422, false])
  await hers.visit(`/enter/${grace.id}`)
  assert.equal((await hers.submit('/account/factors/confirm', form)).status, 422)
  assert.equal(await totpOf(house.database, grace.id), null)
  await hers.visit(`/enter/${ada.id}`)
  house.runtime.advance(901)
  await hers.visit(`/enter/${ada.id}`)
  assert.equal((await hers.submit('/account/factors/confirm', form)).status, 422)
})

test('MF-06: a session by one factor alone changes nothing where there are two, however fresh it is', async (t) => {
  const { house, add, enter } = await openAccounts()
  t.after(() => house.close())
  const ada = await add()
  const visitor = await enter(ada)
  await arm(house, ada.id)
  for (const path of ['set-up', 'confirm', 'remove', 'codes']) {
    const asked = await visitor.submit(`/account/factors/${path}`, {})
    assert.match(asked.location ?? '', /^\/sign-in\?/, path)
  }
  assert.equal((await recoveryCodesOf(house.database, ada.id))?.digests.length, 10)
})

test('MF-06, SE-09: after ten minutes each change asks for both, and takes a recovery code too', async (t) => {
  const { house, add, enter } = await openAccounts()
  t.after(() => house.close())
  const ada = await add()
  const visitor = await enter(ada, 'two')
  const armed: Armed = await arm(house, ada.id)
  house.runtime.advance(601)
  const bare = await visitor.submit('/account/factors/codes', {})
  assert.match(bare.body, /name="password"[\s\S]*name="code"/)
  const form = { username: 'ada@example.test', password }
  const ask = (more: Record<string, string>) => visitor.submit('/account/factors/codes', { ...form, ...more })
  assert.equal((await ask({})).status, 403)
  assert.match((await ask({})).body, /Enter a code of your authenticator app/)
  assert.equal((await ask({ code: wrongCode(armed) })).status, 403)
  assert.equal((await ask({ code: armed.code(), password: 'not the password of hers' })).status, 403)
  const made = await ask({ code: armed.recoveryCodes[2] ?? '' })
  assert.equal(codesOn(made).length, 10)
  const [session] = await sessionsOf(house.database, house.runtime.now(), ada.id)
  assert.deepEqual(session?.amr, ['pwd', ...byRecoveryCode.amr, 'mfa'])
})

test('MF-03: new recovery codes void the old ones, and the person is told', async (t) => {
  const { house, add, enter } = await openAccounts()
  t.after(() => house.close())
  const ada = await add()
  const visitor = await enter(ada)
  const { page } = await setUp(house, visitor)
  const made = await visitor.submit('/account/factors/codes', {})
  assert.equal(new Set([...codesOn(page), ...codesOn(made)]).size, 20)
  assert.equal((await recoveryCodesOf(house.database, ada.id))?.digests.length, 10)
  assert.ok((await house.letters()).some(({ text }) => /New recovery codes/.test(text)))
})

test('another application takes the place of the first, and the codes of the first are nothing', async (t) => {
  const { house, add, enter } = await openAccounts()
  t.after(() => house.close())
  const ada = await add()
  const visitor = await enter(ada)
  const first = await setUp(house, visitor)
  house.runtime.advance(30)
  const second = await setUp(house, visitor)
  assert.equal(codesOn(second.page).length, 10)
  house.runtime.advance(601)
  const form = { username: 'ada@example.test', password }
  const remove = (code: string) => visitor.submit('/account/factors/remove', { ...form, code })
  await visitor.submit('/account/factors/remove', {})
  assert.equal((await remove(first.phone())).status, 403)
  assert.equal((await remove(codesOn(first.page)[0] ?? '')).status, 403)
  assert.equal((await remove(second.phone())).location, '/account?done=factor-off')
  assert.equal(await totpOf(house.database, ada.id), null)
})

test('SE-07, PW-27: turning it off ends every other session, takes the recovery codes along, and is told', async (t) => {
  const { house, add, enter } = await openAccounts()
  t.after(() => house.close())
  const ada = await add()
  const visitor = await enter(ada)
  await setUp(house, visitor)
  assert.equal((await visitor.submit('/account/factors/remove', {})).location, '/account?done=factor-off')
  assert.equal(await recoveryCodesOf(house.database, ada.id), null)
  assert.match((await visitor.visit('/account?done=factor-off')).body, /Your second factor is off/)
  assert.ok(
    (await house.letters()).some(({ text }) => /no longer confirmed with an authenticator app/.test(text)),
  )
  assert.equal((await visitor.submit('/account/factors/codes', {})).status, 409)
})

test('where everybody needs one it can be replaced, and not turned off', async (t) => {
  const { house, add, enter } = await openAccounts('required')
  t.after(() => house.close())
  const ada = await add()
  const visitor = await enter(ada, 'two')
  await setUp(house, visitor)
  assert.doesNotMatch((await visitor.visit('/account')).body, /factors\/remove/)
  assert.equal((await visitor.submit('/account/factors/remove', {})).status, 403)
  assert.ok((await totpOf(house.database, ada.id)) !== null)
})

test('PW-01: where nobody comes in by a password alone, eight characters do', async (t) => {
  for (const [rule, status] of [
    ['optional', 422],
    ['required', 303],
  ] as const) {
    const { house, add, enter } = await openAccounts(rule)
    t.after(() => house.close())
    const visitor = await enter(await add(), 'two')
    const form = { current_password: password, new_password: 'zwölf-ko' }
    assert.equal((await visitor.submit('/account/password', form)).status, status, rule)
  }
})

test('a new password keeps how sure the session is: it is one factor of two', async (t) => {
  const { house, add, enter } = await openAccounts()
  t.after(() => house.close())
  const ada = await add()
  const visitor = await enter(ada)
  await setUp(house, visitor)
  const form = { current_password: password, new_password: 'another-difference-engine' }
  assert.equal((await visitor.submit('/account/password', form)).location, '/account?done=password-changed')
  const [session] = await sessionsOf(house.database, house.runtime.now(), ada.id)
  assert.equal(session?.acr, byTotp.acr)
})

test('MF-03: a recovery code that confirms another app is used up when that is set up, and told of as any other', async (t) => {
  const { house, add, enter } = await openAccounts()
  t.after(() => house.close())
  const ada = await add()
  const armed = await arm(house, ada.id)
  const visitor = await enter(ada, 'two')
  const shown = await visitor.submit('/account/factors/set-up', {})
  const phone = phoneOf(house, shown)
  house.runtime.advance(601)
  const [code = ''] = armed.recoveryCodes
  const form = { username: 'ada@example.test', password, code, ticket: shown.field('ticket') ?? '' }
  const used = async () =>
    (await house.database.read("select id from events where type = 'recovery_code.used'", [])).length
  assert.equal((await visitor.submit('/account/factors/confirm', { ...form, otp: phone(9) })).status, 403)
  assert.equal(await used(), 0)
  const done = await visitor.submit('/account/factors/confirm', { ...form, otp: phone() })
  assert.equal(codesOn(done).length, 10, done.body.slice(0, 300))
  assert.equal(await used(), 1)
})
