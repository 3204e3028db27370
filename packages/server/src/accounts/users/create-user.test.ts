import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openPeople, password } from '../people.fixture.ts'
import { createUser, type Person } from './create-user.ts'
import { eraseUser } from './erase.ts'
import { listUsers, userById } from './users.store.ts'

const ada: Person = { email: 'ada@example.test', name: 'Ada Lovelace', password, emailVerified: true }

test('a person is made with every claim that they bring, and can be read back', async (t) => {
  const { house, passwords } = await openPeople()
  t.after(() => house.close())
  const claims = { given_name: 'Ada', address: { country: 'GB' }, phone_number: '+44 20 7946 0000' }
  const created = await createUser(house, passwords, { ...ada, username: 'Ada', claims })
  assert.ok(created.ok)
  assert.deepEqual(await userById(house.database, created.user.id), created.user)
  assert.deepEqual(created.user.claims, claims)
  assert.equal(created.user.emailVerified, true)
})

test('what else belongs to a person is committed with them, or neither is', async (t) => {
  const { house, passwords } = await openPeople()
  t.after(() => house.close())
  const failing = { sql: "update users set name = 'x' where id = 'none'", parameters: [], exactlyOne: 'role' }
  await assert.rejects(
    createUser(house, passwords, ada, () => [failing]),
    /role/,
  )
  assert.deepEqual(await listUsers(house.database), [])
})

test('everything that is wrong with a person is found at once, and nothing is stored', async (t) => {
  const { house, passwords, hashes } = await openPeople()
  t.after(() => house.close())
  const created = await createUser(house, passwords, {
    email: 'nobody',
    username: 'a b',
    name: '',
    password: 'weaving',
    claims: { sub: 'usr_1', role: 'admin', email_verified: true, locale: 'en' },
    emailVerified: false,
  })
  assert.ok(!created.ok)
  assert.deepEqual(
    created.findings.map(({ path, code }) => `${path} ${code}`),
    [
      'name missing',
      'email malformed',
      'username malformed',
      'claims unknown',
      'claims unknown',
      'claims unknown',
      'password too_short',
    ],
  )
  assert.equal(hashes(), 0)
  assert.deepEqual(await listUsers(house.database), [])
})

test('an operator is told which name is taken', async (t) => {
  const { house, passwords } = await openPeople()
  t.after(() => house.close())
  assert.ok((await createUser(house, passwords, { ...ada, username: 'ada' })).ok)
  const taken = async (person: Partial<Person>) => {
    const created = await createUser(house, passwords, { ...ada, email: undefined, ...person })
    return created.ok ? [] : created.findings.map(({ path, code }) => `${path} ${code}`)
  }
  assert.deepEqual(await taken({ email: 'ADA@example.test' }), ['email taken'])
  assert.deepEqual(await taken({ username: 'Ada' }), ['username taken'])
  assert.deepEqual(await taken({ email: 'ada@example.test', username: 'ada' }), [
    'email taken',
    'username taken',
  ])
  assert.deepEqual(await taken({}), ['email missing'])
  assert.deepEqual(await taken({ username: 'ada2' }), [])
})

test('JW-13: an erased person leaves nothing behind, and their id is never used again', async (t) => {
  const { house, passwords, add } = await openPeople()
  t.after(() => house.close())
  const user = await add()
  assert.deepEqual(await house.database.commit(eraseUser(house, user.id)), { ok: true })
  for (const table of ['users', 'passwords', 'sessions', 'identities']) {
    assert.deepEqual(await house.database.read(`select * from ${table}`, []), [], table)
  }
  const again = await createUser(house, passwords, ada)
  assert.ok(again.ok)
  assert.notEqual(again.user.id, user.id)
  assert.deepEqual(await house.database.commit(eraseUser(house, user.id)), { ok: false, lost: 'user' })
})

test('PW-01: where everybody needs a second factor, eight characters do, whoever makes the person', async (t) => {
  const eight = { ...ada, password: 'qv7-mwKz' }
  for (const secondFactor of ['optional', 'required'] as const) {
    const { house, passwords } = await openPeople({ secondFactor })
    t.after(() => house.close())
    const made = await createUser(house, passwords, eight)
    const codes = made.ok ? [] : made.findings.map(({ path, code }) => `${path}: ${code}`)
    assert.deepEqual(codes, secondFactor === 'required' ? [] : ['password: too_short'])
    const shorter = await createUser(house, passwords, { ...eight, password: 'qv7-mwK' })
    assert.equal(shorter.ok, false)
  }
})
