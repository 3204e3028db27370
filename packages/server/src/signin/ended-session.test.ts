// What a browser has sent before its session was ended, and what arrives in the database after it: a reset, or “sign out
// everywhere”, must not be followed by a way in that somebody else was about to plant.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Authenticator, askedOn } from '../../../../tests/harness/authenticator.ts'
import { arm } from '../accounts/factors/factors.fixture.ts'
import { recoveryCodesOf, totpOf } from '../accounts/factors/factors.store.ts'
import { identitiesOf } from '../accounts/identities/identities.store.ts'
import { passkeysOf } from '../accounts/passkeys/passkeys.store.ts'
import { noLimits } from '../accounts/people.fixture.ts'
import { endAllSessions } from '../accounts/sessions/sessions.store.ts'
import type { Database } from '../platform/db/database.ts'
import { openHouse } from '../platform/house.ts'
import { openHall, signIn } from './signin.fixture.ts'
import { people } from './upstreams/simulators/people.ts'
import { answerThere, openWalk } from './upstreams/walk.fixture.ts'

/** A hall in which something can happen between what a request has read and what it commits. */
async function slowHall() {
  const house = await openHouse()
  let meanwhile: (() => Promise<unknown>) | null = null
  const commit: Database['commit'] = async (writes) => {
    const happens = meanwhile
    meanwhile = null
    await happens?.()
    return house.database.commit(writes)
  }
  const hall = await openHall({
    house: { ...house, database: { ...house.database, commit } },
    limits: noLimits,
  })
  const ada = await hall.add()
  const endMeanwhile = (): void => {
    meanwhile = () => house.database.commit([endAllSessions(house.database, house.runtime.now(), ada.id)])
  }
  return { hall, house, ada, endMeanwhile }
}

test('C15, SE-07: a session that has ended adds no passkey, however early it asked', async (t) => {
  const { hall, house, ada, endMeanwhile } = await slowHall()
  t.after(() => house.close())
  const visitor = hall.visitor()
  await signIn(visitor)
  const { options, ticket } = askedOn(await visitor.visit('/account/passkeys/new'))
  const fields = {
    new_passkey: new Authenticator().create(options),
    new_passkey_ticket: ticket,
    name: 'Mine',
  }
  endMeanwhile()
  assert.equal((await visitor.submit('/account/passkeys/add', fields)).status, 409)
  assert.deepEqual(await passkeysOf(house.database, ada.id), [])
})

test('C15, SE-07: a session that has ended takes no second factor away, and makes no recovery codes', async (t) => {
  const { hall, house, ada, endMeanwhile } = await slowHall()
  t.after(() => house.close())
  const armed = await arm(house, ada.id)
  for (const form of ['codes', 'remove']) {
    const visitor = hall.visitor()
    const step = new URL((await signIn(visitor)).location ?? '', house.issuer.url).searchParams.get('step')
    await visitor.submit('/sign-in/second', { step: step ?? '', factor: 'totp', otp: armed.code() })
    house.runtime.advance(60)
    await visitor.visit('/account')
    const before = await recoveryCodesOf(house.database, ada.id)
    endMeanwhile()
    assert.equal((await visitor.submit(`/account/factors/${form}`, {})).status, 409)
    assert.deepEqual(await recoveryCodesOf(house.database, ada.id), before)
    assert.notEqual(await totpOf(house.database, ada.id), null)
  }
})

test('C15, C16: a session that has ended while its provider answered links nothing', async () => {
  const [google] = people.google
  const late: { end: (() => Promise<unknown>) | null } = { end: null }
  const here = await openWalk({
    meddle: (egress) => async (url, request) => {
      await late.end?.()
      return egress(url, request)
    },
  })
  const { database, runtime } = here.house
  const owner = await here.add({ email: 'grace@example.test' })
  const visitor = here.visitor()
  await visitor.visit('/sign-in')
  await visitor.visit(`/enter/${owner.id}`)
  const begun = await visitor.submit('/account/identities/link/google', {})
  const there = await visitor.visit(begun.location ?? '')
  const back = await answerThere(visitor, there, { person: google.id })
  late.end = () => database.commit([endAllSessions(database, runtime.now(), owner.id)])
  const answer = await visitor.visit(back)
  assert.notEqual(answer.status, 303)
  assert.deepEqual(await identitiesOf(database, owner.id), [])
})
