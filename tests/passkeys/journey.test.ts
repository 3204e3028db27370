// The whole life of a passkey in a real browser with an authenticator in it: added on the account page, used from the
// button and from the list under the user name, as second step, to confirm, and removed.
import { equal, match } from 'node:assert/strict'
import { test } from 'node:test'
import { TOTP } from 'otpauth'
import { browserSkip, type Page, screenshot, violations, withBrowser, withPage } from '../harness/browser.ts'
import { serverOfThisFile } from '../harness/server.ts'
import { ada, proveWho } from '../journeys/bank-steps.ts'

const skip = browserSkip()
const on = serverOfThisFile({ skip })

interface VirtualAuthenticator {
  /** Whether somebody touches it whenever it asks. */
  touched(always: boolean): Promise<void>
  /** How many passkeys lie in it. */
  passkeys(): Promise<number>
}

/** Puts an authenticator into the page's browser: a telephone that knows its person. */
async function authenticatorOf(page: Page): Promise<VirtualAuthenticator> {
  const devtools = await page.context().newCDPSession(page)
  await devtools.send('WebAuthn.enable', { enableUI: false })
  const { authenticatorId } = await devtools.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
      defaultBackupEligibility: true,
      defaultBackupState: true,
    },
  })
  return {
    touched: async (enabled) => {
      await devtools.send('WebAuthn.setAutomaticPresenceSimulation', { authenticatorId, enabled })
    },
    passkeys: async () =>
      (await devtools.send('WebAuthn.getCredentials', { authenticatorId })).credentials.length,
  }
}

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true })
const heading = (page: Page, name: string) => page.getByRole('heading', { name, exact: true })

async function signOut(page: Page): Promise<void> {
  await page.goto(`${on.issuer}/account`)
  await page.getByRole('button', { name: 'Sign out of this browser' }).click()
  await heading(page, 'You are signed out').waitFor()
}

/** To the second step, by the password. */
async function byPassword(page: Page, authenticator: VirtualAuthenticator): Promise<void> {
  await authenticator.touched(false)
  await page.goto(`${on.issuer}/sign-in`)
  await proveWho(page, ada)
}

test('MF-12: a passkey is added, signs in by button and by itself, is a second step, confirms, and is removed', {
  skip,
}, async () => {
  await withBrowser(async (open) => {
    const page = await open()
    await page.addInitScript(() => {
      if (location.hash === '#no-list')
        PublicKeyCredential.isConditionalMediationAvailable = () => Promise.resolve(false)
    })
    const authenticator = await authenticatorOf(page)
    await page.goto(`${on.issuer}/account`)
    await proveWho(page, ada)
    await button(page, 'Add a passkey').click()
    await heading(page, 'Add a passkey').waitFor()
    match(await page.getByLabel('Its name').inputValue(), /^Passkey of Chrome on Linux, /)
    await page.getByLabel('Its name').fill('My telephone')
    await button(page, 'Create passkey').click()
    await page.getByText('Your passkey is added.').waitFor()
    await page.locator('section[aria-labelledby="passkeys"]').getByText('My telephone').waitFor()
    await page.getByText('synced').waitFor()
    equal(await authenticator.passkeys(), 1)

    // By the button, in a browser that has no list of them: else the authenticator is faster than any hand.
    await signOut(page)
    await page.goto(`${on.issuer}/sign-in#no-list`)
    await button(page, 'Sign in with a passkey').click()
    await heading(page, 'Ada Lovelace').waitFor()

    // From the list under the user name: the authenticator is there, and nothing is pressed.
    await signOut(page)
    await page.goto(`${on.issuer}/sign-in`, { waitUntil: 'commit' })
    await heading(page, 'Ada Lovelace').waitFor()

    // As the second step, once there is one.
    await button(page, 'Set up an authenticator app').click()
    const secret = (await page.locator('.key').textContent())?.replaceAll(/\s/g, '') ?? ''
    await page.getByLabel('Code that the app shows now').fill(new TOTP({ secret }).generate())
    await button(page, 'Turn on').click()
    await heading(page, 'Your recovery codes').waitFor()
    await signOut(page)
    await byPassword(page, authenticator)
    await heading(page, 'Use your passkey').waitFor()
    await authenticator.touched(true)
    await button(page, 'Use a passkey').click()
    await heading(page, 'Ada Lovelace').waitFor()

    // To confirm, ten minutes later; and then its end.
    await on.advance(601)
    await page.getByRole('link', { name: 'Change My telephone' }).click()
    await screenshot(page, 'journey-passkey')
    await button(page, 'Remove this passkey').click()
    await heading(page, 'Confirm that it’s you').waitFor()
    await button(page, 'Confirm with a passkey').click()
    await page.getByText('The passkey is removed').waitFor()
    await button(page, 'Add a passkey').waitFor()
  })
})

test('a device that has one makes no second, and an operator takes away what was lost', {
  skip,
}, async () => {
  await withPage(async (page) => {
    await page.goto(`${on.issuer}/account`)
    await proveWho(page, { ...ada, username: 'grace' })
    await button(page, 'Add a passkey').click()
    const authenticator = await authenticatorOf(page)
    await button(page, 'Create passkey').click()
    await page.getByText('Your passkey is added.').waitFor()
    equal(await authenticator.passkeys(), 1)
    await page.goto(`${on.issuer}/account/passkeys/new`)
    await button(page, 'Create passkey').click()
    await page.getByText('This device has a passkey for your account already').waitFor()
    equal((await violations(page)).join('\n'), '')
    await screenshot(page, 'journey-passkey-there')

    // What an operator sees of it, and takes away.
    const listed = (await on.countersign('user', 'passkeys', 'grace')) as { passkeys: { id: string }[] }
    const [passkey] = listed.passkeys
    equal(listed.passkeys.length, 1)
    await on.countersign('user', 'remove-passkey', 'grace', passkey?.id ?? '', '--yes')
    // There the authenticator offers it by itself.
    await page.goto(`${on.issuer}/account`, { waitUntil: 'commit' })
    await page.getByText('This passkey doesn’t sign anybody in.').waitFor()
  })
})

test('without script nothing of passkeys can be pressed, and the page says why where nothing else would do', {
  skip,
}, async () => {
  await withPage(
    async (page) => {
      await page.goto(`${on.issuer}/sign-in`)
      equal(await button(page, 'Sign in with a passkey').isVisible(), false)
      await proveWho(page, { ...ada, username: 'tim' })
      await button(page, 'Add a passkey').click()
      await page.getByText('This browser can’t make passkeys here.').waitFor()
      equal(await button(page, 'Create passkey').isVisible(), false)
      await screenshot(page, 'journey-passkey-without-script')
    },
    { javaScriptEnabled: false },
  )
})
