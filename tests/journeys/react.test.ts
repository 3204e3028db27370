// `@countersign/sdk/react` in a browser, in strict mode, against a real server; and on a server, where nobody is known.
import { deepEqual, equal, match, throws } from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { CountersignProvider, Show, SignInButton, UserButton, useAuth, useUser } from '@countersign/sdk/react'
import { signInAs, type TestServer, testServer } from '@countersign/sdk/testing'
import { createElement as h } from 'react'
import { renderToString } from 'react-dom/server'
import { rolldown } from 'rolldown'
import { browserSkip, type Page, violations, withPage } from '../harness/browser.ts'

const LostAuth = () => h('p', null, String(useAuth().isSignedIn))
const LostUser = () => h('p', null, String(useUser()))

async function bundledApp(): Promise<string> {
  const bundle = await rolldown({
    input: fileURLToPath(new URL('./react-app.ts', import.meta.url)),
    platform: 'browser',
    resolve: { conditionNames: ['@countersign/source', 'browser', 'import', 'default'] },
    transform: { define: { 'process.env.NODE_ENV': '"development"' } },
    onLog: (level, log, handler) => {
      // Other bundlers read the directive; to this one it says nothing.
      if (log.code !== 'MODULE_LEVEL_DIRECTIVE') handler(level, log)
    },
  })
  const { output } = await bundle.generate({ format: 'es', codeSplitting: false })
  await bundle.close()
  return output[0].code
}

describe('An application of React', { skip: browserSkip() }, () => {
  let server: TestServer
  let script = ''
  const application = createServer((request, response) => {
    if (request.url === '/app.js')
      return response.writeHead(200, { 'content-type': 'text/javascript' }).end(script)
    response.setHeader('content-type', 'text/html; charset=utf-8')
    return response.end(
      `<!doctype html><html lang="en"><title>Orders</title><div id="root" data-issuer="${server.issuer}"></div><script type="module" src="/app.js"></script></html>`,
    )
  })
  const origin = () => `http://localhost:${(application.address() as AddressInfo).port}`

  before(async () => {
    script = await bundledApp()
    await new Promise<void>((resolve) => application.listen(0, 'localhost', resolve))
    server = await testServer({ application: origin() })
  })
  after(async () => {
    await server.close()
    application.close()
    application.closeAllConnections()
  })

  const shown = async (page: Page) => {
    const ids = ['private', 'strangers', 'ada', 'tellers']
    const counts = await Promise.all(ids.map((id) => page.locator(`#${id}`).count()))
    return ids.filter((_, index) => counts[index] === 1)
  }
  const stands = (page: Page, state: string) =>
    page.waitForFunction((words) => document.getElementById('state')?.textContent === words, state)

  test('shows to each what is theirs, from the first look to signing out', async () => {
    await withPage(async (page) => {
      await page.goto(origin())
      await stands(page, 'out')
      deepEqual(await shown(page), ['strangers'])
      deepEqual(await violations(page), [])

      await page.getByRole('button', { name: 'Come in' }).click()
      await page.waitForURL((url) => url.origin === server.issuer)
      await signInAs(page, server.user('ada'))
      await stands(page, 'in')
      equal(page.url(), `${origin()}/orders`)
      deepEqual(await shown(page), ['private', 'ada'])
      equal(await page.locator('#greeting').count(), 0)
      await page.getByRole('button', { name: 'Let somebody in' }).click()
      equal(await page.locator('#greeting').textContent(), 'Hello, Ada Lovelace')
      deepEqual(await violations(page), [])

      await page.locator('summary').click()
      equal(
        await page.getByRole('link', { name: 'Account' }).getAttribute('href'),
        `${server.issuer}/account`,
      )
      match((await page.locator('.countersign-user').textContent()) ?? '', /ada@example\.test/)
      // The page that is left says so as well, before the way by the issuer begins.
      const back = page.waitForEvent('load')
      await page.getByRole('button', { name: 'Sign out' }).click()
      await back
      await stands(page, 'out')
      deepEqual(await shown(page), ['strangers'])

      await page.getByRole('button', { name: 'Come in' }).click()
      await page.waitForURL((url) => url.origin === server.issuer)
      await signInAs(page, server.user('tim'))
      await stands(page, 'in')
      deepEqual(await shown(page), ['private', 'tellers'])
    })
  })

  test('says why signing in came to nothing', async () => {
    await withPage(async (page) => {
      await page.goto(origin())
      await stands(page, 'out')
      await page.route(`${server.issuer}/**`, (route) => route.abort())
      await page.getByRole('button', { name: 'Come in' }).click()
      await stands(page, 'out network')
    })
  })
})

describe('On a server', () => {
  const options = { issuer: 'https://id.example.test', clientId: 'shop' }

  test('nobody is known, so what waits is shown, and nothing that is anybody’s', () => {
    const page = renderToString(
      h(
        CountersignProvider,
        options,
        h(UserButton),
        h(Show, { when: 'signed-in', loading: h('i', null, 'wait') }, h('b', null, 'private')),
        h(Show, { when: 'signed-out', fallback: 'else' }, h('b', null, 'strangers')),
        h(SignInButton),
      ),
    )
    equal(page, '<i>wait</i><button type="button">Sign in</button>')
  })

  test('a hook without a provider above it says so', () => {
    for (const Lost of [LostAuth, LostUser]) {
      throws(() => renderToString(h(Lost)), /no <CountersignProvider>/)
    }
  })
})
