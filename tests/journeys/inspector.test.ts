// The token inspector in a real browser, as a file from disk and as the development server shows it: it judges as the
// product does, sends nothing, keeps nothing, and takes nothing in a token for markup.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { signToken, type TokenClaims } from '@countersign/protocol'
import { encryptToken, importEncryptionJwk } from '@countersign/protocol/jwe'
import { inspectorFile } from '../../packages/server/src/app/inspector/inspector.page.ts'
import { bundleScript } from '../../packages/server/src/app/inspector/script.ts'
import {
  browserSkip,
  type Page,
  type PageOptions,
  screenshot,
  violations,
  withBrowser,
  withPage,
} from '../harness/browser.ts'
import { serverOfThisFile } from '../harness/server.ts'
import { publicPart, specimen } from '../harness/specimens.ts'
import { audience, forge, goodClaims, issuer } from '../harness/token-kinds.ts'

const skip = browserSkip()
const { key, jwk } = specimen('ES256')
const publicKey = JSON.stringify(publicPart(jwk), null, 1)
const now = Math.floor(Date.now() / 1000)
const claims = {
  ...goodClaims.access,
  iat: now - 20,
  exp: now + 280,
  auth_time: now - 4000,
  amr: ['pwd', 'otp'],
  cnf: { jkt: '0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I' },
  'https://bank.example.test/limit': 5000,
} as unknown as TokenClaims['access']
const good = signToken('access', claims, key)
const expired = signToken('access', { ...claims, iat: now - 500, exp: now - 200 }, key)
const unsigned = forge({ alg: 'none', typ: 'at+jwt' }, claims, key)
const huge = forge({ alg: 'ES256', typ: 'at+jwt' }, { ...claims, roles: Array(100_000).fill('r') }, key)
const markup = `<img src=x onerror="document.title='taken'"><script>document.title='taken'</script>`
const hostile = forge(
  { alg: 'ES256', typ: 'JWT', kid: markup, [markup]: '\u202egnp.exe' },
  {
    iss: markup,
    sub: 'javascript:alert(1)',
    [markup]: { [markup]: [markup] },
    '\u202etxt': 1,
  },
  key,
)

let file = ''
let folder = ''
before(async () => {
  if (skip) return
  folder = mkdtempSync(join(tmpdir(), 'countersign-inspector-'))
  file = pathToFileURL(join(folder, 'inspect.html')).href
  writeFileSync(join(folder, 'inspect.html'), inspectorFile(await bundleScript()))
})
after(() => {
  if (folder !== '') rmSync(folder, { recursive: true })
})

interface Given {
  readonly token: string
  readonly key?: string
  readonly issuer?: string
  readonly audience?: string
}

/** Types it all in, and waits for what is said of it. */
async function give(page: Page, given: Given, verdict: string | RegExp): Promise<void> {
  for (const [id, value] of Object.entries(given)) await page.locator(`#${id}`).fill(value)
  await page.getByRole('status').getByRole('heading', { name: verdict }).waitFor()
}

const expected = { issuer, audience }
const states: readonly (readonly [name: string, given: Given, verdict: string])[] = [
  ['good', { token: good, key: publicKey, ...expected }, 'Accepted'],
  ['unverified', { token: good }, 'Not verified'],
  ['expired', { token: expired, key: publicKey, ...expected }, 'Expired'],
  ['unsigned', { token: unsigned, key: publicKey }, 'Nobody signed it'],
  ['garbage', { token: 'the quick brown fox' }, 'Not a token with parts'],
  ['huge', { token: huge }, 'Too large'],
  ['hostile', { token: hostile }, 'A claim is missing'],
]

async function encrypted(): Promise<string> {
  const { d: _d, ...recipient } = specimen('ES256', 'recipient').jwk
  return encryptToken(good, await importEncryptionJwk({ ...recipient, alg: 'ECDH-ES' }))
}

/** What differs in its elements, and not only in its words. */
const kindsOfStates = ['good', 'unsigned', 'garbage', 'hostile', 'encrypted']

/** Goes through every state on a page of its own. */
async function eachState(
  options: PageOptions,
  visit: (page: Page, name: string) => Promise<void>,
): Promise<void> {
  const all = [...states, ['encrypted', { token: await encrypted() }, 'Encrypted'] as const]
  await withBrowser(async (open) => {
    const page = await open(options)
    for (const [name, given, verdict] of all) {
      await page.goto(file)
      await give(page, given, verdict)
      await visit(page, name)
    }
  })
}

