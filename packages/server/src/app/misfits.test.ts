import assert from 'node:assert/strict'
import { test } from 'node:test'
import { disableClient } from '../oauth/clients/clients.store.ts'
import { createClient } from '../oauth/clients/registration.ts'
import { openHouse } from '../platform/house.ts'
import { misfits } from './misfits.ts'

test('each client that the profile has no place for is named with the reason, but for those that nobody uses', async () => {
  const house = await openHouse()
  const { database, runtime } = house
  const common = { redirectUris: ['https://app.example/callback'], authentication: 'none' } as const
  await createClient(house, { ...common, id: 'public', name: 'Public' })
  await createClient(house, { ...common, id: 'gone', name: 'Gone' })
  await database.commit([disableClient(database, 'gone', runtime.now())])
  const said = async (profile: 'default' | 'fapi2') =>
    (await misfits(database, { profile })).map(({ message }) => message)
  assert.deepEqual(await said('default'), [])
  const [only, ...others] = await said('fapi2')
  assert.match(only ?? '', /fapi2 does not serve the client public: .* its method of authentication/)
  assert.deepEqual(others, [])
  await house.close()
})
