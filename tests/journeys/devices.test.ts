// A device that has no browser, and a person who has one: from the code on its screen to its place on the account page.
import { deepEqual, equal, match } from 'node:assert/strict'
import { test } from 'node:test'
import { deviceGrant } from '@countersign/protocol'
import { browserSkip, type Page, screenshot, violations, withBrowser, withPage } from '../harness/browser.ts'
import { serverOfThisFile } from '../harness/server.ts'
import { post } from '../harness/wire.ts'
import { ada, grace, proveWho } from './bank-steps.ts'

const skip = browserSkip()
const on = serverOfThisFile({ bank: true, skip })
const client = { client_id: 'demo-native' }

interface Device {
  readonly code: string
  readonly link: string
  /** What the server says now: an error, or nothing and the tokens. */
  poll(): Promise<Readonly<Record<string, unknown>>>
}

async function device(scope = 'openid profile offline_access accounts:read'): Promise<Device> {
  const { json } = await post(`${on.issuer}/oauth/device`, { ...client, scope })
  const form = { ...client, grant_type: deviceGrant, device_code: String(json['device_code']) }
  return {
    code: String(json['user_code']),
    link: String(json['verification_uri_complete']),
    poll: async () => (await post(`${on.issuer}/oauth/token`, form)).json,
  }
}

const continues = (page: Page) => page.getByRole('button', { name: 'Continue' }).click()
const shows = (page: Page, name: string | RegExp) => page.getByRole('heading', { name }).waitFor()
async function clean(page: Page, name: string): Promise<void> {
  deepEqual(await violations(page), [], name)
  await screenshot(page, `journey-${name}`)
}

test('the link of a device leads through the sign-in to a question; allowed, the device has access until it is ended', {
  skip,
}, async () => {
  const tv = await device()
  await withPage(async (page) => {
    await page.goto(tv.link)
    await proveWho(page, ada)
    await shows(page, 'Connect a device')
    equal(await page.getByLabel('Is this the code that your device shows?').inputValue(), tv.code)
    await clean(page, 'device-prefilled')
    equal((await tv.poll())['error'], 'authorization_pending')
    await continues(page)
    await shows(page, 'Let Demo Desktop use your account?')
    await page.getByText(tv.code, { exact: true }).waitFor()
    await clean(page, 'device-confirm')
    await page.reload()
    await page.getByRole('button', { name: 'Allow' }).click()
    await shows(page, 'You can go back to your device')
    await clean(page, 'device-allowed')
    await page.reload()
    await shows(page, 'You can go back to your device')
    const tokens = await tv.poll()
    match(String(tokens['access_token']), /^ey/)

    await page.getByRole('link', { name: 'Your account' }).click()
    await page.getByText('Demo Desktop, on a device').waitFor()
    await clean(page, 'device-account')
    await page.getByRole('button', { name: /^Sign out Demo Desktop, on a device/ }).click()
    await page.getByText('That session has ended.').waitFor()
    equal(await page.getByText('Demo Desktop, on a device').count(), 0)
    const form = { ...client, grant_type: 'refresh_token', refresh_token: String(tokens['refresh_token']) }
    equal((await post(`${on.issuer}/oauth/token`, form)).json['error'], 'invalid_grant')
  })
})

test('without script, on a small screen: a code is typed as people type, and denied', { skip }, async () => {
  const printer = await device('openid')
  await withPage(
    async (page) => {
      await page.goto(`${on.issuer}/device`)
      await proveWho(page, grace)
      await page.getByLabel('Code').fill(printer.code.toLowerCase().replace('-', ' '))
      await screenshot(page, 'journey-device-small')
      await continues(page)
      await page.getByText('Did somebody send you the code?').waitFor()
      await screenshot(page, 'journey-device-confirm-small')
      await page.getByRole('button', { name: 'Deny' }).click()
      await shows(page, 'Denied')
      equal(await page.evaluate(() => document.documentElement.scrollWidth), 360)
    },
    { javaScriptEnabled: false, viewport: { width: 360, height: 740 } },
  )
  equal((await printer.poll())['error'], 'access_denied')
})

test('the laptop signs out and the device stays; its access is withdrawn elsewhere, and it is gone', {
  skip,
}, async () => {
  const tv = await device()
  await withBrowser(async (open) => {
    const laptop = await open()
    await laptop.goto(tv.link)
    await proveWho(laptop, ada)
    await continues(laptop)
    await laptop.getByRole('button', { name: 'Allow' }).click()
    await shows(laptop, 'You can go back to your device')
    await laptop.goto(`${on.issuer}/account`)
    await laptop.getByRole('button', { name: 'Sign out of this browser' }).click()
    await laptop
      .getByText(/signed out/i)
      .first()
      .waitFor()
    const tokens = await tv.poll()
    const renew = async (token: unknown) =>
      (
        await post(`${on.issuer}/oauth/token`, {
          ...client,
          grant_type: 'refresh_token',
          refresh_token: String(token),
        })
      ).json
    const renewed = await renew(tokens['refresh_token'])
    match(String(renewed['access_token']), /^ey/)

    const phone = await open({ colorScheme: 'dark' })
    await phone.goto(`${on.issuer}/account`)
    await proveWho(phone, ada)
    await phone.getByText('Demo Desktop, on a device').waitFor()
    await screenshot(phone, 'journey-device-account-dark')
    await phone.getByRole('button', { name: 'Withdraw access of Demo Desktop' }).click()
    await phone.getByText('Access withdrawn.').waitFor()
    equal(await phone.getByText('Demo Desktop, on a device').count(), 0)
    equal((await renew(renewed['refresh_token']))['error'], 'invalid_grant')
  })
})

test('a wrong code, too many of them, and one that has expired are said in words', { skip }, async () => {
  await withPage(
    async (page) => {
      const late = await device()
      await page.goto(`${on.issuer}/device`)
      await proveWho(page, grace)
      await page.getByLabel('Code').fill(late.code)
      await continues(page)
      await page.getByRole('button', { name: 'Allow' }).waitFor()
      await on.advance(601)
      await page.getByRole('button', { name: 'Allow' }).click()
      await shows(page, 'This code has expired')
      await clean(page, 'device-expired-dark')
      equal((await late.poll())['error'], 'expired_token')
      await page.getByRole('link', { name: 'Enter another code' }).click()
      /** @returns what is said of it */
      const enter = async (code: string) => {
        await page.getByRole('textbox').fill(code)
        await continues(page)
        return (await page.getByRole('alert').textContent()) ?? ''
      }
      match(await enter('BBBBBBBC'), /No device waits with this code/)
      await clean(page, 'device-wrong-dark')
      // Five at once and one more every twelve seconds, in which a busy browser may need another try.
      let said = ''
      for (let tries = 0; tries < 30 && !/Too many tries/.test(said); tries++) said = await enter('BBBBBBBD')
      match(said, /Too many tries/)
      await clean(page, 'device-limited-dark')
    },
    { colorScheme: 'dark' },
  )
})
