// `session.fetch`: who gets the token, and what happens after a 401.
import { deepEqual, equal, ok, rejects } from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, test } from 'node:test'
import { stage } from './walk.fixture.ts'

const on = stage()

interface Api {
  readonly server: Server
  readonly origin: string
  readonly seen: {
    readonly authorization: string | undefined
    readonly body: string
    readonly extra: string
  }[]
  refuse: boolean
}

/** Answers 200 to good tokens and 401 to all others; `/away?to=` redirects. */
async function startApi(): Promise<Api> {
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const piece of request) body += piece
    const { authorization } = request.headers
    api.seen.push({ authorization, body, extra: String(request.headers['x-extra']) })
    const url = new URL(request.url ?? '/', 'http://api')
    if (url.pathname === '/away')
      response.writeHead(307, { location: url.searchParams.get('to') ?? '' }).end()
    else response.writeHead(!api.refuse && on.provider.accepts(authorization) ? 200 : 401).end()
  })
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve))
  const origin = `http://localhost:${(server.address() as AddressInfo).port}`
  const api: Api = { server, origin, seen: [], refuse: false }
  return api
}

let api: Api
let stranger: Api
beforeEach(async () => {
  api = await startApi()
  stranger = await startApi()
})
afterEach(() => {
  for (const { server } of [api, stranger]) {
    server.closeAllConnections()
    server.close()
  }
})

const refused = () => Promise.reject(new Error('not to be called'))

test('a listed origin gets the token, any other does not', async () => {
  const session = await on.signedIn({ origins: [`${api.origin}/`] })
  equal((await session.fetch(`${api.origin}/orders`, { headers: { 'x-extra': '1' } })).status, 200)
  equal(api.seen[0]?.extra, '1')
  equal((await session.fetch(new URL(`${stranger.origin}/orders`))).status, 401)
  equal(stranger.seen[0]?.authorization, undefined)
})

test('by default only the page’s own origin gets it', async () => {
  const session = await on.signedIn()
  await session.fetch(api.origin)
  equal(api.seen[0]?.authorization, undefined)
  on.page.load(`${api.origin}/`)
  const moved = on.client()
  await moved.ready
  equal((await moved.fetch('/orders')).status, 200)
})

test('what a relative address means is the document’s affair, its base included', async (t) => {
  const session = await on.signedIn({ origins: [api.origin] })
  t.mock.getter(document, 'baseURI', () => `${stranger.origin}/`)
  t.mock.method(globalThis, 'fetch', async (input: string) => {
    ok(input.startsWith(stranger.origin))
    return new Response()
  })
  equal((await session.fetch('/orders')).status, 200)
})

test('a redirect to another origin takes no token along', async () => {
  const session = await on.signedIn({ origins: [api.origin] })
  await session.fetch(`${api.origin}/away?to=${encodeURIComponent(stranger.origin)}`)
  ok(api.seen[0]?.authorization)
  equal(stranger.seen[0]?.authorization, undefined)
})

test('an Authorization of the caller’s own stays', async () => {
  const session = await on.signedIn({ origins: [api.origin] })
  await session.fetch(api.origin, { headers: { authorization: 'Basic x' } })
  equal(api.seen[0]?.authorization, 'Basic x')
})

test('a Request is as good as an address', async () => {
  const session = await on.signedIn({ origins: [api.origin] })
  const request = new Request(`${api.origin}/orders`, {
    method: 'POST',
    body: 'one',
    headers: { 'x-extra': '2' },
  })
  equal((await session.fetch(request)).status, 200)
  deepEqual([api.seen[0]?.body, api.seen[0]?.extra], ['one', '2'])
})

test('after a 401 the request is sent once more, with its body and a new token', async () => {
  const session = await on.signedIn({ origins: [api.origin] })
  on.provider.forgetAccess()
  equal((await session.fetch(api.origin, { method: 'POST', body: 'one' })).status, 200)
  deepEqual(
    api.seen.map((one) => one.body),
    ['one', 'one'],
  )
  equal(on.refreshes(), 1)
})

test('five requests that are refused together are renewed together', async () => {
  const session = await on.signedIn({ origins: [api.origin] })
  on.provider.forgetAccess()
  const answers = await Promise.all(Array.from({ length: 5 }, () => session.fetch(api.origin)))
  ok(answers.every((one) => one.status === 200))
  equal(on.refreshes(), 1)
})

test('a second 401 is the answer', async () => {
  const session = await on.signedIn({ origins: [api.origin] })
  api.refuse = true
  equal((await session.fetch(api.origin)).status, 401)
  equal(api.seen.length, 2)
  ok(session.user)
})

test('a body that can be sent only once is sent once', async () => {
  const session = await on.signedIn({ origins: [api.origin] })
  api.refuse = true
  const stream = new Blob(['one']).stream()
  await session.fetch(api.origin, { method: 'POST', body: stream, duplex: 'half' } as RequestInit)
  await session.fetch(new Request(api.origin, { method: 'POST', body: 'two' }))
  deepEqual(
    api.seen.map((one) => one.body),
    ['one', 'two'],
  )
})

test('a 401 whose renewal is refused is the answer, and the person is signed out', async () => {
  const session = await on.signedIn({ origins: [api.origin] })
  on.provider.endEverything()
  equal((await session.fetch(api.origin)).status, 401)
  equal(session.user, null)
})

test('who is not signed in sends no token and gets the answer as it is', async () => {
  const session = on.client({ origins: [api.origin] })
  equal((await session.fetch(api.origin)).status, 401)
  equal(api.seen.length, 1)
  equal(api.seen[0]?.authorization, undefined)
})

test('what the platform rejects is rejected', async (t) => {
  const session = await on.signedIn({ origins: [api.origin] })
  t.mock.method(globalThis, 'fetch', refused)
  await rejects(session.fetch(api.origin), /not to be called/)
  await rejects(session.fetch('http://['), TypeError)
})
