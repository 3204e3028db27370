// `oidc-client-ts` as it comes from npm, in a real Chromium: a single-page application of somebody else on an origin of
// its own, registered by the command line.
import { deepEqual, equal, match, notEqual } from 'node:assert/strict'
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
const on = serverOfThisFile({ skip, prepare: openSite })
const bundle = readFileSync(
  new URL('../browser/oidc-client-ts.min.js', import.meta.resolve('oidc-client-ts')),
)

// One page for everything: the application, and the address that the server sends people back to, frame or not.
const html = (settings: object): string => `<!doctype html><html lang="en"><title>An application</title>
<link rel="icon" href="data:,"><p id="who">nobody</p>
<script src="/oidc-client-ts.js"></script>
<script>
  window.manager = new oidc.UserManager({
    ...${JSON.stringify(settings)},
    userStore: new oidc.WebStorageStateStore({ store: window.sessionStorage }),
  })
  if (location.pathname === '/callback')
    manager.signinCallback().then(
      (user) => { if (user) who.textContent = user.profile.name },
      (error) => { who.textContent = error.error ?? error.message },
    )
</script>`

const site = createServer((request, response) => {
  if (request.url === '/oidc-client-ts.js')
    return response.setHeader('content-type', 'text/javascript').end(bundle)
  response.setHeader('content-type', 'text/html; charset=utf-8')
  return response.end(
    html({
      authority: on.issuer,
      client_id: 'elsewhere',
      redirect_uri: `${app()}/callback`,
      scope: 'openid profile email offline_access',
      loadUserInfo: true,
      automaticSilentRenew: false,
      silentRequestTimeoutInSeconds: 60,
    }),
  )
})
const app = (): string => `http://localhost:${(site.address() as AddressInfo).port}`

async function openSite(server: Server): Promise<void> {
  await new Promise<void>((resolve) => site.listen(0, 'localhost', resolve))
  const redirectUri = `${app()}/callback`
  await server.countersign(
    ...['client', 'create', 'Elsewhere', '--id', 'elsewhere', '--public', '--redirect-uri', redirectUri],
  )
}
after(() => {
  site.close()
  site.closeAllConnections()
})

/** From the application to the sign-in page and, with what is asked allowed, back. */
async function signIn(page: Page, decision: 'Allow' | 'Deny' = 'Allow'): Promise<void> {
  await page.goto(app())
  await page.evaluate(() => void window.manager.signinRedirect())
  await page.getByLabel('E-mail or user name').fill('ada')
  await page.getByLabel('Password', { exact: true }).fill(password)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await page.getByRole('button', { name: decision }).click()
  await page.locator('#who:not(:text("nobody"))').waitFor()
}

/** What the library holds. */
const user = (page: Page) =>
  page.evaluate(async () => {
    const { profile, access_token, refresh_token, scope } = (await window.manager.getUser()) ?? {}
    return { profile, access_token, refresh_token, scope }
  })

/** What a deed of the library comes to: nothing, or the error's code. */
const outcome = (page: Page, deed: 'signinSilent' | 'querySessionStatus' | 'revokeTokens') =>
  page.evaluate(
    (name) =>
      window.manager[name]().then(
        () => 'done',
        (error: { error?: string; message: string }) => error.error ?? error.message,
      ),
    deed,
  )

test('a sign-in brings tokens and claims', { skip }, async () => {
  await withPage(async (page) => {
    await signIn(page)
    equal(await page.textContent('#who'), 'Ada Lovelace')
    const { profile, access_token: token, scope } = await user(page)
    deepEqual([profile?.sub, profile?.iss, profile?.email], ['usr_ada', on.issuer, 'ada@example.test'])
    match(token ?? '', /^ey/)
    equal(scope, 'openid profile email offline_access')
  })
})

test('a refresh token renews quietly, and the person stays the same', { skip }, async () => {
  await withPage(async (page) => {
    await signIn(page)
    const first = await user(page)
    equal(await outcome(page, 'signinSilent'), 'done')
    const second = await user(page)
    notEqual(second.access_token, first.access_token)
    notEqual(second.refresh_token, first.refresh_token)
    equal(second.profile?.sub, 'usr_ada')
  })
})

test('without a refresh token a hidden frame renews, as long as the browser is signed in', {
  skip,
}, async () => {
  await withPage(async (page) => {
    await signIn(page)
    const first = await user(page)
    await page.evaluate(async () => {
      const held = await window.manager.getUser()
      if (!held) throw new Error('Nobody is signed in.')
      delete held.refresh_token
      await window.manager.storeUser(held)
    })
    equal(await outcome(page, 'signinSilent'), 'done')
    notEqual((await user(page)).access_token, first.access_token)
    // There is no session_state without OpenID Connect Session Management: asking is no error, and tells nothing.
    equal(await outcome(page, 'querySessionStatus'), 'done')

    await page.context().clearCookies()
    equal(await outcome(page, 'querySessionStatus'), 'login_required')
    await page.evaluate(() => window.manager.removeUser())
    equal(await outcome(page, 'signinSilent'), 'login_required')
  })
})

test('revoked tokens are over', { skip }, async () => {
  await withPage(async (page) => {
    await signIn(page)
    const { refresh_token: token = '' } = await user(page)
    equal(await outcome(page, 'revokeTokens'), 'done')
    const form = { grant_type: 'refresh_token', client_id: 'elsewhere', refresh_token: token }
    const response = await fetch(`${on.issuer}/oauth/token`, {
      method: 'POST',
      body: new URLSearchParams(form),
    })
    equal(response.status, 400)
    equal(((await response.json()) as { error: string }).error, 'invalid_grant')
  })
})

test('a denial comes back as what it is', { skip }, async () => {
  await withPage(async (page) => {
    await signIn(page, 'Deny')
    equal(await page.textContent('#who'), 'access_denied')
  })
})

test('an origin that belongs to no client reads nothing of the token endpoint', { skip }, async () => {
  await withPage(
    async (page) => {
      await page.goto(app())
      const read = (origin: string) =>
        page.evaluate(async (address) => {
          const body = new URLSearchParams({ grant_type: 'refresh_token', client_id: 'elsewhere' })
          const response = await fetch(`${address}/oauth/token`, { method: 'POST', body }).catch(
            () => undefined,
          )
          return response?.status
        }, origin)
      equal(await read(on.issuer), 400)
      await page.goto('data:text/html,<title>Nobody</title>')
      equal(await read(on.issuer), undefined)
    },
    { mayBreak: true },
  )
})
