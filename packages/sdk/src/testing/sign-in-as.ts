// Signs somebody in, in a browser that a test drives, by what every sign-in page of the server is marked with.
import type { TestUser } from './test-server.ts'

/** As much of Playwright's `Page` as is needed. */
export interface BrowserPage {
  url(): string
  goto(url: string): Promise<unknown>
  waitForURL(isThere: (url: URL) => boolean): Promise<void>
  locator(selector: string): {
    fill(text: string): Promise<void>
    click(): Promise<void>
    count(): Promise<number>
  }
}

const password = '[autocomplete~="current-password"]'
const allow = 'button[name="decision"][value="allow"]'

/**
 * Signs a user in. On the server's sign-in page, to which an application has sent the browser, the way goes on back to
 * the application, and what the application asks for is allowed. From anywhere else the browser is left on the user's
 * account page, with a session that applications sign in by without a question.
 *
 * @param page of Playwright, or what works alike
 * @param user of `testServer()`, or anybody whose password is known
 * @throws what Playwright throws, such as when the password is refused
 */
export async function signInAs(
  page: BrowserPage,
  user: Pick<TestUser, 'issuer' | 'username' | 'password'>,
): Promise<void> {
  const isThere = page.url().startsWith(`${user.issuer}/`) && (await page.locator(password).count()) > 0
  if (!isThere) await page.goto(`${user.issuer}/sign-in`)
  await page.locator('[autocomplete~="username"]').fill(user.username)
  await page.locator(password).fill(user.password)
  await page.locator(`form:has(${password}) [type="submit"]`).click()
  await page.waitForURL((url) => !url.href.startsWith(`${user.issuer}/sign-in`))
  if (page.url().startsWith(`${user.issuer}/`) && (await page.locator(allow).count()) > 0) {
    await page.locator(allow).click()
    await page.waitForURL((url) => !url.href.startsWith(`${user.issuer}/`))
  }
}
