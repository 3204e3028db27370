// Both halves of the cookie store together: the browser client above, the back end below, and between them a browser's
// way with cookies and origins.
import { deepEqual, equal, ok, rejects, throws } from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { app, heard, stage } from '../client/walk.fixture.ts'
import { memoryEndedSessions } from '../sign-out/ended-sessions.ts'
import { type CookieSession, cookieSession } from './cookie-session.ts'

const on = stage()
const secret = 'a secret of at least thirty-two characters'
const own = { 'countersign-session': '1', origin: app, 'sec-fetch-site': 'same-origin' }

let backend: CookieSession
let jar: Map<string, string>
let answers: { readonly path: string; readonly text: string; readonly response: Response }[]
const network = globalThis.fetch

beforeEach(() => {
  backend = cookieSession({ issuer: on.provider.issuer, clientId: 'shop', origin: app, secret })
  jar = new Map()
  answers = []
  globalThis.fetch = async (input, init) => {
    const address = input instanceof Request ? input.url : String(input)
    if (URL.canParse(address) && new URL(address).origin !== app) return network(input, init)
    const request = new Request(new URL(address, app), init)
    if (request.method !== 'GET') request.headers.set('origin', app)
    request.headers.set('sec-fetch-site', 'same-origin')
    return throughBrowser(request)
  }
})
afterEach(() => {
  globalThis.fetch = network
})

const cookies = () => [...jar].map(([name, value]) => `${name}=${value}`).join('; ')

async function throughBrowser(request: Request): Promise<Response> {
  request.headers.set('cookie', cookies())
  const { pathname } = new URL(request.url)
  const response = pathname.startsWith('/auth/') ? await backend.fetch(request) : await api(request)
  for (const line of response.headers.getSetCookie()) {
    const [name = '', value = ''] = (line.split(';')[0] ?? '').split('=')
    if (line.includes('Max-Age=0')) jar.delete(name)
    else jar.set(name, value)
  }
  answers.push({ path: pathname, text: await response.clone().text(), response })
  return response
}

/** The application's API: it knows bearer tokens only. */
async function api(request: Request): Promise<Response> {
  const { headers } = await backend.bearer(request)
  return new Response(null, {
    status: on.provider.accepts(headers.get('authorization') ?? undefined) ? 200 : 401,
  })
}

test('a person signs in and no script ever sees a token', async () => {
  const session = await on.signedIn({ store: 'cookie' })
  equal(session.user?.name, 'Ada')
  equal(await session.getToken(), null)
  ok(jar.size > 0)
  for (const { text, response } of answers) {
    ok(!/at-|access|refresh|eyJ/.test(text), text)
    equal(response.headers.get('cache-control'), 'no-store')
  }
  const stored = JSON.stringify([{ ...on.page.localStorage }, { ...on.page.sessionStorage }])
  ok(!/at-|eyJ/.test(stored))
})

test('the application’s own API is called with the token that its cookies hold', async () => {
  const session = await on.signedIn({ store: 'cookie' })
  equal((await session.fetch('/api/orders')).status, 200)
  equal((await fetch('/api/orders')).status, 401, 'without the header it is anybody’s request')
})

test('after a reload the person is still there, and in other tabs too', async () => {
  const session = await on.signedIn({ store: 'cookie' })
  const tab = on.client({ store: 'cookie' })
  equal((await tab.ready)?.sub, 'ada')
  session.close()
  tab.close()
  on.page.localStorage.clear()
  equal((await on.client({ store: 'cookie' }).ready)?.sub, 'ada')
})

test('a token that the API refuses is renewed in the back end, once', async () => {
  const session = await on.signedIn({ store: 'cookie' })
  on.provider.forgetAccess()
  const statuses = await Promise.all(Array.from({ length: 5 }, () => session.fetch('/api/orders')))
  deepEqual(
    statuses.map((one) => one.status),
    [200, 200, 200, 200, 200],
  )
  equal(on.refreshes(), 1)
})

test('a tab that is opened later renews nothing, and keeps no other from renewing', async () => {
  const session = await on.signedIn({ store: 'cookie' })
  await on.client({ store: 'cookie' }).ready
  equal(on.refreshes(), 0)
  on.provider.forgetAccess()
  equal((await session.fetch('/api/orders')).status, 200)
  equal(on.refreshes(), 1)
})

