import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  Authenticator,
  askedOn,
  signInByPasskey,
  type Twist,
} from '../../../../../tests/harness/authenticator.ts'
import { onBothEngines } from '../../../../../tests/harness/engines.ts'
import { base32Bytes } from '../../accounts/factors/base32.ts'
import { arm } from '../../accounts/factors/factors.fixture.ts'
import { codeAt, stepAt, usualShape } from '../../accounts/factors/totp.ts'
import { passkeysOf } from '../../accounts/passkeys/passkeys.store.ts'
import { noLimits } from '../../accounts/people.fixture.ts'
import { byPassword } from '../../accounts/sessions/session.ts'
import { sessionsOf } from '../../accounts/sessions/sessions.store.ts'
import { openSession } from '../../accounts/sessions/sessions.ts'
import type { Visitor } from '../../platform/house.ts'
import { openHall, problemsOn, signIn } from '../signin.fixture.ts'

for (const where of ['in a new browser', 'in a browser that was signed in']) {
  test(`SE-07: setting a second factor up at the sign-in, ${where}, ends every session that began without it`, async (t) => {
    const hall = await openHall({ limits: noLimits, secondFactor: 'required' })
    const { house } = hall
    t.after(() => house.close())
    const ada = await hall.add()
    const visitor = hall.visitor()
    const before = async (cookies: ReadonlyMap<string, string>) => {
      const request = { cookies, headers: { get: () => undefined }, peer: '192.0.2.1' }
      const opening = { userId: ada.id, authentication: byPassword, remember: true }
      // The server as it was set up before.
      const { writes, cookies: lines } = await openSession(
        { ...house, secondFactor: 'optional' },
        request,
        opening,
      )
      assert.ok((await house.database.commit(writes)).ok)
      return lines[0]?.split(';', 1)[0]?.split('=')[1] ?? ''
    }
    await before(new Map())
    if (where === 'in a browser that was signed in') visitor.cookies.set('sid', await before(new Map()))
    const back = (await visitor.visit('/seal')).body
    // A page with a form, whoever is signed in.
    await visitor.visit(`/sign-in?continue=${encodeURIComponent(back)}`)
    const signedIn = await signIn(visitor, { form: { continue: back } })
    const page = await visitor.visit(signedIn.location ?? '')
    const key = /class="key digits">([A-Z2-7 ]+)</.exec(page.body)?.[1] ?? ''
    const shape = { ...usualShape, secret: base32Bytes(key.replaceAll(' ', '')) ?? new Uint8Array() }
    const otp = codeAt(shape, stepAt(shape, house.runtime.now()))
    const form = { step: page.field('step') ?? '', ticket: page.field('ticket') ?? '', otp }
    const done = await visitor.submit('/sign-in/second/set-up', form)
    assert.equal(done.status, 200)
    const standing = await sessionsOf(house.database, house.runtime.now(), ada.id)
    assert.deepEqual(
      standing.map(({ acr }) => acr),
      ['urn:countersign:acr:mfa'],
    )
  })
}

