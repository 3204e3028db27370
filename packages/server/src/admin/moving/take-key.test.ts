// Keys of Django REST framework that are brought go on working.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { noLimits, openPeople } from '../../accounts/people.fixture.ts'
import { disableUser } from '../../accounts/users/users.store.ts'
import { edgeOf, Visitor } from '../../platform/house.ts'
import { djoserRoutes } from '../../profiles/djoser/djoser.routes.ts'
import { djoserSettings } from '../../profiles/djoser/settings.ts'
import { exportAll } from './export.ts'
import { people, take, userNamed } from './moving.fixture.ts'
import type { Found } from './records.ts'

const keyOf = (digit: string): string => digit.repeat(40)
const key = (userId: string, digit: string): Found => ({
  kind: 'drf-key',
  userId,
  key: keyOf(digit),
  createdAt: 1_700_000_000,
})

async function openKeys() {
  const to = await openPeople({ limits: noLimits })
  const settings = djoserSettings.parse({ jwt: false })
  const room = { platform: to.house, door: to, resource: null, settings }
  const routes = djoserRoutes({ ...room, takesKeys: true, jwt: null, signUpOpen: true })
  const visitor = new Visitor(edgeOf(to.house, routes))
  const authorization = (digit: string) => ({ authorization: `Token ${keyOf(digit)}` })
  return {
    to,
    whose: async (digit: string) => {
      const answer = await visitor.visit('/auth/users/me/', { headers: authorization(digit) })
      return answer.status === 200 ? answer.json()['username'] : answer.status
    },
    move: (digit: string, email: string) =>
      visitor.visit('/auth/users/me/', {
        method: 'PATCH',
        body: JSON.stringify({ email }),
        headers: { 'content-type': 'application/json', ...authorization(digit) },
      }),
    end: (digit: string) =>
      visitor.visit('/auth/token/logout/', { method: 'POST', headers: authorization(digit) }),
  }
}

test('a key that is brought is its person’s, is ended as any other, and a second run does not revive it', async () => {
  const { to, whose, end } = await openKeys()
  const all = [
    ...people({ id: '7', username: 'ada' }, { id: '8', username: 'bob' }),
    key('7', 'a'),
    key('8', 'b'),
  ]
  const tried = await take(to, all, { apply: false })
  assert.deepEqual([tried.keys, await whose('a')], [2, 401])
  const report = await take(to, all)
  assert.deepEqual([report.created, report.keys, [...report.leftBehind]], [2, 2, []])
  assert.deepEqual([await whose('a'), await whose('b'), await whose('c')], ['ada', 'bob', 401])
  assert.equal((await end('a')).status, 204)
  const again = await take(to, all)
  assert.deepEqual([again.keys, again.same], [0, 2])
  assert.deepEqual([await whose('a'), await whose('b')], [401, 'bob'])
  const bob = (await userNamed(to, 'bob')) ?? assert.fail()
  await to.house.database.commit([disableUser(to.house.database, to.house.runtime.now(), bob.id)])
  assert.equal(await whose('b'), 401)
  await to.house.close()
})

test('keys of people who are not here or are disabled stay behind', async () => {
  const { to, whose } = await openKeys()
  const report = await take(to, [
    ...people({ id: '7', username: 'ada', disabled: true }),
    key('7', 'a'),
    key('9', 'b'),
  ])
  assert.deepEqual(Object.fromEntries(report.leftBehind), {
    'API keys of people who are disabled': 1,
    'API keys of people who are not here': 1,
  })
  assert.deepEqual([await whose('a'), await whose('b')], [401, 401])
  await to.house.close()
})

test('a key that nobody knows the age of is no password typed just now: it moves no address (SE-09)', async () => {
  const { to, move } = await openKeys()
  const ageless = { ...key('7', 'a'), createdAt: null } as Found
  await take(to, [...people({ id: '7', username: 'ada', email: 'ada@example.test' }), ageless])
  const moved = await move('a', 'mallory@evil.example.test')
  assert.equal(moved.status, 400, moved.body)
  assert.deepEqual(await to.house.letters(), [])
  await to.house.close()
})

test('a key leaves with its person, by its digest alone, and goes on working where they come to', async () => {
  const [{ to: from, end }, there] = [await openKeys(), await openKeys()]
  await take(from, [...people({ id: '7', username: 'ada' }), key('7', 'a'), key('7', 'b')])
  assert.equal((await end('b')).status, 204)
  const records: Found[] = []
  for await (const record of exportAll(from.house, from.passwords)) records.push(record)
  const keys = records.filter(({ kind }) => kind === 'drf-key')
  assert.equal(keys.length, 1)
  assert.equal(JSON.stringify(records).includes(keyOf('a')), false)
  const moved = { source: 'countersign', numbers: [], keepsIds: true }
  const report = await take(there.to, records, moved)
  assert.deepEqual([report.created, report.keys, report.conflicts], [1, 1, []])
  assert.deepEqual([await there.whose('a'), await there.whose('b')], ['ada', 401])
  assert.equal((await take(there.to, records, moved)).keys, 0)
  await from.house.close()
  await there.to.house.close()
})
