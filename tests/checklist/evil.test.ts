// A page of somebody else's, in a real Chromium in which Ada is signed in: what it can frame, hear and read. The
// application is as careless as one may be: it lets itself be framed by anybody (AZ-17, HT-05, HT-21; class C35).
import assert from 'node:assert/strict'
import { createServer, type Server as HttpServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, test } from 'node:test'
import { bundleClient } from '../../packages/sdk/src/client/bundle.fixture.ts'
import { browserSkip, type Page, withPage } from '../harness/browser.ts'
import { eventually } from '../harness/relying-party.ts'
import { password, serverOfThisFile } from '../harness/server.ts'

const skip = browserSkip()
const open: HttpServer[] = []
let evil = ''
const on = serverOfThisFile({
  skip,
  prepare: async ({ issuer, bank }) => {
    const bundle = await bundleClient()
    const app = `<!doctype html><title>Careless</title><link rel="icon" href="data:,"><script type="module">
      import { createClient } from '/client.js'
      const silent = location.hash !== '#loud'
      window.session = createClient({ issuer: ${JSON.stringify(issuer)}, clientId: 'demo-spa', silent })
      session.ready.then((user) => { document.title = user ? 'signed in' : 'signed out' })
    </script>`
    await site(Number(new URL(bank).port), (path) => (path === '/client.js' ? bundle : app))
    evil = await site(0, () => '<!doctype html><title>Evil</title><link rel="icon" href="data:,">')
  },
})
after(() => {
  for (const server of open) {
    server.closeAllConnections()
    server.close()
  }
})

async function site(port: number, answer: (path: string) => string): Promise<string> {
  const server = createServer((request, response) => {
    const path = request.url ?? '/'
    response.setHeader('content-type', path.endsWith('.js') ? 'text/javascript' : 'text/html; charset=utf-8')
    response.end(answer(path))
  })
  open.push(server)
  await new Promise<void>((resolve) => server.listen(port, 'localhost', resolve))
  return `http://localhost:${(server.address() as AddressInfo).port}`
}

async function signInAda(page: Page): Promise<void> {
  await page.goto(on.bank)
  await page.waitForFunction(() => document.title === 'signed out')
  await page.evaluate(() => void (window as unknown as { session: { signIn(): void } }).session.signIn())
  await page.getByLabel('E-mail or user name').fill('ada')
  await page.getByLabel('Password', { exact: true }).fill(password)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await page.getByRole('button', { name: 'Allow' }).click()
  await page.waitForFunction(() => document.title === 'signed in')
}

/** A request that is answered at once, as the application itself would ask in a frame. */
function silentRequest(): string {
  return `${on.issuer}/oauth/authorize?${new URLSearchParams({
    client_id: 'demo-spa',
    response_type: 'code',
    redirect_uri: `${on.bank}/callback`,
    scope: 'openid profile email offline_access',
    state: `s.${'x'.repeat(43)}`,
    code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    code_challenge_method: 'S256',
    prompt: 'none',
  })}`
}

/** Frames an address on the page as it is. @returns what that frame, or any other, says within so many milliseconds */
function heardFrom(page: Page, address: string, withinMs = 1500): Promise<string[]> {
  return page.evaluate(
    async ([src, within]) => {
      const heard: string[] = []
      addEventListener('message', (event) => heard.push(String(event.data)))
      const frame = document.createElement('iframe')
      const loaded = new Promise((resolve) => frame.addEventListener('load', resolve))
      frame.src = src
      document.documentElement.append(frame)
      await loaded
      const deadline = performance.now() + within
      while (heard.length === 0 && performance.now() < deadline) await new Promise(requestAnimationFrame)
      return heard
    },
    [address, withinMs] as const,
  )
}

