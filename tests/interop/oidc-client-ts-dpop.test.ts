// `oidc-client-ts` as it comes from npm, in a real Chromium, with a key in the browser's own store that no script can
// read: a single-page application that is registered for bound tokens alone, and a server that asks for nonces.
import { deepEqual, equal, notEqual } from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, test } from 'node:test'
import type { UserManager } from 'oidc-client-ts'
import { browserSkip, type Page, withPage } from '../harness/browser.ts'
import { password, type Server, serverOfThisFile } from '../harness/server.ts'

declare global {
  interface Window {
    manager: UserManager
  }
}

const skip = browserSkip()
const on = serverOfThisFile({ skip, env: { COUNTERSIGN_DPOP_NONCES: 'on' }, prepare: openSite })
const bundle = readFileSync(
  new URL('../browser/oidc-client-ts.min.js', import.meta.resolve('oidc-client-ts')),
)

const html = (settings: object): string => `<!doctype html><html lang="en"><title>An application</title>
<link rel="icon" href="data:,"><p id="who">nobody</p>
<script src="/oidc-client-ts.js"></script>
<script>
  window.manager = new oidc.UserManager({
    ...${JSON.stringify(settings)},
    dpop: { bind_authorization_code: true, store: new oidc.IndexedDbDPoPStore() },
  })
  if (location.pathname === '/callback')
    manager.signinCallback().then(
      (user) => { if (user) who.textContent = user.profile.sub },
      (error) => { who.textContent = error.error ?? error.message },
    )
</script>`

const site = createServer((request, response) => {
  if (request.url === '/oidc-client-ts.js')
    return response.setHeader('content-type', 'text/javascript').end(bundle)
  response.setHeader('content-type', 'text/html; charset=utf-8')
  const redirectUri = `${app()}/callback`
  const settings = { authority: on.issuer, client_id: 'bound', redirect_uri: redirectUri }
  const scope = 'openid email offline_access'
  return response.end(html({ ...settings, scope, automaticSilentRenew: false }))
})
const app = (): string => `http://localhost:${(site.address() as AddressInfo).port}`

async function openSite(server: Server): Promise<void> {
  await new Promise<void>((resolve) => site.listen(0, 'localhost', resolve))
  const uri = ['--redirect-uri', `${app()}/callback`]
  await server.countersign('client', 'create', 'Bound', '--id', 'bound', '--public', '--dpop-bound', ...uri)
}
after(() => {
  site.close()
  site.closeAllConnections()
})

async function signIn(page: Page): Promise<void> {
  await page.goto(app())
  await page.evaluate(() => void window.manager.signinRedirect())
  await page.getByLabel('E-mail or user name').fill('ada')
  await page.getByLabel('Password', { exact: true }).fill(password)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await page.getByRole('button', { name: 'Allow' }).click()
  await page.locator('#who:not(:text("nobody"))').waitFor()
}

/** What the library holds. */
const user = (page: Page) =>
  page.evaluate(async () => {
    const { access_token: token, refresh_token, token_type } = (await window.manager.getUser()) ?? {}
    return { token, refresh_token, token_type }
  })

/** What a script of the page gets from userinfo, with the library's proofs, and with nothing but the token. */
const asked = (page: Page) =>
  page.evaluate(async (address) => {
    const held = await window.manager.getUser()
    if (!held) throw new Error('Nobody is signed in.')
    const send = async (scheme: string, nonce?: string) => {
      const proof =
        scheme === 'DPoP' ? await window.manager.dpopProof(address, held, 'GET', nonce) : undefined
      const authorization = `${scheme} ${held.access_token}`
      return fetch(address, { headers: { authorization, ...(proof === undefined ? {} : { DPoP: proof }) } })
    }
    const first = await send('DPoP')
    const second = await send('DPoP', first.headers.get('dpop-nonce') ?? undefined)
    const { email } = (await second.json()) as { email?: string }
    const stolen = await send('Bearer')
    return { first: first.status, second: second.status, email, stolen: stolen.status }
  }, `${on.issuer}/oauth/userinfo`)

test('a page gets tokens for its key, asks with it, and renews with it', { skip }, async () => {
  await withPage(
    async (page) => {
      await signIn(page)
      equal(await page.textContent('#who'), 'usr_ada')
      const first = await user(page)
      equal(first.token_type, 'DPoP')
      deepEqual(await asked(page), { first: 401, second: 200, email: 'ada@example.test', stolen: 401 })
      await page.evaluate(() => window.manager.signinSilent())
      const second = await user(page)
      equal(second.token_type, 'DPoP')
      notEqual(second.token, first.token)
      notEqual(second.refresh_token, first.refresh_token)
      const form = {
        grant_type: 'refresh_token',
        client_id: 'bound',
        refresh_token: second.refresh_token ?? '',
      }
      const elsewhere = await fetch(`${on.issuer}/oauth/token`, {
        method: 'POST',
        body: new URLSearchParams(form),
      })
      equal(((await elsewhere.json()) as { error: string }).error, 'invalid_dpop_proof')
      await page.evaluate(() => window.manager.signinSilent())
      notEqual((await user(page)).token, second.token)
    },
    { mayBreak: true },
  )
})
