import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { digest } from '@countersign/protocol'
import { putPassword } from '../../accounts/credentials/passwords.store.ts'
import { noLimits, openPeople, type People, password } from '../../accounts/people.fixture.ts'
import { disableUser, type User } from '../../accounts/users/users.store.ts'
import { apiCatalogue } from '../../oauth/apis/catalogue.ts'
import { createApi } from '../../oauth/apis/registration.ts'
import { accessTokenByDigest } from '../../oauth/tokens/access-tokens.store.ts'
import { edgeOf, type HouseOptions, Visitor } from '../../platform/house.ts'
import { ensureProfileClients } from '../profile-client.ts'
import { basic, basicRoutes } from './basic.routes.ts'
import { basicDoor } from './proven.ts'
import { basicSettings } from './settings.ts'

const bank = 'https://bank.example/api'
const right = { username: 'ada', password }
const loopback = '127.0.0.1'

interface BasicHouse extends People {
  readonly visitor: Visitor
  readonly ada: User
  send(members: unknown, headers?: Record<string, string>): ReturnType<Visitor['visit']>
}

async function openBasic({
  scopes = ['accounts:read'],
  ...options
}: HouseOptions & { readonly scopes?: string[] } = {}): Promise<BasicHouse> {
  const people = await openPeople({ ...options, limits: noLimits })
  const { house } = people
  const made = await createApi(house, {
    identifier: bank,
    name: 'The Bank',
    scopes: [
      { name: 'accounts:read', description: 'See your accounts' },
      { name: 'accounts:close', description: 'Close accounts' },
    ],
  })
  if (!made.ok) throw new Error(JSON.stringify(made.findings))
  await ensureProfileClients(house, [basic])
  const settings = basicSettings.parse({ scopes })
  const room = { platform: house, door: people, oauth: { apis: apiCatalogue(house) }, settings }
  const visitor = new Visitor(edgeOf(house, basicRoutes(room)), house.issuer.origin)
  const ada = await people.add({ username: 'ada' })
  return {
    ...people,
    ada,
    visitor,
    send: (members, headers = {}) =>
      visitor.visit('/get_access_token', {
        method: 'POST',
        peer: loopback,
        ...(members !== undefined && { body: JSON.stringify(members) }),
        headers: { 'content-type': 'application/json', ...headers },
      }),
  }
}

const basicOf = (name: string, secret: string) =>
  `Basic ${Buffer.from(`${name}:${secret}`).toString('base64')}`

describe('A token for a name and a password', () => {
  let house: BasicHouse
  before(async () => {
    house = await openBasic()
  })
  after(() => house.house.close())

  const stored = (token: unknown) => accessTokenByDigest(house.house, digest(String(token)))

  test('is given for JSON, for a form and for Basic alike', async () => {
    const answers = [
      await house.send(right),
      await house.visitor.visit('/get_access_token', { form: right, peer: loopback }),
      await house.send(undefined, { authorization: basicOf('ada', password) }),
    ]
    for (const answer of answers) {
      assert.equal(answer.status, 200, answer.body)
      const { access_token: token, ...rest } = answer.json()
      assert.match(String(token), /^csat_/)
      const until = house.house.runtime.now() + 3600
      const scope = 'openid profile email'
      assert.deepEqual(rest, { token_type: 'Bearer', expires_in: 3600, expires_at: until, scope })
      assert.equal((await stored(token))?.live?.user.id, house.ada.id)
      assert.equal(answer.header('cache-control'), 'no-store')
    }
  })

  test('is for one API where one is named, with its scopes', async () => {
    const answer = await house.send({ ...right, resource: bank })
    const { claims } = (await stored(answer.json()['access_token'])) ?? assert.fail()
    assert.deepEqual([claims.aud, claims.scope], [bank, 'accounts:read'])
    const unknown = await house.send({ ...right, resource: 'https://other.example' })
    assert.deepEqual([unknown.status, unknown.json()['error']], [400, 'invalid_target'])
  })

  test('names no scope where it has none (RFC 6749 §3.3)', async () => {
    const none = await openBasic({ scopes: [] })
    const answer = await none.send({ ...right, resource: bank })
    assert.deepEqual(Object.keys(answer.json()), ['access_token', 'token_type', 'expires_in', 'expires_at'])
    await none.house.close()
  })

  test('C21: is good for no scope of an API that the operator did not give to passwords', async () => {
    assert.deepEqual(basicSettings.parse({}).scopes, [])
    const answer = await house.send({ ...right, resource: bank })
    assert.equal(answer.json()['scope'], 'accounts:read')
  })

  test('is worth nothing once its time is up', async () => {
    const token = (await house.send(right)).json()['access_token']
    house.house.runtime.advance(3601)
    assert.equal(await stored(token), undefined)
  })

  test('dies with its person', async () => {
    const someone = await house.add({ username: 'gone', email: 'gone@example.test' })
    const token = (await house.send({ username: 'gone', password })).json()['access_token']
    assert.ok(await stored(token))
    const { database, runtime } = house.house
    await database.commit([disableUser(database, runtime.now(), someone.id)])
    assert.equal(await stored(token), undefined)
  })

  for (const [what, members, headers] of [
    ['a wrong password', { username: 'ada', password: 'wrong' }, {}],
    ['a name that nobody has', { username: 'nobody', password }, {}],
    ['a wrong password by Basic', undefined, { authorization: basicOf('ada', 'wrong') }],
  ] as const) {
    test(`${what} is 401 and says what would be accepted`, async () => {
      const answer = await house.send(members, headers)
      assert.deepEqual([answer.status, answer.json()['error']], [401, 'invalid_grant'])
      assert.equal(answer.header('www-authenticate'), 'Basic realm="Countersign", charset="UTF-8"')
    })
  }

  test('no script in a browser makes it ask with a window of its own', async () => {
    for (const headers of [
      { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'cors' },
      { origin: 'https://app.example' },
      { 'x-requested-with': 'XMLHttpRequest' },
    ]) {
      const answer = await house.send({ username: 'ada', password: 'wrong' }, headers)
      assert.doesNotMatch(answer.header('www-authenticate') ?? '', /basic/i)
    }
    const program = await house.send({ username: 'ada', password: 'wrong' }, { 'sec-fetch-mode': 'cors' })
    assert.match(program.header('www-authenticate') ?? '', /^Basic /)
  })

  for (const [what, members, headers] of [
    ['nothing', {}, {}],
    ['no password', { username: 'ada' }, {}],
    ['a number for a name', { username: 1, password }, {}],
    ['a list', [right], {}],
    ['a token alone', {}, { authorization: 'Bearer x' }],
    ['malformed Basic', undefined, { authorization: 'Basic !' }],
    ['a resource that is no text', { ...right, resource: [bank] }, {}],
  ] as const) {
    test(`${what} is 400`, async () => {
      const answer = await house.send(members, headers)
      assert.deepEqual([answer.status, answer.json()['error']], [400, 'invalid_request'])
    })
  }

  test('a token that a front end still sends along keeps nobody out', async () => {
    for (const authorization of ['Bearer undefined', 'Bearer', 'Token x', '']) {
      const answer = await house.send(right, { authorization })
      assert.equal(answer.status, 200, authorization)
    }
    // What Basic says goes before the body.
    const other = await house.send(right, { authorization: basicOf('ada', 'wrong') })
    assert.deepEqual([other.status, other.json()['error']], [401, 'invalid_grant'])
  })

  test('no password is taken over plain http but on this machine', async () => {
    const elsewhere = await house.visitor.visit('/get_access_token', { form: right, peer: '203.0.113.7' })
    assert.equal(elsewhere.status, 403)
    const secure = await openBasic({ issuer: 'https://id.example' })
    const answer = await secure.visitor.visit('/get_access_token', { form: right, peer: '203.0.113.7' })
    assert.equal(answer.status, 200)
    await secure.house.close()
  })
})