onBothEngines('A passkey that is set up at the sign-in', (open) => {
  const place = async () => {
    const house = { ...(await open()), secondFactor: 'required' as const }
    const hall = await openHall({ house, limits: noLimits })
    return { hall, house, ada: await hall.add() }
  }
  /** As far as the page that makes one. */
  const begin = async ({ hall }: Awaited<ReturnType<typeof place>>) => {
    const visitor = hall.visitor()
    const half = await signIn(visitor)
    const secret = await visitor.visit(half.location ?? '')
    assert.match(secret.body, /Use a passkey instead/)
    const link = /href="(\/sign-in\/second\?[^"]*factor=passkey)"/.exec(secret.body)?.[1] ?? ''
    const page = await visitor.visit(link.replaceAll('&amp;', '&'))
    assert.match(page.body, /authenticator app instead/)
    const [step = '', asked] = [page.field('step'), askedOn(page)]
    const key = /class="key digits">([A-Z2-7 ]+)</.exec(secret.body)?.[1] ?? ''
    const shape = { ...usualShape, secret: base32Bytes(key.replaceAll(' ', '')) ?? new Uint8Array() }
    const make = (authenticator: Authenticator, more: Record<string, string> = {}, twist: Twist = {}) =>
      visitor.submit('/sign-in/second/passkey', {
        step,
        name: 'My phone',
        new_passkey: authenticator.create(asked.options, twist),
        new_passkey_ticket: asked.ticket,
        ...more,
      })
    const enrolApp = () =>
      visitor.submit('/sign-in/second/set-up', {
        step,
        ticket: secret.field('ticket') ?? '',
        otp: codeAt(shape, stepAt(shape, hall.house.runtime.now())),
      })
    return { visitor, make, enrolApp, step }
  }

  test('MF-12: is a second factor, which is told and asked for from then on, and signs in alone', async () => {
    const at = await place()
    const { hall, house, ada } = at
    const authenticator = new Authenticator()
    const { visitor, make } = await begin(at)
    assert.equal((await make(new Authenticator(), { new_passkey: '' })).status, 422)
    assert.equal((await make(new Authenticator(), { new_passkey: '{}' })).status, 400)
    assert.equal(visitor.cookies.has('sid'), false)
    assert.equal((await make(authenticator)).location, '/account')
    const [session] = await sessionsOf(house.database, house.runtime.now(), ada.id)
    assert.deepEqual([session?.acr, session?.amr], ['urn:countersign:acr:mfa', ['pwd', 'hwk', 'user', 'mfa']])
    assert.equal((await visitor.visit('/account')).status, 200)
    const subjects = (await house.letters()).map(({ subject }) => subject)
    assert.deepEqual(subjects, ['A passkey was added'])
    const again = await make(new Authenticator())
    assert.equal(again.location, '/sign-in?reason=expired', 'a sign-in becomes one session')
    const other = hall.visitor()
    const next = await other.visit((await signIn(other)).location ?? '')
    assert.match(next.body, /Use your passkey/)
    assert.equal((await signInByPasskey(hall.visitor(), authenticator)).location, '/account')
  })

  test('MF-12: needs a key that verifies its person, and a form of the same browser, person and step', async () => {
    const at = await place()
    await at.hall.add({ email: 'grace@example.test', name: 'Grace' })
    const [mine, theirs] = [await begin(at), await begin(at)]
    const touched = await mine.make(new Authenticator({ userVerified: false }))
    assert.equal(touched.status, 400)
    const { new_passkey_ticket, new_passkey } = await askedElsewhere(theirs.visitor, theirs.step)
    assert.equal((await mine.make(new Authenticator(), { new_passkey_ticket, new_passkey })).status, 400)
    assert.equal(mine.visitor.cookies.has('sid'), false)
  })

  test('MF-10: one that is here already is nobody else’s, and its person is told why', async () => {
    const at = await place()
    const { house } = at
    const grace = await at.hall.add({ email: 'grace@example.test', name: 'Grace' })
    const id = 'AAECAwQFBgcICQoLDA0ODw'
    const before = await begin(at)
    await before.make(new Authenticator(), {}, { id })
    const given = { sql: `update passkeys set user_id = '${grace.id}'`, parameters: [] }
    await house.database.commit([given])
    const after = await begin(at)
    const refused = await after.make(new Authenticator(), {}, { id })
    assert.deepEqual([refused.status, after.visitor.cookies.has('sid')], [409, false])
    assert.match(refused.body, /That passkey is here already/)
  })

  test('C12, C15: of all who set one up at once, whatever it is, one does, and nobody after them', async () => {
    const at = await place()
    const { house, ada } = at
    const thieves = await Promise.all(Array.from({ length: 4 }, () => begin(at)))
    const late = await begin(at)
    const answers = await Promise.all(
      thieves.map(({ make, enrolApp }, i) => (i % 2 === 0 ? make(new Authenticator()) : enrolApp())),
    )
    const inside = thieves.filter(({ visitor }) => visitor.cookies.has('sid'))
    assert.equal(inside.length, 1, JSON.stringify(answers.map(({ status, location }) => [status, location])))
    assert.equal((await sessionsOf(house.database, house.runtime.now(), ada.id)).length, 1)
    const kept = await house.database.read(
      'select user_id from passkeys union all select user_id from totp_factors',
      [],
    )
    assert.equal(kept.length, 1)
    assert.equal((await late.make(new Authenticator())).location, '/sign-in?reason=expired')
    assert.equal((await late.enrolApp()).location, '/sign-in?reason=expired')
  })

  test('MF-06: the last second factor stays where everybody needs one', async () => {
    const at = await place()
    const { visitor, make } = await begin(at)
    await make(new Authenticator())
    const [passkey] = await passkeysOf(at.house.database, at.ada.id)
    await visitor.visit('/account')
    const form = { passkey_id: passkey?.id ?? '' }
    const refused = await visitor.submit('/account/passkeys/remove', form)
    assert.equal(refused.status, 409)
    assert.match(problemsOn(refused).join(), /Everybody needs a second factor here/)
    await arm(at.house, at.ada.id)
    const removed = await visitor.submit('/account/passkeys/remove', form)
    assert.equal(removed.location, '/account?done=passkey-removed')
  })
})

/** What another browser was asked to make. */
async function askedElsewhere(visitor: Visitor, step: string) {
  const page = await visitor.visit(`/sign-in/second?${new URLSearchParams({ step, factor: 'passkey' })}`)
  const { options, ticket } = askedOn(page)
  return { new_passkey: new Authenticator().create(options), new_passkey_ticket: ticket }
}
