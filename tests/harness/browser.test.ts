import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { browserSkip, screenshot, violations, withBrowser, withPage } from './browser.ts'

const skip = browserSkip()
const site = createServer((request, response) => {
  const html = pages[request.url ?? ''] ?? ''
  response.setHeader('content-type', 'text/html; charset=utf-8')
  response.setHeader(
    'content-security-policy',
    "default-src 'none'; script-src 'nonce-yes'; style-src 'nonce-yes'",
  )
  if (request.url === '/') response.setHeader('set-cookie', 'seen=1')
  response.end(html.replace('{cookie}', request.headers.cookie ?? 'none'))
})
const shell = (body: string) =>
  `<!doctype html><html lang="en"><title>A page</title><body><main><h1>A page</h1>${body}</main></body></html>`
const pages: Record<string, string> = {
  '/': shell('<p>cookie: {cookie}</p>'),
  '/script': shell(
    `<p id="p">before</p><script nonce="yes">document.getElementById('p').textContent = 'after'</script>`,
  ),
  '/throws': shell('<script nonce="yes">throw new Error("broken on purpose")</script>'),
  '/csp': shell('<script>document.title = "never"</script>'),
  '/unlabelled': shell('<form><input name="q"></form>'),
  '/grey-in-the-dark': shell(
    '<style nonce="yes">@media (prefers-color-scheme: dark) { p { color: #777; background: #666 } }</style><p>grey words</p>',
  ),
}
let origin = ''
before(async () => {
  await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve))
  origin = `http://127.0.0.1:${(site.address() as AddressInfo).port}`
})
after(() => {
  site.close()
  site.closeAllConnections()
})

test('a page runs what its policy allows', { skip }, async () => {
  await withPage(async (page) => {
    await page.goto(`${origin}/script`)
    equal(await page.locator('#p').textContent(), 'after')
  })
})

test('a visitor without JavaScript sees the page as it was sent', { skip }, async () => {
  await withPage(
    async (page) => {
      await page.goto(`${origin}/script`)
      equal(await page.locator('#p').textContent(), 'before')
    },
    { javaScriptEnabled: false },
  )
})

test('two visitors share no cookies, and neither meets an earlier one’s', { skip }, async () => {
  await withBrowser(async (open) => {
    const ada = await open()
    const grace = await open()
    await ada.goto(`${origin}/`)
    await ada.reload()
    match(String(await ada.textContent('p')), /seen=1/)
    await grace.goto(`${origin}/`)
    match(String(await grace.textContent('p')), /none/)
  })
})

test('a page that throws or breaks its policy fails the journey, unless that was the point', {
  skip,
}, async () => {
  const visit = (path: string, mayBreak?: boolean) =>
    withPage(async (page) => void (await page.goto(`${origin}${path}`)), { mayBreak: mayBreak ?? false })
  await rejects(visit('/throws'), /broken on purpose/)
  await rejects(visit('/csp'), /content security policy/i)
  await visit('/throws', true)
  await visit('/csp', true)
})

test('axe names a field without a label and has nothing to say of a sound page', { skip }, async () => {
  await withPage(async (page) => {
    await page.goto(`${origin}/unlabelled`)
    match((await violations(page)).join('\n'), /^label: .*input/m)
    await page.goto(`${origin}/`)
    deepEqual(await violations(page), [])
  })
})

test('axe looks again at the colours of a page that has been looked at', { skip }, async () => {
  await withPage(async (page) => {
    await page.emulateMedia({ colorScheme: 'light' })
    await page.goto(`${origin}/grey-in-the-dark`)
    deepEqual(await violations(page), [])
    await page.emulateMedia({ colorScheme: 'dark' })
    match((await violations(page, 'colours')).join('\n'), /^color-contrast: .*\bp\b/)
  })
})

test('nothing beyond this machine can be reached', { skip }, async () => {
  await withPage(async (page) => {
    await rejects(page.goto('http://example.com/'), /ERR_NAME_NOT_RESOLVED/)
  })
})

test('a screenshot is kept where the environment says, and only then', { skip }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-screenshots-'))
  const before = process.env['COUNTERSIGN_SCREENSHOTS']
  t.after(() => {
    rmSync(folder, { recursive: true })
    if (before === undefined) delete process.env['COUNTERSIGN_SCREENSHOTS']
    else process.env['COUNTERSIGN_SCREENSHOTS'] = before
  })
  await withPage(async (page) => {
    await page.goto(`${origin}/`)
    delete process.env['COUNTERSIGN_SCREENSHOTS']
    equal(await screenshot(page, 'one'), undefined)
    process.env['COUNTERSIGN_SCREENSHOTS'] = join(folder, 'shots')
    const path = await screenshot(page, 'a page/dark')
    equal(path, join(folder, 'shots', 'a-page-dark.png'))
    ok(existsSync(path))
  })
})