describe('A name and a password with each request', () => {
  let house: BasicHouse
  const request = { cookies: new Map<string, string>(), peer: loopback }
  before(async () => {
    house = await openBasic()
  })
  after(() => house.house.close())

  test('a burst of fifty requests costs one hash, and the next fifty none', async () => {
    const door = basicDoor({ platform: house.house, door: house })
    const before = house.hashes()
    const first = await Promise.all(Array.from({ length: 50 }, () => door.prove(request, 'ada', password)))
    assert.ok(first.every(({ ok }) => ok))
    for (let index = 0; index < 50; index += 1) await door.prove(request, 'ada', password)
    assert.ok(house.hashes() - before <= 2)
  })

  test('a changed password is refused with the next request, in every process', async () => {
    const someone = await house.add({ username: 'changer', email: 'changer@example.test' })
    const doors = [1, 2].map(() => basicDoor({ platform: house.house, door: house }))
    for (const door of doors) assert.equal((await door.prove(request, 'changer', password)).ok, true)
    const { database, runtime } = house.house
    const changed = await house.passwords.protect(someone.id, 'another-engine-1843')
    await database.commit([putPassword(database, runtime.now(), someone.id, changed)])
    for (const door of doors) {
      assert.equal((await door.prove(request, 'changer', password)).ok, false)
      assert.equal((await door.prove(request, 'changer', 'another-engine-1843')).ok, true)
    }
  })

  test('C10: a password that is changed while it is being proven is not remembered as the new one', async () => {
    const { database, runtime } = house.house
    const eve = await house.add({ username: 'eve', email: 'eve@example.test' })
    const next = await house.passwords.protect(eve.id, 'another-engine-1843')
    let isChanged = false
    const meanwhile: typeof database = Object.assign(Object.create(database), {
      commit: async (...given: Parameters<typeof database.commit>) => {
        const committed = await database.commit(...given)
        // Of the tries at a password, the commit of its proof is the last one.
        if (committed.ok && house.hashes() > hashed && !isChanged) {
          isChanged = true
          await database.commit([putPassword(database, runtime.now(), eve.id, next)])
        }
        return committed
      },
    })
    const hashed = house.hashes()
    const door = basicDoor({ platform: { ...house.house, database: meanwhile }, door: house })
    assert.equal((await door.prove(request, 'eve', password)).ok, true)
    assert.equal(isChanged, true)
    assert.equal((await door.prove(request, 'eve', password)).ok, false)
  })

  test('a disabled person is refused with the next request', async () => {
    const someone = await house.add({ username: 'leaver', email: 'leaver@example.test' })
    const door = basicDoor({ platform: house.house, door: house })
    assert.equal((await door.prove(request, 'leaver', password)).ok, true)
    const { database, runtime } = house.house
    await database.commit([disableUser(database, runtime.now(), someone.id)])
    assert.equal((await door.prove(request, 'leaver', password)).ok, false)
  })

  test('nothing that is remembered tells a wrong password from none', async () => {
    const door = basicDoor({ platform: house.house, door: house })
    assert.equal((await door.prove(request, 'ada', password)).ok, true)
    for (const wrong of ['', 'wrong', `${password}x`]) {
      assert.deepEqual(await door.prove(request, 'ada', wrong), { ok: false, because: 'refused' })
    }
  })
})
