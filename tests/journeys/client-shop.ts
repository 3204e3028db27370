// A small shop for the journeys of the browser client: five sections, each with a script of its own that knows nothing
// of the others, an API, and a back end for the cookie store; beside it a stranger's site, and the small
// authorization server of the client's own tests.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, before, beforeEach } from 'node:test'
import { bundleClient } from '../../packages/sdk/src/client/bundle.fixture.ts'
import type { Session } from '../../packages/sdk/src/client/client.ts'
import { type Provider, startProvider } from '../../packages/sdk/src/client/provider.fixture.ts'
import { type CookieSession, cookieSession } from '../../packages/sdk/src/frameworks/cookie-session.ts'
import type { Page } from '../harness/browser.ts'

declare global {
  interface Window {
    session: Session
    /** The events of the session, in order. */
    told: string[]
    /** The address's query when each widget began. */
    searches: string[]
    /** What the widgets have asked the API. */
    asked: Promise<void>[]
  }
}

export interface Site {
  readonly server: Server
  readonly origin: string
  /** The `Authorization` of each request to `/api`. */
  readonly seen: (string | undefined)[]
}

export interface Street {
  readonly provider: Provider
  readonly shop: Site
  readonly stranger: Site
  /** What the shop's page gives to `createClient` beside issuer and client. */
  options: object
}

interface Backend {
  readonly provider: Provider
  readonly session: () => CookieSession
  readonly stranger: () => Site
  readonly page: () => string
}

/** Call at the top of a test file: everything is new for each of its tests. */
export function street(): Street {
  let bundle = ''
  let opened: Street
  before(async () => {
    bundle = await bundleClient()
  })
  beforeEach(async () => {
    const provider = await startProvider()
    let session: CookieSession
    const backend: Backend = {
      provider,
      session: () => session,
      stranger: () => opened.stranger,
      page: () => html({ issuer: provider.issuer, clientId: 'shop', ...opened.options }),
    }
    const shop = await startSite(backend, bundle)
    const stranger = await startSite(backend, bundle)
    const secret = 'a secret of at least thirty-two characters'
    session = cookieSession({ issuer: provider.issuer, clientId: 'shop', origin: shop.origin, secret })
    opened = { provider, shop, stranger, options: {} }
  })
  afterEach(async () => {
    await opened.provider.close()
    for (const { server } of [opened.shop, opened.stranger]) {
      server.closeAllConnections()
      server.close()
    }
  })
  return {
    get provider() {
      return opened.provider
    },
    get shop() {
      return opened.shop
    },
    get stranger() {
      return opened.stranger
    },
    set options(options: object) {
      opened.options = options
    },
  }
}

