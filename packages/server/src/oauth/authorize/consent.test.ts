import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, test } from 'node:test'
import {
  ada,
  authorizeUrl,
  codeFor,
  consentPageOf,
  errorOf,
  grace,
  type OAuthHouse,
  openOAuthHouse,
  received,
  rowCount,
} from '../house.ts'

let house: OAuthHouse
beforeEach(async () => {
  house = await openOAuthHouse()
})
afterEach(() => house.close())

describe('Consent', () => {
  test('AZ-21: says who asks, for what, where, and how long', async () => {
    const page = await consentPageOf(await house.signedIn(), {
      scope: 'openid email offline_access accounts:read',
      claims: JSON.stringify({ userinfo: { phone_number: null } }),
    })
    assert.equal(page.status, 200)
    for (const words of [
      'The Site',
      'web.example',
      'Ada Lovelace',
      'See your accounts',
      'The Bank',
      '30 days',
    ]) {
      assert.ok(page.body.includes(words), words)
    }
    assert.match(page.body, /e-mail/)
    assert.match(page.body, /phone/)
    assert.match(page.body, /name="decision" value="allow"/)
    assert.match(page.body, /name="decision" value="deny"/)
  })

  test('AZ-21: denial tells the client and leaves no code', async () => {
    const browser = await house.signedIn()
    const page = await consentPageOf(browser)
    const flow = page.field('flow') ?? ''
    const denied = received(await browser.submit('/oauth/authorize', { flow, decision: 'deny' }))
    assert.equal(denied.get('error'), 'access_denied')
    assert.equal(denied.get('state'), 'a state')
    assert.equal(denied.get('iss'), house.issuer.url)
    assert.equal(await rowCount(house, 'codes'), 0)
    assert.equal(await rowCount(house, 'consents'), 0)
    assert.equal(await errorOf(browser, { prompt: 'none' }), 'consent_required')
  })

  test('AZ-15: the answer to the form is a 303', async () => {
    const browser = await house.signedIn()
    const flow = (await consentPageOf(browser)).field('flow') ?? ''
    assert.equal((await browser.submit('/oauth/authorize', { flow, decision: 'allow' })).status, 303)
  })

  test('AZ-19: a form without this browser’s token, or with a ticket of another browser, is refused', async () => {
    const browser = await house.signedIn()
    const flow = (await consentPageOf(browser)).field('flow') ?? ''
    const decide = { flow, decision: 'allow' }
    assert.equal((await browser.visit('/oauth/authorize', { form: decide })).status, 403)
    assert.equal((await browser.submit('/oauth/authorize', { ...decide, form_token: 'x' })).status, 403)
    const other = await house.signedIn()
    await consentPageOf(other)
    assert.equal((await other.submit('/oauth/authorize', decide)).status, 403)
    const turned = flow.startsWith('A', 40) ? 'B' : 'A'
    const changed = { ...decide, flow: `${flow.slice(0, 40)}${turned}${flow.slice(41)}` }
    assert.equal((await browser.submit('/oauth/authorize', changed)).status, 403)
    assert.equal(await rowCount(house, 'codes'), 0)
    assert.equal((await browser.submit('/oauth/authorize', decide)).status, 303)
  })

  test('AZ-19, C36 (CVE-2026-45337): what one person was asked another one can not answer', async () => {
    const browser = await house.signedIn(ada)
    const flow = (await consentPageOf(browser)).field('flow') ?? ''
    await house.signIn(browser, grace)
    assert.equal((await browser.submit('/oauth/authorize', { flow, decision: 'allow' })).status, 403)
    assert.equal(await rowCount(house, 'codes'), 0)
  })

  test('the same button pressed twice answers twice, and later not any more', async () => {
    const browser = await house.signedIn()
    const flow = (await consentPageOf(browser)).field('flow') ?? ''
    const press = () => browser.submit('/oauth/authorize', { flow, decision: 'allow' })
    assert.ok(received(await press()).has('code'))
    assert.ok(received(await press()).has('code'))
    house.runtime.advance(10)
    assert.equal((await press()).status, 400)
  })

  test('something else than allow or deny is neither', async () => {
    const browser = await house.signedIn()
    const flow = (await consentPageOf(browser)).field('flow') ?? ''
    assert.equal((await browser.submit('/oauth/authorize', { flow, decision: 'maybe' })).status, 400)
    assert.equal(await rowCount(house, 'codes'), 0)
  })

  test('is remembered for a client of proven identity, and asked again for more', async () => {
    const browser = await house.signedIn()
    await codeFor(browser)
    assert.ok(received(await browser.visit(authorizeUrl())).has('code'))
    await consentPageOf(browser, { scope: 'openid accounts:read transfers:write' })
    await consentPageOf(browser, { prompt: 'consent' })
  })

  test('AZ-20, C36 (CVE-2023-34246): is asked every time for a program of this computer', async () => {
    const browser = await house.signedIn()
    const more = { client_id: 'native', redirect_uri: 'http://127.0.0.1:49152/callback' }
    assert.ok((await codeFor(browser, more)).has('code'))
    const page = await consentPageOf(browser, more)
    assert.match(page.body, /asked each time/)
    assert.equal(await errorOf(browser, { ...more, prompt: 'none' }), 'consent_required')
  })

  test('AZ-20: a local page renews silently in its session and starts anew with a question', async () => {
    const browser = await house.signedIn()
    const more = { client_id: 'local' }
    await codeFor(browser, more)
    assert.equal(await errorOf(browser, { ...more, prompt: 'none' }), null)
    await consentPageOf(browser, more)
    assert.equal(await errorOf(await house.signedIn(), { ...more, prompt: 'none' }), 'consent_required')
  })

  test('AZ-17 AZ-18: the page is not framed, sends no referrer and loads nothing from elsewhere', async () => {
    const page = await consentPageOf(await house.signedIn())
    assert.match(page.header('content-security-policy') ?? '', /frame-ancestors 'none'/)
    assert.equal(page.header('x-frame-options'), 'DENY')
    assert.equal(page.header('referrer-policy'), 'no-referrer')
    assert.equal(page.header('cache-control'), 'no-store')
    assert.doesNotMatch(page.body, /(?:src|href)="https?:(?!\/\/localhost:4400)/)
  })

  test('SC-06: no address of ours carries a secret but the code', async () => {
    const browser = await house.signedIn()
    const code = (await codeFor(browser)).get('code') ?? ''
    assert.equal(
      house.logged.some((line) => line.includes(code)),
      false,
    )
  })
})
