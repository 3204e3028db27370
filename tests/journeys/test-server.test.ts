// The server that `@countersign/sdk/testing` starts, as an application's own tests use it: in their process, in memory,
// with somebody who signs in.
import { deepEqual, equal, match, rejects, throws } from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { signInAs, type TestServer, testServer } from '@countersign/sdk/testing'
import { createVerifier } from '@countersign/sdk/verify'
import { browserSkip, withPage } from '../harness/browser.ts'
import { spawnNode } from '../harness/processes.ts'

const verifier = 'a-code-verifier-of-no-fewer-than-43-characters'
const challenge = Buffer.from(
  await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier)),
).toString('base64url')
const audience = 'https://api.shop.test'

describe('A server for tests', () => {
  let server: TestServer
  // An application that knows nobody sends everybody to sign in.
  const application = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost')
    if (url.pathname === '/callback') return response.end('back')
    const asked = new URLSearchParams({
      client_id: 'shop',
      response_type: 'code',
      redirect_uri: `${origin()}/callback`,
      scope: 'openid orders:read',
      resource: audience,
      code_challenge: challenge,
      code_challenge_method: 'S256',
    })
    return response.writeHead(302, { location: `${server.issuer}/oauth/authorize?${asked}` }).end()
  })
  const origin = () => `http://localhost:${(application.address() as AddressInfo).port}`

  before(async () => {
    await new Promise<void>((resolve) => application.listen(0, 'localhost', resolve))
    const redirectUris = [`${origin()}/callback`]
    server = await testServer({
      users: { eve: { name: 'Eve', password: 'a password of her own' } },
      apis: [{ identifier: audience, scopes: [{ name: 'orders:read', description: 'See your orders' }] }],
      clients: [
        { id: 'shop', name: 'Shop', authentication: 'none', redirectUris, scopes: ['openid', 'orders:read'] },
      ],
    })
  })
  after(async () => {
    await server.close()
    application.close()
    application.closeAllConnections()
  })

  test('whoever an application has sent to sign in comes back to it, and has tokens that an API takes', {
    skip: browserSkip(),
  }, async () => {
    await withPage(async (page) => {
      await page.goto(origin())
      await signInAs(page, server.user('eve'))
      const back = new URL(page.url())
      equal(back.origin + back.pathname, `${origin()}/callback`)
      const answer = await fetch(`${server.issuer}/oauth/token`, {
        method: 'POST',
        body: new URLSearchParams({
          grant_type: 'authorization_code',
          client_id: 'shop',
          code: back.searchParams.get('code') ?? '',
          redirect_uri: `${origin()}/callback`,
          code_verifier: verifier,
        }),
      })
      const { access_token: token } = (await answer.json()) as { access_token: string }
      const { subject, scope } = await createVerifier({ issuer: server.issuer, audience }).verify(token)
      deepEqual([subject, scope.includes('orders:read')], ['usr_eve', true])
      // Known by now: whoever lives on this computer is asked again for what they allow, but not for who they are.
      await page.goto(origin())
      await page.locator('button[name="decision"][value="allow"]').click()
      await page.waitForURL(({ pathname }) => pathname === '/callback')
    })
  })

  test('whoever signs in without an application stands on their account page', {
    skip: browserSkip(),
  }, async () => {
    await withPage(async (page) => {
      await signInAs(page, server.user('ada'))
      equal(page.url(), `${server.issuer}/account`)
      match(await page.content(), /Ada Lovelace/)
    })
  })

  test('a wrong password fails the test that signs in with it', { skip: browserSkip() }, async () => {
    await withPage(async (page) => {
      page.setDefaultTimeout(1500)
      page.setDefaultNavigationTimeout(1500)
      await rejects(signInAs(page, { ...server.user('ada'), password: 'not hers' }), /Timeout/)
    })
  })

  test('nobody is there but who is said to be', () => {
    equal(server.user('tim').subject, 'usr_tim')
    throws(() => server.user('mallory'), /Nobody is called mallory; there are ada, grace, tim, admin, eve/)
    throws(() => server.user('constructor'), /Nobody is called/)
  })

  test('time is the test’s to move, and each server’s own', async () => {
    await using other = await testServer()
    const dateOf = async ({ issuer }: TestServer) => {
      const form = { grant_type: 'client_credentials', scope: 'accounts:read' }
      const secret = Buffer.from('demo-machine:demo-machine-secret-0123456789abcdef').toString('base64')
      const answer = await fetch(`${issuer}/oauth/token`, {
        method: 'POST',
        headers: { authorization: `Basic ${secret}` },
        body: new URLSearchParams(form),
      })
      const { access_token: token } = (await answer.json()) as { access_token: string }
      const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
      return Number(claims.iat)
    }
    const [first, second] = [await dateOf(server), await dateOf(other)]
    other.advance(3600)
    const moved = (await dateOf(other)) - second
    equal(moved >= 3600 && moved < 3700, true, `${moved} s`)
    equal((await dateOf(server)) - first < 100, true)
  })

  test('what describes an impossible client is refused with its reason, and nothing stays open', async () => {
    const impossible = { id: 'shop', name: 'Shop', redirectUris: ['javascript:alert(1)'] }
    await rejects(testServer({ clients: [impossible] }), /^Error: shop is refused: /)
  })

  test('without the server’s package the SDK says what to install', async () => {
    const missing = `data:text/javascript,${encodeURIComponent(`
      import { registerHooks } from 'node:module'
      registerHooks({ resolve: (specifier, context, next) => {
        if (specifier.startsWith('countersign')) throw new Error('not found: ' + specifier)
        return next(specifier, context)
      } })`)}`
    const program = new URL('../harness/without-server.ts', import.meta.url)
    await using child = spawnNode(program, { nodeOptions: ['--import', missing] })
    await child.line('npm install --save-dev countersign')
  })
})
