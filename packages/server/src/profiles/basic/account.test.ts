import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { arm } from '../../accounts/factors/factors.fixture.ts'
import { noLimits, openPeople, type People, password } from '../../accounts/people.fixture.ts'
import { disableUser, type User } from '../../accounts/users/users.store.ts'
import { apiCatalogue } from '../../oauth/apis/catalogue.ts'
import { createApi } from '../../oauth/apis/registration.ts'
import { disableClient } from '../../oauth/clients/clients.store.ts'
import { edgeOf, Visitor } from '../../platform/house.ts'
import { ensureProfileClients } from '../profile-client.ts'
import { accountApiRoutes } from './account.routes.ts'
import { basic, basicRoutes } from './basic.routes.ts'
import { basicSettings } from './settings.ts'

const bank = 'https://bank.example/api'
const basicOf = (name: string, secret: string) =>
  `Basic ${Buffer.from(`${name}:${secret}`).toString('base64')}`

describe('The account of who sends name and password with each request', () => {
  let people: People
  let ada: User
  let visitor: Visitor
  before(async () => {
    people = await openPeople({ limits: noLimits })
    const { house } = people
    const made = await createApi(house, { identifier: bank, name: 'The Bank', scopes: [] })
    if (!made.ok) throw new Error(JSON.stringify(made.findings))
    await ensureProfileClients(house, [basic])
    const settings = basicSettings.parse({})
    const room = { platform: house, door: people, oauth: { apis: apiCatalogue(house) }, settings }
    const routes = [...basicRoutes(room), ...accountApiRoutes(room, settings)]
    visitor = new Visitor(edgeOf(house, routes), house.issuer.origin)
    ada = await people.add({ username: 'ada' })
  })
  after(() => people.house.close())

  const ask = (authorization?: string, headers: Record<string, string> = {}, peer = '127.0.0.1') =>
    visitor.visit('/api/account', { peer, headers: { ...headers, ...(authorization && { authorization }) } })

  test('is told to its person, and kept by nobody on the way', async () => {
    const answer = await ask(basicOf('ada', password))
    assert.equal(answer.status, 200, answer.body)
    const { sub, preferred_username: name, email, roles } = answer.json()
    assert.deepEqual([sub, name, email, roles], [ada.id, 'ada', ada.email, []])
    assert.equal(answer.header('cache-control'), 'no-store')
  })

  test('PW-08: is told to nobody else, in the same words whatever was wrong', async () => {
    const [wrong, unknown] = [await ask(basicOf('ada', 'wrong')), await ask(basicOf('nobody', password))]
    assert.deepEqual([wrong.status, wrong.json()['error']], [401, 'invalid_grant'])
    assert.equal(wrong.body, unknown.body)
    assert.equal(wrong.header('www-authenticate'), 'Basic realm="Countersign", charset="UTF-8"')
    for (const other of [undefined, 'Bearer x', 'Basic ###'])
      assert.equal((await ask(other)).status, 401, String(other))
  })

  const tokenFor = async (username: string, more: Record<string, string> = {}) => {
    const form = { username, password, ...more }
    const answer = await visitor.visit('/get_access_token', { form, peer: '127.0.0.1' })
    return answer.json()['access_token']
  }

  test('is told for the token that was had for name and password, while it is good', async () => {
    const token = await tokenFor('ada')
    const [byToken, byBasic] = [await ask(`Bearer ${token}`), await ask(basicOf('ada', password))]
    assert.deepEqual([byToken.status, byToken.body], [200, byBasic.body])
    people.house.runtime.advance(3601)
    const late = await ask(`Bearer ${token}`)
    const { error, code } = late.json()
    assert.deepEqual([late.status, error, code], [401, 'invalid_token', 'token_expired'])
    assert.match(late.header('www-authenticate') ?? '', /^Bearer .*error="invalid_token"/)
  })

  test('C21: is not told for a token of an API, which the API could show as its own', async () => {
    const token = await tokenFor('ada', { resource: bank })
    assert.equal((await ask(`Bearer ${token}`)).status, 401)
  })

  test('no script in a browser makes it ask with a window of its own', async () => {
    const answer = await ask(undefined, { 'sec-fetch-site': 'cross-site' })
    assert.doesNotMatch(answer.header('www-authenticate') ?? '', /basic/i)
  })

  test('nobody’s password is taken over plain http from elsewhere', async () => {
    const answer = await ask(basicOf('ada', password), {}, '203.0.113.7')
    assert.deepEqual([answer.status, answer.json()['error']], [403, 'https_required'])
  })

  test('C12, MF-05: is told to nobody by a password alone who has a second factor', async () => {
    const sure = await people.add({ username: 'sure', email: 'sure@example.test' })
    await arm(people.house, sure.id)
    const answer = await ask(basicOf('sure', password))
    assert.deepEqual([answer.status, answer.json()['error']], [401, 'second_factor_required'])
  })

  test('a disabled person is out with the next request', async () => {
    const gone = await people.add({ username: 'gone', email: 'gone@example.test' })
    assert.equal((await ask(basicOf('gone', password))).status, 200)
    const { database, runtime } = people.house
    await database.commit([disableUser(database, runtime.now(), gone.id)])
    assert.equal((await ask(basicOf('gone', password))).status, 401)
  })

  test('nobody’s password opens it, nor what was had for one, once an operator has disabled the client of this wire', async () => {
    const { database, runtime } = people.house
    const token = await tokenFor('ada')
    const both = async () => [await ask(basicOf('ada', password)), await ask(`Bearer ${token}`)]
    assert.deepEqual(
      (await both()).map(({ status }) => status),
      [200, 200],
    )
    await database.commit([disableClient(database, basic.id, runtime.now())])
    const [named, shown] = await both()
    await database.commit([disableClient(database, basic.id, null)])
    assert.deepEqual([named?.status, named?.json()['error']], [401, 'invalid_grant'])
    assert.equal(shown?.status, 401)
  })
})
