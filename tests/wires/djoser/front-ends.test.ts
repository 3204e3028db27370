// Front ends as people write them for djoser and dj-rest-auth, with axios, over a socket: the requests of a store that keeps
// tokens in localStorage, and of one that leaves them in cookies.
import { deepEqual, equal, match, rejects } from 'node:assert/strict'
import { test } from 'node:test'
import { type AxiosInstance, create, isAxiosError } from 'axios'
import { listen } from '../../../packages/server/src/app/serve.ts'
import { edge } from '../../../packages/server/src/platform/http/edge.ts'
import { other, password } from './flows.ts'
import { type Accounts, links, openAccounts } from './ours.fixture.ts'

type Config = Parameters<typeof openAccounts>[0]

interface Standing extends AsyncDisposable {
  readonly accounts: Accounts
  readonly url: string
}

async function stand(config: Config): Promise<Standing> {
  const accounts = await openAccounts(config)
  const hosts: string[] = []
  const options = { allowsOrigin: async () => false, otherHosts: hosts }
  const { port, drain } = await listen(
    { answer: (arrival) => edge(accounts.house, accounts.routes, options).answer(arrival) },
    { host: '127.0.0.1', port: 0 },
  )
  hosts.push(`127.0.0.1:${port}`)
  return {
    accounts,
    url: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => {
      await drain(0)
      await accounts[Symbol.asyncDispose]()
    },
  }
}

const statusOf = (asked: Promise<unknown>): Promise<number | undefined> =>
  asked.then(
    (answer) => (answer as { readonly status: number }).status,
    (error: unknown) => (isAxiosError(error) ? error.response?.status : undefined),
  )

const json = { headers: { 'Content-Type': 'application/json' } }

/** The actions of a Redux store over djoser's tokens, as tutorials teach them. */
function reduxStore(api: AxiosInstance) {
  const storage = new Map<string, string>()
  const authorized = () => ({
    headers: {
      'Content-Type': 'application/json',
      Authorization: `JWT ${storage.get('access')}`,
      Accept: 'application/json',
    },
  })
  return {
    storage,
    signUp: (name: string, email: string, own: string) =>
      api.post(
        '/auth/users/',
        JSON.stringify({ username: name, email, password: own, re_password: own }),
        json,
      ),
    verify: (uid: string, token: string) =>
      api.post('/auth/users/activation/', JSON.stringify({ uid, token }), json),
    login: async (username: string, own: string) => {
      const { data } = await api.post('/auth/jwt/create/', JSON.stringify({ username, password: own }), json)
      storage.set('access', data.access)
      storage.set('refresh', data.refresh)
    },
    loadUser: async () => (await api.get('/auth/users/me/', authorized())).data,
    checkAuthenticated: async () => {
      if (!storage.has('access')) return false
      const body = JSON.stringify({ token: storage.get('access') })
      const { data } = await api.post('/auth/jwt/verify/', body, json).catch((error) => error.response)
      return data.code !== 'token_not_valid'
    },
    resetPassword: (email: string) =>
      api.post('/auth/users/reset_password/', JSON.stringify({ email }), json),
    resetPasswordConfirm: (uid: string, token: string, own: string) =>
      api.post(
        '/auth/users/reset_password_confirm/',
        JSON.stringify({ uid, token, new_password: own, re_new_password: own }),
        json,
      ),
    logout: () => storage.clear(),
  }
}

test('a Redux store over djoser signs up, activates, signs in, refreshes, resets and leaves', async () => {
  await using standing = await stand({
    djoser: {
      ...links.djoser,
      sendActivationEmail: true,
      userCreatePasswordRetype: true,
      passwordResetConfirmRetype: true,
    },
    'dj-rest-auth': false,
  })
  const { accounts, url } = standing
  const api = create({ baseURL: url })
  const store = reduxStore(api)
  equal((await store.signUp('newton', 'newton@example.test', password)).status, 201)
  equal(await statusOf(store.login('newton', password)), 401)
  equal(await store.checkAuthenticated(), false)

  const activation = await accounts.lastLink()
  equal((await store.verify(activation.uid, activation.token)).status, 204)
  // What a page does that is rendered twice.
  equal(await statusOf(store.verify(activation.uid, activation.token)), 403)

  await store.login('newton', password)
  deepEqual(Object.keys(await store.loadUser()), ['email', 'id', 'username'])
  equal(await store.checkAuthenticated(), true)
  accounts.house.runtime.advance(301)
  equal(await store.checkAuthenticated(), false)
  const { data } = await api.post('/auth/jwt/refresh/', { refresh: store.storage.get('refresh') })
  store.storage.set('access', data.access)
  equal((await store.loadUser()).username, 'newton')

  equal((await store.resetPassword('newton@example.test')).status, 204)
  const reset = await accounts.lastLink()
  equal((await store.resetPasswordConfirm(reset.uid, reset.token, other)).status, 204)
  await rejects(store.loadUser(), /401/)
  store.logout()
  equal(await statusOf(store.login('newton', password)), 401)
  await store.login('newton', other)
  equal((await store.loadUser()).email, 'newton@example.test')
})