test('from a disk, it verifies a token, asks the network for nothing, and keeps nothing', {
  skip,
}, async () => {
  await withPage(async (page) => {
    await page.goto(file)
    const asked: string[] = []
    page.context().on('request', (request) => asked.push(request.url()))
    await give(page, { token: good, key: publicKey, ...expected }, 'Accepted')
    await give(page, { token: expired }, 'Expired')
    await give(page, { token: hostile }, 'A claim is missing')
    assert.deepEqual(asked, [])
    assert.equal(page.url(), file)
    const kept = await page.evaluate(async () => [
      localStorage.length,
      sessionStorage.length,
      document.cookie,
      history.length,
      (await indexedDB.databases()).length,
    ])
    assert.deepEqual(kept, [0, 0, '', 2, 0])
    assert.equal(await page.locator('form, a[href], iframe, img').count(), 0)
  })
})

test('nothing on the page could send anything, even if it tried', { skip }, async () => {
  const heard: string[] = []
  const ear = createServer((request, response) => {
    heard.push(request.url ?? '')
    response.end()
  }).listen(0, '127.0.0.1')
  await once(ear, 'listening')
  const address = `http://127.0.0.1:${(ear.address() as AddressInfo).port}/`
  try {
    await withPage(
      async (page) => {
        await page.goto(file)
        const failed = await page.evaluate(async (to) => {
          const fails = async (what: () => unknown) => {
            try {
              await what()
              return false
            } catch {
              return true
            }
          }
          const image = new Image()
          const broken = new Promise((resolve) => image.addEventListener('error', () => resolve(true)))
          image.src = `${to}image`
          navigator.sendBeacon(`${to}beacon`, 'token')
          const form = Object.assign(document.createElement('form'), { action: `${to}form`, method: 'post' })
          document.body.append(form)
          form.submit()
          return [
            await fails(() => fetch(`${to}fetch`)),
            await broken,
            await fails(() => document.body.insertAdjacentHTML('beforeend', '<b>x</b>')),
            await fails(() => new Function('return 1')()),
          ]
        }, address)
        assert.deepEqual(failed, [true, true, true, true])
        assert.equal(page.url(), file)
      },
      { mayBreak: true },
    )
    assert.deepEqual(heard, [])
    await fetch(`${address}heard`)
    assert.deepEqual(heard, ['/heard'])
  } finally {
    ear.close()
    ear.closeAllConnections()
  }
})

test('a hostile token runs nothing and adds no element of its own', { skip }, async () => {
  await withPage(async (page) => {
    await page.goto(file)
    const small = forge(
      { alg: 'ES256', typ: markup, kid: markup },
      { iss: markup, [markup]: markup, 'a\u202eb': 1 },
      key,
    )
    await give(page, { token: small, key: publicKey, issuer: markup, audience: markup }, /.+/)
    await page.locator('#parts').getByText('<img src=x').first().waitFor()
    assert.match(await page.title(), /^Token inspector/)
    assert.equal(await page.locator('img').count(), 0)
    assert.equal(await page.locator('script').count(), 1)
    const shown = (await page.locator('#parts').textContent()) ?? ''
    assert.ok(shown.includes('a\\u{202e}b'))
    assert.doesNotMatch(shown, /[\u202e\u2066]/)
  })
})

test('a token of half a million characters is shown at once, and typing goes on', { skip }, async () => {
  await withPage(async (page) => {
    await page.goto(file)
    const computed = await computingMsOf(page)
    const before = await computed()
    await give(page, { token: huge }, 'Too large')
    const took = (await computed()) - before
    // Ten times what it takes; whoever else wants the processor meanwhile is not counted.
    assert.ok(took < 2_500, `${took} ms`)
    await page.getByText('99,960 more items are not shown.').waitFor()
    assert.ok((await page.locator('*').count()) < 1_500)
    await give(page, { token: good }, 'Not verified')
  })
})

/** @returns what tells how long the page has computed by now: milliseconds of its own thread's processor */
async function computingMsOf(page: Page): Promise<() => Promise<number>> {
  const devtools = await page.context().newCDPSession(page)
  await devtools.send('Performance.enable', { timeDomain: 'threadTicks' })
  return async () => {
    const { metrics } = await devtools.send('Performance.getMetrics')
    return (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? Number.NaN) * 1000
  }
}

