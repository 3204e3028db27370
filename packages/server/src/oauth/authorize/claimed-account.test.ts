// An account that somebody made with another's address, before its owner came for it (C16).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mailedSecret, openPeople } from '../../accounts/people.fixture.ts'
import { requestReset } from '../../accounts/recovery/request-reset.ts'
import { resetPassword } from '../../accounts/recovery/reset-password.ts'
import { codeFor, errorOf, openOAuthHouse } from '../house.ts'

const eve = 'eve@example.test'
const asking = { peer: '192.0.2.1', headers: { get: () => undefined } }

for (const emailVerified of [false, true]) {
  const outcome = emailVerified ? 'goes on where they had proven' : 'is void where nobody had proven'
  test(`C16: what was agreed to for an application ${outcome} the address by which the password is set anew`, async (t) => {
    const house = await openOAuthHouse()
    t.after(() => house.close())
    const people = await openPeople({ house })
    const user = await people.add({ email: eve, emailVerified })
    const silently = { prompt: 'none' }
    assert.ok((await codeFor(await house.signedIn(user))).has('code'))
    assert.equal(await errorOf(await house.signedIn(user), silently), null)
    await requestReset(house, people, asking, { name: eve })
    const secret = await mailedSecret(house, eve)
    const reset = await resetPassword(house, people, asking, secret, 'another-difference-engine')
    assert.equal(reset.kind, 'done')
    const refused = await errorOf(await house.signedIn(user), silently)
    assert.equal(refused, emailVerified ? null : 'consent_required')
  })
}
