import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onBothEngines } from '../../../../../tests/harness/engines.ts'
import type { House } from '../../platform/house.ts'
import { canonicalEmail, canonicalUsername } from '../users/identifiers.ts'
import { addSomeone } from '../users/someone.fixture.ts'
import type { User } from '../users/users.store.ts'
import {
  changePassword,
  credentialByIdentifier,
  credentialOfUser,
  deletePasswordRow,
  putPassword,
  refreshHash,
} from './passwords.store.ts'

function addAda(house: House): Promise<User> {
  return addSomeone(house, {
    username: canonicalUsername('ada'),
    email: canonicalEmail('ada@example.test'),
    emailVerified: true,
  })
}

const lost = { ok: false, lost: 'password' }

onBothEngines('The store of passwords', (open) => {
  test('a person is found with their password by either name and by id, and without one just the same', async () => {
    const house = await open()
    const { database, runtime } = house
    const user = await addAda(house)
    const all = () =>
      Promise.all([
        credentialByIdentifier(database, {
          kind: 'email',
          value: canonicalEmail('ada@example.test') ?? fail(),
        }),
        credentialByIdentifier(database, { kind: 'username', value: canonicalUsername('ada') ?? fail() }),
        credentialOfUser(database, user.id),
      ])
    for (const found of await all()) assert.deepEqual(found, { user, password: null })
    await database.commit([putPassword(database, runtime.now(), user.id, 'one')])
    const password = { sealedHash: 'one', changedAt: runtime.now() }
    for (const found of await all()) assert.deepEqual(found, { user, password })
    assert.equal(await credentialOfUser(database, 'usr_none'), null)
  })

  test('a password changes only from what it was, and of 20 changes at once one wins', async () => {
    const house = await open()
    const { database, runtime } = house
    const { id } = await addAda(house)
    const change = (from: string | null, to: string) =>
      database.commit([changePassword(database, runtime.now(), id, { from, to })])
    assert.deepEqual(await change('none', 'one'), lost)
    const firsts = await Promise.all(Array.from({ length: 20 }, (_, i) => change(null, `first-${i}`)))
    assert.equal(firsts.filter(({ ok }) => ok).length, 1)
    assert.deepEqual(
      firsts.find(({ ok }) => !ok),
      lost,
    )
    const from = (await credentialOfUser(database, id))?.password?.sealedHash ?? ''
    runtime.advance(5)
    const changes = await Promise.all(Array.from({ length: 20 }, (_, i) => change(from, `next-${i}`)))
    assert.equal(changes.filter(({ ok }) => ok).length, 1)
    const stored = (await credentialOfUser(database, id))?.password
    assert.equal(stored?.sealedHash, `next-${changes.findIndex(({ ok }) => ok)}`)
    assert.equal(stored?.changedAt, runtime.now())
  })

  test('a fresher hash of the same password replaces the old one, unless the password has changed', async () => {
    const house = await open()
    const { database, runtime } = house
    const { id } = await addAda(house)
    await database.commit([putPassword(database, runtime.now(), id, 'old')])
    const changedAt = runtime.now()
    runtime.advance(5)
    assert.deepEqual(await database.commit([refreshHash(database, id, 'old', 'fresh')]), { ok: true })
    assert.deepEqual(await database.commit([refreshHash(database, id, 'old', 'late')]), { ok: true })
    assert.deepEqual((await credentialOfUser(database, id))?.password, { sealedHash: 'fresh', changedAt })
    await database.commit([deletePasswordRow(database, id)])
    assert.equal((await credentialOfUser(database, id))?.password, null)
  })
})

function fail(): never {
  throw new Error('not a name')
}
