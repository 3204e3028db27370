// Staying signed in, in a real Chromium: reloads, hidden frames, refreshes and lost networks (seed row 4.18).
import { deepEqual, equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import { browserSkip, withPage } from '../harness/browser.ts'
import { filled, pass, patient, ready, refreshes, signIn, stored, street, told } from './client-shop.ts'

const skip = browserSkip()
const on = street()

test('a reload keeps the person signed in, though no storage holds a token', { skip }, async () => {
  await withPage(async (page) => {
    await signIn(on, page)
    ok(!/at-|eyJ|Ada/.test(await stored(page)))
    equal(await page.evaluate(() => document.cookie), '')
    await page.goto(`${on.shop.origin}/cart?step=2`)
    await filled(page)
    equal(page.url(), `${on.shop.origin}/cart?step=2`)
    equal(await page.locator('iframe').count(), 0)
    deepEqual(await told(page), ['login ada'])
  })
})

test('a reload after the server has forgotten the person is quiet, and the next one asks no more', {
  skip,
}, async () => {
  await withPage(async (page) => {
    await signIn(on, page)
    on.provider.endEverything()
    await page.goto(on.shop.origin)
    equal(await ready(page), null)
    deepEqual(await told(page), [])
    const before = on.provider.log.length
    await page.reload()
    equal(await ready(page), null)
    equal(on.provider.log.length, before)
  })
})

test('a server that shows a page instead of answering leaves the person signed out at once', {
  skip,
}, async () => {
  await withPage(
    async (page) => {
      await signIn(on, page)
      on.provider.levers.metadata = { authorization_endpoint: `${on.provider.issuer}/nowhere` }
      await page.goto(on.shop.origin)
      equal(await ready(page), null)
      deepEqual(await told(page), [])
    },
    { mayBreak: true },
  )
})

test('an application that asks for no frame gets none', { skip }, async () => {
  on.options = { silent: false }
  await withPage(async (page) => {
    await signIn(on, page)
    const before = on.provider.log.length
    await page.goto(on.shop.origin)
    equal(await ready(page), null)
    equal(on.provider.log.length, before)
  })
})

test('without refresh tokens the frame renews, and nobody notices', { skip }, async () => {
  on.provider.levers.refreshTokens = false
  await withPage(async (page) => {
    await page.clock.install()
    await signIn(on, page)
    const old = await page.evaluate(() => window.session.getToken())
    await pass(page, 301)
    const renewed = await page.evaluate(() => window.session.getToken())
    ok(renewed !== old && on.provider.accepts(`Bearer ${renewed}`))
    deepEqual(await told(page), ['login ada'])
  })
})

test('fifty calls for a token at once are one refresh', { skip }, async () => {
  await withPage(async (page) => {
    await page.clock.install()
    await signIn(on, page)
    await pass(page, 301)
    const tokens = await page.evaluate(() =>
      Promise.all(Array.from({ length: 50 }, () => window.session.getToken())),
    )
    equal(new Set(tokens).size, 1)
    equal(refreshes(on), 1)
  })
})

test('tabs that refresh at the same moment do so once, and one at a time', { skip }, async () => {
  await withPage(async (page) => {
    await page.clock.install()
    await patient(page)
    await signIn(on, page)
    const tabs = [page]
    for (let count = 0; count < 3; count++) {
      const tab = await page.context().newPage()
      await tab.goto(on.shop.origin)
      equal(await ready(tab), 'ada')
      tabs.push(tab)
    }
    await pass(page, 301)
    const asked = tabs.map((tab) => tab.evaluate(() => window.session.getToken()))
    const tokens = new Set(await Promise.all(asked))
    equal(tokens.size, 1)
    equal(refreshes(on), 1)
    equal(on.provider.mostAtOnce(), 1)
  })
})

test('without a network the person stays signed in', { skip }, async () => {
  await withPage(async (page) => {
    await page.addInitScript(() => {
      Math.random = () => 0
    })
    await page.clock.install()
    await signIn(on, page)
    await pass(page, 301)
    await page.context().setOffline(true)
    const code = await page.evaluate(() => window.session.getToken().catch((error) => error.code))
    equal(code, 'network')
    await page.context().setOffline(false)
    const token = await page.evaluate(() => window.session.getToken())
    ok(on.provider.accepts(`Bearer ${token}`))
    ok(!(await told(page)).some((line) => /logout|expired/.test(line)))
  })
})

test('a token that ends in the middle of a checkout is renewed, and the cart is still there', {
  skip,
}, async () => {
  await withPage(async (page) => {
    await signIn(on, page, { returnTo: '/cart' })
    await filled(page)
    await page.evaluate(() => {
      document.title = 'three things in the cart'
    })
    on.provider.forgetAccess()
    const status = await page.evaluate(
      async () => (await window.session.fetch('/api', { method: 'POST', body: 'buy' })).status,
    )
    equal(status, 200)
    equal(await page.title(), 'three things in the cart')
    equal(refreshes(on), 1)
  })
})

test('a sign-in that the server has ended is told, and the widgets empty', { skip }, async () => {
  await withPage(async (page) => {
    await signIn(on, page)
    await filled(page)
    on.provider.endEverything()
    equal(await page.evaluate(async () => (await window.session.fetch('/api')).status), 401)
    await filled(page, 'empty')
    deepEqual(await told(page), ['login ada', 'expired', 'logout'])
  })
})

test('a tab whose tokens another one has replaced unheard never shows its old refresh token', {
  skip,
}, async () => {
  await withPage(async (page) => {
    await page.clock.install()
    await signIn(on, page)
    const tab = await page.context().newPage()
    await tab.addInitScript(() => Reflect.deleteProperty(window, 'BroadcastChannel'))
    await tab.goto(on.shop.origin)
    equal(await ready(tab), 'ada')
    await pass(page, 301)
    const token = await page.evaluate(() => window.session.getToken())
    ok(on.provider.accepts(`Bearer ${token}`))
    equal(refreshes(on), 0)
    deepEqual(await told(page), ['login ada'])
  })
})