test('when the server ends the sign-in, the cookies go and everybody hears of it', async () => {
  const session = await on.signedIn({ store: 'cookie' })
  on.provider.endEverything()
  equal((await session.fetch('/api/orders')).status, 401)
  await heard(session, 'logout')
  equal(jar.size, 0)
})

test('a server that can’t be asked is 503 and changes nothing', async () => {
  const session = await on.signedIn({ store: 'cookie' })
  const before = cookies()
  on.provider.levers.lostAnswers = 1
  const request = new Request(`${app}/auth/refresh`, { method: 'POST', headers: own })
  const response = await throughBrowser(request)
  equal(response.status, 503)
  equal(cookies(), before)
  ok(session.user)
})

test('signing out empties the cookies and leads through the back end to the server’s own end of session', async () => {
  const session = await on.signedIn({ store: 'cookie' })
  const trips = on.page.left.length
  void session.signOut()
  while (on.page.left.length === trips) await turn()
  equal(on.page.left.at(-1), '/auth/sign-out')
  ok(on.provider.log.includes('POST /revoke'))
  const response = await throughBrowser(new Request(`${app}/auth/sign-out`))
  const url = new URL(response.headers.get('location') ?? '')
  equal(response.status, 303)
  equal(url.origin + url.pathname, `${on.provider.issuer}/end`)
  ok(url.searchParams.get('id_token_hint'))
  equal(url.searchParams.get('post_logout_redirect_uri'), `${app}/`)
  equal(jar.size, 0)
  equal((await throughBrowser(new Request(`${app}/auth/sign-out`))).headers.get('location'), '/')
})

test('a confidential client proves itself from the back end', async () => {
  on.provider.levers.clientSecret = 's%3A'
  backend = cookieSession({
    issuer: on.provider.issuer,
    clientId: 'shop',
    clientSecret: 's:',
    origin: app,
    secret,
  })
  const session = await on.signedIn({ store: 'cookie' })
  equal(session.user?.sub, 'ada')
  on.provider.forgetAccess()
  equal((await session.fetch('/api/orders')).status, 200)
})

test('cookies of a session that the issuer has ended are worth nothing, and go', async () => {
  const ended = memoryEndedSessions()
  backend = cookieSession({
    issuer: on.provider.issuer,
    clientId: 'shop',
    origin: app,
    secret,
    endedSessions: ended,
  })
  on.provider.levers.idToken = { sid: 'ses_1' }
  await on.signedIn({ store: 'cookie' })
  const kept = cookies()
  const asks = (path: string, method = 'GET') =>
    backend.fetch(new Request(`${app}/auth/${path}`, { method, headers: { ...own, cookie: kept } }))
  const bearer = async () => {
    const request = new Request(`${app}/api`, { headers: { ...own, cookie: kept } })
    return (await backend.bearer(request)).headers.get('authorization')
  }
  await ended.end('ses_2', Date.now())
  ok(await bearer())
  await ended.end('ses_1', Date.now())
  equal(await bearer(), null)
  const shown = await asks('session')
  deepEqual(await shown.json(), { user: null })
  ok(shown.headers.getSetCookie().every((line) => line.includes('Max-Age=0')))
  deepEqual([(await asks('refresh', 'POST')).status, on.refreshes()], [400, 0])
})

test('what pretends to be the issuer’s word that a session has ended is refused', async () => {
  const request = new Request(`${app}/auth/backchannel-logout`, {
    method: 'POST',
    body: new URLSearchParams({ logout_token: 'nonsense' }),
  })
  ok([400, 503].includes((await backend.fetch(request)).status))
})

const foreign: Record<string, Record<string, string>> = {
  'without the header': { 'countersign-session': '' },
  'from another origin': { origin: 'https://evil.example' },
  'from an opaque origin': { origin: 'null' },
  'from a sibling site': { 'sec-fetch-site': 'same-site' },
}
for (const [name, headers] of Object.entries(foreign))
  test(`a request ${name} is refused, with all cookies`, async () => {
    await on.signedIn({ store: 'cookie' })
    const before = cookies()
    for (const [method, path] of [
      ['POST', 'session'],
      ['POST', 'refresh'],
      ['DELETE', 'session'],
    ] as const) {
      const request = new Request(`${app}/auth/${path}`, { method, headers: { ...own, ...headers } })
      equal((await throughBrowser(request)).status, 403)
    }
    const asked = new Request(`${app}/api`, {
      method: 'POST',
      headers: { ...own, ...headers, cookie: before },
    })
    equal((await backend.bearer(asked)).headers.get('authorization'), null)
    equal(cookies(), before)
  })

