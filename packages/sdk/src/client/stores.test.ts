// Where tokens lie, what is left after signing out, and the way out.
import { equal, ok, rejects } from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { app, heard, stage } from './walk.fixture.ts'

const on = stage()

const everything = () =>
  [on.page.localStorage, on.page.sessionStorage]
    .flatMap((storage) =>
      Array.from({ length: storage.length }, (_, index) => storage.getItem(storage.key(index) ?? '')),
    )
    .join('\n')

test('by default no storage ever holds a token', async () => {
  const session = await on.signedIn()
  ok(await session.getToken())
  ok(!/at-|refresh|ada/i.test(everything()), everything())
})

for (const store of ['session', 'local'] as const)
  test(`the ${store} store outlives the page, and is empty after signing out`, async () => {
    const session = await on.signedIn({ store })
    const token = await session.getToken()
    session.close()
    on.page.load(`${app}/`)
    const reloaded = on.client({ store })
    equal((await reloaded.ready)?.name, 'Ada')
    equal(await reloaded.getToken(), token)
    await reloaded.signOut({ everywhere: false })
    equal(everything(), '')
  })

test('a tab that was closed while everybody signed out comes back signed out', async () => {
  const session = await on.signedIn({ store: 'session' })
  session.close()
  on.page.localStorage.clear()
  equal(await on.client({ store: 'session' }).ready, null)
  equal(everything(), '')
})

test('a store of one’s own is asked, filled and emptied', async () => {
  let kept: string | null = null
  const store = {
    read: async () => kept,
    write: async (text: string) => {
      kept = text
    },
    clear: async () => {
      kept = null
    },
  }
  const session = await on.signedIn({ store })
  ok(String(kept).includes('refreshToken'))
  session.close()
  const reloaded = on.client({ store })
  equal((await reloaded.ready)?.sub, 'ada')
  await reloaded.signOut({ everywhere: false })
  equal(kept, null)
})

test('a store that fails is an error event, not the end of the sign-in', async () => {
  const full = () => {
    throw new DOMException('Full.', 'QuotaExceededError')
  }
  const session = await on.signedIn({ store: { read: full, write: full, clear: full } })
  equal((await heard(session, 'error')).code, 'storage_failed')
  equal(session.user?.sub, 'ada')
})

test('signing out revokes, clears every tab, and goes to where the server ends its own session', async () => {
  const session = await on.signedIn()
  const other = on.client()
  await other.ready
  const trips = on.page.left.length
  void session.signOut()
  await Promise.all([heard(session, 'logout'), heard(other, 'logout')])
  equal(other.user, null)
  while (on.page.left.length === trips) await turn()
  ok(on.provider.log.includes('POST /revoke'))
  const url = new URL(on.page.left.at(-1) ?? '')
  equal(url.origin + url.pathname, `${on.provider.issuer}/end`)
  equal(url.searchParams.get('post_logout_redirect_uri'), `${app}/`)
  ok(url.searchParams.get('id_token_hint'))
  equal(everything(), '')
})

test('signing out of this application only stays on the page', async () => {
  const session = await on.signedIn()
  const trips = on.page.left.length
  await session.signOut({ everywhere: false })
  equal(on.page.left.length, trips)
  equal(session.user, null)
})

test('signing out works where the server offers neither revocation nor an end of its session', async () => {
  on.provider.levers.metadata = { revocation_endpoint: undefined, end_session_endpoint: undefined }
  const session = await on.signedIn()
  await session.signOut()
  equal(await session.getToken(), null)
  ok(!on.provider.log.includes('POST /revoke'))
})

test('a tab that comes back from the browser’s cache learns that everybody has signed out', async () => {
  const session = await on.signedIn()
  on.page.localStorage.clear()
  on.page.fire(Object.assign(new Event('pageshow'), { persisted: true }))
  await heard(session, 'logout')
  equal(session.user, null)
})

test('another tab’s sign-out arrives by storage event too', async () => {
  const session = await on.signedIn()
  const key = on.page.localStorage.key(0)
  on.page.localStorage.clear()
  on.page.fire(Object.assign(new Event('storage'), { key, newValue: null }))
  await heard(session, 'logout')
})

test('without BroadcastChannel a sign-in arrives by storage event, where the store is shared', async (t) => {
  const { BroadcastChannel } = globalThis
  Reflect.deleteProperty(globalThis, 'BroadcastChannel')
  t.after(() => Object.assign(globalThis, { BroadcastChannel }))
  const waiting = on.client({ store: 'local' })
  equal(await waiting.ready, null)
  const session = await on.signedIn({ store: 'local' })
  const key = `countersign ${on.provider.issuer} shop`
  on.page.fire(Object.assign(new Event('storage'), { key, newValue: on.page.localStorage.getItem(key) }))
  equal((await heard(waiting, 'login')).sub, 'ada')
  equal(await waiting.getToken(), await session.getToken())
})

test('with its storage switched off a browser still signs in', async (t) => {
  const refuse = () => {
    throw new DOMException('Denied.', 'SecurityError')
  }
  for (const method of ['getItem', 'setItem', 'removeItem'] as const)
    t.mock.method(on.page.localStorage, method, refuse)
  const session = await on.signedIn()
  equal(session.user?.sub, 'ada')
  await session.signOut({ everywhere: false })
  equal(session.user, null)
})

test('a server that can’t be reached does not keep anyone signed in here', async () => {
  const session = await on.signedIn()
  await on.provider.close()
  const trips = on.page.left.length
  void session.signOut()
  await heard(session, 'logout')
  equal(await session.getToken(), null)
  // It goes to the server in the end: nothing of that may be under way when the page is taken away.
  while (on.page.left.length === trips) await turn()
})

test('signing in without a server rejects', async () => {
  await on.provider.close()
  await rejects(on.client().signIn(), { code: 'network' })
})
