// Single sign-on and single sign-out across two sites in a real Chromium: two applications at localhost and 127.0.0.1,
// which share nothing but the server (seed row 2.5).
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { after, test } from 'node:test'
import { createSignOutReceiver } from '@countersign/sdk/sign-out'
import { browserSkip, type Page, withPage } from '../harness/browser.ts'
import { ownTime } from '../harness/own-time.ts'
import { eventually, openRelyingParty, type RelyingParty } from '../harness/relying-party.ts'
import { password, serverOfThisFile } from '../harness/server.ts'
import { patient } from './client-shop.ts'

const skip = browserSkip()
let here: RelyingParty
let there: RelyingParty

const on = serverOfThisFile({
  skip,
  prepare: async (server) => {
    // Each judges with the SDK, as an application would.
    const receivers = new Map<string, ReturnType<typeof createSignOutReceiver>>()
    const judge = (token: string, issuer: string, clientId: string) => {
      const known =
        receivers.get(clientId) ?? createSignOutReceiver({ issuer, clientId, onSignOut: () => {} })
      receivers.set(clientId, known)
      return known.receive(token).then(({ sessionId = '' }) => ({ sid: sessionId }))
    }
    here = await openRelyingParty(server, { id: 'here', host: 'localhost', hears: ['back'], judge })
    there = await openRelyingParty(server, {
      id: 'there',
      host: '127.0.0.1',
      hears: ['back', 'front'],
      judge,
    })
  },
})
after(() => Promise.all([here, there].map((party) => party?.[Symbol.asyncDispose]())))

/** Enters an application by its own sign-in, and says what is asked on the way: who they are only if `asks` is true. */
async function enter(page: Page, party: RelyingParty, asks: boolean): Promise<void> {
  await page.goto(party.origin)
  await page.click('a')
  if (asks) {
    await page.fill('[autocomplete~=username]', 'ada')
    await page.fill('[autocomplete~=current-password]', password)
    await page.click('main button.main')
  }
  // Consent is asked once, and remembered.
  await page.waitForSelector('#who, button[value=allow]')
  if ((await page.locator('button[value=allow]').count()) > 0) await page.click('button[value=allow]')
  await page.waitForSelector('#who')
}

/** Signs out at an application, by the server, and comes back. */
async function leave(page: Page, { origin }: RelyingParty): Promise<void> {
  // The page on the way out may go on before all of it is there.
  await page.goto(`${origin}/sign-out`, { waitUntil: 'commit' })
  await page.waitForURL(`${origin}/bye?state=a%20state`)
}

const forget = (): void => {
  for (const party of [here, there]) {
    party.sessions.clear()
    party.answerWith(null)
  }
}

test('one sign-in opens both applications; signing out of one ends both, by the back and by the front channel', {
  skip,
}, async () => {
  forget()
  await withPage(async (page) => {
    await patient(page)
    await enter(page, here, true)
    await enter(page, there, false)
    deepEqual([here.sessions.size, there.sessions.size], [1, 1])
    const [mine] = here.sessions.values()
    const [theirs] = there.sessions.values()
    ok(mine && theirs)
    deepEqual([mine.sid, mine.sub], [theirs.sid, theirs.sub])

    await leave(page, here)
    await eventually(() => here.sessions.size === 0 && there.sessions.size === 0, 'the end of both')
    deepEqual(there.loaded.at(-1) && Object.fromEntries(there.loaded.at(-1) ?? []), {
      iss: on.issuer,
      sid: mine.sid,
    })
    await eventually(() => here.heard.length > 0 && there.heard.length > 0, 'both logout tokens')
    for (const party of [here, there]) {
      await page.goto(party.origin)
      equal(await page.textContent('a'), 'Sign in')
      await page.goto(`${party.origin}/sign-in?prompt=none`)
      equal(await page.textContent('#error'), 'login_required')
    }
  })
})

/** Asks for the person without a page: in a hidden frame, or with the whole window. @returns who it is, or why not */
async function silently(page: Page, party: RelyingParty, how: 'frame' | 'window'): Promise<string | null> {
  const address = `${party.origin}/sign-in?prompt=none`
  await page.goto(how === 'frame' ? party.origin : address)
  if (how === 'window') return page.textContent('#who, #error')
  await page.evaluate((src) => {
    document.body.append(Object.assign(document.createElement('iframe'), { src, name: 'renewal' }))
  }, address)
  return page.frameLocator('iframe').locator('#who, #error').textContent()
}

test('who has signed in at one application is signed in at the other without seeing a page, and stays so', {
  skip,
}, async () => {
  forget()
  await withPage(async (page) => {
    // Both are allowed; then everybody forgets.
    await enter(page, here, true)
    await enter(page, there, false)
    await leave(page, here)
    await eventually(() => here.sessions.size === 0 && there.sessions.size === 0, 'the end of both')
    equal(await silently(page, there, 'window'), 'login_required')

    await enter(page, here, true)
    const shown: number[] = []
    page.on('response', (response) => {
      if (response.url().startsWith(on.issuer)) shown.push(response.status())
    })
    const [mine] = here.sessions.values()
    equal(await silently(page, there, 'window'), mine?.sub)
    const [theirs] = there.sessions.values()
    equal(theirs?.sid, mine?.sid)

    // Renewal: in a frame at an application of this server's own site. To any other site a browser does not bring the
    // session along in a frame (SameSite), so it is told that nobody is there, and does it with the whole window.
    equal(await silently(page, here, 'frame'), mine?.sub)
    deepEqual(new Set([...here.sessions.values()].map(({ sid }) => sid)), new Set([mine?.sid]))
    equal(await silently(page, there, 'frame'), 'login_required')
    equal(await silently(page, there, 'window'), mine?.sub)
    deepEqual(new Set(shown), new Set([303]), 'the server has shown no page')
  })
})

test('signing out at the server itself ends both, and the person sees that they are signed out', {
  skip,
}, async () => {
  forget()
  await withPage(async (page) => {
    await enter(page, there, true)
    await enter(page, here, false)
    await page.goto(`${on.issuer}/sign-out`)
    await page.click('main button.main')
    await page.getByText('Your session in this browser has ended').waitFor()
    await page.waitForURL(`${on.issuer}/sign-out`)
    match((await page.textContent('h1')) ?? '', /signed out/)
    await eventually(() => here.sessions.size === 0 && there.sessions.size === 0, 'the end of both')
  })
})

test('an application that never answers holds nobody up: the way out takes seconds at most', {
  skip,
}, async () => {
  await withPage(async (page) => {
    await page.route(`${there.origin}/frontchannel*`, () => {})
    // Once of three times: who shares this machine may hold up any single one.
    const all: number[] = []
    while (all.length < 3 && !all.some((ms) => ms < 8000)) {
      forget()
      await enter(page, here, true)
      await enter(page, there, false)
      here.answerWith('nothing')
      using time = ownTime()
      await leave(page, here)
      all.push(time.ms())
    }
    ok(Math.min(...all) < 8000, `${all.map(Math.round).join(', ')} ms`)
  })
})

test('without JavaScript the page on the way out tells everybody and goes on', { skip }, async () => {
  forget()
  await withPage(
    async (page) => {
      await enter(page, there, true)
      await leave(page, there)
      ok(there.loaded.length > 0)
      await eventually(() => there.sessions.size === 0, 'the end')
    },
    { javaScriptEnabled: false },
  )
})