test('a change without an Origin is refused; a reading without one is not', async () => {
  const { origin, ...headers } = own
  ok(origin)
  const answer = (method: string) => backend.fetch(new Request(`${app}/auth/session`, { method, headers }))
  equal((await answer('DELETE')).status, 403)
  deepEqual(await (await answer('GET')).json(), { user: null })
})

test('an Authorization of the caller’s own is left alone', async () => {
  await on.signedIn({ store: 'cookie' })
  const headers = { ...own, cookie: cookies(), authorization: 'Bearer mine' }
  equal(
    (await backend.bearer(new Request(`${app}/api`, { headers }))).headers.get('authorization'),
    'Bearer mine',
  )
})

const good = { code: 'c', codeVerifier: 'v', nonce: 'n', redirectUri: `${app}/callback` }
const bodies: Record<string, string> = {
  nothing: '',
  'no JSON': '{',
  'no object': '[]',
  null: 'null',
  'a missing member': JSON.stringify({ ...good, nonce: undefined }),
  'a member of another type': JSON.stringify({ ...good, code: 7 }),
  'an endless member': JSON.stringify({ ...good, code: 'c'.repeat(3000) }),
  'an endless body': JSON.stringify({ ...good, more: 'c'.repeat(20_000) }),
  'a redirect to elsewhere': JSON.stringify({ ...good, redirectUri: 'https://evil.example/callback' }),
  'a redirect to nowhere': JSON.stringify({ ...good, redirectUri: '/callback' }),
}
for (const [name, body] of Object.entries(bodies))
  test(`a sign-in with ${name} is a bad request`, async () => {
    const request = new Request(`${app}/auth/session`, { method: 'POST', headers: own, body })
    const response = await backend.fetch(request)
    equal(response.status, 400)
    deepEqual(await response.json(), { error: 'invalid_request' })
    ok(!on.provider.log.some((line) => line.startsWith('POST /token')))
  })

test('a code that the server refuses is refused', async () => {
  const request = new Request(`${app}/auth/session`, {
    method: 'POST',
    headers: own,
    body: JSON.stringify(good),
  })
  const response = await backend.fetch(request)
  equal(response.status, 400)
  deepEqual(await response.json(), { error: 'invalid_grant' })
})

test('unknown places are 404, unknown methods 405 with the known ones', async () => {
  const answer = (path: string, method: string) =>
    backend.fetch(new Request(`${app}${path}`, { method, headers: own }))
  equal((await answer('/auth/other', 'GET')).status, 404)
  equal((await answer('/auth/session/', 'GET')).status, 404)
  const response = await answer('/auth/refresh', 'GET')
  deepEqual([response.status, response.headers.get('allow')], [405, 'POST'])
})

test('an unsafe setting is refused at once', () => {
  const safe = { issuer: 'https://auth.example', clientId: 'shop', origin: app, secret }
  ok(cookieSession({ ...safe, origin: 'http://localhost:4401' }))
  throws(() => cookieSession({ ...safe, origin: 'http://app.example' }), TypeError)
  throws(() => cookieSession({ ...safe, origin: `${app}/` }), TypeError)
  throws(() => cookieSession({ ...safe, secret: 'short' }), TypeError)
  throws(() => cookieSession({ ...safe, secret: [] }), TypeError)
  throws(() => cookieSession({ ...safe, secret: [secret, 'short'] }), TypeError)
})

test('what is not a refusal stays a failure', async () => {
  await on.signedIn({ store: 'cookie' })
  on.provider.levers.idToken = { name: 'x'.repeat(20_000) }
  const request = new Request(`${app}/auth/refresh`, {
    method: 'POST',
    headers: { ...own, cookie: cookies() },
  })
  await rejects(backend.fetch(request), RangeError)
})
