// The main job from end to end, in a real Chromium against the real servers: sign in at the bank, let it have tokens,
// and see what is yours and nothing else, in every tab, until you sign out.
import { deepEqual, equal, notEqual, ok } from 'node:assert/strict'
import { test } from 'node:test'
import { browserSkip, type Page, screenshot, withPage } from '../harness/browser.ts'
import { serverOfThisFile } from '../harness/server.ts'
import {
  accountsOn,
  ada,
  askToSignIn,
  empty,
  filled,
  grace,
  hasSession,
  proveWho,
  signIn,
  signOut,
  statusOf,
  stored,
  tim,
  tokenOf,
  unhurried,
  userOf,
} from './bank-steps.ts'

const skip = browserSkip()
const on = serverOfThisFile({ bank: true, skip })

test('ada signs in, the consent page says what for, and every widget fills', { skip }, async () => {
  await withPage(async (page) => {
    await page.goto(on.bank)
    await empty(page)
    await page.getByRole('button', { name: 'Sign in as Ada' }).click()
    equal(await page.getByLabel('E-mail or user name').inputValue(), 'ada')
    await proveWho(page, ada)
    const consent = page.getByRole('main')
    for (const words of [
      'Give Sample Bank access to your account?',
      'Ada Lovelace',
      new URL(on.bank).host,
      'See your accounts and what moved on them',
      'Send money from your accounts',
      'See your e-mail address',
      'up to 30 days',
    ])
      await consent.getByText(words).first().waitFor()
    await page.getByRole('button', { name: 'Allow' }).click()
    await filled(page)
    equal(page.url(), `${on.bank}/`)
    deepEqual(await accountsOn(page), ['acc-1001', 'acc-1002'])
    equal(await page.locator('#total .sum').textContent(), '€15,343.50')
    await page.locator('#who').getByText('Ada Lovelace').waitFor()
    await screenshot(page, 'bank-ada')
  })
})

test('grace sees hers, and tim, the teller, sees all four', { skip }, async () => {
  await withPage(async (page) => {
    await signIn(on, page, grace)
    deepEqual(await accountsOn(page), ['acc-2001', 'acc-2002'])
  })
  await withPage(async (page) => {
    await signIn(on, page, tim)
    deepEqual(await accountsOn(page), ['acc-1001', 'acc-1002', 'acc-2001', 'acc-2002'])
    await page.getByText('You need an account of your own to send money.').waitFor()
    await screenshot(page, 'bank-teller')
  })
})

test('another’s account and no account are the same to ada', { skip }, async () => {
  await withPage(async (page) => {
    await signIn(on, page, ada)
    const token = (await tokenOf(page)) ?? ''
    const ask = async (path: string) => {
      const response = await fetch(`${on.api}${path}`, { headers: { authorization: `Bearer ${token}` } })
      return { status: response.status, body: await response.text() }
    }
    equal((await ask('/accounts/acc-1001')).status, 200)
    const foreign = await ask('/accounts/acc-2001')
    equal(foreign.status, 404)
    deepEqual(foreign, await ask('/accounts/acc-9999'))
    const { body } = await ask('/accounts?owner=usr_grace')
    ok(body.includes('usr_ada') && !body.includes('usr_grace'))
  })
})

test('the token goes to the bank’s own API and nowhere else', { skip }, async () => {
  await withPage(async (page) => {
    const authorized: string[] = []
    page.on('request', (request) => {
      const bearer = request.headers()['authorization']?.startsWith('Bearer ') === true
      if (bearer) authorized.push(request.url().split('?')[0] ?? '')
    })
    await signIn(on, page, ada)
    equal(await statusOf(page, '/api/accounts'), 200)
    // The server itself is another origin: what the session's own `fetch` sends there carries no token.
    equal(await statusOf(page, `${on.issuer}/oauth/userinfo`), 401)
    const allowed = [`${on.api}/accounts`, `${on.api}/transfers`, `${on.issuer}/oauth/userinfo`]
    deepEqual(
      authorized.filter((url) => !allowed.includes(url)),
      [],
    )
    ok(
      authorized.filter((url) => url.startsWith(on.issuer)).length <= 1,
      'the sign-in asks for the claims, once',
    )
  })
})

test('a reload keeps ada signed in, though no storage holds a token', { skip }, async () => {
  await withPage(async (page) => {
    await unhurried(page)
    await signIn(on, page, ada)
    const before = await tokenOf(page)
    ok(!/csrt_|eyJ|Lovelace/.test(await stored(page)))
    equal(await page.evaluate(() => document.cookie), '')
    await page.reload()
    await filled(page)
    deepEqual(await accountsOn(page), ['acc-1001', 'acc-1002'])
    notEqual(await tokenOf(page), before)
    equal(await page.locator('iframe').count(), 0)
  })
})

test('a second tab fills when the first signs in, and empties when it signs out', { skip }, async () => {
  await withPage(async (page) => {
    const tab = await page.context().newPage()
    await tab.goto(on.bank)
    await empty(tab)
    const refreshTokens = refreshTokensOf(page)
    await signIn(on, page, ada)
    await filled(tab)
    deepEqual(await accountsOn(tab), ['acc-1001', 'acc-1002'])

    await signOut(on, page)
    for (const one of [page, tab]) {
      await empty(one)
      equal(await stored(one), '[{},{}]')
      equal(await userOf(one), null)
      ok(!(await one.content()).includes('acc-1'))
    }
    equal((await refresh(await refreshTokens)).status, 400)
    await page.reload()
    await empty(page)
  })
})

test('after ada has signed out, grace signs in as herself in the same browser', { skip }, async () => {
  await withPage(async (page) => {
    await signIn(on, page, ada)
    await signOut(on, page)
    await empty(page)
    await page.getByRole('button', { name: 'Sign in as Grace' }).click()
    equal(await page.getByLabel('E-mail or user name').inputValue(), 'grace')
    await proveWho(page, grace)
    await page.getByRole('button', { name: 'Allow' }).click()
    await filled(page)
    deepEqual(await accountsOn(page), ['acc-2001', 'acc-2002'])
  })
})

test('whoever denies is back in the bank, quietly signed out', { skip }, async () => {
  await withPage(async (page) => {
    await askToSignIn(on, page)
    await proveWho(page, ada)
    await page.getByRole('button', { name: 'Deny' }).click()
    await page.waitForURL(`${on.bank}/`)
    await empty(page)
    equal(await userOf(page), null)
    equal(await stored(page), '[{},{}]')
  })
})

test('a wrong password says so, where the focus is, and leaves no session', { skip }, async () => {
  await withPage(async (page) => {
    await askToSignIn(on, page)
    await proveWho(page, { ...ada, password: 'difference-engine-1822' })
    await page.getByText('No account matches this name and password').first().waitFor()
    await page.locator(':focus', { hasText: 'No account matches this name and password' }).waitFor()
    equal(await hasSession(on, page), false)
    equal(await page.getByLabel('Password', { exact: true }).inputValue(), '')
    await page.goto(`${on.issuer}/account`)
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    await page.goto(on.bank)
    await empty(page)
  })
})

/** The refresh token that the page gets next. */
async function refreshTokensOf(page: Page): Promise<string> {
  const response = await page.waitForResponse(`${on.issuer}/oauth/token`)
  return ((await response.json()) as { refresh_token: string }).refresh_token
}

function refresh(refreshToken: string): Promise<Response> {
  const form = { grant_type: 'refresh_token', client_id: 'demo-spa', refresh_token: refreshToken }
  return fetch(`${on.issuer}/oauth/token`, { method: 'POST', body: new URLSearchParams(form) })
}
