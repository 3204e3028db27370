// What was taken away here does not come back by an import: neither by this server's own export from before, nor by a
// newer one of the system that people come from.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onBothEngines } from '../../../../../tests/harness/engines.ts'
import { withdrawRole } from '../../access/roles.store.ts'
import { identitiesOf } from '../../accounts/identities/identities.store.ts'
import { noLimits, openPeople } from '../../accounts/people.fixture.ts'
import { eraseUser } from '../../accounts/users/erase.ts'
import { identityThing, rememberTaken, roleThing } from '../../accounts/users/moved.store.ts'
import { keyByDigest } from '../../oauth/api-keys/api-keys.store.ts'
import { endKey } from '../../oauth/api-keys/keep-keys.ts'
import { deleteClient } from '../../oauth/clients/clients.store.ts'
import { grace } from '../../oauth/house.ts'
import { distrustIssuer } from '../../oauth/jwt-bearer/trust.ts'
import { rememberEnded } from '../../platform/db/ended.ts'
import { allKeys, deleteKeys, unpublishNow } from '../../platform/keys/keys.store.ts'
import { bring, linesOf, openOldHouse } from './house-that-moves.fixture.ts'
import { people, take, userNamed } from './moving.fixture.ts'

onBothEngines('What was taken away here', (open) => {
  test('C10: stays away when an export of this very server from before is taken in', async () => {
    const house = await open()
    const { passwords } = await openPeople({ house, limits: noLimits })
    const { old } = await openOldHouse(house, passwords)
    const lines = await linesOf(house, { signingKeys: true })
    const { database, runtime } = house
    const { digest } = JSON.parse(lines.find((line) => line.startsWith('{"kind":"api-key"')) ?? '') as {
      digest: string
    }
    const key = (await keyByDigest(database, digest)) ?? assert.fail()
    const [signing] = await allKeys(database)
    runtime.advance(10)
    await distrustIssuer(old, 'https://partner.example')
    await database.commit([
      endKey(old, key),
      eraseUser(old, grace.id),
      deleteClient(old, 'secretive'),
      rememberEnded(database, 'client secretive', runtime.now()),
      unpublishNow(database, signing?.kid ?? '', runtime.now()),
      deleteKeys(database, runtime.now() + 1),
    ])
    const report = await bring(house, lines)
    const { keys, created, clients, issuers, signingKeys, sessions, grants } = report
    assert.deepEqual(
      { keys, created, clients, issuers, signingKeys, sessions, grants },
      { keys: 0, created: 0, clients: 0, issuers: 0, signingKeys: 0, sessions: 0, grants: 0 },
    )
  })

  test('C10: a role that was withdrawn and an account elsewhere that was unlinked do not come back with a change of name there', async () => {
    const to = await openPeople({ house: await open(), limits: noLimits })
    const { database, runtime } = to.house
    const one = { upstream: 'google', issuer: 'https://accounts.google.com', subject: '7', email: null }
    const there = { id: '1', username: 'ada', roles: ['Teller', 'clerk'], identities: [one] }
    await take(to, people(there))
    const ada = (await userNamed(to, 'ada')) ?? assert.fail()
    const unlink = `delete from identities where user_id = '${ada.id}'`
    await database.commit([
      withdrawRole(database, ada.id, 'teller'),
      rememberTaken(database, ada.id, roleThing('teller'), runtime.now()),
      { sql: unlink, parameters: [] },
      rememberTaken(database, ada.id, identityThing(one), runtime.now()),
    ])
    await take(to, people({ ...there, name: 'Ada', roles: ['Teller', 'clerk', 'auditor'] }))
    const roles = await database.read('select role from user_roles order by role', [])
    assert.deepEqual(
      roles.map(({ role }) => role),
      ['auditor', 'clerk'],
    )
    assert.deepEqual(await identitiesOf(database, ada.id), [])
    // What is remembered fits an index, and a line of an export.
    assert.ok(identityThing({ ...one, issuer: `https://${'i'.repeat(4000)}.example` }).length < 100)
  })

  test('an id of somebody who has another name here by now is nobody else’s', async () => {
    const house = await open()
    const { add } = await openPeople({ house, limits: noLimits })
    const ada = await add({ username: 'ada', email: 'ada@example.test' })
    const lines = [JSON.stringify({ kind: 'user', id: ada.id, username: 'ada-before' })]
    const report = await bring(house, lines)
    assert.deepEqual([report.created, report.conflicts.length], [0, 1])
  })
})
