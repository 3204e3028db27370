// The browser client in a real Chromium: widgets that know nothing of each other, tabs, stores and signing out (seed
// rows 1.1, 1.3, 3.6).
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { browserSkip, withPage } from '../harness/browser.ts'
import { filled, patient, ready, signIn, stored, street, told } from './client-shop.ts'

const skip = browserSkip()
const on = street()

test('five widgets that know nothing of each other fill after one sign-in, and a late one too', {
  skip,
}, async () => {
  await withPage(async (page) => {
    await signIn(on, page, { returnTo: '/orders?page=2#last' })
    await filled(page)
    equal(page.url(), `${on.shop.origin}/orders?page=2#last`)
    equal(on.shop.seen.filter(Boolean).length, 5)
    const late = await page.evaluate(
      () => new Promise((resolve) => window.session.on('login', (user) => resolve(user.name))),
    )
    equal(late, 'Ada')
    deepEqual(await told(page), ['login ada'])
  })
})

test('the widgets of another tab fill too, without a word to the server, and empty together', {
  skip,
}, async () => {
  await withPage(async (page) => {
    await patient(page)
    const tab = await page.context().newPage()
    await tab.goto(on.shop.origin)
    equal(await ready(tab), null)
    await signIn(on, page)
    await filled(page)
    await filled(tab)
    const before = on.provider.log.length
    const later = await page.context().newPage()
    await later.goto(on.shop.origin)
    await filled(later)
    equal(on.provider.log.length, before)

    await page.evaluate(() => void window.session.signOut({ everywhere: false }))
    for (const one of [page, tab, later]) {
      await filled(one, 'empty')
      equal(await stored(one), '[{},{}]')
    }
    deepEqual(await told(tab), ['login ada', 'logout'])
  })
})

test('a visitor who never signed in costs the server nothing', { skip }, async () => {
  await withPage(async (page) => {
    await page.goto(on.shop.origin)
    equal(await ready(page), null)
    deepEqual(on.provider.log, [])
  })
})

test('signing out ends the server’s session too and comes back, signed out everywhere', {
  skip,
}, async () => {
  await withPage(async (page) => {
    await signIn(on, page)
    const tab = await page.context().newPage()
    await tab.goto(on.shop.origin)
    await filled(tab)
    await signOut(page)
    await filled(tab, 'empty')
    ok(on.provider.log.includes('GET /end') && on.provider.log.includes('POST /revoke'))
    equal(await ready(page), null)
    await page.evaluate(() => void window.session.signIn())
    await page.getByRole('button', { name: 'ada' }).waitFor()
  })
})

test('another person in one tab is another person in all', { skip }, async () => {
  await withPage(async (page) => {
    await signIn(on, page)
    const tab = await page.context().newPage()
    await tab.goto(on.shop.origin)
    await filled(tab)
    on.provider.endEverything()
    await signIn(on, page, { user: 'grace', here: true })
    await filled(tab, 'Grace yours')
    deepEqual(await told(tab), ['login ada', 'logout', 'login grace'])
  })
})

test('with the session store a reload needs no server, and the tab alone keeps it', { skip }, async () => {
  on.options = { store: 'session', silent: false }
  await withPage(async (page) => {
    await signIn(on, page)
    const before = on.provider.log.length
    await page.reload()
    await filled(page)
    equal(on.provider.log.length, before)
    await page.evaluate(() => window.session.signOut({ everywhere: false }))
    equal(await stored(page), '[{},{}]')
  })
})

test('without BroadcastChannel and Web Locks, tabs of the local store still follow each other', {
  skip,
}, async () => {
  on.options = { store: 'local', silent: false }
  await withPage(async (page) => {
    await page.context().addInitScript(() => {
      Reflect.deleteProperty(window, 'BroadcastChannel')
      Object.defineProperty(navigator, 'locks', { value: undefined })
    })
    const tab = await page.context().newPage()
    await tab.goto(on.shop.origin)
    equal(await ready(tab), null)
    await signIn(on, page)
    await filled(tab)
    await page.evaluate(() => window.session.signOut({ everywhere: false }))
    await filled(tab, 'empty')
  })
})

/** Signs out, and waits until the browser is back from the provider, and the shop's scripts have run there. */
async function signOut(page: Page): Promise<void> {
  const back = page.waitForEvent('framenavigated', {
    predicate: (frame) => frame === page.mainFrame() && frame.url() === `${on.shop.origin}/`,
  })
  await page.evaluate(() => void window.session.signOut())
  await back
  await page.waitForLoadState()
}

test('with the cookie store no script sees a token, and the widgets fill in every tab', {
  skip,
}, async () => {
  on.options = { store: 'cookie' }
  await withPage(async (page) => {
    await signIn(on, page)
    await filled(page)
    equal(await page.evaluate(() => window.session.getToken()), null)
    equal(await page.evaluate(() => document.cookie), '')
    ok(!/at-|eyJ/.test(await stored(page)))
    const cookies = (await page.context().cookies(on.shop.origin)).filter(({ name }) =>
      name.startsWith('countersign'),
    )
    ok(cookies.length > 0)
    for (const cookie of cookies)
      deepEqual([cookie.httpOnly, cookie.sameSite, cookie.path], [true, 'Lax', '/'])
    const tab = await page.context().newPage()
    await tab.goto(on.shop.origin)
    await filled(tab)
    on.provider.forgetAccess()
    equal(await page.evaluate(async () => (await window.session.fetch('/api')).status), 200)
    await signOut(page)
    await filled(tab, 'empty')
    match(on.provider.log.join(), /POST \/revoke.*GET \/end/)
    deepEqual(
      (await page.context().cookies(on.shop.origin)).filter(({ name }) => name.startsWith('countersign')),
      [],
    )
  })
})