test('who leaves the page and comes back finds the fields empty', { skip }, async () => {
  await withPage(async (page) => {
    await page.goto(file)
    await give(page, { token: good, key: publicKey, ...expected }, 'Accepted')
    await page.goto('about:blank')
    await page.goBack()
    await page.getByRole('heading', { name: 'Three parts' }).waitFor()
    const left = await page
      .locator('textarea, input')
      .evaluateAll((fields) => fields.map((field) => (field as HTMLInputElement).value).join(''))
    assert.equal(left, '')
    await give(page, { token: good }, 'Not verified')
    await page.reload()
    assert.equal(await page.locator('#token').inputValue(), '')
  })
})

test('axe finds nothing on the inspector, in light and in dark', { skip }, async () => {
  const walk = (colorScheme: 'light' | 'dark') =>
    eachState({ colorScheme, viewport: { width: 1100, height: 760 } }, async (page, name) => {
      if (kindsOfStates.includes(name)) {
        assert.deepEqual(await violations(page), [], `${name} in ${colorScheme}`)
      }
      await screenshot(page, `inspector-${name}.${colorScheme}`)
    })
  await Promise.all([walk('light'), walk('dark')])
})

test('the inspector never scrolls sideways at 320 px', { skip }, async () => {
  await eachState({ viewport: { width: 320, height: 640 } }, async (page, name) => {
    const width = await page.evaluate(() => document.documentElement.scrollWidth)
    assert.ok(width <= 320, `${name} is ${width} px wide`)
    await screenshot(page, `inspector-${name}.narrow`)
  })
})

test('the token is drawn in the colours of its parts, exactly where it is typed', { skip }, async () => {
  await withPage(async (page) => {
    await page.goto(file)
    await give(page, { token: good }, 'Not verified')
    const drawn = await page.locator('#ink').evaluate((ink) => ({
      text: ink.textContent,
      hues: new Set(Array.from(ink.querySelectorAll('span'), (part) => getComputedStyle(part).color)).size,
      height: ink.getBoundingClientRect().height,
    }))
    const typed = await page.locator('#token').evaluate((field) => field.getBoundingClientRect().height)
    assert.equal(drawn.text, `${good}\u200b`)
    assert.equal(drawn.hues, 3)
    assert.equal(drawn.height, typed)
  })
})

test('the file is small, and its policy names what it runs', () => {
  const page = inspectorFile('1')
  assert.match(page, /<meta http-equiv="Content-Security-Policy" content="default-src &#39;none&#39;;/)
  assert.match(page, /script-src &#39;sha256-a4ayc\/80\/OGda4BO\/1o\/V0etpOqiLx1JwB5S3beHW0s=&#39;/)
  assert.doesNotMatch(page, /nonce|href="\/|<a /)
})

describe('in development', () => {
  const on = serverOfThisFile({ skip })

  test('the welcome page leads to it, and it knows the server’s own issuer and keys', { skip }, async () => {
    const { access_token: token } = (await (
      await fetch(`${on.issuer}/oauth/token`, {
        method: 'POST',
        headers: {
          authorization: `Basic ${btoa('demo-machine:demo-machine-secret-0123456789abcdef')}`,
          'content-type': 'application/x-www-form-urlencoded',
        },
        body: 'grant_type=client_credentials&scope=accounts:read',
      })
    ).json()) as { access_token: string }
    await withPage(async (page) => {
      await page.goto(on.issuer)
      await page.getByRole('link', { name: '/dev/inspect' }).click()
      await page.getByRole('heading', { name: 'Look into a token' }).waitFor()
      const asked: string[] = []
      page.context().on('request', (request) => asked.push(request.url()))
      await page.getByRole('button', { name: 'This server’s issuer and keys' }).click()
      await give(page, { token, audience: on.api }, 'Accepted')
      assert.deepEqual(asked, [])
    })
  })

  test('its answer states the policy, and may be kept by nobody', { skip }, async () => {
    const { headers } = await fetch(`${on.issuer}/dev/inspect`)
    assert.match(
      headers.get('content-security-policy') ?? '',
      /^default-src 'none'; .*connect-src 'none'; form-action 'none'; .*frame-ancestors 'none'$/,
    )
    assert.equal(headers.get('cache-control'), 'no-store')
  })
})