/** The cookie jar that a browser has and axios, outside of one, has not. */
function withCookies(api: AxiosInstance): Map<string, string> {
  const jar = new Map<string, string>()
  api.interceptors.request.use((request) => {
    if (request.withCredentials !== true) return request
    request.headers.set('Cookie', [...jar].map(([name, value]) => `${name}=${value}`).join('; '))
    // What axios does in a browser with `xsrfCookieName` and `xsrfHeaderName`.
    const token = jar.get(String(request.xsrfCookieName))
    if (token !== undefined) request.headers.set(String(request.xsrfHeaderName), token)
    return request
  })
  api.interceptors.response.use((response) => {
    for (const line of response.headers['set-cookie'] ?? []) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (/max-age=0(?:;|$)/i.test(line)) jar.delete(name)
      else jar.set(name, value)
    }
    return response
  })
  return jar
}

test('a page over dj-rest-auth that keeps no token signs up, refreshes, changes itself and leaves, by cookies alone', async () => {
  await using standing = await stand({
    djoser: false,
    'dj-rest-auth': {
      ...links.restAuth,
      useJwt: true,
      jwtAuthCookie: 'my-app-auth',
      jwtAuthRefreshCookie: 'my-refresh-token',
      jwtAuthCookieUseCsrf: true,
      jwt: { rotateRefreshTokens: true },
    },
  })
  const { accounts, url } = standing
  const api = create({
    baseURL: `${url}/dj-rest-auth`,
    withCredentials: true,
    xsrfCookieName: 'csrftoken',
    xsrfHeaderName: 'X-CSRFToken',
    headers: { Origin: 'http://localhost:3000' },
  })
  const jar = withCookies(api)
  const person = {
    username: 'newton',
    email: 'newton@example.test',
    password1: password,
    password2: password,
  }
  const { data: registered } = await api.post('/registration/', person)
  deepEqual([registered.user.username, registered.refresh], ['newton', ''])
  deepEqual([...jar.keys()].toSorted(), ['csrftoken', 'my-app-auth', 'my-refresh-token'])

  equal((await api.get('/user/')).data.email, 'newton@example.test')
  equal((await api.patch('/user/', { first_name: 'Isaac' })).data.first_name, 'Isaac')
  accounts.house.runtime.advance(301)
  equal(await statusOf(api.get('/user/')), 401)
  const { data: refreshed } = await api.post('/token/refresh/', {})
  match(refreshed.access_expiration, /Z$/)
  equal((await api.get('/user/')).data.first_name, 'Isaac')

  const change = { old_password: password, new_password1: other, new_password2: other }
  equal((await api.post('/password/change/', change)).data.detail, 'New password has been saved.')
  equal((await api.get('/user/')).status, 200)
  equal((await api.post('/logout/', {})).data.detail, 'Successfully logged out.')
  equal(await statusOf(api.get('/user/')), 401)
  equal(await statusOf(api.post('/login/', { username: 'newton', password })), 400)
  const { data: again } = await api.post('/login/', { email: 'newton@example.test', password: other })
  deepEqual(Object.keys(again), ['access', 'refresh', 'user'])
})

test('a page over dj-rest-auth’s keys shows beside each field what is wrong, and comes in by key', async () => {
  await using standing = await stand({ djoser: false, 'dj-rest-auth': links.restAuth })
  const { url, accounts } = standing
  const api = create({ baseURL: url, validateStatus: () => true })
  const wrong = { username: 'newton', email: 'newton', password1: 'short', password2: 'short' }
  const { data: errors } = await api.post('/dj-rest-auth/registration/', wrong)
  deepEqual(Object.keys(errors), ['email'])
  const { data: login } = await api.post('/dj-rest-auth/login/', { username: 'newton', password })
  deepEqual(login, { non_field_errors: ['Unable to log in with provided credentials.'] })
  const { data: registered } = await api.post('/dj-rest-auth/registration/', {
    ...wrong,
    email: 'newton@example.test',
    password1: password,
    password2: password,
  })
  const headers = { Authorization: `Token ${registered.key}` }
  equal((await api.get('/dj-rest-auth/user/', { headers })).data.username, 'newton')
  const { token: key } = await accounts.lastLink()
  deepEqual((await api.post('/dj-rest-auth/registration/verify-email/', { key })).data, { detail: 'ok' })
  // A stale key in the header keeps nobody from signing in.
  await api.post('/dj-rest-auth/logout/', {}, { headers })
  const again = await api.post('/dj-rest-auth/login/', { username: 'newton', password }, { headers })
  deepEqual([again.status, Object.keys(again.data)], [200, ['key']])
})
