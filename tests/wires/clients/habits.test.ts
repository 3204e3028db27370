// What clients in the field do to the wires that we speak, whether or not they should, and what libraries of others do
// by themselves, unchanged, over a socket.
import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type TestServer, testServer } from '@countersign/sdk/testing'
import { type AxiosInstance, create, isAxiosError } from 'axios'
import { createAuthRefresh } from 'axios-auth-refresh'
import { applyAuthTokenInterceptor, clearAuthTokens, isLoggedIn, setAuthTokens } from 'axios-jwt'
import { jwtDecode } from 'jwt-decode'
import { password } from '../../../packages/server/src/accounts/people.fixture.ts'
import { disableUser } from '../../../packages/server/src/accounts/users/users.store.ts'
import { type Django, openDjango, type Pair, signedIn } from './front-end.fixture.ts'

const twenty = Array.from({ length: 20 }, (_, index) => index)

/** As a script asks: JSON, and whatever it has for an Authorization header. */
async function post(url: string, members: unknown, headers: Record<string, string> = {}) {
  const answer = await fetch(url, {
    method: 'POST',
    body: JSON.stringify(members),
    headers: { 'content-type': 'application/json', ...headers },
    redirect: 'error',
  })
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }
}

const login = ({ url }: Django) => post(`${url}/api/token/`, { username: 'ada', password })
const refreshWith = ({ url }: Django, refresh: unknown, headers?: Record<string, string>) =>
  post(`${url}/api/token/refresh/`, { refresh }, headers)
/** What a script that knows no base64url makes of a token. */
const naively = (token: unknown) => JSON.parse(atob(String(token).split('.')[1] ?? ''))

