// One page and one authorization server per test, and the walk between them without a browser.
import { afterEach, beforeEach } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { createClient, type Session } from './client.ts'
import { openPage, type Page } from './page.fixture.ts'
import { type Provider, startProvider } from './provider.fixture.ts'
import type { ClientOptions, SessionEvents, SignInOptions } from './types.ts'

export const app = 'https://app.example'

export interface Stage {
  readonly page: Page
  readonly provider: Provider
  /** A client on the page as it is now: another tab. Without silent sign-in, for there are no frames here. */
  client(options?: Partial<ClientOptions>): Session
  /** Leaves for the server, signs in there, and comes back: the address that the browser would load. */
  walk(session: Session, asked?: SignInOptions, user?: string): Promise<string>
  /** A client that has just come back signed in. */
  signedIn(options?: Partial<ClientOptions>, asked?: SignInOptions, user?: string): Promise<Session>
  refreshes(): number
}

/** Call at the top of a test file; the stage is new for each of its tests. */
export function stage(): Stage {
  let page: Page
  let provider: Provider
  let open: Session[] = []
  beforeEach(async () => {
    provider = await startProvider()
    page = openPage(`${app}/`)
  })
  afterEach(async () => {
    for (const session of open) session.close()
    open = []
    page.close()
    await provider.close()
  })
  const client: Stage['client'] = (options) => {
    const session = createClient({ issuer: provider.issuer, clientId: 'shop', silent: false, ...options })
    open.push(session)
    return session
  }
  const walk: Stage['walk'] = async (session, asked, user = 'ada') => {
    const trips = page.left.length
    void session.signIn(asked)
    while (page.left.length === trips) await turn()
    const url = new URL(page.left.at(-1) ?? '')
    const body = new URLSearchParams({ user, back: encodeURIComponent(url.searchParams.toString()) })
    const response = await fetch(`${provider.issuer}/sign-in`, { method: 'POST', body, redirect: 'manual' })
    return response.headers.get('location') ?? ''
  }
  return {
    get page() {
      return page
    },
    get provider() {
      return provider
    },
    client,
    walk,
    async signedIn(options, asked, user) {
      const before = client(options)
      const callback = await walk(before, asked, user)
      before.close()
      page.load(callback)
      const session = client(options)
      await session.ready
      return session
    },
    refreshes: () => provider.log.filter((line) => line === 'POST /token refresh_token').length,
  }
}

/** The next event of this name, or how things stand. */
export function heard<Name extends keyof SessionEvents>(
  session: Session,
  name: Name,
): Promise<SessionEvents[Name]> {
  return new Promise((resolve) => session.on(name, resolve))
}
