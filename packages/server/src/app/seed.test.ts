import assert from 'node:assert/strict'
import { test } from 'node:test'
import { rolesOf } from '../access/roles.store.ts'
import { passwordsOf } from '../accounts/credentials/passwords.ts'
import { allApis } from '../oauth/apis/apis.store.ts'
import { clientById } from '../oauth/clients/clients.store.ts'
import { openHouse } from '../platform/house.ts'
import { Secret } from '../platform/secret.ts'
import { bootstrapAdministrator } from './bootstrap.ts'
import { seed } from './seed.ts'

const cheap = { cost: { memoryKib: 64, passes: 1, lanes: 1 } }

test('the seed can be planted again, and its addresses follow the ports', async () => {
  const house = await openHouse()
  const passwords = passwordsOf(house, cheap)
  await seed(house, passwords, 'http://localhost:4401')
  await seed(house, passwords, 'http://localhost:4401')
  await seed(house, passwords, 'http://localhost:5501')
  assert.deepEqual(
    (await allApis(house.database)).map(({ identifier }) => identifier),
    ['http://localhost:5501/api'],
  )
  assert.deepEqual((await clientById(house.database, 'demo-spa'))?.redirectUris, [
    'http://localhost:5501/callback',
  ])
  assert.equal((await clientById(house.database, 'demo-machine'))?.api, 'http://localhost:5501/api')
  assert.deepEqual(await rolesOf(house.database, 'usr_tim'), ['teller'])
  await house.close()
})

test('PW-19: the first administrator is made once; later the variables open nothing', async () => {
  const house = await openHouse()
  const passwords = passwordsOf(house, cheap)
  const admin = (email: string, password = 'a passphrase for the first one') => ({
    bootstrapAdmin: { email, password: new Secret(password) },
  })
  assert.equal(
    (await bootstrapAdministrator(house, passwords, admin('first@example.test', 'short')))[0]?.path,
    'COUNTERSIGN_BOOTSTRAP_ADMIN_PASSWORD',
  )
  const together = [1, 2, 3].map(() => bootstrapAdministrator(house, passwords, admin('first@example.test')))
  assert.deepEqual(await Promise.all(together), [[], [], []])
  assert.deepEqual(await bootstrapAdministrator(house, passwords, admin('second@example.test')), [])
  const users = await house.database.read('select email from users', [])
  assert.deepEqual(
    users.map(({ email }) => email),
    ['first@example.test'],
  )
  await house.close()
})