describe('A front end of Simple JWT', () => {
  for (const [name, settings] of [
    ['without rotation', {}],
    ['with rotation', { rotateRefreshTokens: true, blacklistAfterRotation: true }],
  ] as const) {
    test(`whose tabs refresh one token at once stays signed in in each of them, ${name}`, async () => {
      await using django = await openDjango(settings)
      const { refresh } = (await login(django)).body
      const answers = await Promise.all(twenty.map(() => refreshWith(django, refresh)))
      deepEqual([...new Set(answers.map(({ status }) => status))], [200])
      const successors = new Set(answers.map(({ body }) => body['refresh'] ?? refresh))
      equal(successors.size, 1)
      equal((await refreshWith(django, [...successors][0])).status, 200)
    })
  }

  test('that refreshes before each page load, in turn, with what it was given last, is never refused', async () => {
    await using django = await openDjango({ rotateRefreshTokens: true })
    let { refresh } = (await login(django)).body
    for (let load = 0; load < 5; load += 1) {
      django.house.runtime.advance(600)
      const { status, body } = await refreshWith(django, refresh)
      equal(status, 200)
      refresh = body['refresh']
    }
  })

  test('that expects no rotation may keep its first refresh token for a day', async () => {
    await using django = await openDjango()
    const { refresh } = (await login(django)).body
    django.house.runtime.advance(86_399)
    const { status, body } = await refreshWith(django, refresh)
    deepEqual([status, Object.keys(body)], [200, ['access']])
  })

  for (const stale of ['Bearer undefined', 'Bearer null', 'Bearer', 'JWT a.b.c', 'Basic %%%', 'Token 123']) {
    test(`that still sends “Authorization: ${stale}” signs in and refreshes`, async () => {
      await using django = await openDjango()
      const headers = { authorization: stale }
      const asked = { username: 'ada', password }
      const { status, body } = await post(`${django.url}/api/token/`, asked, headers)
      equal(status, 200)
      equal((await refreshWith(django, body['refresh'], headers)).status, 200)
    })
  }

  test('that refreshes with its expired access token in the header is not refused for that', async () => {
    await using django = await openDjango()
    const { access, refresh } = (await login(django)).body
    django.house.runtime.advance(301)
    equal((await refreshWith(django, refresh, { authorization: `Bearer ${access}` })).status, 200)
  })

  test('that forgets the slash at the end is answered, and not redirected', async () => {
    await using django = await openDjango()
    const { status, body } = await post(`${django.url}/api/token`, { username: 'ada', password })
    equal(status, 200)
    equal((await post(`${django.url}/api/token/refresh`, { refresh: body['refresh'] })).status, 200)
    equal((await post(`${django.url}/api/token/verify`, { token: body['access'] })).status, 200)
    equal((await post(`${django.url}/api/token/blacklist`, { refresh: body['refresh'] })).status, 200)
  })

  test('that reads tokens with atob alone reads every one, and every letter of a name', async () => {
    await using django = await openDjango({ extraClaims: ['name', 'email'] })
    const { access, refresh } = (await login(django)).body
    for (const token of [access, refresh, (await refreshWith(django, refresh)).body['access']]) {
      equal(naively(token).name, 'Ada Lovelace-Bÿrøn 👩‍💻 ~?>')
      equal(naively(token).email, 'ada@example.test')
    }
  })

  test('that compares ids as numbers finds one, and as the release before had it a number', async () => {
    await using django = await openDjango()
    const { user_id: id } = naively((await login(django)).body['access'])
    deepEqual([typeof id, Number(id)], ['string', 1])
    await using earlier = await openDjango({ dialect: '5.2' })
    equal(naively((await login(earlier)).body['access']).user_id, 1)
  })

  test('that signs out by forgetting alone signs in again, and its forgotten token ends by itself', async () => {
    await using django = await openDjango()
    const forgotten = (await login(django)).body['refresh']
    django.house.runtime.advance(60)
    equal((await login(django)).status, 200)
    equal((await refreshWith(django, forgotten)).status, 200)
    django.house.runtime.advance(86_400)
    equal((await refreshWith(django, forgotten)).status, 401)
  })

  test('of the field finds its own paths, and reads what it stores', async () => {
    // By login, refresh, verify and logout, where it has them.
    const inTheField = [
      ['the samples of Simple JWT for React and Vue', '/api/token/both/', '/api/token/access/', null, null],
      [
        'a hospital’s',
        '/api/v1/auth/login/',
        '/api/v1/auth/token/refresh/',
        '/api/v1/auth/token/verify/',
        null,
      ],
      [
        'a photo library’s',
        '/api/auth/token/obtain/',
        '/api/auth/token/refresh/',
        null,
        '/api/auth/token/blacklist/',
      ],
      ['one that signs out by revoking', '/api/token/', '/api/token/refresh/', null, '/api/token/revoke/'],
      ['djoser’s', '/auth/jwt/create/', '/auth/jwt/refresh/', '/auth/jwt/verify/', null],
    ] as const
    const named = (at: 1 | 2 | 3 | 4) => inTheField.flatMap((row) => row[at] ?? [])
    await using django = await openDjango({
      rotateRefreshTokens: true,
      paths: {
        obtain: named(1),
        refresh: named(2),
        verify: named(3),
        blacklist: named(4),
        slidingObtain: [],
        slidingRefresh: [],
      },
    })
    for (const [whose, login, refresh, verify, logout] of inTheField) {
      const { status, body } = await post(django.url + login, { username: 'ada', password })
      deepEqual([status, typeof naively(body['access']).exp], [200, 'number'], whose)
      const next = await post(django.url + refresh, { refresh: body['refresh'] })
      deepEqual([next.status, Object.keys(next.body)], [200, ['access', 'refresh']], whose)
      if (verify !== null)
        equal((await post(django.url + verify, { token: next.body['access'] })).status, 200, whose)
      if (logout === null) continue
      equal((await post(django.url + logout, { refresh: next.body['refresh'] })).status, 200, whose)
      equal((await post(django.url + refresh, { refresh: next.body['refresh'] })).status, 401, whose)
    }
  })

  test('that looks for a code finds one for a bad token, and none where the password or the person is', async () => {
    await using django = await openDjango()
    const { access, refresh } = (await login(django)).body
    const wrong = await post(`${django.url}/api/token/`, { username: 'ada', password: 'wrong' })
    deepEqual([wrong.status, 'code' in wrong.body], [401, false])
    for (const token of [access, 'a.b.c']) {
      const { status, body } = await refreshWith(django, token)
      deepEqual([status, body['code']], [401, 'token_not_valid'])
    }
    const { database, runtime } = django.house
    await database.commit([disableUser(database, runtime.now(), django.ada.id)])
    const gone = await refreshWith(django, refresh)
    deepEqual([gone.status, 'code' in gone.body], [401, false])
  })
})

