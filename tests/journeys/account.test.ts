// The account page in several browsers at once: what is ended here is over there.
import { equal, match } from 'node:assert/strict'
import { test } from 'node:test'
import { browserSkip, type OpenPage, type Page, whole, withBrowser } from '../harness/browser.ts'
import { serverOfThisFile } from '../harness/server.ts'
import { ada, empty, grace, type Person, proveWho, signIn, statusOf } from './bank-steps.ts'

const skip = browserSkip()
const on = serverOfThisFile({ bank: true, skip })
const signedInRows = (page: Page) => page.locator('section[aria-labelledby="sessions"]').getByRole('listitem')

async function countSignedIn(page: Page): Promise<number> {
  await whole(page)
  return signedInRows(page).count()
}

async function openAccount(page: Page, person: Person): Promise<void> {
  await page.goto(`${on.issuer}/account`)
  await proveWho(page, person)
  await page.getByRole('heading', { name: 'Where you’re signed in' }).waitFor()
}

/** One browser with the bank, signed in, and another on the account page. */
async function two(open: OpenPage, person: Person): Promise<{ bank: Page; account: Page }> {
  const [bank, account] = [
    await open(),
    await open({ userAgent: 'Mozilla/5.0 (Windows NT 10.0) Firefox/140.0' }),
  ]
  await signIn(on, bank, person)
  await openAccount(account, person)
  return { bank, account }
}

async function mustSignIn(page: Page): Promise<void> {
  await page.goto(`${on.issuer}/account`)
  await page.getByRole('heading', { name: 'Sign in' }).waitFor()
}

test('the account page lists both browsers, and signs one of them out', { skip }, async () => {
  await withBrowser(async (open) => {
    const { bank, account } = await two(open, ada)
    equal(await countSignedIn(account), 2)
    await signedInRows(account).getByText('Firefox on Windows').waitFor()
    await account.getByRole('button', { name: /^Sign out .*, signed in / }).click()
    await account.getByText('That session has ended.').waitFor()
    equal(await countSignedIn(account), 1)
    await endedAt(bank)
    await account.reload()
    await account.getByRole('heading', { name: 'Ada Lovelace' }).waitFor()
  })
})

test('a new password ends every other browser’s session, and the bank’s access with it', {
  skip,
}, async () => {
  const fresh = 'a much longer compiler of words'
  await withBrowser(async (open) => {
    const { bank, account } = await two(open, grace)
    await account.getByLabel('Current password').fill('not the current one at all')
    await account.getByLabel('New password').fill(fresh)
    await account.getByRole('button', { name: 'Change password' }).click()
    await account.getByText('This is not your current password').first().waitFor()
    await account.getByLabel('Current password').fill(grace.password)
    await account.getByLabel('New password').fill(fresh)
    await account.getByRole('button', { name: 'Change password' }).click()
    await account.getByText('Your password is changed.').waitFor()
    equal(await countSignedIn(account), 1)
    await endedAt(bank)

    await proveWho(bank, grace)
    await bank.getByText('No account matches this name and password').first().waitFor()
    await proveWho(bank, { ...grace, password: fresh })
    await bank.getByRole('heading', { name: 'Grace Hopper' }).waitFor()
  })
})

test('signing out of every other browser leaves this one', { skip }, async () => {
  await withBrowser(async (open) => {
    const { bank, account } = await two(open, ada)
    await account.getByRole('button', { name: 'Sign out everywhere else' }).click()
    await account.getByText('Every other session has ended.').waitFor()
    await endedAt(bank)
    await account.reload()
    equal(await countSignedIn(account), 1)
  })
})

test('the bank stands among the connected applications until its access is withdrawn', { skip }, async () => {
  await withBrowser(async (open) => {
    const { bank, account } = await two(open, ada)
    const connected = account.locator('section[aria-labelledby="connected"]')
    await connected.getByText('Sample Bank').first().waitFor()
    await connected.getByRole('button', { name: 'Withdraw access of Sample Bank' }).click()
    await account.getByText('Access withdrawn.').waitFor()
    // The access token dies of old age, and then there is no other.
    await on.advance(400)
    equal(await statusOf(bank, '/api/accounts'), 401)
    await empty(bank)
  })
})

test('what an account page does needs a sign-in of the last ten minutes', { skip }, async () => {
  await withBrowser(async (open) => {
    const { account } = await two(open, ada)
    await on.advance(700)
    await account.getByRole('button', { name: 'Sign out everywhere else' }).click()
    await account.getByLabel('Password', { exact: true }).waitFor()
    match((await account.textContent('main')) ?? '', /sign out everywhere else/)
    await account.getByLabel('Password', { exact: true }).fill(ada.password)
    await account.keyboard.press('Enter')
    await account.getByText('Every other session has ended.').waitFor()
  })
})

/** The session of this browser is over: at the server, and at the bank once its access token has run out. */
async function endedAt(bank: Page): Promise<void> {
  await on.advance(400)
  equal(await statusOf(bank, '/api/accounts'), 401)
  await empty(bank)
  await mustSignIn(bank)
}
