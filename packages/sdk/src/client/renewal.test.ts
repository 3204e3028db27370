// Staying signed in: one refresh at a time among calls and tabs, and no sign-out for anything but the server's word.
// Time is the test's own (`Date` alone: timers and the network go on).
import { deepEqual, equal, notEqual, ok, rejects } from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { heard, stage } from './walk.fixture.ts'

const on = stage()

/** Stops the clock; the function lets so many seconds pass. */
function clock(t: TestContext): (seconds: number) => void {
  let now = Date.now()
  t.mock.timers.enable({ apis: ['Date'], now })
  return (seconds) => {
    now += seconds * 1000
    t.mock.timers.setTime(now)
  }
}

/**
 * Lets everybody wait a hundred times as long: what other tabs say comes in time, however busy this machine is.
 * @returns how many have waited to the end
 */
function patient(t: TestContext): () => number {
  const { setTimeout: wait } = globalThis
  let inVain = 0
  t.mock.method(globalThis, 'setTimeout', (ring: () => void, ms: number) => {
    const ringInVain = (): void => {
      inVain++
      ring()
    }
    return wait(ringInVain, Math.min(ms * 100, 2 ** 31 - 1)).unref()
  })
  return () => inVain
}

const quick = (t: TestContext) => t.mock.method(Math, 'random', () => 0)

test('fifty calls for a token at once are one refresh', async (t) => {
  const pass = clock(t)
  const session = await on.signedIn()
  const old = await session.getToken()
  pass(301)
  const tokens = new Set(await Promise.all(Array.from({ length: 50 }, () => session.getToken())))
  equal(tokens.size, 1)
  ok(!tokens.has(old))
  equal(on.refreshes(), 1)
})

test('ten tabs that need a token at once are one refresh, all have its token, and none waits for what has come', async (t) => {
  const inVain = patient(t)
  const pass = clock(t)
  const tabs = [await on.signedIn(), ...Array.from({ length: 9 }, () => on.client())]
  for (const tab of tabs) equal((await tab.ready)?.sub, 'ada')
  pass(301)
  const tokens = new Set(await Promise.all(tabs.map((tab) => tab.getToken())))
  equal(tokens.size, 1)
  ok(on.provider.accepts(`Bearer ${[...tokens][0]}`))
  equal(on.refreshes(), 1)
  equal(inVain(), 0)
})

test('a tab that asks while another refreshes waits for it', async (t) => {
  patient(t)
  const pass = clock(t)
  const first = await on.signedIn()
  const second = on.client()
  await second.ready
  pass(301)
  const { promise, resolve } = Promise.withResolvers<void>()
  on.provider.levers.hold = promise
  const one = first.getToken()
  const other = second.getToken()
  resolve()
  equal(await one, await other)
  equal(on.provider.mostAtOnce(), 1)
  equal(on.refreshes(), 1)
})

test('a tab that hears of the renewal before its turn comes asks nobody for it', async (t) => {
  const inVain = patient(t)
  const pass = clock(t)
  const first = await on.signedIn()
  const second = on.client()
  await second.ready
  pass(301)
  const [answer, turn, asked] = [1, 2, 3].map(() => Promise.withResolvers<void>())
  on.provider.levers.hold = answer?.promise
  const one = first.getToken()
  while ((await navigator.locks.query()).held?.length !== 1);
  // Between the two, so that the second's turn comes when it has heard.
  const between = navigator.locks.request(
    `countersign ${on.provider.issuer} shop renewal`,
    () => turn?.promise,
  )
  const other = second.getToken().finally(asked?.resolve)
  second.on('token', ({ accessToken }) => void one.then((token) => token === accessToken && turn?.resolve()))
  answer?.resolve()
  await Promise.all([between, asked?.promise])
  equal(await one, await other)
  equal(inVain(), 0)
})

test('a token is renewed at 80 % of its life, give or take 5 %', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'], now: Date.now() })
  const session = await on.signedIn()
  const old = await session.getToken()
  t.mock.timers.tick(0.74 * 300_000)
  equal(await session.getToken(), old)
  const renewed = Promise.withResolvers<void>()
  session.on('token', ({ accessToken }) => accessToken !== old && renewed.resolve())
  t.mock.timers.tick(0.12 * 300_000)
  await renewed.promise
  equal(on.refreshes(), 1)
})

test('an answer that is lost on its way is asked for again, and signs nobody out', async (t) => {
  quick(t)
  const pass = clock(t)
  const session = await on.signedIn()
  pass(301)
  on.provider.levers.lostAnswers = 2
  ok(on.provider.accepts(`Bearer ${await session.getToken()}`))
  equal(on.refreshes(), 3)
})

test('a token with some life left is good enough while the network is away', async (t) => {
  quick(t)
  const pass = clock(t)
  const session = await on.signedIn()
  const old = await session.getToken()
  pass(295)
  on.provider.levers.lostAnswers = 3
  equal(await session.getToken(), old)
  equal(on.refreshes(), 3)
})

test('where the platform has no locks, a page still refreshes once', async (t) => {
  t.mock.getter(navigator, 'locks', () => undefined)
  const pass = clock(t)
  const session = await on.signedIn()
  pass(301)
  const tokens = await Promise.all(Array.from({ length: 50 }, () => session.getToken()))
  equal(new Set(tokens).size, 1)
  equal(on.refreshes(), 1)
})