test('HT-21, C35 (CVE-2024-1249): the answer to a silent request is told to the application alone', {
  skip,
}, async () => {
  await withPage(async (page) => {
    await signInAda(page)
    const [answer = ''] = await heardFrom(page, silentRequest(), 60_000)
    assert.ok(new URLSearchParams(answer).has('code'), 'so that what follows proves something')
    await page.goto(evil)
    assert.deepEqual(await heardFrom(page, silentRequest()), [])
    const isThere = () => page.frames().some((frame) => frame.url().startsWith(on.bank))
    await eventually(isThere, 'the answer comes to the application’s own page')
  })
})

test('AZ-17: no page of the server is shown in a frame', { skip }, async () => {
  await withPage(
    async (page) => {
      await signInAda(page)
      const consent = silentRequest().replace('prompt=none', 'prompt=consent')
      const error = silentRequest().replace('client_id=demo-spa', 'client_id=nobody')
      for (const address of ['/sign-in', '/sign-up', '/sign-out', '/account', '/']
        .map((path) => on.issuer + path)
        .concat(consent, error)) {
        await page.goto(evil)
        assert.deepEqual(await heardFrom(page, address, 0), [])
        const framed = () => page.frames().slice(1)
        await eventually(
          () => framed().length === 1 && framed()[0]?.url() === 'chrome-error://chromewebdata/',
          `no frame shows ${address}`,
        )
      }
    },
    { mayBreak: true },
  )
})

test('HT-05, C35 (CVE-2024-41657): a script of another origin reads nothing but what is public', {
  skip,
}, async () => {
  await withPage(
    async (page) => {
      await signInAda(page)
      await page.goto(evil)
      const read = (path: string, init: RequestInit = {}) =>
        page.evaluate(
          async ([url, asked]) =>
            fetch(url, { ...asked, credentials: 'include' }).then(
              async (response) => (await response.text()).length > 0,
              () => false,
            ),
          [on.issuer + path, init as object] as const,
        )
      const form = { method: 'POST', body: 'grant_type=refresh_token&refresh_token=x&client_id=demo-spa' }
      const headers = { 'content-type': 'application/x-www-form-urlencoded' }
      for (const [path, init] of [
        ['/account'],
        ['/sign-in'],
        [silentRequest().slice(on.issuer.length)],
        ['/oauth/userinfo'],
        ['/oauth/userinfo', { headers: { authorization: 'Bearer x' } }],
        ['/oauth/token', { ...form, headers }],
        ['/oauth/revoke', { ...form, headers }],
        ['/oauth/introspect', { ...form, headers }],
      ] as [string, RequestInit?][])
        assert.equal(await read(path, init), false, path)
      const open = await page.evaluate(
        async (url) => (await fetch(url)).status,
        `${on.issuer}/.well-known/openid-configuration`,
      )
      assert.equal(open, 200)
    },
    { mayBreak: true },
  )
})

test('HT-07, HT-08: a form of another origin changes nothing and signs nobody in', { skip }, async () => {
  await withPage(async (page) => {
    await signInAda(page)
    for (const [path, fields] of [
      ['/sign-in', { username: 'grace', password, form_token: 'x' }],
      ['/account/profile', { name: 'Evil' }],
      ['/account/sessions/revoke-others', {}],
      ['/sign-out', {}],
    ] as const) {
      await page.goto(evil)
      const [answered] = await Promise.all([
        page.waitForResponse((response) => response.request().method() === 'POST'),
        page.evaluate(
          ([action, values]) => {
            const form = document.createElement('form')
            Object.assign(form, { method: 'post', action })
            for (const [name, value] of Object.entries(values)) {
              const input = document.createElement('input')
              Object.assign(input, { name, value })
              form.append(input)
            }
            document.documentElement.append(form)
            form.submit()
          },
          [on.issuer + path, fields] as const,
        ),
      ])
      assert.equal(answered.status(), 403, path)
      await page.waitForURL(on.issuer + path)
    }
    await page.goto(`${on.issuer}/account`)
    await page.getByText('Ada Lovelace').first().waitFor()
  })
})
