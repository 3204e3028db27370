// Money moves only for whom it belongs to, and only after a sign-in of the last five minutes (RFC 9470), in a real
// Chromium against the real servers.
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { test } from 'node:test'
import { browserSkip, type Page, withPage } from '../harness/browser.ts'
import { serverOfThisFile } from '../harness/server.ts'
import {
  ada,
  empty,
  filled,
  grace,
  proveWho,
  signIn,
  signOut,
  stored,
  tim,
  tokenOf,
  unhurried,
} from './bank-steps.ts'

const skip = browserSkip()
const on = serverOfThisFile({ bank: true, skip })
const status = (page: Page) => page.locator('#transfer').getByRole('status')

async function order(page: Page, { to, amount, note }: { to: string; amount: string; note: string }) {
  await page.getByLabel('To', { exact: true }).fill(to)
  await page.getByLabel('Amount in euros').fill(amount)
  await page.getByLabel('What for').fill(note)
  await page.getByRole('button', { name: 'Send' }).click()
}

test('a transfer moves money at once, and every widget that shows money asks again', { skip }, async () => {
  await withPage(async (page) => {
    await signIn(on, page, ada)
    await order(page, { to: 'acc-2001', amount: '10.50', note: 'Punched cards' })
    await status(page).getByText('Sent.').waitFor()
    await page.locator('#total .sum', { hasText: '€15,333.00' }).waitFor()
    await page.locator('[data-account="acc-1001"]', { hasText: '€2,833.00' }).waitFor()
    await page.locator('#activity li', { hasText: 'Punched cards' }).getByText('−€10.50').waitFor()
    equal(await page.getByLabel('To', { exact: true }).inputValue(), '')
  })
})

test('two clicks are one order, and a bank that doesn’t answer is no order that is known', {
  skip,
}, async () => {
  await withPage(async (page) => {
    await signIn(on, page, grace)
    const sent: string[] = []
    page.on('request', (request) => {
      if (request.method() === 'POST' && request.url().startsWith(on.api)) sent.push(request.url())
    })
    await page.getByLabel('To', { exact: true }).fill('acc-1001')
    await page.getByLabel('Amount in euros').fill('1')
    await page.getByRole('button', { name: 'Send' }).dblclick()
    await status(page).getByText('Sent.').waitFor()
    equal(sent.length, 1)
    await page.route('**/api/transfers', (route) => route.abort())
    await order(page, { to: 'acc-1001', amount: '1', note: '' })
    await status(page).getByText('The bank did not answer.').waitFor()
  })
})

test('what can’t be done is said in words', { skip }, async () => {
  await withPage(async (page) => {
    await signIn(on, page, ada)
    await order(page, { to: 'acc-9999', amount: '1', note: '' })
    await status(page).getByText('No such account').waitFor()
    await order(page, { to: 'acc-2001', amount: '999999', note: '' })
    await status(page).getByText('Not enough money').waitFor()
  })
})

test('five minutes after the sign-in the bank wants a fresh one, and then the order is still there', {
  skip,
}, async () => {
  await withPage(async (page) => {
    await signIn(on, page, grace)
    await on.advance(320)
    const lapsed = page.waitForResponse((response) =>
      /insufficient_user_authentication/.test(response.headers()['www-authenticate'] ?? ''),
    )
    await order(page, { to: 'acc-1001', amount: '7.25', note: 'A compiler' })
    const refusal = await lapsed
    deepEqual([refusal.status(), refusal.url()], [401, `${on.api}/transfers`])
    match(refusal.headers()['www-authenticate'] ?? '', /max_age="?300/)

    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    await proveWho(page, grace)
    await page.getByRole('button', { name: 'Allow' }).click()
    await filled(page)
    await status(page).getByText('Check once more, then send').waitFor()
    deepEqual(
      await page
        .locator('#transfer input')
        .evaluateAll((inputs) => inputs.map((input) => (input as HTMLInputElement).value)),
      ['acc-1001', '7.25', 'A compiler'],
    )
    await page.getByRole('button', { name: 'Send' }).click()
    await status(page).getByText('Sent.').waitFor()
    await page.locator('#activity li', { hasText: 'A compiler' }).first().waitFor()
  })
})

test('whoever denies the fresh sign-in has sent nothing, and no order waits for the next person', {
  skip,
}, async () => {
  await withPage(async (page) => {
    await unhurried(page)
    await signIn(on, page, ada)
    await on.advance(320)
    await order(page, { to: 'acc-2001', amount: '5', note: 'Not to be sent' })
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    await proveWho(page, ada)
    await page.getByRole('button', { name: 'Deny' }).click()
    await page.waitForURL(`${on.bank}/`)
    await filled(page)
    ok(!(await page.locator('#activity').textContent())?.includes('Not to be sent'))
    await signOut(on, page)
    await empty(page)
    equal(await stored(page), '[{},{}]')
  })
})

test('an owner in the body is not even read: nobody moves another’s money', { skip }, async () => {
  await withPage(async (page) => {
    await signIn(on, page, ada)
    const token = (await tokenOf(page)) ?? ''
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const send = (body: object) =>
      fetch(`${on.api}/transfers`, { method: 'POST', headers, body: JSON.stringify(body) })
    const theft = { from: 'acc-2001', to: 'acc-1001', amount: 100 }
    for (const extra of [{}, { owner: 'usr_grace' }, { owner: 'usr_ada' }, { sub: 'usr_grace' }])
      equal((await send({ ...theft, ...extra })).status, 404)
    for (const amount of [-100, 0, 1.5, '100', null, 1e300])
      equal((await send({ from: 'acc-1001', to: 'acc-2001', amount })).status, 400)
    equal((await send({ from: 'acc-1001', to: 'acc-2001', amount: 1, owner: 'usr_grace' })).status, 201)
  })
})

test('a teller sees all accounts and spends from none', { skip }, async () => {
  await withPage(async (page) => {
    await signIn(on, page, tim)
    const token = (await tokenOf(page)) ?? ''
    const response = await fetch(`${on.api}/transfers`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ from: 'acc-1001', to: 'acc-2001', amount: 100 }),
    })
    equal(response.status, 404)
  })
})
