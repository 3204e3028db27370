// The steps of journeys through the sample bank: what a person does there, and what can be seen of them.
import type { createClient, User } from '@countersign/sdk/client'
import type { Page } from '../harness/browser.ts'
import { password, type Server } from '../harness/server.ts'

type Session = ReturnType<typeof createClient>

export interface Person {
  readonly username: string
  readonly password: string
}
export const ada: Person = { username: 'ada', password }
export const grace: Person = { username: 'grace', password }
export const tim: Person = { username: 'tim', password }

/**
 * Call before the first page: there whoever is given seconds to answer is given ten times as many, so that a hidden frame
 * renews however busy this machine is.
 */
export async function unhurried(page: Page): Promise<void> {
  await page.context().addInitScript(() => {
    const wait = window.setTimeout.bind(window)
    const longest = 2 ** 31 - 1
    Object.assign(window, {
      setTimeout: (ring: () => void, ms = 0) => wait(ring, ms < 1000 ? ms : Math.min(ms * 10, longest)),
    })
  })
}

/** From the bank, signed out, to the bank, signed in. */
export async function signIn(bank: Server, page: Page, person: Person): Promise<void> {
  await askToSignIn(bank, page)
  await proveWho(page, person)
  await page.getByRole('button', { name: 'Allow' }).click()
  await filled(page)
}

/** From anywhere to the sign-in page, by the bank's button. */
export async function askToSignIn({ bank }: Server, page: Page): Promise<void> {
  await page.goto(bank)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await page.getByLabel('Password', { exact: true }).waitFor()
}

/** On the sign-in page: name, password, and the button. */
export async function proveWho(page: Page, person: Person): Promise<void> {
  await page.getByLabel('E-mail or user name').fill(person.username)
  await page.getByLabel('Password', { exact: true }).fill(person.password)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
}

/** Waits until the page says that somebody is signed in, and the API has answered each widget. */
export async function filled(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Sign out' }).waitFor()
  await page.getByRole('heading', { name: /^Hello, / }).waitFor()
  for (const id of ['total', 'accounts', 'transfer', 'activity'])
    await page.locator(`#${id} > *:not(.waiting)`).first().waitFor()
}

/** Waits until the page says that nobody is signed in, everywhere. */
export async function empty(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Sign in', exact: true }).waitFor()
  await page.getByRole('heading', { name: 'A bank that knows who you are.' }).waitFor()
  for (const id of ['accounts', 'transfer', 'activity'])
    await page.locator(`#${id}`, { hasText: /^Fills when you sign in\.$/ }).waitFor()
  await page.locator('#total:empty').waitFor({ state: 'attached' })
}

/** The ids of the accounts on the page. */
export function accountsOn(page: Page): Promise<(string | null)[]> {
  return page
    .locator('[data-account]')
    .evaluateAll((rows) => rows.map((row) => row.getAttribute('data-account')))
}

/** Everything in both storages, as JSON: `[{},{}]` when they are empty. */
export const stored = (page: Page): Promise<string> =>
  page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]))

/** The access token that the page holds. */
export const tokenOf = (page: Page): Promise<string | null> =>
  page.evaluate(async () => {
    const { session }: { session: Session } = await import('/session.ts' as string)
    return session.getToken()
  })

/** Who the page says is signed in, once it knows. */
export const userOf = (page: Page): Promise<User | null> =>
  page.evaluate(async () => {
    const { session }: { session: Session } = await import('/session.ts' as string)
    return session.getUser()
  })

/** What a request of the page comes to, sent through the session's `fetch`. */
export const statusOf = (page: Page, address: string): Promise<number> =>
  page.evaluate(async (url) => {
    const { session }: { session: Session } = await import('/session.ts' as string)
    return (await session.fetch(url)).status
  }, address)

/** Whether this browser has a session at the server. */
export async function hasSession(server: Server, page: Page): Promise<boolean> {
  const cookies = await page.context().cookies(server.issuer)
  return cookies.some(({ name }) => name === 'sid')
}

/** Signs out, and waits until the browser is back from the server: signing out of the bank leads through it. */
export async function signOut({ bank }: { readonly bank: string }, page: Page): Promise<void> {
  const back = page.waitForEvent('framenavigated', {
    predicate: (frame) => frame === page.mainFrame() && frame.url().startsWith(bank),
  })
  await page.getByRole('button', { name: 'Sign out' }).click()
  await back
}
