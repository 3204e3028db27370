// The wire of Knock, case by case.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { encodeBase64url, importSecretJwk, peekUnverified, verifyJws } from '@countersign/protocol'
import { defineRole, grantRole } from '../../access/roles.store.ts'
import { arm } from '../../accounts/factors/factors.fixture.ts'
import { noLimits, openPeople, type People, password } from '../../accounts/people.fixture.ts'
import { putNumber } from '../../accounts/users/numbers.store.ts'
import type { User } from '../../accounts/users/users.store.ts'
import { familyOfToken } from '../../oauth/tokens/families.store.ts'
import { edgeOf, Visitor } from '../../platform/house.ts'
import { ensureProfileClients } from '../profile-client.ts'
import { knock, knockRoutes } from './knock.routes.ts'
import { type KnockInput, type KnockSettings, knockSettings } from './settings.ts'

const secretKeyBase = 'f'.repeat(128)
const railsKey = importSecretJwk({ kty: 'oct', k: encodeBase64url(secretKeyBase) }, 'HS256')
const right = { auth: { email: 'ada@example.test', password } }

interface KnockHouse extends People {
  readonly visitor: Visitor
  readonly ada: User
}

async function openKnock(written: KnockInput = {}): Promise<KnockHouse> {
  const people = await openPeople({ limits: noLimits })
  const settings: KnockSettings = knockSettings.parse(written)
  await ensureProfileClients(people.house, [knock])
  const room = {
    platform: people.house,
    door: people,
    settings,
    signingKey: () => ({ key: railsKey, isShared: false }),
  }
  const ada = await people.add({ username: 'ada' })
  return { ...people, ada, visitor: new Visitor(edgeOf(people.house, knockRoutes(room))) }
}

function send({ visitor }: KnockHouse, body: unknown, path = '/user_token') {
  return visitor.visit(path, {
    method: 'POST',
    body: typeof body === 'string' ? body : JSON.stringify(body),
    headers: { 'content-type': 'application/json' },
  })
}

describe('The wire of Knock', () => {
  let house: KnockHouse
  before(async () => {
    house = await openKnock()
    await house.house.database.commit([putNumber(house.house.database, 'knock user', 7, house.ada.id)])
  })
  after(() => house.house.close())

  test('a login gives 201 and a token that Rails verifies with its own secret', async () => {
    const answer = await send(house, right)
    assert.equal(answer.status, 201)
    assert.equal(answer.header('content-type'), 'application/json; charset=utf-8')
    assert.deepEqual(Object.keys(answer.json()), ['jwt'])
    const jwt = String(answer.json()['jwt'])
    const { payload } = verifyJws(jwt, () => railsKey)
    const claims = JSON.parse(new TextDecoder().decode(payload)) as Record<string, unknown>
    assert.deepEqual(Object.keys(claims).slice(0, 2), ['exp', 'sub'])
    assert.deepEqual([claims['sub'], claims['exp']], [7, house.house.runtime.now() + 86_400])
    assert.deepEqual(peekUnverified(jwt)?.header, { alg: 'HS256' })
  })

  test('the members of auth may come as a form of either kind, and under every name that JSON has in Rails', async () => {
    const form = { 'auth[email]': 'ada@example.test', 'auth[password]': password }
    assert.equal((await house.visitor.visit('/user_token', { form })).status, 201)
    const parts = new FormData()
    for (const [name, value] of Object.entries(form)) parts.append(name, value)
    const multipart = new Response(parts)
    const sent = [
      [multipart.headers.get('content-type') ?? '', await multipart.text(), 201],
      ['application/vnd.api+json', JSON.stringify(right), 201],
      ['text/x-json; charset=utf-8', JSON.stringify(right), 201],
      // Of other types Rails reads nothing.
      ['text/plain', JSON.stringify(right), 400],
      ['application/json', JSON.stringify(form), 400],
      ['application/x-www-form-urlencoded', JSON.stringify(right), 400],
    ] as const
    for (const [type, body, status] of sent) {
      const headers = { 'content-type': type }
      const answer = await house.visitor.visit('/user_token', { method: 'POST', body, headers })
      assert.equal(answer.status, status, type)
    }
  })

  for (const [what, auth] of [
    ['a wrong password', { email: 'ada@example.test', password: 'wrong' }],
    ['an address that nobody has', { email: 'nobody@example.test', password }],
    ['no password', { email: 'ada@example.test' }],
    ['a password that is no text', { email: 'ada@example.test', password: { a: 1 } }],
    ['no address', { password }],
  ] as const) {
    test(`${what} is 404 without a body`, async () => {
      const answer = await send(house, { auth })
      assert.deepEqual([answer.status, answer.body], [404, ''])
      assert.equal(answer.header('content-type'), 'text/html')
    })
  }

  for (const [what, body] of [
    ['a body without auth', { email: 'ada@example.test', password }],
    ['what is no JSON', '{'],
    ['no body', ''],
    ['an auth that is no object', { auth: 'ada' }],
  ] as const) {
    test(`${what} is 400 without a body`, async () => {
      const answer = await send(house, body)
      assert.deepEqual([answer.status, answer.body], [400, ''])
    })
  }

  test('a name that nobody has costs as much work as one that somebody has', async () => {
    const before = house.hashes()
    await send(house, { auth: { email: 'nobody@example.test', password } })
    assert.equal(house.hashes() - before, 1)
  })

  test('a token’s family is listed, and ended as any other is', async () => {
    const { fam, jti } = peekUnverified(String((await send(house, right)).json()['jwt']))?.claims ?? {}
    const live = await familyOfToken(house.house, { familyId: String(fam), jti: String(jti) })
    assert.equal(live?.family.clientId, '~knock')
  })
})

