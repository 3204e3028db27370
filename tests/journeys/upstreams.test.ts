// Signing in with someone else, in a real browser, against the real development server and its simulated providers:
// every hop is a real request on a real port.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  browserSkip,
  type Page,
  screenshot,
  violations,
  whole,
  withBrowser,
  withPage,
} from '../harness/browser.ts'
import { password, serverOfThisFile } from '../harness/server.ts'

const skip = browserSkip()
const server = serverOfThisFile({ skip })

async function press(page: Page, name: string | RegExp): Promise<void> {
  await page.getByRole('button', { name }).click()
}

/** From our sign-in page to the provider's, and there as this person. */
async function signInWith(page: Page, provider: string, person: string | RegExp): Promise<void> {
  await page.goto(`${server.issuer}/sign-in`)
  await press(page, `Continue with ${provider}`)
  await press(page, person)
}

/** Waits until the browser is there: a click need not come back as late as that. */
async function arrives(page: Page, path: string): Promise<void> {
  await page.waitForURL(({ pathname }) => pathname === path)
}

/** Waits for the page of this title. */
async function reads(page: Page, title: string): Promise<void> {
  await page.getByRole('heading', { level: 1, name: title, exact: true }).waitFor()
}

test('a stranger signs in with Google, and from another browser it is the same account', {
  skip,
}, async () => {
  await withBrowser(async (open) => {
    const page = await open()
    await page.goto(`${server.issuer}/sign-in`)
    await press(page, 'Continue with Google')
    await reads(page, 'Choose an account')
    assert.deepEqual(await violations(page), [])
    await screenshot(page, 'upstream-google-simulator')
    await press(page, /Katherine Johnson/)
    await arrives(page, '/account')
    await reads(page, 'Katherine Johnson')
    await page.getByText('katherine@orbit.example confirmed').waitFor()
    await page.getByText('Your only way to sign in').waitFor()
    await screenshot(page, 'upstream-google-account')
    await page.getByLabel('Name', { exact: true }).fill('Katherine G. Johnson')
    await press(page, 'Save name')
    await reads(page, 'Katherine G. Johnson')

    const other = await open()
    await signInWith(other, 'Google', /Katherine Johnson/)
    await reads(other, 'Katherine G. Johnson')
  })
})

test('Ada’s address at Google opens her account only after her password', { skip }, async () => {
  await withPage(async (page) => {
    await signInWith(page, 'Google', /Ada Lovelace/)
    await reads(page, 'Is this account yours?')
    assert.deepEqual(await violations(page), [])
    await screenshot(page, 'upstream-link')
    await page.goto(`${server.issuer}/account`)
    await arrives(page, '/sign-in')
    await page.goBack()
    await page.getByLabel('Password of your account here').fill('not her password at all')
    await press(page, /link Google/)
    await page.getByRole('alert').getByText('This is not the password of that account').waitFor()
    await page.getByLabel('Password of your account here').fill(password)
    await press(page, /link Google/)
    await arrives(page, '/account')
    await reads(page, 'Ada Lovelace')
    await page.getByRole('button', { name: 'Unlink Google' }).waitFor()
    await press(page, /^Sign out of this browser/)
  })
  await withPage(async (page) => {
    await signInWith(page, 'Google', /Ada Lovelace/)
    await arrives(page, '/account')
    await reads(page, 'Ada Lovelace')
  })
})

test('Facebook signs in someone who shares no e-mail address', { skip }, async () => {
  await withPage(async (page) => {
    await signInWith(page, 'Facebook', /Hedy Lamarr/)
    await arrives(page, '/account')
    await reads(page, 'Hedy Lamarr')
    await page.getByRole('link', { name: 'Add an address' }).waitFor()
  })
})

test('who refuses at a provider is back where they can sign in another way', { skip }, async () => {
  for (const provider of ['Google', 'Facebook', 'Single sign-on']) {
    await withPage(async (page) => {
      await signInWith(page, provider, 'Refuse to sign in')
      await arrives(page, '/sign-in')
      await page.getByRole('status').getByText('nothing has changed here').waitFor()
      await page.getByLabel('E-mail or user name').fill('grace@example.test')
      await page.getByLabel('Password', { exact: true }).fill(password)
      await press(page, /^Sign in$/)
      await reads(page, 'Grace Hopper')
    })
  }
})

test('Grace links another provider on her account page, and it signs her in', { skip }, async () => {
  await withBrowser(async (open) => {
    const page = await open()
    await page.goto(`${server.issuer}/sign-in`)
    await page.getByLabel('E-mail or user name').fill('grace')
    await page.getByLabel('Password', { exact: true }).fill(password)
    await press(page, /^Sign in$/)
    await press(page, 'Link Single sign-on')
    await press(page, /Dorothy Vaughan/)
    await arrives(page, '/account')
    await page.getByRole('status').getByText('Linked.').waitFor()
    const other = await open()
    await signInWith(other, 'Single sign-on', /Dorothy Vaughan/)
    await reads(other, 'Grace Hopper')
    await press(page, 'Unlink Single sign-on')
    await page.getByRole('status').getByText('Unlinked.').waitFor()
    const stranger = await open()
    await signInWith(stranger, 'Single sign-on', /Dorothy Vaughan/)
    await reads(stranger, 'Dorothy Vaughan')
  })
})

test('an answer carried to another browser signs nobody in there', { skip }, async () => {
  await withBrowser(async (open) => {
    const page = await open()
    await page.goto(`${server.issuer}/sign-in`)
    await press(page, 'Continue with Google')
    const person = await page.getByRole('button', { name: /Katherine Johnson/ }).getAttribute('value')
    await whole(page)
    const fields = await page
      .locator('form input[type=hidden]')
      .evaluateAll((inputs) =>
        inputs.map((input) => [input.getAttribute('name'), input.getAttribute('value')]),
      )
    const answered = await page.request.post(page.url().replace(/\?.*$/, ''), {
      form: { ...Object.fromEntries(fields), person },
      maxRedirects: 0,
    })
    const carried = answered.headers()['location'] ?? ''
    assert.match(carried, /\/sign-in\/with\/google\/callback\?state=/)
    const thief = await open()
    await thief.goto(carried)
    await reads(thief, 'This sign-in has expired')
    assert.deepEqual(await violations(thief), [])
    await thief.goto(`${server.issuer}/account`)
    await arrives(thief, '/sign-in')
    // In the browser that began, it is still good.
    await page.goto(carried)
    await arrives(page, '/account')
  })
})
