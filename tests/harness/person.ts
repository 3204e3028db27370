// A person without a browser: a cookie jar, a reader of HTML forms who goes by the names of fields, and patience for
// redirects. No JavaScript, so whoever gets through this way needs none.

export interface Form {
  readonly action: string
  readonly method: 'get' | 'post'
  /** Names and values as the page has them: hidden fields, and fields filled in before. */
  readonly fields: ReadonlyMap<string, string>
  /** The submit buttons that have a name, as `name=value`. */
  readonly buttons: readonly string[]
}

/** What the person sees at the end of all redirects; or, with `left`, the address that they were not to go on to. */
export interface Seen {
  readonly url: URL
  readonly status: number
  readonly headers: Headers
  readonly html: string
  readonly forms: readonly Form[]
  readonly left?: URL
}

export interface Answers {
  readonly username?: string
  readonly password?: string
  /** The button on the consent page. */
  readonly decision?: 'allow' | 'deny'
}

export class Person {
  /** By host name, for cookies know no ports. */
  readonly cookies = new Map<string, Map<string, string>>()
  /** Headers that go with every request: what a proxy in front would say of them. */
  says: Readonly<Record<string, string>> = {}
  /** Addresses that begin so belong to somebody else: the person stops there. */
  readonly #stopsAt: readonly string[]

  /** @param stopsAt beginnings of addresses that are not followed, such as a client's redirect URI */
  constructor(...stopsAt: string[]) {
    this.#stopsAt = stopsAt
  }

  /** Goes to an address, and wherever it leads. */
  async open(address: string | URL, init: RequestInit = {}): Promise<Seen> {
    let url = new URL(address)
    let asked = init
    for (let hop = 0; hop < 12; hop++) {
      const response = await this.#request(url, asked)
      const location = response.headers.get('location')
      const html = await response.text()
      const { status, headers } = response
      const seen = { url, status, headers, html, forms: formsOf(html, url) }
      if (location === null) return seen
      const next = new URL(location, url)
      if (this.#stopsAt.some((beginning) => next.href.startsWith(beginning))) return { ...seen, left: next }
      url = next
      asked = {}
    }
    throw new Error(`Too many redirects, the last to ${url.origin}${url.pathname}.`)
  }

  /** Sends the form that has all of these fields, filled in, as a browser would. */
  async submit(page: Seen, filled: Readonly<Record<string, string>>): Promise<Seen> {
    const form = page.forms.find(({ fields, buttons }) =>
      Object.entries(filled).every(
        ([name, value]) => fields.has(name) || buttons.includes(`${name}=${value}`),
      ),
    )
    if (!form) throw new Error(`No form on ${page.url.pathname} has ${Object.keys(filled).join(', ')}.`)
    const body = new URLSearchParams([...new Map([...form.fields, ...Object.entries(filled)])])
    // `null` is what browsers say of pages with `Referrer-Policy: no-referrer`.
    const headers = { origin: 'null', 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'navigate' }
    return this.open(form.action, { method: form.method, body, headers })
  }

  /** Goes to an address and answers whatever is asked on the way: who they are, and what they allow. */
  async walk(address: string | URL, answers: Answers): Promise<Seen> {
    return this.goOn(await this.open(address), answers)
  }

  /** Answers whatever is asked from this page on. */
  async goOn(page: Seen, answers: Answers): Promise<Seen> {
    const { username, password, decision = 'allow' } = answers
    let seen = page
    for (let pages = 0; pages < 4 && seen.left === undefined; pages++) {
      const asksWho = seen.forms.some(({ fields }) => fields.has('username') && fields.has('password'))
      const asksConsent = seen.forms.some(({ buttons }) => buttons.includes(`decision=${decision}`))
      if (asksWho && username !== undefined && password !== undefined)
        seen = await this.submit(seen, { username, password })
      else if (asksConsent) seen = await this.submit(seen, { decision })
      else break
    }
    return seen
  }

  async #request(url: URL, init: RequestInit): Promise<Response> {
    const jar = this.cookies.get(url.hostname) ?? new Map<string, string>()
    this.cookies.set(url.hostname, jar)
    const headers = new Headers(init.headers)
    for (const [name, value] of Object.entries(this.says)) headers.set(name, value)
    if (jar.size > 0) headers.set('cookie', [...jar].map(([name, value]) => `${name}=${value}`).join('; '))
    const response = await fetch(url, { ...init, headers, redirect: 'manual' })
    for (const line of response.headers.getSetCookie()) {
      const [pair = ''] = line.split(';')
      const at = pair.indexOf('=')
      if (/max-age=0(;|$)/i.test(line)) jar.delete(pair.slice(0, at))
      else jar.set(pair.slice(0, at), pair.slice(at + 1))
    }
    return response
  }
}

function formsOf(html: string, base: URL): Form[] {
  return [...html.matchAll(/<form\b([^>]*)>(.*?)<\/form>/gs)].map(([, opening = '', inside = '']) => {
    const own = attributesOf(opening)
    const inputs = [...inside.matchAll(/<input\b([^>]*)>/g)].map(([, text = '']) => attributesOf(text))
    const buttons = [...inside.matchAll(/<button\b([^>]*)>/g)].map(([, text = '']) => attributesOf(text))
    const sent = inputs.filter((input) => input.has('name') && isSent(input))
    return {
      action: new URL(own.get('action') ?? '', base).href,
      method: own.get('method')?.toLowerCase() === 'post' ? 'post' : 'get',
      fields: new Map(sent.map((input) => [input.get('name') ?? '', input.get('value') ?? ''])),
      buttons: buttons
        .filter((button) => button.has('name'))
        .map((button) => `${button.get('name')}=${button.get('value')}`),
    }
  })
}

/** What a browser sends without being asked: everything but boxes that nobody has ticked. */
function isSent(input: ReadonlyMap<string, string>): boolean {
  return !/^(?:checkbox|radio)$/.test(input.get('type') ?? 'text') || input.has('checked')
}

function attributesOf(tag: string): Map<string, string> {
  const found = tag.matchAll(/([\w:-]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+)))?/g)
  return new Map(
    [...found].map(([, name = '', a, b, c]) => [name.toLowerCase(), plainText(a ?? b ?? c ?? '')]),
  )
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" }

function plainText(text: string): string {
  return text.replaceAll(/&(amp|lt|gt|quot|#39);/g, (_, name: string) => entities[name] ?? '')
}
