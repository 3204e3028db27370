// Mode `basic` of the browser client in Chromium, at a page whose API asks the server about each request, as a reverse
// proxy does: no window of the browser asks for a password, whatever the API answers.
import { deepEqual, equal } from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import type { BasicSession, createClient } from '@countersign/sdk/client'
import { testServer } from '@countersign/sdk/testing'
import { bundleClient } from '../../packages/sdk/src/client/bundle.fixture.ts'
import { browserSkip, type Page, withPage } from '../harness/browser.ts'

declare global {
  interface Window {
    createClient: typeof createClient
    basic: BasicSession
  }
}

/** A page, and an API at its own origin that lets in whom the server knows. Its 401 asks for Basic, as many do. */
async function startSite(issuer: string) {
  const bundle = await bundleClient()
  const seen: (string | undefined)[] = []
  const site = createServer(async ({ url, headers }, response) => {
    if (url === '/client.js') return response.setHeader('content-type', 'text/javascript').end(bundle)
    if (url !== '/api') {
      response.setHeader('content-type', 'text/html')
      return response.end(
        `<!doctype html><title>Shop</title><link rel="icon" href="data:,"><script type="module">
           import { createClient } from '/client.js'
           window.basic = createClient({ issuer: '${issuer}', mode: 'basic' })
         </script>`,
      )
    }
    const { authorization } = headers
    seen.push(authorization)
    const asked = await fetch(`${issuer}/auth/verify`, {
      headers: {
        'x-original-method': 'GET',
        'x-original-uri': '/api',
        authorization: authorization ?? 'Basic ',
      },
    })
    const name = asked.headers.get('remote-email')
    if (asked.status === 200) return response.end(name)
    return response.writeHead(401, { 'www-authenticate': 'Basic realm="Shop"' }).end()
  })
  await new Promise<void>((resolve) => site.listen(0, 'localhost', resolve))
  const stop = () => {
    site.closeAllConnections()
    site.close()
  }
  return { origin: `http://localhost:${(site.address() as AddressInfo).port}`, seen, stop }
}

/** How often the browser would have asked the person for a password. */
async function countPrompts(page: Page): Promise<() => number> {
  const browser = await page.context().newCDPSession(page)
  let prompts = 0
  browser.on('Fetch.authRequired', ({ requestId }) => {
    prompts += 1
    void browser.send('Fetch.continueWithAuth', {
      requestId,
      authChallengeResponse: { response: 'CancelAuth' },
    })
  })
  browser.on(
    'Fetch.requestPaused',
    ({ requestId }) => void browser.send('Fetch.continueRequest', { requestId }),
  )
  await browser.send('Fetch.enable', { handleAuthRequests: true })
  return () => prompts
}

const ask = (page: Page) =>
  page.evaluate(async () => {
    const answer = await window.basic.fetch('/api')
    return [answer.status, await answer.text(), window.basic.user?.username ?? null]
  })

test('A name and a password go with each request until one is refused, and the browser never asks for them', {
  skip: browserSkip(),
}, async () => {
  await using server = await testServer()
  const site = await startSite(server.issuer)
  try {
    await withPage(async (page) => {
      const prompts = await countPrompts(page)
      await page.goto(site.origin)
      await page.waitForFunction(() => window.basic !== undefined)
      deepEqual(await ask(page), [401, '', null])

      const { username, password } = server.user('ada')
      const before = site.seen.length
      await page.evaluate((credentials) => window.basic.signIn(credentials), { username, password })
      equal(site.seen.length, before)
      deepEqual(await ask(page), [200, 'ada@example.test', 'ada'])
      deepEqual(await ask(page), [200, 'ada@example.test', 'ada'])

      await page.evaluate(() => window.basic.signIn({ username: 'ada', password: 'wrong' }))
      deepEqual(await ask(page), [401, '', null])
      equal(prompts(), 0)
      equal(
        await page.evaluate(() => JSON.stringify([localStorage, sessionStorage, document.cookie])),
        '[{},{},""]',
      )

      // A reload forgets, and the browser has learnt nothing that it could send by itself.
      await page.reload()
      await page.waitForFunction(() => window.basic !== undefined)
      deepEqual(await ask(page), [401, '', null])
      equal(site.seen.at(-1), undefined)

      // What the client spares its page: the platform's own fetch.
      await page.evaluate(() => fetch('/api'))
      equal(prompts(), 1)
    })
  } finally {
    site.stop()
  }
})
