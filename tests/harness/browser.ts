// A real Chromium for journeys: one per test file, a clean context per page, nothing reachable but this machine.
// COUNTERSIGN_BROWSER names another one; COUNTERSIGN_SCREENSHOTS names a folder that `screenshot` fills.
import { accessSync, constants, mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { delimiter, join } from 'node:path'
import { AxeBuilder } from '@axe-core/playwright'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'

export type { Page } from 'playwright-core'

export interface PageOptions extends BrowserContextOptions {
  /** Set where the page is expected to throw or to break its Content-Security-Policy: else that fails the test. */
  readonly mayBreak?: boolean
}
export type OpenPage = (options?: PageOptions) => Promise<Page>

/**
 * A page in a context of its own (no cookies, no storage, reduced motion), closed when `run` ends. Uncaught errors
 * and Content-Security-Policy violations on the page reject, unless `mayBreak`.
 */
export function withPage<T>(run: (page: Page) => Promise<T>, options?: PageOptions): Promise<T> {
  return withBrowser(async (open) => run(await open(options)))
}

/** Like `withPage` for several people at once: each `open()` is another visitor with another cookie jar. */
export async function withBrowser<T>(run: (open: OpenPage) => Promise<T>): Promise<T> {
  const browser = await borrow()
  const opened: { close(): Promise<void> }[] = []
  const broken: string[] = []
  try {
    const result = await run(async ({ mayBreak = false, ...options } = {}) => {
      const context = await browser.newContext({ reducedMotion: 'reduce', locale: 'en-GB', ...options })
      opened.push(context)
      context.setDefaultTimeout(45_000)
      if (!mayBreak) watch(context, broken)
      return context.newPage()
    })
    if (broken.length > 0) throw new Error(`the page broke:\n${broken.join('\n')}`)
    return result
  } finally {
    await Promise.all(opened.map((context) => context.close()))
    giveBack()
  }
}

function watch(context: Awaited<ReturnType<Browser['newContext']>>, broken: string[]): void {
  context.on('weberror', (error) => broken.push(String(error.error().stack ?? error.error())))
  context.on('console', (message) => {
    if (message.type() === 'error' && /content security policy/i.test(message.text()))
      broken.push(message.text())
  })
}

const axeTags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']
/** What depends on colours alone: all that a second theme of the same page can break. */
const colourRules = ['color-contrast', 'link-in-text-block']

/**
 * What axe finds on the page once it is whole, a line per broken rule with the places: expect `[]`. Axe waits on timers
 * of the page, so it never ends on a page whose JavaScript is switched off: look at that one in a second context.
 *
 * @param looking `colours` looks again at a page whose colours alone have changed
 */
export async function violations(page: Page, looking: 'all' | 'colours' = 'all'): Promise<string[]> {
  await whole(page)
  const found =
    page.frames().length === 1 ? await violationsAlone(page, looking) : await violationsOfFrames(page)
  return found.map((rule) => {
    const places = rule.nodes.map((node) => `${node.target.join(' ')} (${node.failureSummary ?? ''})`)
    return `${rule.id}: ${rule.help}: ${places.join('; ')}`
  })
}

/**
 * Waits until all of the page is there. A click comes back as soon as the next page begins, and what is waited for may
 * stand in its first lines: whoever then counts, lists or asks for the focus reads half a page on a busy machine.
 */
export async function whole(page: Page): Promise<void> {
  await page.waitForLoadState()
}

type Violations = Awaited<ReturnType<AxeBuilder['analyze']>>['violations']
type Axe = { run(root: Document, options: object): Promise<{ readonly violations: Violations }> }

/** Without frames there is nothing to gather from elsewhere, and what is loaded once stays for another look. */
async function violationsAlone(page: Page, looking: 'all' | 'colours'): Promise<Violations> {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axeSource())
  const only =
    looking === 'all' ? { type: 'tag', values: axeTags } : { type: 'rule', values: [...colourRules] }
  return page.evaluate(async (runOnly) => {
    const { axe } = window as object as { readonly axe: Axe }
    return (await axe.run(document, { runOnly, resultTypes: ['violations'] })).violations
  }, only)
}

