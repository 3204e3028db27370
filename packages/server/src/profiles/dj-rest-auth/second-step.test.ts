import assert from 'node:assert/strict'
import { test } from 'node:test'
import { credentialOfUser, putPassword } from '../../accounts/credentials/passwords.store.ts'
import { noLimits, openPeople } from '../../accounts/people.fixture.ts'
import { secondStep } from './second-step.ts'

test('C12, C15: a password that was changed while it was tried opens no second step', async () => {
  const { house, passwords, add } = await openPeople({ limits: noLimits })
  const { id } = await add({ username: 'ada' })
  const { database, runtime } = house
  const proven = (await credentialOfUser(database, id)) ?? assert.fail()
  assert.equal((await secondStep({ platform: house }, proven)).status, 200)
  runtime.advance(1)
  const changed = await passwords.protect(id, 'another-engine-1843')
  await database.commit([putPassword(database, runtime.now(), id, changed)])
  assert.equal((await secondStep({ platform: house }, proven)).status, 400)
  await house.close()
})