test('without a network the person stays signed in, and is served again when it is back', async (t) => {
  quick(t)
  const pass = clock(t)
  const session = await on.signedIn()
  let outs = 0
  session.on('logout', () => outs++)
  pass(301)
  on.provider.levers.lostAnswers = 3
  await rejects(session.getToken(), { code: 'network' })
  equal((await heard(session, 'error')).code, 'network')
  equal(session.user?.sub, 'ada')
  ok(on.provider.accepts(`Bearer ${await session.getToken()}`))
  equal(outs, 0)
})

test('when the network is back the token is renewed at once', async (t) => {
  quick(t)
  const pass = clock(t)
  const session = await on.signedIn()
  const old = await session.getToken()
  pass(301)
  on.provider.levers.lostAnswers = 3
  await rejects(session.getToken(), { code: 'network' })
  const renewed = Promise.withResolvers<void>()
  session.on('token', ({ accessToken }) => accessToken !== old && renewed.resolve())
  const { setTimeout: wait } = globalThis
  const pauses: number[] = []
  t.mock.method(globalThis, 'setTimeout', (ring: () => void, ms: number) => {
    pauses.push(ms)
    return wait(ring, ms)
  })
  on.page.fire(new Event('online'))
  equal(pauses[0], 0)
  await renewed.promise
})

test('when the server ends the sign-in, every tab hears `expired`, then `logout`', async (t) => {
  const pass = clock(t)
  const first = await on.signedIn()
  const second = on.client()
  await second.ready
  const told: string[] = []
  const done = [first, second].map((tab, index) => {
    tab.on('expired', () => told.push(`expired ${index}`))
    return new Promise<void>((resolve) => tab.on('logout', () => resolve(void told.push(`logout ${index}`))))
  })
  on.provider.endEverything()
  pass(301)
  equal(await first.getToken(), null)
  await Promise.all(done)
  deepEqual(told.sort(), ['expired 0', 'expired 1', 'logout 0', 'logout 1'])
  equal(second.user, null)
  equal(on.page.localStorage.length, 0)
})

test('without a refresh token a sign-in lasts as long as its token', async (t) => {
  const pass = clock(t)
  on.provider.levers.refreshTokens = false
  const session = await on.signedIn()
  ok(await session.getToken())
  pass(301)
  equal(await session.getToken(), null)
  ok(await heard(session, 'expired').then(() => true))
})

test('a renewed token never brings back who has signed out meanwhile', async (t) => {
  const pass = clock(t)
  on.provider.levers.metadata = { end_session_endpoint: undefined, revocation_endpoint: undefined }
  const session = await on.signedIn()
  pass(301)
  const { promise, resolve } = Promise.withResolvers<void>()
  on.provider.levers.hold = promise
  const token = session.getToken()
  await session.signOut()
  resolve()
  equal(await token, null)
  equal(session.user, null)
})

test('a tab that slept through renewals does not show its spent refresh token', async (t) => {
  const pass = clock(t)
  const awake = await on.signedIn({ store: 'session' })
  const stored = on.page.sessionStorage.getItem(`countersign ${on.provider.issuer} shop tokens`) ?? ''
  pass(301)
  const token = await awake.getToken()
  // A closed tab that is opened again brings its sessionStorage with it.
  on.page.sessionStorage.setItem(`countersign ${on.provider.issuer} shop tokens`, stored)
  const reopened = on.client({ store: 'session' })
  await reopened.ready
  equal(await reopened.getToken(), token)
  equal(on.refreshes(), 1)
})

test('a tab that missed everything loses its own sign-in, not that of the tab that went on', async (t) => {
  const pass = clock(t)
  const awake = await on.signedIn({ store: 'local' })
  const text = on.page.localStorage.getItem(`countersign ${on.provider.issuer} shop tokens`)
  const { BroadcastChannel } = globalThis
  Reflect.deleteProperty(globalThis, 'BroadcastChannel')
  const asleep = on.client({ store: { read: () => text, write: () => {}, clear: () => {} } })
  Object.assign(globalThis, { BroadcastChannel })
  equal((await asleep.ready)?.sub, 'ada')
  for (let count = 0; count < 2; count++) {
    pass(301)
    ok(await awake.getToken())
  }
  equal(await asleep.getToken(), null)
  ok(await awake.getToken())
  equal((await on.client({ store: 'local' }).ready)?.sub, 'ada')
})

test('a new person in one tab is a new person in all', async () => {
  const first = await on.signedIn()
  const told: string[] = []
  first.on('login', (user) => told.push(`login ${user.sub}`))
  first.on('logout', () => told.push('logout'))
  const grace = Promise.withResolvers<void>()
  first.on('login', (user) => user.sub === 'grace' && grace.resolve())
  await on.signedIn({}, {}, 'grace')
  await grace.promise
  deepEqual(told, ['login ada', 'logout', 'login grace'])
})

test('two tabs never share what two clients of one origin hold', async () => {
  await on.signedIn()
  const other = on.client({ clientId: 'bank' })
  equal(await other.ready, null)
  notEqual(on.page.localStorage.length, 0)
})
