import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onBothEngines } from '../../../../../tests/harness/engines.ts'
import type { House } from '../../platform/house.ts'
import { putPassword } from '../credentials/passwords.store.ts'
import { canonicalUsername } from '../users/identifiers.ts'
import { addSomeone } from '../users/someone.fixture.ts'
import { changeUsername } from '../users/users.store.ts'
import {
  type Identity,
  identitiesOf,
  identityBySubject,
  identityStands,
  linkIdentity,
  unlinkIdentity,
} from './identities.store.ts'

async function addUser(house: House): Promise<string> {
  return (await addSomeone(house)).id
}

function identity(house: House, userId: string, subject: string, issuer = 'https://idp.test'): Identity {
  return {
    id: house.runtime.id('idn'),
    userId,
    upstream: 'oidc',
    issuer,
    subject,
    email: 'ada@idp.test',
    createdAt: house.runtime.now(),
  }
}

onBothEngines('The store of identities', (open) => {
  test('FD-04: an identity is found by upstream, issuer and subject together', async () => {
    const house = await open()
    const { database } = house
    const ada = identity(house, await addUser(house), 'subject-1')
    assert.deepEqual(await database.commit([linkIdentity(database, ada)]), { ok: true })
    const { upstream, issuer, subject } = ada
    assert.deepEqual(await identityBySubject(database, { upstream, issuer, subject }), ada)
    assert.equal(await identityBySubject(database, { upstream: 'google', issuer, subject }), null)
    assert.equal(await identityBySubject(database, { upstream, issuer: 'https://other.test', subject }), null)
    assert.equal(await identityBySubject(database, { upstream, issuer, subject: 'Subject-1' }), null)
  })

  test('FD-04: one identity belongs to one user, whoever tries at once', async () => {
    const house = await open()
    const { database } = house
    const users = await Promise.all(Array.from({ length: 10 }, () => addUser(house)))
    const outcomes = await Promise.all(
      users.map((user) => database.commit([linkIdentity(database, identity(house, user, 'one'))])),
    )
    assert.equal(outcomes.filter(({ ok }) => ok).length, 1)
    assert.deepEqual(
      outcomes.find(({ ok }) => !ok),
      { ok: false, lost: 'identity' },
    )
  })

  test('FD-04: whoever comes in by an identity has it still at that moment', async () => {
    const house = await open()
    const { database, runtime } = house
    const [user, other] = [await addUser(house), await addUser(house)]
    const [one, two] = [identity(house, user, 'one'), identity(house, user, 'two')]
    await database.commit([linkIdentity(database, one), linkIdentity(database, two)])
    const comesIn = (who: string) => database.commit([identityStands(database, one, who)])
    assert.deepEqual(await comesIn(user), { ok: true })
    assert.deepEqual(await comesIn(other), { ok: false, lost: 'identity' })
    await database.commit(unlinkIdentity(database, runtime.now(), user, one.id, 'localhost'))
    assert.deepEqual(await comesIn(user), { ok: false, lost: 'identity' })
  })

  test('the last way in is never unlinked, however many are unlinked at once', async () => {
    const house = await open()
    const { database, runtime } = house
    const user = await addUser(house)
    const linked = Array.from({ length: 6 }, (_, i) => identity(house, user, `subject-${i}`))
    for (const one of linked) await database.commit([linkIdentity(database, one)])
    const outcomes = await Promise.all(
      linked.map(({ id }) => database.commit(unlinkIdentity(database, runtime.now(), user, id, 'localhost'))),
    )
    assert.equal(outcomes.filter(({ ok }) => ok).length, 5)
    const [last, ...others] = await identitiesOf(database, user)
    assert.ok(last)
    assert.deepEqual(others, [])
    await database.commit([putPassword(database, runtime.now(), user, 'sealed')])
    assert.deepEqual(
      await database.commit(unlinkIdentity(database, runtime.now(), user, last.id, 'localhost')),
      { ok: false, lost: 'identity' },
      'a password without a name opens nothing',
    )
    await database.commit([changeUsername(database, runtime.now(), user, canonicalUsername('ada'))])
    assert.deepEqual(
      await database.commit(unlinkIdentity(database, runtime.now(), user, last.id, 'localhost')),
      {
        ok: true,
      },
    )
  })

  test('nobody unlinks the identity of somebody else', async () => {
    const house = await open()
    const { database, runtime } = house
    const [hers, stranger] = [await addUser(house), await addUser(house)]
    const one = identity(house, hers, 'one')
    const two = identity(house, hers, 'two')
    await database.commit([linkIdentity(database, one), linkIdentity(database, two)])
    assert.deepEqual(
      await database.commit(unlinkIdentity(database, runtime.now(), stranger, one.id, 'localhost')),
      {
        ok: false,
        lost: 'identity',
      },
    )
    assert.equal((await identitiesOf(database, hers)).length, 2)
  })
})