async function startSite(backend: Backend, bundle: string): Promise<Site> {
  const seen: Site['seen'] = []
  const server = createServer((request, response) => {
    void serve(backend, bundle, seen, request, response).catch(() => response.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve))
  return { server, seen, origin: `http://localhost:${(server.address() as AddressInfo).port}` }
}

async function serve(
  backend: Backend,
  bundle: string,
  seen: Site['seen'],
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://localhost')
  response.setHeader('access-control-allow-origin', '*')
  response.setHeader('access-control-allow-headers', 'authorization')
  if (url.pathname === '/client.js') {
    response.setHeader('content-type', 'text/javascript')
    response.end(bundle)
  } else if (url.pathname.startsWith('/auth/')) {
    await reply(response, await backend.session().fetch(await requestOf(request, url)))
  } else if (url.pathname === '/away') {
    response.writeHead(302, { location: `${backend.stranger().origin}/api` }).end()
  } else if (url.pathname === '/api' && request.method !== 'OPTIONS') {
    const { headers } = await backend.session().bearer(await requestOf(request, url))
    const authorization = headers.get('authorization') ?? undefined
    seen.push(authorization)
    response.writeHead(backend.provider.accepts(authorization) ? 200 : 401).end('yours')
  } else {
    response.setHeader('content-type', 'text/html; charset=utf-8')
    response.setHeader('content-security-policy', "frame-ancestors 'self'")
    response.end(backend.page())
  }
}

async function requestOf(request: IncomingMessage, url: URL): Promise<Request> {
  const pieces: Buffer[] = []
  for await (const piece of request) pieces.push(piece)
  const headers = new Headers(Object.entries(request.headers).map(([name, value]) => [name, String(value)]))
  const body = pieces.length > 0 ? { body: Buffer.concat(pieces) } : {}
  return new Request(url, { method: request.method ?? 'GET', headers, ...body })
}

async function reply(response: ServerResponse, answer: Response): Promise<void> {
  response.setHeaders(answer.headers)
  response.writeHead(answer.status).end(Buffer.from(await answer.arrayBuffer()))
}

const html = (
  options: object,
) => `<!doctype html><html lang="en"><title>Shop</title><link rel="icon" href="data:,"><body>
  ${[1, 2, 3, 4, 5].map((n) => `<section id="w${n}">empty</section>`).join('')}
  <script>
    // Whoever is given seconds to answer is given ten times as many: machines that run tests are busy.
    const wait = setTimeout
    window.setTimeout = (ring, ms = 0) => wait(ring, ms < 1000 ? ms : Math.min(ms * 10, 2 ** 31 - 1))
  </script>
  <script type="module">
    import { createClient } from '/client.js'
    window.told = []
    window.searches = []
    window.asked = []
    window.session = createClient(${JSON.stringify(options)})
    for (const name of ['login', 'logout', 'expired', 'error'])
      session.on(name, (payload) => told.push(name + (payload ? ' ' + (payload.sub ?? payload.code) : '')))
  </script>
  ${[1, 2, 3, 4, 5].map(widget).join('')}
</body></html>`

const widget = (n: number) => `<script type="module">
  searches.push(location.search)
  const show = async (user) => {
    const answer = await session.fetch('/api')
    w${n}.textContent = user.name + ' ' + await answer.text()
  }
  session.on('login', (user) => void asked.push(show(user)))
  session.on('logout', () => { w${n}.textContent = 'empty' })
</script>`

/**
 * Call before the first page: there everybody waits twenty times as long, so that what other tabs say comes in time,
 * however busy this machine is.
 */
export async function patient(page: Page): Promise<void> {
  await page.context().addInitScript(() => {
    const wait = window.setTimeout.bind(window)
    const longest = 2 ** 31 - 1
    Object.assign(window, {
      setTimeout: (ring: () => void, ms = 0) => wait(ring, Math.min(ms * 20, longest)),
    })
  })
}

/** Waits until all five widgets show this. */
export async function filled(page: Page, text = 'Ada yours'): Promise<void> {
  for (const n of [1, 2, 3, 4, 5]) await page.locator(`#w${n}`, { hasText: text }).waitFor()
}

/** Who is signed in once that is known: the subject, or null. */
export const ready = (page: Page): Promise<string | null> =>
  page.evaluate(async () => (await window.session.ready)?.sub ?? null)

export const told = (page: Page): Promise<string[]> => page.evaluate(() => window.told)

/** Everything in both storages, as JSON; `[{},{}]` when they are empty. */
export const stored = (page: Page): Promise<string> =>
  page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]))

export const refreshes = ({ provider }: Street): number =>
  provider.log.filter((line) => line.endsWith('refresh_token')).length

/**
 * Signs in by hand, from the shop's first page or (`here`) from where the page is, and waits until no widget asks the
 * API any more: what a test does next to the network, the clock or the server is not done to them.
 */
export async function signIn(
  { shop }: Street,
  page: Page,
  { returnTo, user = 'ada', here = false }: { returnTo?: string; user?: string; here?: boolean } = {},
): Promise<void> {
  if (!here) await page.goto(shop.origin)
  const asked = returnTo === undefined ? {} : { returnTo }
  await page.evaluate((options) => void window.session.signIn(options), asked)
  await page.getByRole('button', { name: user }).click()
  await page.waitForURL((url) => url.origin === shop.origin && url.pathname !== '/callback')
  await ready(page)
  await page.evaluate(() => Promise.all(window.asked))
}

/** Moves the page's own clock; its timers run on. Needs `page.clock.install()`. */
export async function pass(page: Page, seconds: number): Promise<void> {
  await page.clock.setSystemTime(Date.now() + seconds * 1000)
}
