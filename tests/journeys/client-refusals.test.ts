// What the browser client refuses, in a real Chromium: hostile return addresses, forged answers, and tokens for other
// origins (seed row 1.1).
import { deepEqual, equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import { browserSkip, withPage } from '../harness/browser.ts'
import { filled, ready, signIn, street, told } from './client-shop.ts'

const skip = browserSkip()
const on = street()

for (const returnTo of [
  'https://evil.example/',
  '//evil.example/',
  '/\\evil.example/',
  '/.//evil.example/',
  '/\t/evil.example/',
  'javascript:document.title="pwned"',
  'data:text/html,pwned',
])
  test(`returning to ${JSON.stringify(returnTo)} stays on the page`, { skip }, async () => {
    await withPage(async (page) => {
      await signIn(on, page, { returnTo })
      await filled(page)
      equal(page.url(), `${on.shop.origin}/`)
      equal(await page.title(), 'Shop')
    })
  })

test('an answer with another state, or a state used before, signs nobody in', { skip }, async () => {
  await withPage(async (page) => {
    await page.goto(`${on.shop.origin}/callback?code=stolen&state=guessed&iss=${on.provider.issuer}`)
    equal(await ready(page), null)
    deepEqual(await told(page), ['error state_mismatch'])
    equal(page.url(), `${on.shop.origin}/`)
    ok(!on.provider.log.some((line) => line.startsWith('POST /token')))
  })
})

test('an answer in the name of another issuer signs nobody in', { skip }, async () => {
  on.provider.levers.iss = 'https://evil.example'
  await withPage(async (page) => {
    await signIn(on, page)
    deepEqual(await told(page), ['error issuer_mismatch'])
    ok(!on.provider.log.some((line) => line.startsWith('POST /token')))
  })
})

test('the code is out of the address before any other script runs', {
  skip,
}, async () => {
  await withPage(async (page) => {
    await signIn(on, page)
    deepEqual(await page.evaluate(() => window.searches), ['', '', '', '', ''])
  })
})

test('the Back button leads to the server and at once home again, still signed in', { skip }, async () => {
  await withPage(async (page) => {
    await signIn(on, page, { returnTo: '/orders' })
    await page.goBack()
    await filled(page)
    equal(page.url(), `${on.shop.origin}/`)
    deepEqual(await told(page), ['login ada'])
  })
})

test('no other origin ever sees the token, not even through a redirect', { skip }, async () => {
  await withPage(async (page) => {
    await signIn(on, page)
    await filled(page)
    const statuses = await page.evaluate(async (origin) => {
      const direct = await window.session.fetch(`${origin}/api`)
      const redirected = await window.session.fetch('/away')
      return [direct.status, redirected.status]
    }, on.stranger.origin)
    deepEqual(statuses, [401, 401])
    ok(on.stranger.seen.length >= 2)
    ok(on.stranger.seen.every((authorization) => authorization === undefined))
  })
})

test('a listed origin gets the token', { skip }, async () => {
  on.options = { origins: [on.shop.origin, on.stranger.origin] }
  await withPage(async (page) => {
    await signIn(on, page)
    const status = await page.evaluate(
      async (origin) => (await window.session.fetch(`${origin}/api`)).status,
      on.stranger.origin,
    )
    equal(status, 200)
  })
})
