// Tokens of dj-rest-auth in cookies: who may use them, and who may set them.
import { deepEqual, equal, match, notEqual } from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Answer } from '../../../packages/server/src/platform/house.ts'
import { app, cookies, newton, openRestAuth, right } from './dj-rest-auth.fixture.ts'
import { password } from './flows.ts'
import { many, said } from './ours.fixture.ts'

const evil = 'https://evil.example.test'
const csrfRefusal = 'CSRF Failed: Origin checking failed - it does not match any trusted origins.'

const cookiesOf = (answer: Answer): readonly string[] => [answer.headers['set-cookie'] ?? []].flat()

describe('Tokens in cookies', () => {
  test('are read by no script, sent by no other site, and over https nowhere else (C2, SE-04)', async () => {
    await using accounts = await openRestAuth(
      { ...cookies, jwtAuthRefreshCookiePath: '/dj-rest-auth/token/' },
      { issuer: 'https://id.example.test' },
    )
    const host = { host: 'id.example.test' }
    const answer = await accounts.ask('login/', right, host)
    deepEqual(
      cookiesOf(answer).map((line) => line.replace(/=[^;]+/, '=…')),
      [
        'access=…; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=300',
        'refresh=…; Path=/dj-rest-auth/token/; HttpOnly; SameSite=Lax; Secure; Max-Age=86400',
      ],
    )
    equal(answer.json()['refresh'], '')
    const gone = cookiesOf(await accounts.ask('logout/', {}, host))
    deepEqual(
      gone.map((line) => line.replace(/Path=[^;]+; /, '')),
      [
        'access=; HttpOnly; SameSite=Lax; Secure; Max-Age=0',
        'refresh=; HttpOnly; SameSite=Lax; Secure; Max-Age=0',
      ],
    )
  })

  test('open what they open from our own and from stated origins, and from no other (C2)', async () => {
    await using accounts = await openRestAuth(cookies)
    equal((await accounts.ask('login/', right)).status, 200)
    for (const [headers, status] of [
      [{}, 200],
      [{ origin: 'http://localhost:4400' }, 200],
      [{ origin: app }, 200],
      [{ origin: evil }, 401],
      [{ origin: 'null' }, 401],
      [{ 'sec-fetch-site': 'cross-site' }, 401],
      [{ 'sec-fetch-site': 'same-origin' }, 200],
    ] as const) {
      equal((await accounts.ask('user/', undefined, headers)).status, status, JSON.stringify(headers))
      const changed = await accounts.ask('user/', { first_name: 'A' }, headers, 'PATCH')
      equal(changed.status, status, JSON.stringify(headers))
    }
    equal((await accounts.ask('token/refresh/', {}, { origin: evil })).status, 403)
  })

  test('are neither put into a browser nor taken away by a page of another site (C2: login CSRF)', async () => {
    await using accounts = await openRestAuth(cookies)
    await accounts.ask('login/', right)
    const mallorys = { refresh: accounts.jar.get('refresh') }
    for (const headers of [
      { origin: evil },
      { origin: 'null' },
      { 'sec-fetch-site': 'cross-site' },
    ] as const) {
      for (const [path, members] of [
        ['login/', right],
        ['registration/', newton],
        ['token/refresh/', mallorys],
        ['logout/', {}],
      ] as const) {
        const refused = await accounts.ask(path, members, headers)
        deepEqual(said(refused), [403, { detail: csrfRefusal }])
        deepEqual(cookiesOf(refused), [])
      }
    }
    await using plain = await openRestAuth({ useJwt: true })
    equal((await plain.ask('login/', right, { origin: evil })).status, 200)
  })

  test('may be sent along by scripts of stated origins alone (CORS)', async () => {
    await using accounts = await openRestAuth(cookies)
    const credentials = async (origin: string) =>
      (await accounts.ask('login/', right, { origin })).header('access-control-allow-credentials')
    deepEqual([await credentials(app), await credentials(evil)], ['true', undefined])
    const preflight = await accounts.ask(
      'user/',
      undefined,
      {
        origin: app,
        'access-control-request-method': 'PATCH',
        'access-control-request-headers': 'content-type,x-csrftoken',
      },
      'OPTIONS',
    )
    deepEqual(
      [
        preflight.header('access-control-allow-origin'),
        preflight.header('access-control-allow-credentials'),
        preflight.header('access-control-allow-headers')?.includes('x-csrftoken'),
      ],
      [app, 'true', true],
    )
    await using plain = await openRestAuth({ useJwt: true })
    const answer = await plain.ask('login/', right, { origin: app })
    equal(answer.header('access-control-allow-credentials'), undefined)
  })

  test('need the token of their own family beside, where that is stated', async () => {
    await using accounts = await openRestAuth({ ...cookies, jwtAuthCookieUseCsrf: true })
    await accounts.ask('login/', { username: 'grace', password })
    const theirs = accounts.jar.get('csrftoken') ?? ''
    const login = await accounts.ask('login/', right)
    const own = accounts.jar.get('csrftoken') ?? ''
    notEqual(own, theirs)
    const line = cookiesOf(login).find((one) => one.startsWith('csrftoken=')) ?? ''
    equal(line.includes('HttpOnly'), false)
    equal((await accounts.ask('user/')).status, 200)
    const patch = (headers: Record<string, string>) =>
      accounts.ask('user/', { first_name: 'Augusta' }, headers, 'PATCH')
    deepEqual(said(await patch({})), [403, { detail: 'CSRF Failed: CSRF token missing.' }])
    for (const wrong of [theirs, '', 'x']) equal((await patch({ 'x-csrftoken': wrong })).status, 403)
    equal((await patch({ 'x-csrftoken': own })).status, 200)
    equal((await accounts.ask('token/refresh/', {})).status, 403)
    equal((await accounts.ask('logout/', {})).status, 403)
    equal((await accounts.ask('token/refresh/', {}, { 'x-csrftoken': own })).status, 200)
    const bearer = { authorization: `Bearer ${login.json()['access']}` }
    equal((await patch(bearer)).status, 200)
    accounts.jar.delete('csrftoken')
    equal((await patch({ authorization: 'Digest x' })).status, 401)
    equal((await accounts.ask('logout/', {}, { 'x-csrftoken': own })).status, 200)
  })

  test('need it also where another header than Authorization would hold the token', async () => {
    await using accounts = await openRestAuth({
      ...cookies,
      jwtAuthCookieUseCsrf: true,
      jwt: { authHeaderName: 'X-Access-Token' },
    })
    const { access } = (await accounts.ask('login/', right)).json()
    const patch = (headers: Record<string, string>) =>
      accounts.ask('user/', { first_name: 'A' }, headers, 'PATCH')
    for (const headers of [{}, { authorization: 'Bearer x' }, { authorization: `Bearer ${access}` }]) {
      equal((await patch(headers as Record<string, string>)).status, 403)
    }
    equal((await patch({ 'x-access-token': `Bearer ${access}` })).status, 200)
  })

  test('are renewed together where they are rotated, and the one before yields the same for a while', async () => {
    await using accounts = await openRestAuth({ ...cookies, jwt: { rotateRefreshTokens: true } })
    await accounts.ask('login/', right)
    const first = accounts.jar.get('refresh')
    accounts.house.runtime.advance(5)
    const answers = await many(5, () => accounts.ask('token/refresh/', { refresh: first }))
    deepEqual(
      answers.map(({ status }) => status),
      Array(5).fill(200),
    )
    equal(
      new Set(answers.map((answer) => cookiesOf(answer).find((line) => line.startsWith('refresh=')))).size,
      1,
    )
    deepEqual(Object.keys(answers[0]?.json() ?? {}), ['access', 'access_expiration'])
    match(String(answers[0]?.json()['access_expiration']), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
    notEqual(accounts.jar.get('refresh'), first)
    accounts.jar.set('refresh', '')
    const empty = await accounts.ask('token/refresh/', {})
    deepEqual([empty.status, empty.json()['code']], [401, 'token_not_valid'])
    accounts.house.runtime.advance(60)
    equal((await accounts.ask('token/refresh/', { refresh: first })).status, 401)
    equal((await accounts.ask('user/')).status, 401)
  })

  test('bring the token of their family with them, where each that is rotated has one of its own', async () => {
    await using accounts = await openRestAuth({
      ...cookies,
      jwtAuthCookieUseCsrf: true,
      jwt: { rotateRefreshTokens: true, safeRotation: false },
    })
    await accounts.ask('login/', right)
    const first = accounts.jar.get('csrftoken') ?? ''
    equal((await accounts.ask('token/refresh/', {}, { 'x-csrftoken': first })).status, 200)
    const second = accounts.jar.get('csrftoken') ?? ''
    notEqual(second, first)
    const patch = (token: string) =>
      accounts.ask('user/', { first_name: 'Ada' }, { 'x-csrftoken': token }, 'PATCH')
    deepEqual([(await patch(first)).status, (await patch(second)).status], [403, 200])
    equal((await accounts.ask('token/refresh/', {}, { 'x-csrftoken': second })).status, 200)
  })

  test('end together with a refresh token of another family that the logout names', async () => {
    for (const jwtAuthHttponly of [true, false]) {
      const jwt = { rotateRefreshTokens: true, safeRotation: false }
      await using accounts = await openRestAuth({ ...cookies, jwtAuthHttponly, jwt })
      const login = (await accounts.ask('login/', right)).json()
      const refresh = accounts.jar.get('refresh')
      const renewed = await accounts.ask('token/refresh/', { refresh })
      const next = accounts.jar.get('refresh')
      notEqual(next, refresh)
      equal(renewed.status, 200)
      const bearer = { authorization: `Bearer ${login['access']}` }
      equal((await accounts.ask('logout/', jwtAuthHttponly ? {} : { refresh: next }, bearer)).status, 200)
      equal((await accounts.ask('token/refresh/', { refresh: next })).status, 401)
    }
  })

  test('SE-07: outlive a changed password where they asked for it, and those from before their rotation do not', async () => {
    const jwt = { rotateRefreshTokens: true, safeRotation: false }
    await using accounts = await openRestAuth({ ...cookies, jwtAuthHttponly: false, jwt })
    const first = (await accounts.ask('login/', right)).json()
    const second = (await accounts.ask('token/refresh/', { refresh: first['refresh'] })).json()
    const wanted = { new_password1: 'quite another phrase', new_password2: 'quite another phrase' }
    const own = { authorization: `Bearer ${second['access']}` }
    const changed = await accounts.ask('password/change/', { ...wanted, old_password: password }, own)
    equal(changed.status, 200, changed.body)
    accounts.jar.clear()
    equal((await accounts.ask('token/refresh/', { refresh: first['refresh'] })).status, 401)
    const third = await accounts.ask('token/refresh/', { refresh: second['refresh'] })
    equal(third.status, 200, third.body)
  })
})
