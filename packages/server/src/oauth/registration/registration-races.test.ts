import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onBothEngines } from '../../../../../tests/harness/engines.ts'
import { allClients, clientById } from '../clients/clients.store.ts'
import { ada, codeFor } from '../house.ts'
import { application, changeOf, openRegistrationHouse } from './registration.fixture.ts'
import { forgetUnusedClients, unusedSeconds } from './unused.ts'

onBothEngines('Races of registration', (open) => {
  test('a token that is good for one registration registers one client, however many come at once', async () => {
    const house = await openRegistrationHouse({ mode: 'token' }, await open())
    const token = await house.invite()
    const answers = await Promise.all(Array.from({ length: 20 }, () => house.register(application, token)))
    const statuses = answers.map(({ status }) => status).sort()
    assert.equal(statuses[0], 201)
    // Past the limit of failures the others are told to wait.
    assert.ok(statuses.slice(1).every((status) => status === 401 || status === 429))
    assert.equal((await house.database.read('select client_id from registrations', [])).length, 1)
    const rows = await house.database.read(`select id from clients where name = 'An Application'`, [])
    assert.equal(rows.length, 1, 'what lost left nothing behind')
  })

  test('a token that is good for three registers three', async () => {
    const house = await openRegistrationHouse({ mode: 'token' }, await open())
    const token = await house.invite({ uses: 3 })
    const answers = await Promise.all(Array.from({ length: 10 }, () => house.register(application, token)))
    assert.equal(answers.filter(({ status }) => status === 201).length, 3)
  })

  test('what registered without a token and nobody used in a month is forgotten, and nothing else', async () => {
    const house = await openRegistrationHouse({ mode: 'open' }, await open())
    const registered = async (token?: string) =>
      String((await house.register(application, token)).body['client_id'])
    const unused = await registered()
    const invited = await registered(await house.invite())
    const used = await registered()
    const redirect_uri = 'https://app.example/cb'
    await codeFor(await house.signedIn(ada), { client_id: used, redirect_uri, scope: 'openid' })
    house.runtime.advance(unusedSeconds)
    const before = (await allClients(house.database)).map(({ id }) => id)
    await forgetUnusedClients(house)
    assert.equal((await allClients(house.database)).length, before.length)
    house.runtime.advance(1)
    const late = await registered()
    await Promise.all([forgetUnusedClients(house), forgetUnusedClients(house)])
    const after = new Set((await allClients(house.database)).map(({ id }) => id))
    assert.deepEqual(
      [...before, late].filter((id) => !after.has(id)),
      [unused],
    )
    assert.ok(after.has(invited))
  })

  test('of changes that a client makes of itself at once with one token, one is stored', async () => {
    const house = await openRegistrationHouse({ mode: 'open' }, await open())
    const { body } = await house.register(application)
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, at) =>
        house.manage('PUT', body, changeOf(body, { client_name: `Name ${at}` })),
      ),
    )
    const [stored, ...others] = answers.filter(({ status }) => status === 200)
    assert.equal(others.length, 0)
    const client = await clientById(house.database, String(body['client_id']))
    assert.equal(client?.name, stored?.body['client_name'])
    assert.equal(client?.revision, 1)
    assert.equal((await house.manage('GET', stored?.body ?? {})).status, 200)
  })
})
