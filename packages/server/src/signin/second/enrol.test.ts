import assert from 'node:assert/strict'
import { test } from 'node:test'
import { base32Bytes } from '../../accounts/factors/base32.ts'
import { codeAt, stepAt, usualShape } from '../../accounts/factors/totp.ts'
import { noLimits } from '../../accounts/people.fixture.ts'
import { byPassword } from '../../accounts/sessions/session.ts'
import { sessionsOf } from '../../accounts/sessions/sessions.store.ts'
import { openSession } from '../../accounts/sessions/sessions.ts'
import { openHall, signIn } from '../signin.fixture.ts'

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