async function violationsOfFrames(page: Page): Promise<Violations> {
  return (await new AxeBuilder({ page }).withTags(axeTags).analyze()).violations
}

let axe: string | undefined
function axeSource(): string {
  const besideTheBuilder = createRequire(createRequire(import.meta.url).resolve('@axe-core/playwright'))
  axe ??= readFileSync(besideTheBuilder.resolve('axe-core/axe.min.js'), 'utf8')
  return axe
}

/** Keeps the whole page as `<COUNTERSIGN_SCREENSHOTS>/<name>.png` and returns the path; does nothing when unset. */
export async function screenshot(page: Page, name: string): Promise<string | undefined> {
  const folder = process.env['COUNTERSIGN_SCREENSHOTS']
  if (!folder) return undefined
  mkdirSync(folder, { recursive: true })
  const path = join(folder, `${name.replaceAll(/[^\w.-]+/g, '-')}.png`)
  await page.screenshot({ path, fullPage: true })
  return path
}

/** Why there can be no journey here, or false: what `test(…, { skip })` wants. */
export function browserSkip(): string | false {
  return findBrowser() ? false : 'no Chrome or Chromium here: install one, or name it in COUNTERSIGN_BROWSER'
}

/** The browser's executable: COUNTERSIGN_BROWSER (which must then exist), or an installed Chrome or Chromium. */
export function findBrowser(): string | undefined {
  const named = process.env['COUNTERSIGN_BROWSER']
  if (named) {
    if (!executable(named)) throw new Error(`COUNTERSIGN_BROWSER names no program: ${named}`)
    return named
  }
  const names = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome', 'microsoft-edge']
  const onPath = (process.env['PATH'] ?? '')
    .split(delimiter)
    .flatMap((folder) => names.map((name) => join(folder, name)))
  return [...onPath, ...placesOutsideThePath()].find(executable)
}

function placesOutsideThePath(): string[] {
  const applications = ['Google Chrome', 'Chromium', 'Microsoft Edge']
  const windows = ['Google/Chrome/Application/chrome.exe', 'Microsoft/Edge/Application/msedge.exe']
  const roots = ['ProgramFiles', 'ProgramFiles(x86)', 'LOCALAPPDATA'].map((name) => process.env[name])
  return [
    ...applications.map((name) => `/Applications/${name}.app/Contents/MacOS/${name}`),
    ...roots.flatMap((root) => (root ? windows.map((path) => join(root, path)) : [])),
  ]
}

function executable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

// One browser serves all pages of a test file: starting it costs more than most journeys. It is closed a moment
// after the last page, so that it neither keeps the process alive nor starts anew between two tests.
const lingerMs = 300
let shared: Promise<Browser> | undefined
let borrowers = 0
let idle: NodeJS.Timeout | undefined

function borrow(): Promise<Browser> {
  clearTimeout(idle)
  borrowers++
  shared ??= launch()
  // A failed start must not be remembered as the browser.
  shared.catch(() => {
    shared = undefined
    borrowers--
  })
  return shared
}

function giveBack(): void {
  borrowers--
  if (borrowers > 0) return
  idle = setTimeout(() => {
    const browser = shared
    shared = undefined
    void browser?.then((running) => running.close())
  }, lingerMs)
}

function launch(): Promise<Browser> {
  const executablePath = findBrowser()
  if (!executablePath) throw new Error(String(browserSkip()))
  return chromium.launch({
    executablePath,
    // A machine that begins everything at once begins this last.
    timeout: 120_000,
    // The sandbox refuses to start as root and in most containers; here it would guard us from our own pages.
    chromiumSandbox: false,
    args: [
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--disable-dev-shm-usage',
      '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE *.localhost, EXCLUDE 127.0.0.1, EXCLUDE ::1',
    ],
  })
}
