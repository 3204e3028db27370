// Mode `basic`: who is sent name and password, who never is, and what a 401 does.
import { deepEqual, equal, rejects, throws } from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, afterEach, before, beforeEach, test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import type { BasicClientOptions, BasicEvents } from './basic.ts'
import { createClient } from './client.ts'
import { openPage, type Page } from './page.fixture.ts'

interface Api {
  readonly server: Server
  readonly origin: string
  seen: (string | undefined)[]
}

/** Answers 200 to Ada's name and password and 401 to all others; `/away?to=` redirects. */
async function startApi(): Promise<Api> {
  const server = createServer((request, response) => {
    const { authorization } = request.headers
    api.seen.push(authorization)
    const url = new URL(request.url ?? '/', 'http://api')
    if (url.pathname === '/away')
      response.writeHead(307, { location: url.searchParams.get('to') ?? '' }).end()
    else response.writeHead(authorization === ada ? 200 : 401).end()
  })
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve))
  const origin = `http://localhost:${(server.address() as AddressInfo).port}`
  const api: Api = { server, origin, seen: [] }
  return api
}

const ada = `Basic ${Buffer.from('ada:café: 1843').toString('base64')}`
const right = { username: 'ada', password: 'café: 1843' }
const issuer = 'https://id.example.test'

let api: Api
let stranger: Api
let page: Page
before(async () => {
  api = await startApi()
  stranger = await startApi()
})
after(() => {
  for (const { server } of [api, stranger]) {
    server.closeAllConnections()
    server.close()
  }
})
beforeEach(() => {
  api.seen = []
  stranger.seen = []
  page = openPage('https://app.example/')
})
afterEach(() => page.close())

function client(options: Partial<BasicClientOptions> = {}) {
  const session = createClient({ issuer, mode: 'basic', origins: [api.origin], ...options })
  const told: (keyof BasicEvents)[] = []
  for (const name of ['login', 'logout', 'expired'] as const) session.on(name, () => told.push(name))
  return { session, told }
}

test('signing in sends nothing, tells the listeners, and the first of them to ask sends both', async (t) => {
  const { session } = client()
  const sent = t.mock.method(globalThis, 'fetch')
  session.signIn(right)
  deepEqual(session.user, { username: 'ada' })
  await turn()
  equal(sent.mock.callCount(), 0)
  const answer = await new Promise<Response>((resolve) => {
    session.on('login', () => resolve(session.fetch(`${api.origin}/orders`)))
  })
  equal(answer.status, 200)
  deepEqual(api.seen, [ada])
})

test('who is not signed in sends nothing of the kind, and nobody is asked by the browser', async (t) => {
  const { session } = client()
  const sent = t.mock.method(globalThis, 'fetch')
  equal((await session.fetch(api.origin)).status, 401)
  session.signIn(right)
  await session.fetch(new Request(api.origin, { credentials: 'include' }))
  await session.fetch(api.origin, { credentials: 'include' })
  deepEqual(api.seen, [undefined, ada, ada])
  deepEqual(
    sent.mock.calls.map(({ arguments: [, init] }) => init?.credentials),
    ['omit', 'omit', 'omit'],
  )
})

test('no origin that is not listed is sent a password, by a redirect neither', async () => {
  const { session, told } = client()
  session.signIn(right)
  await session.fetch(stranger.origin)
  const away = await session.fetch(`${api.origin}/away?to=${encodeURIComponent(stranger.origin)}`)
  equal(away.status, 401)
  deepEqual([api.seen, stranger.seen], [[ada], [undefined, undefined]])
  await turn()
  deepEqual([session.user, told], [{ username: 'ada' }, ['login']])
})

test('the page’s own origin and the issuer’s are sent it without being listed', async (t) => {
  const session = createClient({ issuer, mode: 'basic' })
  session.signIn(right)
  const sent: (string | null)[] = []
  t.mock.method(globalThis, 'fetch', async (_to: string, init: RequestInit = {}) => {
    sent.push(new Headers(init.headers).get('authorization'))
    return new Response()
  })
  for (const to of ['/orders', `${issuer}/get_access_token`, api.origin]) await session.fetch(to)
  deepEqual(sent, [ada, ada, null])
})

test('over plain http nothing is sent, but to this machine', async (t) => {
  const plain = 'http://api.example.test'
  const { session } = client({
    origins: [plain, 'http://127.0.0.1:1', 'http://[::1]:1', 'http://a.localhost'],
  })
  session.signIn(right)
  const sent: string[] = []
  t.mock.method(globalThis, 'fetch', async (to: string) => {
    sent.push(new URL(to).hostname)
    return new Response()
  })
  await rejects(session.fetch(`${plain}/orders`), { name: 'AuthError', code: 'insecure_origin' })
  for (const host of ['http://127.0.0.1:1', 'http://[::1]:1', 'http://a.localhost']) await session.fetch(host)
  deepEqual(sent, ['127.0.0.1', '[::1]', 'a.localhost'])
  for (const host of ['http://127.0.0.1.example.test', 'http://localhost.example.test']) {
    const lookalike = client({ origins: [host] }).session
    lookalike.signIn(right)
    await rejects(lookalike.fetch(host), { code: 'insecure_origin' })
  }
})

test('a 401 signs out, once, whatever was under way', async () => {
  const { session, told } = client()
  session.signIn({ username: 'ada', password: 'wrong' })
  const answers = await Promise.all([session.fetch(api.origin), session.fetch(api.origin)])
  deepEqual(
    answers.map(({ status }) => status),
    [401, 401],
  )
  await turn()
  deepEqual([session.user, told], [null, ['login', 'expired', 'logout']])
  await session.fetch(api.origin)
  equal(api.seen.at(-1), undefined)
})

test('a 401 for a name and a password of before says nothing of those of now', async () => {
  const { session } = client()
  session.signIn({ username: 'ada', password: 'wrong' })
  const late = session.fetch(api.origin)
  session.signIn(right)
  equal((await late).status, 401)
  deepEqual(session.user, { username: 'ada' })
  equal((await session.fetch(api.origin)).status, 200)
})

test('another person takes the place of the one before', async () => {
  const { session, told } = client()
  session.signIn(right)
  session.signIn({ username: 'grace', password: 'x' })
  await turn()
  deepEqual([session.user, told], [{ username: 'grace' }, ['login', 'logout', 'login']])
  session.signOut()
  session.signOut()
  await turn()
  deepEqual([session.user, told.at(-1), told.length], [null, 'logout', 4])
})

test('nothing of them is in any storage, nor on the session', () => {
  const { session } = client()
  session.signIn(right)
  const kept = [...Object.values(session).map(String), JSON.stringify(session)].join()
  for (const secret of [right.password, ada.slice(6)]) equal(kept.includes(secret), false)
  deepEqual([page.localStorage.length, page.sessionStorage.length], [0, 0])
})

test('an Authorization of the caller’s own stays', async () => {
  const { session } = client()
  session.signIn(right)
  await session.fetch(api.origin, { headers: { authorization: 'Bearer x' } })
  deepEqual(api.seen, ['Bearer x'])
  deepEqual(session.user, { username: 'ada' })
})

test('what Basic can’t say is refused before anything is held', () => {
  const { session } = client()
  for (const [username, password] of [
    ['ada:love', 'x'],
    ['ada', 'a\nb'],
    ['a\0da', 'x'],
  ] as const) {
    throws(() => session.signIn({ username, password }), { code: 'invalid_username' })
  }
  equal(session.user, null)
})
