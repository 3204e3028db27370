// One link, one use, on both engines, however many come at once (PW-20, PW-28, C15).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  addressChangeOf,
  confirmAddressChange,
  requestAddressChange,
} from '../../packages/server/src/accounts/addresses/addresses.ts'
import { credentialOfUser } from '../../packages/server/src/accounts/credentials/passwords.store.ts'
import { passwordsOf } from '../../packages/server/src/accounts/credentials/passwords.ts'
import {
  cheapest,
  mailedSecret,
  noLimits,
  password,
} from '../../packages/server/src/accounts/people.fixture.ts'
import { requestReset } from '../../packages/server/src/accounts/recovery/request-reset.ts'
import { resetPassword } from '../../packages/server/src/accounts/recovery/reset-password.ts'
import { userById } from '../../packages/server/src/accounts/users/users.store.ts'
import { type Hall, openHall, signIn, whoIs } from '../../packages/server/src/signin/signin.fixture.ts'
import { onBothEngines } from '../harness/engines.ts'

const ada = 'ada@example.test'
const asker = { peer: '203.0.113.7', headers: { get: () => undefined } }
const wanted = (i: number): string => `difference engine number ${i} of many`

async function forget(hall: Hall): Promise<string> {
  hall.house.runtime.advance(1)
  await requestReset(hall.house, hall.room, asker, { name: ada })
  return mailedSecret(hall.house, ada)
}

const countOf = <T>(all: readonly T[], is: (one: T) => boolean): number => all.filter(is).length

onBothEngines('A mailed link', (open) => {
  test('PW-20: of fifty at once, one sets the password, and that one stands', async () => {
    const hall = await openHall({ house: await open(), limits: noLimits })
    await hall.add()
    const secret = await forget(hall)
    // Room for all of them, so that every one has read the link before the first one uses it.
    const passwords = passwordsOf(hall.house, { cost: cheapest, slots: 50 })
    const results = await Promise.all(
      Array.from({ length: 50 }, (_, i) =>
        resetPassword(hall.house, { ...hall.room, passwords }, asker, secret, wanted(i)),
      ),
    )
    const done = results.flatMap((result, i) => (result.kind === 'done' ? [i] : []))
    assert.equal(done.length, 1)
    const [winner = 0] = done
    assert.equal((await signIn(hall.visitor(), { password: wanted(winner) })).status, 303)
    assert.equal((await signIn(hall.visitor(), { password })).status, 403)
    assert.deepEqual(await resetPassword(hall.house, hall.room, asker, secret, wanted(99)), {
      kind: 'refused',
    })
  })

  test('PW-20: an older link and the newest, a change by the owner and a reset: one of each pair comes true', async () => {
    const hall = await openHall({ house: await open(), limits: noLimits })
    const { id } = await hall.add()
    const older = await forget(hall)
    const newest = await forget(hall)
    const [first, second] = await Promise.all([
      resetPassword(hall.house, hall.room, asker, older, wanted(1)),
      resetPassword(hall.house, hall.room, asker, newest, wanted(2)),
    ])
    assert.deepEqual([first.kind, second.kind], ['refused', 'done'])

    const visitor = hall.visitor()
    await signIn(visitor, { password: wanted(2) })
    await visitor.visit('/account')
    const secret = await forget(hall)
    const before = (await credentialOfUser(hall.house.database, id))?.password?.sealedHash
    const form = { current_password: wanted(2), new_password: wanted(3) }
    const [changed, reset] = await Promise.all([
      visitor.submit('/account/password', form),
      resetPassword(hall.house, hall.room, asker, secret, wanted(4)),
    ])
    assert.equal(Number(changed.status === 303) + Number(reset.kind === 'done'), 1)
    assert.notEqual((await credentialOfUser(hall.house.database, id))?.password?.sealedHash, before)
    const stands = changed.status === 303 ? wanted(3) : wanted(4)
    assert.equal((await signIn(hall.visitor(), { password: stands })).status, 303)
    // Whoever lost is out in every browser.
    assert.equal(await whoIs(visitor), changed.status === 303 ? ada : undefined)
  })

  test('PW-28, C15 (CVE-2026-32700): fifty confirmations of two changes make one change, to the newest address', async () => {
    const hall = await openHall({ house: await open(), limits: noLimits })
    const user = await hall.add()
    const secrets: string[] = []
    for (const address of ['one@example.test', 'two@example.test']) {
      hall.house.runtime.advance(1)
      await requestAddressChange(hall.house, asker, user, address)
      secrets.push(await mailedSecret(hall.house, address))
    }
    const results = await Promise.all(
      Array.from({ length: 50 }, (_, i) => confirmAddressChange(hall.house, asker, secrets[i % 2])),
    )
    assert.equal(
      countOf(results, ({ kind }) => kind === 'done'),
      1,
    )
    assert.equal((await userById(hall.house.database, user.id))?.email, 'two@example.test')
  })

  test('PW-28: of a change of address and a reset by the old one at once, the reset ends the change or comes too late', async () => {
    const hall = await openHall({ house: await open(), limits: noLimits })
    const user = await hall.add()
    for (let round = 0; round < 4; round++) {
      const email = (await userById(hall.house.database, user.id))?.email ?? ''
      hall.house.runtime.advance(901)
      await requestReset(hall.house, hall.room, asker, { name: email })
      const secret = await mailedSecret(hall.house, email)
      const next = `ada${round}@example.test`
      await requestAddressChange(hall.house, asker, user, next)
      const change = await mailedSecret(hall.house, next)
      assert.ok(await addressChangeOf(hall.house, change))
      const [reset, changed] = await Promise.all([
        resetPassword(hall.house, hall.room, asker, secret, wanted(round)),
        confirmAddressChange(hall.house, asker, change),
      ])
      const outcome = [reset.kind, changed.kind]
      assert.ok(['done,refused', 'refused,done'].includes(outcome.join()), outcome.join())
      const present = (await userById(hall.house.database, user.id))?.email
      assert.equal(present, changed.kind === 'done' ? next : email)
    }
  })

  test('of all who follow their links for one address at once, one gets the account', async () => {
    const hall = await openHall({ house: await open(), limits: noLimits })
    const visitors = Array.from({ length: 3 }, () => hall.visitor())
    const secrets: string[] = []
    for (const visitor of visitors) {
      hall.house.runtime.advance(1)
      await visitor.visit('/sign-up')
      await visitor.submit('/sign-up', { name: 'Grace', email: 'grace@example.test', password })
      secrets.push(await mailedSecret(hall.house, 'grace@example.test'))
    }
    const answers = await Promise.all(
      visitors.flatMap((visitor, i) =>
        Array.from({ length: 4 }, () => visitor.submit('/sign-up/confirm', { secret: secrets[i] ?? '' })),
      ),
    )
    assert.equal(
      countOf(answers, ({ status }) => status === 303),
      1,
    )
    for (const { status } of answers) assert.ok([303, 409, 410].includes(status), String(status))
    assert.equal((await hall.house.database.read('select id from users', [])).length, 1)
    assert.equal((await hall.house.database.read('select id from sessions', [])).length, 1)
  })
})