describe('Entities of Knock', () => {
  let house: KnockHouse
  before(async () => {
    house = await openKnock({
      entities: [
        { name: 'user', paths: ['/user_token', '/api/v1/user_token'], lifetime: null },
        { name: 'admin', loginField: 'username', role: 'admin', lifetime: 1800 },
      ],
      audience: 'shop',
      withUser: true,
    })
  })
  after(() => house.house.close())

  test('a token says whose it is, so that a user’s opens no door of an administrator', async () => {
    const claims = peekUnverified(
      String((await send(house, right, '/api/v1/user_token')).json()['jwt']),
    )?.claims
    assert.deepEqual([claims?.['entity'], claims?.['aud'], claims?.['exp']], ['user', 'shop', undefined])
  })

  test('nobody is an administrator without the role', async () => {
    const auth = { username: 'ada', password }
    assert.equal((await send(house, { auth }, '/admin_token')).status, 404)
    // Nor is anybody told that the password was right who is none.
    await arm(house.house, (await house.add({ username: 'grace', email: 'grace@example.test' })).id)
    const other = await send(house, { auth: { username: 'grace', password } }, '/admin_token')
    assert.deepEqual([other.status, other.body], [404, ''])
    const { database } = house.house
    await database.commit([
      defineRole(database, { name: 'admin', description: '' }),
      grantRole(database, house.ada.id, 'admin'),
    ])
    const answer = await send(house, { auth }, '/admin_token')
    assert.equal(answer.status, 201)
    assert.deepEqual(answer.json()['user'], {
      id: house.ada.id,
      email: 'ada@example.test',
      name: 'Ada Lovelace',
    })
    const claims = peekUnverified(String(answer.json()['jwt']))?.claims
    assert.equal(claims?.['entity'], 'admin')
  })
})

describe('What an operator adds to the wire of Knock', () => {
  let house: KnockHouse
  before(async () => {
    house = await openKnock({
      exactNames: true,
      extraClaims: ({ email, roles }) => ({
        email,
        roles,
        sub: 'somebody else',
        exp: 1,
        aud: 'bank',
        jti: 'x',
      }),
      responseExtras: async ({ id, legacyId }) => ({ user: { id, legacyId }, jwt: 'another' }),
    })
  })
  after(() => house.house.close())

  test('C34: claims and members stand beside those of the wire, and never in their place', async () => {
    const answer = (await send(house, right)).json()
    const claims = peekUnverified(String(answer['jwt']))?.claims ?? {}
    assert.deepEqual([claims['email'], claims['roles'], claims['aud']], ['ada@example.test', [], undefined])
    assert.deepEqual([claims['sub'], claims['exp']], [1, house.house.runtime.now() + 86_400])
    assert.notEqual(claims['jti'], 'x')
    assert.deepEqual(answer['user'], { id: house.ada.id, legacyId: 1 })
  })

  test('names count in the letters in which they are kept, on request', async () => {
    const loud = { auth: { email: 'ADA@example.test', password } }
    assert.equal((await send(house, loud)).status, 404)
    assert.equal((await send(house, right)).status, 201)
    const usual = await openKnock()
    assert.equal((await send(usual, loud)).status, 201)
    await usual.house.close()
  })

  test('other methods find nothing, as in Rails', async () => {
    for (const method of ['GET', 'PUT', 'PATCH', 'DELETE']) {
      const answer = await house.visitor.visit('/user_token', { method })
      assert.deepEqual([answer.status, answer.body], [404, ''])
    }
  })
})
