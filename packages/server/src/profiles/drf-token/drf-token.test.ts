// The wires of Django that give out keys, case by case.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { noLimits, openPeople, type People, password } from '../../accounts/people.fixture.ts'
import { type Answer, edgeOf, Visitor } from '../../platform/house.ts'
import { ensureProfileClients } from '../profile-client.ts'
import { djoserRoutes, djRestAuthRoutes, drfTokenRoutes } from './drf-token.routes.ts'
import { drfToken } from './key.ts'

const right = { username: 'ada', password }
let people: People
let visitor: Visitor
before(async () => {
  people = await openPeople({ limits: noLimits })
  const room = { platform: people.house, door: people, resource: null }
  await ensureProfileClients(people.house, [drfToken])
  await people.add({ username: 'ada', claims: { given_name: 'Ada', family_name: 'Lovelace' } })
  const routes = [
    ...drfTokenRoutes(room, ['/api-token-auth/']),
    ...djoserRoutes(room, '/auth/'),
    ...djRestAuthRoutes(room, '/dj-rest-auth/'),
  ]
  visitor = new Visitor(edgeOf(people.house, routes))
})
after(() => people.house.close())

function post(path: string, members: unknown, headers: Record<string, string> = {}): Promise<Answer> {
  return visitor.visit(path, {
    method: 'POST',
    body: JSON.stringify(members),
    headers: { 'content-type': 'application/json', ...headers },
  })
}

function get(path: string, authorization?: string): Promise<Answer> {
  return visitor.visit(path, { headers: authorization === undefined ? {} : { authorization } })
}

const keyOf = async () => String((await post('/api-token-auth/', right)).json()['token'])

describe('Keys of Django REST framework', () => {
  test('a login gives forty hexadecimal digits', async () => {
    const answer = await post('/api-token-auth/', right)
    assert.equal(answer.status, 200)
    assert.match(String(answer.json()['token']), /^[0-9a-f]{40}$/)
  })

  for (const [what, members, body] of [
    [
      'a wrong password',
      { username: 'ada', password: 'x' },
      { non_field_errors: ['Unable to log in with provided credentials.'] },
    ],
    [
      'an unknown name',
      { username: 'nobody', password },
      { non_field_errors: ['Unable to log in with provided credentials.'] },
    ],
    ['no password', { username: 'ada' }, { password: ['This field is required.'] }],
    ['a blank name', { username: '', password }, { username: ['This field may not be blank.'] }],
  ] as const) {
    test(`${what} is 400 in the framework’s words`, async () => {
      const answer = await post('/api-token-auth/', members)
      assert.deepEqual([answer.status, answer.json()], [400, body])
    })
  }

  for (const [authorization, detail] of [
    [undefined, 'Authentication credentials were not provided.'],
    ['Bearer x', 'Authentication credentials were not provided.'],
    ['Token', 'Invalid token header. No credentials provided.'],
    ['Token a b', 'Invalid token header. Token string should not contain spaces.'],
    ['Token abc', 'Invalid token.'],
    [`Token ${'0'.repeat(40)}`, 'Invalid token.'],
  ] as const) {
    test(`“${authorization ?? ''}” is 401: ${detail}`, async () => {
      const answer = await get('/auth/users/me/', authorization)
      assert.deepEqual([answer.status, answer.json()], [401, { detail }])
      assert.equal(answer.header('www-authenticate'), 'Token')
    })
  }
})

describe('The wire of djoser', () => {
  test('a key tells who somebody is until they sign out', async () => {
    const login = await post('/auth/token/login/', right)
    assert.deepEqual(Object.keys(login.json()), ['auth_token'])
    const authorization = `Token ${login.json()['auth_token']}`
    const me = await get('/auth/users/me/', authorization)
    assert.deepEqual(Object.keys(me.json()), ['email', 'id', 'username'])
    assert.equal(me.header('allow'), 'GET, HEAD, OPTIONS')
    const logout = await post('/auth/token/logout/', {}, { authorization })
    assert.deepEqual([logout.status, logout.body], [204, ''])
    assert.equal((await get('/auth/users/me/', authorization)).status, 401)
  })

  test('to sign out one has to be in', async () => {
    assert.equal((await post('/auth/token/logout/', {})).status, 401)
  })
})

describe('The wire of dj-rest-auth', () => {
  test('a name or an address signs in', async () => {
    for (const members of [
      right,
      { email: 'ada@example.test', password },
      { username: '', email: 'ada@example.test', password },
    ]) {
      const answer = await post('/dj-rest-auth/login/', members)
      assert.deepEqual([answer.status, Object.keys(answer.json())], [200, ['key']])
    }
  })

  test('the details of a person have the names that front ends read', async () => {
    const answer = await get('/dj-rest-auth/user/', `token ${await keyOf()}`)
    const { pk, ...rest } = answer.json()
    assert.equal(typeof pk, 'number')
    assert.deepEqual(rest, {
      username: 'ada',
      email: 'ada@example.test',
      first_name: 'Ada',
      last_name: 'Lovelace',
    })
  })

  test('signing out ends the key, and is said also to whoever has none', async () => {
    const key = await keyOf()
    for (const headers of [{ authorization: `Token ${key}` }, {}]) {
      const answer = await post('/dj-rest-auth/logout/', {}, headers as Record<string, string>)
      assert.deepEqual([answer.status, answer.json()], [200, { detail: 'Successfully logged out.' }])
    }
    assert.equal((await get('/dj-rest-auth/user/', `Token ${key}`)).status, 401)
  })

  test('what a view doesn’t take is 405', async () => {
    const answer = await get('/dj-rest-auth/login/')
    assert.deepEqual([answer.status, answer.json()], [405, { detail: 'Method "GET" not allowed.' }])
  })
})
