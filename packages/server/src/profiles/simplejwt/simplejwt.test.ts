// The wire of djangorestframework-simplejwt 5.5.1, case by case: what it answers, to the letter.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { encodeBase64url, importSecretJwk, peekUnverified, signJws } from '@countersign/protocol'
import { password } from '../../accounts/people.fixture.ts'
import type { User } from '../../accounts/users/users.store.ts'
import { edgeOf, Visitor } from '../../platform/house.ts'
import { openSimpleJwt, type SimpleJwtHouse } from '../profile.fixture.ts'
import { simpleJwtRoutes } from './simplejwt.routes.ts'
import { assertRefused, byDjango, claimsOf, credentials, pairOf, refreshWith } from './wire.fixture.ts'

const required = ['This field is required.']
const blank = ['This field may not be blank.']

interface Case {
  readonly name: string
  readonly path?: string
  readonly method?: string
  readonly headers?: Record<string, string>
  readonly body?: string
  readonly json?: unknown
  readonly status: number
  readonly answer: unknown
}

const cases: readonly Case[] = [
  { name: 'nothing', json: {}, status: 400, answer: { username: required, password: required } },
  { name: 'no password', json: { username: 'ada' }, status: 400, answer: { password: required } },
  { name: 'no name', json: { password }, status: 400, answer: { username: required } },
  { name: 'a blank name', json: { username: '  ', password }, status: 400, answer: { username: blank } },
  {
    name: 'a blank password',
    json: { username: 'ada', password: '' },
    status: 400,
    answer: { password: blank },
  },
  {
    name: 'null',
    json: { username: null, password },
    status: 400,
    answer: { username: ['This field may not be null.'] },
  },
  {
    name: 'a list for a text',
    json: { username: ['ada'], password },
    status: 400,
    answer: { username: ['Not a valid string.'] },
  },
  {
    name: 'a truth value for a text',
    json: { username: true, password },
    status: 400,
    answer: { username: ['Not a valid string.'] },
  },
  {
    name: 'an object for a text',
    json: { username: 'ada', password: { $ne: '' } },
    status: 400,
    answer: { password: ['Not a valid string.'] },
  },
  {
    name: 'a null character',
    json: { username: 'a\0da', password },
    status: 400,
    answer: { username: ['Null characters are not allowed.'] },
  },
  {
    name: 'a number for a name',
    json: { username: 12, password },
    status: 401,
    answer: { detail: 'No active account found with the given credentials' },
  },
  {
    name: 'an array',
    json: [1],
    status: 400,
    answer: { non_field_errors: ['Invalid data. Expected a dictionary, but got list.'] },
  },
  {
    name: 'a bare text',
    json: 'ada',
    status: 400,
    answer: { non_field_errors: ['Invalid data. Expected a dictionary, but got str.'] },
  },
  {
    name: 'a bare number',
    json: 7,
    status: 400,
    answer: { non_field_errors: ['Invalid data. Expected a dictionary, but got int.'] },
  },
  {
    name: 'a bare null',
    json: null,
    status: 400,
    answer: { non_field_errors: ['No data provided'] },
  },
  {
    name: 'what is no JSON',
    body: '{"username":',
    status: 400,
    answer: { detail: 'JSON parse error - Expecting value: line 1 column 1 (char 0)' },
  },
  {
    name: 'plain text',
    body: 'ada',
    headers: { 'content-type': 'text/plain' },
    status: 415,
    answer: { detail: 'Unsupported media type "text/plain" in request.' },
  },
  { name: 'an empty body', body: '', status: 400, answer: { username: required, password: required } },
  {
    name: 'a wish for XML',
    json: credentials,
    headers: { accept: 'application/xml' },
    status: 406,
    answer: { detail: 'Could not satisfy the request Accept header.' },
  },
  ...['GET', 'PUT', 'PATCH', 'DELETE'].map((method) => ({
    name: `the method ${method}`,
    method,
    status: 405,
    answer: { detail: `Method "${method}" not allowed.` },
  })),
  {
    name: 'a wrong password',
    json: { username: 'ada', password: 'wrong' },
    status: 401,
    answer: { detail: 'No active account found with the given credentials' },
  },
  {
    name: 'a name that nobody has',
    json: { username: 'nobody', password },
    status: 401,
    answer: { detail: 'No active account found with the given credentials' },
  },
  ...['refresh', 'blacklist'].flatMap((view): Case[] => [
    {
      name: `nothing to ${view}`,
      path: `/api/token/${view}/`,
      json: {},
      status: 400,
      answer: { refresh: required },
    },
    {
      name: `a blank token to ${view}`,
      path: `/api/token/${view}/`,
      json: { refresh: '' },
      status: 400,
      answer: { refresh: blank },
    },
    {
      name: `garbage to ${view}`,
      path: `/api/token/${view}/`,
      json: { refresh: 'garbage' },
      status: 401,
      answer: { detail: 'Token is invalid', code: 'token_not_valid' },
    },
  ]),
  {
    name: 'nothing to verify',
    path: '/api/token/verify/',
    json: {},
    status: 400,
    answer: { token: required },
  },
  {
    name: 'garbage to verify',
    path: '/api/token/verify/',
    json: { token: 'a.b.c' },
    status: 401,
    answer: { detail: 'Token is invalid', code: 'token_not_valid' },
  },
]

