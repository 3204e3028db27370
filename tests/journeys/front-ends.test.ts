// Two front ends that were written for others' servers, unchanged, in a browser and from another origin: one of Simple
// JWT, one of Knock, at a server with the settings of every development server.
import { deepEqual, equal } from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type TestServer, testServer } from '@countersign/sdk/testing'
import { startKnockSample } from '../../examples/knock-react/server.ts'
import { startSimpleJwtSample } from '../../examples/simplejwt-react/server.ts'
import { browserSkip, type Page, screenshot, violations, withPage } from '../harness/browser.ts'
import { eventually } from '../harness/relying-party.ts'

const skip = browserSkip()

describe('A front end of others', { skip }, () => {
  let server: TestServer
  let simpleJwt: Awaited<ReturnType<typeof startSimpleJwtSample>>
  let knock: Awaited<ReturnType<typeof startKnockSample>>
  before(async () => {
    server = await testServer()
    const options = { port: 0, issuer: server.issuer }
    simpleJwt = await startSimpleJwtSample(options)
    knock = await startKnockSample(options)
  })
  after(async () => {
    await Promise.all([simpleJwt.stop(), knock.stop()])
    await server.close()
  })

  async function signIn(page: Page, name: string, password: string): Promise<void> {
    await page.getByRole('textbox', { name: /User name|E-mail/ }).fill(name)
    await page.getByLabel('Password').fill(password)
    await page.getByRole('button', { name: 'Sign in' }).click()
  }
  const said = async (page: Page) => (await page.locator('main p').textContent()) ?? ''
  const kept = (page: Page) => page.evaluate(() => Object.keys(localStorage).sort())
  const calls = (page: Page): string[] => {
    const seen: string[] = []
    page.on('response', (response) => {
      const { pathname } = new URL(response.url())
      const method = response.request().method()
      if (/token|api\/me/.test(pathname)) seen.push(`${method} ${pathname} ${response.status()}`)
    })
    return seen
  }

  test('of Simple JWT signs in, knows who it is, refreshes what has expired, and signs out', async () => {
    const { username, password } = server.user('ada')
    await withPage(async (page) => {
      const seen = calls(page)
      await page.goto(simpleJwt.url)
      deepEqual(await violations(page), [])
      await signIn(page, username, 'wrong')
      await page.getByRole('alert').waitFor()
      equal(await said(page), 'No active account found with the given credentials')

      await signIn(page, username, password)
      await page.getByText(/You are user \d+/).waitFor()
      const first = await said(page)
      deepEqual(await violations(page), [])
      await screenshot(page, 'front-end-simplejwt')

      server.advance(301)
      seen.length = 0
      await page.getByRole('button', { name: 'Ask again' }).click()
      await page.waitForFunction((text) => document.querySelector('main p')?.textContent !== text, first)
      const answered = () => seen.filter((line) => !line.startsWith('OPTIONS'))
      // The page may know of an answer before this process does.
      await eventually(() => answered().length >= 3, 'three answers')
      deepEqual(answered(), ['GET /api/me/ 401', 'POST /api/token/refresh/ 200', 'GET /api/me/ 200'])
      const second = await said(page)
      equal(second.split(',')[0], first.split(',')[0])

      // A reload finds the tokens where it left them.
      await page.reload()
      await page.getByText(second).waitFor()
      const refresh = await page.evaluate(() => localStorage.getItem('refresh'))
      const blacklisted = page.waitForResponse(/\/api\/token\/blacklist\/$/)
      await page.getByRole('button', { name: 'Sign out' }).click()
      equal((await blacklisted).status(), 200)
      await page.getByRole('button', { name: 'Sign in' }).waitFor()
      deepEqual(await kept(page), [])
      const { status } = await fetch(`${server.issuer}/api/token/refresh/`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ refresh }),
      })
      equal(status, 401)
    })
  })

  test('of Simple JWT is back at its form once its refresh token has ended', async () => {
    const { username, password } = server.user('grace')
    await withPage(async (page) => {
      await page.goto(simpleJwt.url)
      await signIn(page, username, password)
      await page.getByText(/You are user \d+/).waitFor()
      server.advance(86_401)
      await page.getByRole('button', { name: 'Ask again' }).click()
      await page.getByRole('button', { name: 'Sign in' }).waitFor()
      deepEqual(await kept(page), [])
    })
  })

  test('of Knock signs in, knows who it is until the day is over, and signs out', async () => {
    const { email, password } = server.user('ada')
    await withPage(async (page) => {
      await page.clock.install()
      await page.goto(knock.url)
      deepEqual(await violations(page), [])
      await signIn(page, email, 'wrong')
      await page.getByRole('alert').waitFor()
      equal(await said(page), 'Invalid e-mail or password')

      await signIn(page, email, password)
      await page.getByText(/^You are user \d+\.$/).waitFor()
      const first = await said(page)
      await page.reload()
      equal(await said(page), first)
      await screenshot(page, 'front-end-knock')

      await page.getByRole('button', { name: 'Sign out' }).click()
      deepEqual(await kept(page), [])
      await signIn(page, email, password)
      await page.getByText(first).waitFor()

      // The page goes by its own clock and by what the token says, so both clocks go there.
      server.advance(86_401)
      const expiresAt = await page.evaluate(() => {
        const [, payload = ''] = (localStorage.getItem('jwt') ?? '').split('.')
        return JSON.parse(atob(payload)).exp * 1000
      })
      await page.clock.setSystemTime(expiresAt + 1)
      await page.clock.runFor(1000)
      await page.getByText('Your session has expired').waitFor()
      deepEqual(await kept(page), [])
      await signIn(page, email, password)
      await page.getByText(first).waitFor()
    })
  })

  test('is heard at these wires from this machine alone, and nowhere else without being registered', async () => {
    const allowedAt = async (path: string, origin: string) => {
      const { headers } = await fetch(`${server.issuer}${path}`, {
        method: 'OPTIONS',
        headers: { origin, 'access-control-request-method': 'POST' },
      })
      equal(headers.get('access-control-allow-credentials'), null)
      return headers.get('access-control-allow-origin')
    }
    for (const path of [
      '/api/token/',
      '/user_token',
      '/get_access_token',
      '/api-token-auth/',
      '/auth/token/login/',
    ]) {
      equal(await allowedAt(path, simpleJwt.url), simpleJwt.url, path)
      equal(await allowedAt(path, 'https://app.example'), null, path)
    }
    equal(await allowedAt('/oauth/token', simpleJwt.url), null)
  })
})
