// Every page in every state, in a real browser under the real headers: axe finds nothing in either theme, nothing
// breaks the Content-Security-Policy, and no page needs sideways scrolling at 320 px (400 % zoom of 1280, WCAG 1.4.10).
// COUNTERSIGN_SCREENSHOTS=folder keeps a picture of each.
import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import test, { after, before } from 'node:test'
import { page as answer } from '../../packages/server/src/platform/http/exchange.ts'
import { pageHeaders } from '../../packages/server/src/platform/http/headers.ts'
import { issuerAt } from '../../packages/server/src/platform/http/issuer.ts'
import { browserSkip, type Page, screenshot, violations, withPage } from '../harness/browser.ts'
import { pageStates } from './page-states.ts'

const skip = browserSkip()
const nonce = 'bm9uY2U'
const long = 'Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft'
// To be looked at, the form_post response and the page on the way out have to stay: their scripts are taken out.
const goOn: readonly string[] = ['form-post', 'farewell']
const served = new Map<string, string>([
  ...at('/', pageStates()),
  ...at(
    '/long/',
    pageStates((words) => `${long} ${words}`),
  ),
  ...at(
    '/hostile/',
    pageStates(() => `x"><img src=x onerror="document.title='taken'">`),
  ),
  ['/sends-itself', pageStates().get('form-post') ?? ''],
])

function at(folder: string, pages: ReadonlyMap<string, string>): (readonly [string, string])[] {
  return [...pages].map(([name, html]) => [
    `${folder}${name}`,
    goOn.includes(name) ? html.replace(/<script.*?<\/script>/s, '') : html,
  ])
}

let server: Server
let base = ''

before(async () => {
  const issuer = issuerAt('http://localhost:4400')
  server = createServer((request, response) => {
    const html = served.get(request.url ?? '')
    if (html === undefined) return response.writeHead(404).end()
    const { headers, body } = pageHeaders(issuer, answer(html), nonce)
    response.writeHead(200, { ...headers } as Record<string, string>).end(body)
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
after(() => server.close())

const guarded = new WeakSet<Page>()

/** A page of our server alone: whatever leaves it (the form_post response) goes nowhere. */
async function open(page: Page, path: string, waitUntil: 'load' | 'commit' = 'load'): Promise<void> {
  if (!guarded.has(page)) {
    guarded.add(page)
    await page.route(
      (url) => url.origin !== base,
      (route) => route.fulfill({ status: 204 }),
    )
  }
  await page.goto(`${base}${path}`, { waitUntil })
}

const names = [...pageStates().keys()]
const phone = { width: 320, height: 640 }

test('axe finds nothing on any page, in light and in dark; at 320 px none scrolls sideways, and all can be hit', {
  skip,
}, async () => {
  await withPage(async (page) => {
    let themes: readonly ('light' | 'dark')[] = ['light', 'dark']
    for (const name of names) {
      await page.setViewportSize({ width: 1100, height: 760 })
      await open(page, `/${name}`)
      for (const theme of themes) {
        await page.emulateMedia({ colorScheme: theme })
        const looking = theme === themes[0] ? 'all' : 'colours'
        assert.deepEqual(await violations(page, looking), [], `${name} in ${theme}`)
        await screenshot(page, `${name}.${theme}`)
      }
      // The next page begins in the theme that this one ends in: to change it costs as much as to look.
      themes = themes.toReversed()
      await page.setViewportSize(phone)
      await fits(page, name)
      await canBeHit(page, name)
      await screenshot(page, `${name}.narrow`)
    }
  })
})

test('no page scrolls sideways at 320 px, however long its words', { skip }, async () => {
  await withPage(
    async (page) => {
      for (const name of names) {
        await open(page, `/long/${name}`)
        await fits(page, `long ${name}`)
      }
    },
    { viewport: phone },
  )
})

async function fits(page: Page, name: string): Promise<void> {
  const width = await page.evaluate(() => document.documentElement.scrollWidth)
  assert.ok(width <= phone.width, `${name} is ${width} px wide`)
}

/** WCAG 2.5.8, without its exception for neighbours: nothing but a link within a sentence is smaller than 24 px. */
async function canBeHit(page: Page, name: string): Promise<void> {
  const small = await page.evaluate(() =>
    [...document.querySelectorAll('a, button, input, summary, select')]
      .filter((one) => getComputedStyle(one).display !== 'inline')
      .map((one) => ({ one, box: one.getBoundingClientRect() }))
      .filter(({ box }) => box.width > 0 && Math.min(box.width, box.height) < 24)
      .map(({ one, box }) => `${one.outerHTML.slice(0, 80)}: ${box.width} by ${box.height}`),
  )
  assert.deepEqual(small, [], name)
}

test('a hostile name runs nothing and adds no element', { skip }, async () => {
  await withPage(async (page) => {
    for (const name of names) {
      await open(page, `/hostile/${name}`)
      const seen = await page.evaluate(() => ({ title: document.title, images: document.images.length }))
      assert.notEqual(seen.title, 'taken', name)
      assert.equal(seen.images, 0, name)
    }
  })
})

test('the error summary has the focus and leads to the field', { skip }, async () => {
  await withPage(async (page) => {
    await open(page, '/sign-in-empty')
    await page.locator('.summary:focus').waitFor()
    await page.getByRole('link', { name: 'Enter your password' }).click()
    await page.locator('#password:focus').waitFor()
    const described = await page.locator('#password').evaluate((input) => {
      const id = input.getAttribute('aria-describedby') ?? ''
      return document.getElementById(id)?.textContent
    })
    assert.equal(described, 'Enter your password')
  })
})

test('a password can be shown, and is hidden again before it is sent', { skip }, async () => {
  await withPage(async (page) => {
    await open(page, '/sign-in')
    const password = page.locator('#password')
    await password.fill('analytical-engine-1843')
    await page.getByRole('button', { name: 'Show password' }).click()
    assert.equal(await password.getAttribute('type'), 'text')
    await page.route('**/sign-in', (route) => route.fulfill({ status: 204 }))
    await page.getByRole('button', { name: 'Sign in', exact: true }).click()
    assert.equal(await password.getAttribute('type'), 'password')
  })
})

test('without script there is no dead button, and form_post goes on by hand', { skip }, async () => {
  await withPage(
    async (page) => {
      await open(page, '/sign-in')
      assert.equal(await page.getByRole('button', { name: 'Show password' }).count(), 0)
      await open(page, '/form-post')
      const sent = page.waitForRequest('https://bank.example.com/callback')
      await page.getByRole('button', { name: 'Continue' }).click()
      assert.equal((await sent).postData(), 'code=csac_x&state=xyz&iss=http%3A%2F%2Flocalhost%3A4400')
    },
    { javaScriptEnabled: false },
  )
})

test('with script a form_post response goes on by itself', { skip }, async () => {
  await withPage(async (page) => {
    const sent = page.waitForRequest('https://bank.example.com/callback')
    await open(page, '/sends-itself', 'commit')
    assert.equal((await sent).method(), 'POST')
  })
})
