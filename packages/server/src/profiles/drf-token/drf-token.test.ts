// Keys of Django REST framework, case by case.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { digest } from '@countersign/protocol'
import { noLimits, openPeople, type People, password } from '../../accounts/people.fixture.ts'
import { endAllSessions } from '../../accounts/sessions/sessions.store.ts'
import { disableUser } from '../../accounts/users/users.store.ts'
import { devicesOf } from '../../oauth/device/devices.ts'
import { accessTokenByDigest } from '../../oauth/tokens/access-tokens.store.ts'
import { revokeFamily } from '../../oauth/tokens/families.store.ts'
import { type Answer, edgeOf, Visitor } from '../../platform/house.ts'
import { asAsker } from '../django/asker.ts'
import { ensureProfileClients } from '../profile-client.ts'
import { answer, viewRoutes } from '../wire/view.routes.ts'
import { drfTokenRoutes } from './drf-token.routes.ts'
import { drfToken } from './key.ts'

const right = { username: 'ada', password }
let people: People
let visitor: Visitor
before(async () => {
  people = await openPeople({ limits: noLimits })
  const room = { platform: people.house, door: people, resource: null, takesKeys: true, jwt: null }
  await ensureProfileClients(people.house, [drfToken])
  await people.add({ username: 'ada' })
  const me = viewRoutes(['/me/'], {
    name: 'Me',
    description: '',
    fields: [],
    get: (request) => asAsker(room, request, async ({ user }) => answer(200, { id: user.id })),
  })
  visitor = new Visitor(edgeOf(people.house, [...drfTokenRoutes(room, ['/api-token-auth/']), ...me]))
})
after(() => people.house.close())

function post(path: string, members: unknown): Promise<Answer> {
  return visitor.visit(path, {
    method: 'POST',
    body: JSON.stringify(members),
    headers: { 'content-type': 'application/json' },
  })
}

describe('Keys of Django REST framework', () => {
  test('a login gives forty hexadecimal digits, another one each time', async () => {
    const [one, other] = [await post('/api-token-auth/', right), await post('/api-token-auth', right)]
    assert.deepEqual([one.status, other.status], [200, 200])
    assert.match(String(one.json()['token']), /^[0-9a-f]{40}$/)
    assert.notEqual(one.json()['token'], other.json()['token'])
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
      const refused = await post('/api-token-auth/', members)
      assert.deepEqual([refused.status, refused.json()], [400, body])
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
      const refused = await visitor.visit(
        '/me/',
        authorization === undefined ? {} : { headers: { authorization } },
      )
      assert.deepEqual([refused.status, refused.json()], [401, { detail }])
      assert.equal(refused.header('www-authenticate'), 'Token')
    })
  }

  test('a key opens what is behind it, whatever the case of its scheme', async () => {
    const { token } = (await post('/api-token-auth/', right)).json()
    for (const scheme of ['Token', 'token']) {
      assert.equal(
        (await visitor.visit('/me/', { headers: { authorization: `${scheme} ${token}` } })).status,
        200,
      )
    }
  })

  test('SE-08: among its person’s devices it says when it was used last, to a few minutes', async () => {
    const { house } = people
    const { id } = await people.add({ username: 'busy', email: 'busy@example.test' })
    const { token } = (await post('/api-token-auth/', { username: 'busy', password })).json()
    const use = () => visitor.visit('/me/', { headers: { authorization: `Token ${token}` } })
    const lastUse = async () => (await devicesOf(house, id))[0]?.newest[0]?.lastUsedAt
    house.runtime.advance(86_400)
    const used = house.runtime.now()
    assert.equal((await use()).status, 200)
    // It is written down beside the answer.
    const deadline = performance.now() + 60_000
    while ((await lastUse()) !== used) {
      assert.ok(performance.now() < deadline, 'the use was not written down')
      await new Promise((resume) => setImmediate(resume))
    }
    house.runtime.advance(60)
    assert.equal((await use()).status, 200)
    assert.equal(await lastUse(), used)
  })

  test('whose person is disabled it says so, and opens nothing; of one that was signed out of it doesn’t', async () => {
    const { database, runtime } = people.house
    const { id } = await people.add({ username: 'gone', email: 'gone@example.test' })
    const keyOf = async () => (await post('/api-token-auth/', { username: 'gone', password })).json()['token']
    const [key, ended] = [await keyOf(), await keyOf()]
    const claimed = async (one: unknown) => {
      const answered = await visitor.visit('/me/', { headers: { authorization: `Token ${one}` } })
      return [answered.status, answered.json()['detail']]
    }
    const { live } = (await accessTokenByDigest(people.house, digest(String(ended)))) ?? assert.fail()
    await database.commit([
      revokeFamily(database, live?.family.id ?? '', 'revoked by the client', runtime.now()),
    ])
    await database.commit([
      disableUser(database, runtime.now(), id),
      endAllSessions(database, runtime.now(), id),
    ])
    assert.deepEqual(await claimed(key), [401, 'User inactive or deleted.'])
    assert.deepEqual(await claimed(ended), [401, 'Invalid token.'])
  })
})