describe('A front end of Knock', () => {
  const enter = (path: string, auth: object, headers: Record<string, string> = {}) =>
    fetch(`${server.issuer}${path}`, {
      method: 'POST',
      body: JSON.stringify({ auth }),
      headers: { 'content-type': 'application/json', ...headers },
      redirect: 'error',
    })
  let server: TestServer
  let right: { readonly email: string; readonly password: string }
  before(async () => {
    server = await testServer()
    const { email, password: own } = server.user('ada')
    right = { email, password: own }
  })
  after(() => server.close())

  test('that sends “Bearer undefined” and more than a name and a password signs in', async () => {
    for (const authorization of ['Bearer undefined', 'Bearer null', 'Bearer']) {
      const answer = await enter('/user_token', { ...right, remember_me: true }, { authorization })
      deepEqual([answer.status, Object.keys((await answer.json()) as object)], [201, ['jwt']])
    }
  })

  test('that puts a slash at the end is answered as Rails answers it', async () => {
    equal((await enter('/user_token/', right)).status, 201)
  })

  test('that looks people up by sub finds a whole number, and the end of the day in exp', async () => {
    const tokens = await Promise.all(
      twenty.slice(0, 3).map(async () => {
        const { jwt } = (await (await enter('/user_token', right)).json()) as { jwt: string }
        return jwtDecode<{ sub: unknown; exp: number; iat: number }>(jwt)
      }),
    )
    equal(new Set(tokens.map(({ sub }) => sub)).size, 1)
    for (const { sub, exp, iat } of tokens) deepEqual([Number.isSafeInteger(sub), exp - iat], [true, 86_400])
  })

  test('that goes by the status alone is told of a wrong password by 404, and of a body by none', async () => {
    const answer = await enter('/user_token', { ...right, password: 'wrong' })
    deepEqual([answer.status, await answer.text()], [404, ''])
  })
})

/** Asks the API twenty times at once. @returns whom it took the front end for */
async function asksAtOnce(api: AxiosInstance): Promise<unknown[]> {
  const answers = await Promise.all(twenty.map((index) => api.get(`/api/me/?page=${index}`)))
  return [...new Set(answers.map(({ data }) => data.id))]
}

/** Their declarations are those of the CommonJS build, ours those of the module: the same, under two names. */
const asTheirs = (api: AxiosInstance) => api as unknown as Parameters<typeof createAuthRefresh>[0]

const refreshes = ({ log }: Django, status: number) =>
  log.filter((line) => line === `POST /api/token/refresh/ ${status}`).length

