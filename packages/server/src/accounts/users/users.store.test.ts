import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onBothEngines } from '../../../../../tests/harness/engines.ts'
import type { House } from '../../platform/house.ts'
import { type Canonical, canonicalEmail, canonicalIdentifier, canonicalUsername } from './identifiers.ts'
import { someone } from './someone.fixture.ts'
import {
  changeDetails,
  changeEmail,
  changeUsername,
  deleteUserRow,
  disableUser,
  enableUser,
  insertUser,
  listUsers,
  renameUser,
  type User,
  userById,
  userByIdentifier,
} from './users.store.ts'

function named(house: House, names: { email?: string; username?: string }): User {
  return someone(house, {
    username: names.username === undefined ? null : canonicalUsername(names.username),
    email: names.email === undefined ? null : canonicalEmail(names.email),
    claims: { locale: 'en', address: { country: 'GB' } },
  })
}

async function add(house: House, names: { email?: string; username?: string }): Promise<User> {
  const user = named(house, names)
  assert.deepEqual(await house.database.commit([insertUser(house.database, user)]), { ok: true })
  return user
}

function find(house: House, name: string): Promise<User | null> {
  const identifier = canonicalIdentifier(name)
  assert.ok(identifier)
  return userByIdentifier(house.database, identifier)
}

onBothEngines('The store of users', (open) => {
  test('a user is found by id, by address and by user name, in any spelling', async () => {
    const house = await open()
    const ada = await add(house, { email: 'Ada@Example.test', username: 'Ada' })
    assert.deepEqual(await userById(house.database, ada.id), ada)
    for (const name of ['ada@example.test', ' ADA@EXAMPLE.TEST ', 'ada', 'ADA', 'ａｄａ']) {
      assert.deepEqual(await find(house, name), ada, name)
    }
    assert.equal(await find(house, 'grace'), null)
    assert.equal(await userById(house.database, 'usr_none'), null)
  })

  test('C17: of 40 people who want one name at once, in many spellings, one gets it', async () => {
    const house = await open()
    const spellings = ['ada@example.test', 'ADA@example.test', 'ada@EXAMPLE.test', 'ａda@example.test']
    const outcomes = await Promise.all(
      Array.from({ length: 40 }, (_, i) =>
        house.database.commit([insertUser(house.database, named(house, { email: spellings[i % 4] ?? '' }))]),
      ),
    )
    assert.equal(outcomes.filter(({ ok }) => ok).length, 1)
    assert.deepEqual(
      outcomes.find(({ ok }) => !ok),
      { ok: false, lost: 'user' },
    )
    assert.equal((await listUsers(house.database)).length, 1)
  })

  test('a taken user name is refused even with a free address', async () => {
    const house = await open()
    await add(house, { email: 'a@example.test', username: 'ada' })
    const other = named(house, { email: 'b@example.test', username: 'ada' })
    assert.deepEqual(await house.database.commit([insertUser(house.database, other)]), {
      ok: false,
      lost: 'user',
    })
  })

  test('users without an address or without a user name do not collide', async () => {
    const house = await open()
    await add(house, { username: 'ada' })
    await add(house, { username: 'grace' })
    await add(house, { email: 'tim@example.test' })
    await add(house, { email: 'eve@example.test' })
    assert.equal((await listUsers(house.database)).length, 4)
  })

  test('name, claims, user name and address change; a new address says whether it is verified', async () => {
    const house = await open()
    const { database, runtime } = house
    const ada = await add(house, { email: 'ada@example.test', username: 'ada' })
    runtime.advance(5)
    const now = runtime.now()
    const writes = [
      changeDetails(database, now, ada, { name: 'Countess', claims: { locale: 'fr' } }),
      changeUsername(database, now, ada.id, null),
      changeEmail(database, now, ada.id, 'countess@example.test' as Canonical, true),
    ]
    assert.deepEqual(await database.commit(writes), { ok: true })
    assert.deepEqual(await userById(database, ada.id), {
      ...ada,
      name: 'Countess',
      claims: { locale: 'fr' },
      username: null,
      email: 'countess@example.test',
      emailVerified: true,
      updatedAt: now,
    })
  })

  test('of two who change a person at once, out of what they have read, one has to read it again', async () => {
    const house = await open()
    const { database, runtime } = house
    const ada = await add(house, { email: 'ada@example.test' })
    const now = runtime.now()
    const outcomes = await Promise.all(
      ['fr', 'de', 'es'].map((locale) =>
        database.commit([changeDetails(database, now, ada, { name: `Ada ${locale}`, claims: { locale } })]),
      ),
    )
    assert.deepEqual(outcomes.filter(({ ok }) => ok).length, 1)
    assert.deepEqual(
      outcomes.filter(({ ok }) => !ok),
      Array(2).fill({ ok: false, lost: 'details' }),
    )
    const { name, claims } = (await userById(database, ada.id)) ?? assert.fail()
    assert.equal(name, `Ada ${claims['locale']}`)
    assert.ok((await database.commit([renameUser(database, now, ada.id, 'Countess')])).ok)
    const stale = changeDetails(database, now, { ...ada, claims }, { name: 'Ada', claims })
    assert.deepEqual(await database.commit([stale]), { ok: false, lost: 'details' })
  })

  test('PW-28: of two people who move to one address at once, one gets it and the other keeps theirs', async () => {
    const house = await open()
    const { database, runtime } = house
    const people = await Promise.all(
      Array.from({ length: 8 }, (_, i) => add(house, { email: `person${i}@example.test` })),
    )
    const to = 'wanted@example.test' as Canonical
    const outcomes = await Promise.all(
      people.map(({ id }) => database.commit([changeEmail(database, runtime.now(), id, to, false)])),
    )
    assert.equal(outcomes.filter(({ ok }) => ok).length, 1)
    const addresses = (await listUsers(database)).map(({ email }) => email)
    assert.equal(new Set(addresses).size, 8)
    assert.equal(addresses.filter((email) => email === to).length, 1)
  })

  test('a user is disabled once, enabled once, and gone when deleted', async () => {
    const house = await open()
    const { database, runtime } = house
    const ada = await add(house, { email: 'ada@example.test' })
    const lost = { ok: false, lost: 'user' }
    assert.deepEqual(await database.commit([disableUser(database, runtime.now(), ada.id)]), { ok: true })
    assert.equal((await userById(database, ada.id))?.disabledAt, runtime.now())
    assert.deepEqual(await database.commit([disableUser(database, runtime.now(), ada.id)]), lost)
    assert.deepEqual(await database.commit([enableUser(database, runtime.now(), ada.id)]), { ok: true })
    assert.equal((await userById(database, ada.id))?.disabledAt, null)
    assert.deepEqual(await database.commit([deleteUserRow(database, ada.id)]), { ok: true })
    assert.equal(await userById(database, ada.id), null)
    assert.deepEqual(await database.commit([deleteUserRow(database, ada.id)]), lost)
  })

  test('users are listed page by page in the order of their ids, each once', async () => {
    const house = await open()
    const ids: string[] = []
    for (let i = 0; i < 5; i++) ids.push((await add(house, { username: `person${i}` })).id)
    const first = await listUsers(house.database, '', 3)
    const second = await listUsers(house.database, first.at(-1)?.id, 3)
    assert.equal(first.length, 3)
    assert.deepEqual(
      [...first, ...second].map(({ id }) => id),
      ids.toSorted(),
    )
  })
})
