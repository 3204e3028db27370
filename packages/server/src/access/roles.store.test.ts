import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onBothEngines } from '../../../../tests/harness/engines.ts'
import type { House } from '../platform/house.ts'
import {
  defineRole,
  grantRole,
  isRoleGranted,
  isRoleName,
  listRoles,
  rolesOf,
  withdrawAllRoles,
  withdrawRole,
} from './roles.store.ts'

// A bare row: people are another room's business, which this one doesn't know.
async function addUser(house: House): Promise<string> {
  const id = house.runtime.id('usr')
  const row = house.database.builder.insertInto('users').values({
    id,
    username: null,
    email: null,
    email_verified: 0,
    name: 'Ada',
    claims: '{}',
    disabled_at: null,
    created_at: 0,
    updated_at: 0,
  })
  const { sql, parameters } = row.compile()
  await house.database.commit([{ sql, parameters: parameters as (string | number | null)[] }])
  return id
}

onBothEngines('The store of roles', (open) => {
  test('a user has the roles that were granted and not withdrawn, in order', async () => {
    const house = await open()
    const { database } = house
    const [ada, tim] = [await addUser(house), await addUser(house)]
    for (const name of ['teller', 'auditor'])
      await database.commit([defineRole(database, { name, description: '' })])
    await database.commit([grantRole(database, tim, 'teller'), grantRole(database, tim, 'auditor')])
    assert.deepEqual(await rolesOf(database, tim), ['auditor', 'teller'])
    assert.deepEqual(await rolesOf(database, ada), [])
    assert.equal(await isRoleGranted(database, 'teller'), true)
    await database.commit([withdrawRole(database, tim, 'teller')])
    assert.deepEqual(await rolesOf(database, tim), ['auditor'])
    assert.equal(await isRoleGranted(database, 'teller'), false)
    await database.commit([withdrawAllRoles(database, tim)])
    assert.deepEqual(await rolesOf(database, tim), [])
  })

  test('a role may be granted again, and defined again with other words', async () => {
    const house = await open()
    const { database } = house
    const tim = await addUser(house)
    await database.commit([defineRole(database, { name: 'teller', description: 'old' })])
    for (let i = 0; i < 2; i++)
      assert.deepEqual(await database.commit([grantRole(database, tim, 'teller')]), { ok: true })
    await database.commit([defineRole(database, { name: 'teller', description: 'Helps at the desk' })])
    assert.deepEqual(await listRoles(database), [{ name: 'teller', description: 'Helps at the desk' }])
    assert.deepEqual(await rolesOf(database, tim), ['teller'])
  })

  test('nobody gets a role that there is not, and nobody that there is not gets a role', async () => {
    const house = await open()
    const { database } = house
    const lost = { ok: false, lost: 'role' }
    assert.deepEqual(await database.commit([grantRole(database, await addUser(house), 'admin')]), lost)
    await database.commit([defineRole(database, { name: 'admin', description: '' })])
    assert.deepEqual(await database.commit([grantRole(database, 'usr_none', 'admin')]), lost)
  })
})

test('a role’s name is short, lower-case and plain', () => {
  for (const name of ['teller', 'bank:teller', 'a-1_b.c']) assert.equal(isRoleName(name), true, name)
  for (const name of ['', 'Teller', '1teller', 'a b', 'a"b', 'a'.repeat(65)])
    assert.equal(isRoleName(name), false, name)
})