for (const [name, settings] of [
  ['without rotation', {}],
  ['with rotation', { rotateRefreshTokens: true, blacklistAfterRotation: true }],
] as const) {
  describe(`Twenty requests at once with an expired access token, ${name}`, () => {
    test('all succeed by axios-auth-refresh', async () => {
      await using django = await openDjango(settings)
      const { api, pair } = await signedIn(django)
      api.interceptors.request.use((request) => {
        request.headers.setAuthorization(`Bearer ${pair.access}`)
        return request
      })
      createAuthRefresh(
        asTheirs(api),
        async () => {
          const { data } = await create({ baseURL: django.url }).post<Pair>('/api/token/refresh/', {
            refresh: pair.refresh,
          })
          Object.assign(pair, data)
        },
        // Its usual settings reject what is answered 401 while a refresh is under way, whoever the server is.
        { deduplicateRefresh: false },
      )
      for (let hour = 1; hour < 4; hour += 1) {
        django.house.runtime.advance(3600)
        deepEqual(await asksAtOnce(api), ['1'])
        ok(refreshes(django, 200) >= hour)
      }
      equal(refreshes(django, 401), 0)
    })

    test('all succeed by an interceptor that lets each of them refresh for itself', async () => {
      await using django = await openDjango(settings)
      const { api, pair } = await signedIn(django)
      api.interceptors.request.use((request) => {
        request.headers.setAuthorization(`Bearer ${pair.access}`)
        return request
      })
      api.interceptors.response.use(undefined, async (failure) => {
        if (!isAxiosError(failure) || failure.response?.status !== 401 || !failure.config) throw failure
        const { data } = await create({ baseURL: django.url }).post<Pair>('/api/token/refresh/', {
          refresh: pair.refresh,
        })
        Object.assign(pair, data)
        return create({ baseURL: django.url, headers: { Authorization: `Bearer ${data.access}` } }).get(
          '/api/me/',
        )
      })
      django.house.runtime.advance(301)
      deepEqual(await asksAtOnce(api), ['1'])
      ok(refreshes(django, 200) > 1)
      equal(refreshes(django, 401), 0)
      django.house.runtime.advance(301)
      deepEqual(await asksAtOnce(api), ['1'])
    })

    test('all succeed by axios-jwt', async (t) => {
      await using django = await openDjango(settings)
      const { pair } = await signedIn(django)
      // It goes by the clock of its own machine, so both go together.
      t.mock.method(Date, 'now', () => django.house.runtime.now() * 1000)
      const kept = new Map<string, string>()
      const api = create({ baseURL: django.url })
      applyAuthTokenInterceptor(asTheirs(api), {
        requestRefresh: async (refresh) => {
          const { data } = await create({ baseURL: django.url }).post<Partial<Pair>>('/api/token/refresh/', {
            refresh,
          })
          return { accessToken: data.access ?? '', refreshToken: data.refresh ?? refresh }
        },
        getStorage: () => ({
          get: async (key) => kept.get(key) ?? null,
          set: async (key, value) => void kept.set(key, value),
          remove: async (key) => void kept.delete(key),
        }),
      })
      await setAuthTokens({ accessToken: pair.access, refreshToken: pair.refresh })
      deepEqual(await asksAtOnce(api), ['1'])
      equal(refreshes(django, 200), 0)
      django.house.runtime.advance(301)
      deepEqual(await asksAtOnce(api), ['1'])
      ok(refreshes(django, 200) > 0)
      equal(await isLoggedIn(), true)

      django.house.runtime.advance(31 * 86_400)
      await rejects(api.get('/api/me/'), /401 on token refresh; clearing both auth tokens/)
      equal(await isLoggedIn(), false)
      await clearAuthTokens()
    })
  })
}

test('jwt-decode reads every token of ours, and knows when it ends', async () => {
  await using django = await openDjango({ extraClaims: ['name'] })
  const { pair } = await signedIn(django)
  const now = django.house.runtime.now()
  for (const [token, type, seconds] of [
    [pair.access, 'access', 300],
    [pair.refresh, 'refresh', 86_400],
  ] as const) {
    const { exp, iat, jti, ...claims } = jwtDecode<Record<string, unknown>>(token)
    deepEqual([exp, iat], [now + seconds, now])
    match(String(jti), /^[0-9a-f]{32}$/)
    deepEqual(
      [claims['token_type'], claims['user_id'], claims['name']],
      [type, '1', 'Ada Lovelace-Bÿrøn 👩‍💻 ~?>'],
    )
    deepEqual(jwtDecode(token, { header: true }), { alg: 'HS256', typ: 'JWT' })
  }
})
