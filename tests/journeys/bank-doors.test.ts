// The ways into the bank: as a new person, by keyboard alone, without JavaScript.
import { deepEqual, equal, match } from 'node:assert/strict'
import { test } from 'node:test'
import { browserSkip, type Page, screenshot, whole, withPage } from '../harness/browser.ts'
import { password, serverOfThisFile } from '../harness/server.ts'
import { accountsOn, ada, askToSignIn, filled, grace, hasSession, proveWho, userOf } from './bank-steps.ts'

const skip = browserSkip()
const on = serverOfThisFile({ bank: true, skip })

const focus = (page: Page) =>
  page.evaluate(() => document.activeElement?.id || document.activeElement?.textContent?.trim() || '')

/** Presses Tab until the focus is there. */
async function tabTo(page: Page, wanted: RegExp): Promise<void> {
  await whole(page)
  for (let presses = 0; presses < 25; presses++) {
    if (wanted.test(await focus(page))) return
    await page.keyboard.press('Tab')
  }
  throw new Error(`Twenty-five presses of Tab do not lead to ${wanted}.`)
}

/** The link of the newest letter to an address, once it was carried. */
async function linkFor(address: string): Promise<string> {
  const deadline = Date.now() + 60_000
  while (Date.now() < deadline) {
    const response = await fetch(`${on.issuer}/dev/mailbox`, { headers: { accept: 'application/json' } })
    const letters = (await response.json()) as { to: string; text: string }[]
    const link = /^http\S+secret=\S+$/m.exec(letters.find(({ to }) => to === address)?.text ?? '')?.[0]
    if (link !== undefined) return link
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error('No letter with a link came.')
}

test('a new person signs up on the way to the bank, and has no accounts there yet', { skip }, async () => {
  await withPage(async (page) => {
    await askToSignIn(on, page)
    await page.getByRole('link', { name: 'Create an account' }).click()
    await page.getByText('On the way to').waitFor()
    await page.getByLabel('Name', { exact: true }).fill('Mary Somerville')
    await page.getByLabel('E-mail').fill('mary@example.test')
    await page.getByLabel('Password', { exact: true }).fill('too short')
    await page
      .locator('form')
      .first()
      .evaluate((form) => ((form as HTMLFormElement).noValidate = true))
    await page.getByRole('button', { name: 'Create account' }).click()
    await page.locator('.summary').waitFor()
    equal(await page.getByLabel('Name', { exact: true }).inputValue(), 'Mary Somerville')
    equal(await hasSession(on, page), false)
    await page.getByLabel('Password', { exact: true }).fill('mechanism of the heavens')
    await page.getByRole('button', { name: 'Create account' }).click()
    await page.getByRole('heading', { name: 'Look into your mailbox' }).waitFor()
    await page.goto(await linkFor('mary@example.test'))
    await page.getByText('Welcome, Mary Somerville').waitFor()
    await page.getByRole('button', { name: 'Create account' }).click()
    await page.getByText('Give Sample Bank access to your account?').waitFor()
    await page.getByRole('button', { name: 'Allow' }).click()
    await filled(page)
    await page.getByText('You have no accounts here yet.').waitFor()
    deepEqual(await accountsOn(page), [])
    equal(await page.locator('#total .sum').textContent(), '€0.00')
    equal((await userOf(page))?.name, 'Mary Somerville')
    await screenshot(page, 'bank-nothing-yet')
  })
})

test('who forgot their password on the way to the bank chooses another one by letter, and gets there', {
  skip,
}, async () => {
  const another = 'a note upon the notes of Menabrea'
  await withPage(async (page) => {
    await askToSignIn(on, page)
    await page.getByRole('link', { name: 'Forgot your password?' }).click()
    await page.getByLabel('E-mail or user name').fill('grace@example.test')
    await page.getByRole('button', { name: 'Send me a link' }).click()
    await page.getByRole('heading', { name: 'Look into your mailbox' }).waitFor()
    await page.goto(await linkFor('grace@example.test'))
    await page.getByLabel('New password').fill(another)
    await page.getByRole('button', { name: 'Set password' }).click()
    await page.getByText('Your new password is set.').waitFor()
    await page.getByText('On the way to').waitFor()
    await proveWho(page, { ...grace, password: another })
    await page.getByText('Give Sample Bank access to your account?').waitFor()
  })
})

test('the whole way can be gone by keyboard', { skip }, async () => {
  await withPage(async (page) => {
    await page.goto(on.bank)
    await page.getByRole('button', { name: 'Sign in', exact: true }).waitFor()
    await tabTo(page, /^Sign in$/)
    await page.keyboard.press('Enter')
    await page.getByLabel('Password', { exact: true }).waitFor()
    await page.locator('#username:focus').waitFor()
    await page.keyboard.type('ada')
    await tabTo(page, /^password$/)
    await page.keyboard.type(password)
    await page.keyboard.press('Enter')
    await page.getByText('Give Sample Bank access to your account?').waitFor()
    await tabTo(page, /^Allow$/)
    await page.keyboard.press('Enter')
    await filled(page)
    await tabTo(page, /^Sign out$/)
    await page.keyboard.press('Space')
    await page.getByRole('button', { name: 'Sign in', exact: true }).waitFor()
  })
})

test('signing in and allowing need no JavaScript', { skip }, async () => {
  await withPage(
    async (page) => {
      const request = new URLSearchParams({
        client_id: 'demo-spa',
        response_type: 'code',
        redirect_uri: `${on.bank}/callback`,
        scope: 'openid accounts:read',
        state: 'without-script',
        code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
        code_challenge_method: 'S256',
      })
      await page.goto(`${on.issuer}/oauth/authorize?${request}`)
      await proveWho(page, ada)
      await page.getByRole('button', { name: 'Allow' }).click()
      await page.waitForURL(`${on.bank}/callback?**`)
      const answer = new URL(page.url()).searchParams
      match(answer.get('code') ?? '', /^csac_/)
      equal(answer.get('state'), 'without-script')
      equal(answer.get('iss'), on.issuer)
    },
    { javaScriptEnabled: false },
  )
})

test('the bank tells programs that it takes tokens which are bound to a key as well', { skip }, async () => {
  const { status, headers } = await fetch(`${on.bank}/api/accounts`)
  equal(status, 401)
  match(headers.get('www-authenticate') ?? '', /^Bearer .*, DPoP algs="/)
})