describe('The wire of Simple JWT', () => {
  let house: SimpleJwtHouse
  let ada: User
  before(async () => {
    house = await openSimpleJwt()
    ada = await house.add({ username: 'ada' })
  })
  after(() => house.house.close())

  for (const { name, path = '/api/token/', method = 'POST', headers, body, json, status, answer } of cases) {
    test(`answers ${status} to ${name} in the words of the original`, async () => {
      const text = body ?? (json === undefined ? undefined : JSON.stringify(json))
      const got = await house.visitor.visit(path, {
        method,
        ...(text !== undefined && { body: text }),
        headers: { ...(text !== undefined && { 'content-type': 'application/json' }), ...headers },
      })
      assert.equal(got.status, status, got.body)
      assert.deepEqual(got.json(), answer)
      assert.equal(got.header('content-type'), 'application/json')
      assert.equal(got.header('allow'), 'POST, OPTIONS')
    })
  }

  test('a login gives refresh and access, in this order', async () => {
    const answer = await house.send('/api/token/', credentials)
    assert.deepEqual(Object.keys(answer.json()), ['refresh', 'access'])
    assert.equal(answer.header('content-type'), 'application/json')
  })

  test('tokens hold the claims of the original in its order, and ours after them', async () => {
    const { access, refresh } = await pairOf(house)
    const now = house.house.runtime.now()
    const [ofAccess, ofRefresh] = [claimsOf(access), claimsOf(refresh)]
    const names = ['token_type', 'exp', 'iat', 'jti', 'user_id', 'sub', 'fam']
    assert.deepEqual(Object.keys(ofAccess), names)
    assert.deepEqual(Object.keys(ofRefresh), names)
    assert.deepEqual([ofAccess['token_type'], ofAccess['exp'], ofAccess['iat']], ['access', now + 300, now])
    assert.deepEqual([ofRefresh['token_type'], ofRefresh['exp']], ['refresh', now + 86_400])
    assert.match(String(ofAccess['jti']), /^[0-9a-f]{32}$/)
    assert.notEqual(ofAccess['jti'], ofRefresh['jti'])
    assert.equal(ofAccess['sub'], ada.id)
    assert.match(String(ofAccess['user_id']), /^\d+$/)
    assert.deepEqual(peekUnverified(access)?.header, { alg: 'HS256', typ: 'JWT' })
  })

  test('the slash at the end may be missing, and forms and multipart are read as JSON is', async () => {
    const form = await house.visitor.visit('/api/token', { form: credentials })
    assert.equal(form.status, 200)
    const boundary = 'a-boundary'
    const parts = Object.entries(credentials).map(
      ([name, value]) =>
        `--${boundary}\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
    )
    const multipart = await house.visitor.visit('/api/token/', {
      body: `${parts.join('')}--${boundary}--\r\n`,
      headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
    })
    assert.equal(multipart.status, 200, multipart.body)
  })

  test('a broken Authorization header is ignored', async () => {
    const { refresh } = await pairOf(house)
    const answer = await house.send('/api/token/refresh/', { refresh }, { authorization: 'Bearer undefined' })
    assert.equal(answer.status, 200)
  })

  test('a name is taken without the spaces around it, and whatever its case', async () => {
    assert.equal((await house.send('/api/token/', { username: ' Ada ', password })).status, 200)
    assert.equal((await house.send('/api/token/', { username: 'ada@example.test', password })).status, 200)
  })

  test('a password is tried as it was typed first, and then without the spaces around it', async () => {
    await house.add({ username: 'spacey', email: 'spacey@example.test', password: ' outer spaces are mine ' })
    const login = async (typed: string) =>
      (await house.send('/api/token/', { username: 'spacey', password: typed })).status
    assert.deepEqual(
      [await login(' outer spaces are mine '), await login('outer spaces are mine')],
      [200, 401],
    )
    assert.equal((await house.send('/api/token/', { ...credentials, password: ` ${password} ` })).status, 200)
  })

  test('unknown members change nothing', async () => {
    const answer = await house.send('/api/token/', {
      ...credentials,
      is_staff: true,
      user_id: 1,
      role: 'admin',
    })
    assert.equal(answer.status, 200)
    assert.equal('is_staff' in claimsOf(answer.json()['access']), false)
  })

  test('without rotation a refresh token gives access again and again', async () => {
    const { refresh } = await pairOf(house)
    const [first, second] = [await refreshWith(house, refresh), await refreshWith(house, refresh)]
    assert.deepEqual([Object.keys(first.json()), Object.keys(second.json())], [['access'], ['access']])
    assert.notEqual(first.json()['access'], second.json()['access'])
  })

  test('an access token is no refresh token', async () => {
    const { access } = await pairOf(house)
    assertRefused(await refreshWith(house, access), 'Token has wrong type', 'token_not_valid')
  })

  test('a token whose time is up, whose parts are missing, or that is of tomorrow, is refused with its reason', async () => {
    const now = house.house.runtime.now()
    const whole = { token_type: 'refresh', exp: now + 100, iat: now, jti: 'a'.repeat(32), user_id: '1' }
    const { exp: _exp, ...endless } = whole
    const { jti: _jti, ...nameless } = whole
    const { token_type: _type, ...typeless } = whole
    for (const [claims, words] of [
      [{ ...whole, exp: now - 1 }, 'Token is expired'],
      [{ ...whole, exp: now }, 'Token is expired'],
      [{ ...whole, iat: now + 100 }, 'Token is invalid'],
      [{ ...whole, nbf: now + 100 }, 'Token is invalid'],
      [{ ...whole, exp: 'soon' }, 'Token is invalid'],
      [endless, "Token has no 'exp' claim"],
      [nameless, 'Token has no id'],
      [typeless, 'Token has no type'],
      [{ ...whole, token_type: 'sliding' }, 'Token has wrong type'],
    ] as const) {
      assertRefused(await refreshWith(house, byDjango(claims)), words, 'token_not_valid')
    }
    const foreign = importSecretJwk({ kty: 'oct', k: encodeBase64url('x'.repeat(50)) }, 'HS256')
    assertRefused(
      await refreshWith(house, signJws({ typ: 'JWT' }, whole, foreign)),
      'Token is invalid',
      'token_not_valid',
    )
  })

  test('verify says {} of any token that is good, and ignores its type', async () => {
    const { access, refresh } = await pairOf(house)
    for (const token of [access, refresh]) {
      const answer = await house.send('/api/token/verify/', { token })
      assert.deepEqual([answer.status, answer.json()], [200, {}])
    }
  })

  test('a blacklisted refresh token is refused everywhere, and so is all that came of it', async () => {
    const { access, refresh } = await pairOf(house)
    const answer = await house.send('/api/token/blacklist/', { refresh })
    assert.deepEqual([answer.status, answer.json()], [200, {}])
    assertRefused(await refreshWith(house, refresh), 'Token is blacklisted', 'token_not_valid')
    assertRefused(
      await house.send('/api/token/blacklist/', { refresh }),
      'Token is blacklisted',
      'token_not_valid',
    )
    for (const token of [access, refresh]) {
      const verified = await house.send('/api/token/verify/', { token })
      assert.deepEqual(
        [verified.status, verified.json()],
        [400, { non_field_errors: ['Token is blacklisted'] }],
      )
    }
  })

  test('MF-05: where everybody needs two factors by now, what one was given for is not renewed', async (t) => {
    for (const sliding of [false, true]) {
      const before = await openSimpleJwt({ sliding })
      t.after(() => before.house.close())
      await before.add({ username: 'ada' })
      const platform = { ...before.house, secondFactor: 'required' } as const
      const routes = simpleJwtRoutes({ ...before.room, platform })
      const pair = (await before.send('/api/token/', credentials)).json()
      const body = JSON.stringify(sliding ? { token: pair['token'] } : { refresh: pair['refresh'] })
      const headers = { 'content-type': 'application/json' }
      const refused = await new Visitor(edgeOf(platform, routes)).visit('/api/token/refresh/', {
        body,
        headers,
      })
      assertRefused(refused, 'No active account found for the given token.')
      assert.equal((await before.visitor.visit('/api/token/refresh/', { body, headers })).status, 200)
    }
  })

  test('OPTIONS describes a view', async () => {
    const answer = await house.visitor.visit('/api/token/', { method: 'OPTIONS' })
    assert.equal(answer.status, 200)
    const said = answer.json() as { name: string; actions: { POST: object } }
    assert.equal(said.name, 'Token Obtain Pair')
    assert.deepEqual(Object.keys(said.actions.POST), ['username', 'password'])
  })
})
