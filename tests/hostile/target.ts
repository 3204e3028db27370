// A production server to be attacked, the bytes to do it with, and what must hold of any answer whatever was sent.
import { match, ok } from 'node:assert/strict'
import { connect } from 'node:net'
import { compose } from '../../packages/server/src/app/compose.ts'
import { readProfiles } from '../../packages/server/src/app/profiles.ts'
import { type Installation, openInstallation, type Running } from '../harness/installation.ts'
import { ownTime } from '../harness/own-time.ts'
import type { Person, Seen } from '../harness/person.ts'
import { callback, type Inhabitant, populate } from '../harness/population.ts'
import { browserAt, signIn } from '../harness/wire.ts'

export interface Target extends AsyncDisposable {
  readonly installation: Installation
  readonly running: Running
  readonly port: number
  readonly origin: string
  readonly people: readonly Inhabitant[]
  /** Every route that the server has. */
  readonly routes: readonly { readonly method: string; readonly path: string }[]
  /** Somebody's browser in which they are signed in. */
  readonly signedIn: (at: number) => Promise<Person>
}

export async function openTarget(
  people: number,
  clients: Parameters<typeof populate>[2] = [],
): Promise<Target> {
  const installation = await openInstallation()
  try {
    const known = await populate(installation, people, clients)
    const running = await installation.start({ env: { LOG_LEVEL: 'info' } })
    const routes = await installation.within(async (platform) => {
      const settings = {
        otherHosts: [],
        upstreams: {},
        bankPort: 0,
        managementPort: undefined,
        profile: 'default' as const,
        encryptedTokens: false,
        dpopNonces: false,
        networks: [],
        profiles: readProfiles(undefined, 'development', []),
      }
      return (await compose(platform, settings, { draining: false })).edge.routes
    })
    return {
      installation,
      running,
      port: running.port,
      origin: running.origin,
      people: known,
      routes,
      signedIn: async (at) => {
        const person = browserAt(`10.8.0.${at}`)
        const somebody = known[at]
        if (somebody === undefined) throw new RangeError('There are not so many people.')
        const seen = await signIn(running.origin, person, somebody)
        if (seen.url.pathname !== '/account') throw new Error(`Not signed in but ${seen.status}.`)
        return person
      },
      [Symbol.asyncDispose]: () => installation[Symbol.asyncDispose](),
    }
  } catch (error) {
    await installation[Symbol.asyncDispose]()
    throw error
  }
}

export interface Heard {
  readonly status: number
  /** By lower-case name, in order. */
  readonly headers: ReadonlyMap<string, readonly string[]>
  readonly body: string
  /** Everything that came, as bytes. */
  readonly raw: string
  readonly ms: number
}

/** Sends bytes on a connection of their own, and listens until the server hangs up or `withinMs` is over. */
export function sendBytes(
  port: number,
  bytes: string | Uint8Array,
  withinMs = 10_000,
  host = '127.0.0.1',
): Promise<Heard> {
  return new Promise((resolve, reject) => {
    const time = ownTime()
    let raw = ''
    const socket = connect(port, host)
    const finish = () => {
      stop()
      socket.destroy()
      resolve({ ...parsed(raw), raw, ms: time.ms() })
    }
    const timer = setInterval(() => time.ms() > withinMs && finish(), 50)
    const stop = () => {
      clearInterval(timer)
      time[Symbol.dispose]()
    }
    socket.setEncoding('latin1')
    socket.on('connect', () => socket.write(bytes))
    socket.on('data', (text: string) => {
      raw += text
    })
    socket.on('close', finish)
    socket.on('error', (error: NodeJS.ErrnoException) => {
      // Whoever is hung up on while still sending gets a reset; what was said before that counts.
      if (error.code === 'ECONNRESET' || error.code === 'EPIPE') return finish()
      stop()
      reject(error)
    })
  })
}

export interface Sent {
  readonly method?: string
  /** Path and query, as they are. */
  readonly target: string
  readonly headers?: readonly (readonly [name: string, value: string])[]
  readonly body?: string | Uint8Array
}

/** Sends one request as it stands; only host, length and the end of the connection are added. */
export function send(port: number, { method = 'GET', target, headers = [], body }: Sent): Promise<Heard> {
  const content = body === undefined ? undefined : Buffer.from(body as string)
  const lines = [
    `${method} ${target} HTTP/1.1`,
    `Host: 127.0.0.1:${port}`,
    'Connection: close',
    ...headers.map(([name, value]) => `${name}: ${value}`),
    ...(content === undefined ? [] : [`Content-Length: ${content.length}`]),
  ]
  const head = Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1')
  return sendBytes(port, content === undefined ? head : Buffer.concat([head, content]))
}

/** The token that a form on this page must carry. */
export function formTokenOf(page: Seen | undefined): string {
  const token = page?.forms.map(({ fields }) => fields.get('form_token')).find((found) => found !== undefined)
  if (token === undefined) throw new Error('The page has no form.')
  return token
}

export const formType = ['content-type', 'application/x-www-form-urlencoded'] as const

function parsed(raw: string): Omit<Heard, 'raw' | 'ms'> {
  const end = raw.indexOf('\r\n\r\n')
  const [first = '', ...lines] = raw.slice(0, end < 0 ? undefined : end).split('\r\n')
  const headers = new Map<string, string[]>()
  for (const line of lines) {
    const colon = line.indexOf(':')
    const name = line.slice(0, colon).toLowerCase()
    headers.set(name, [...(headers.get(name) ?? []), line.slice(colon + 1).trim()])
  }
  const body = end < 0 ? '' : Buffer.from(raw.slice(end + 4), 'latin1').toString('utf8')
  return { status: Number(/^HTTP\/1\.1 (\d{3})/.exec(first)?.[1] ?? 0), headers, body }
}

/** Words that only the inside of a server knows: stacks, paths, SQL. */
export const insides =
  /\.ts:\d|node:internal|\bat \S+ \(|\/packages\/|\/node_modules\/|sqlite|kysely|errcode|\bselect .{1,80} from\b|insert into|TypeError|RangeError|Unhandled/i

/** The style of a page is ours, large, and says nothing of the request. */
export function withoutStyle(html: string): string {
  return html.replace(/<style[^>]*>.*?<\/style>/gs, '')
}

/**
 * What must hold of every answer (TK-16, HT-02, HT-18): it comes soon; nothing of it is the server's inside; it leads
 * nowhere but to us or to an address that a client proved; whatever was sent made no header of its own.
 */
export function judge(heard: Heard, slowestMs = 2000): void {
  const { status, headers, body, ms } = heard
  ok(status >= 200 && status < 500, `the status is ${status}: ${body.slice(0, 500)}`)
  ok(ms < slowestMs, `it took ${Math.round(ms)} ms`)
  const found = insides.exec(withoutStyle(body))
  ok(found === null, `the body shows the inside: ${found?.[0]}`)
  ok(!headers.has('x-injected'), 'a header was injected')
  ok(!headers.has('server') && !headers.has('x-powered-by'), 'a banner')
  for (const location of headers.get('location') ?? []) leadsHome(location)
  for (const cookie of headers.get('set-cookie') ?? []) {
    match(
      cookie,
      /^__Host-(?:browser|sid|dev)=[\w~.-]*; Path=\/; HttpOnly; SameSite=Lax; Secure(?:; Max-Age=\d+)?$/,
    )
  }
  // What the HTTP parser refuses by itself has no headers at all.
  if (body !== '' && headers.has('content-length')) {
    match(
      headers.get('content-type')?.join() ?? '',
      /^(?:text\/(?:html|plain); charset=utf-8|application\/(?:problem\+)?json|application\/jwk-set\+json|image\/svg\+xml.*|text\/(?:css|javascript).*)$/,
    )
    ok(headers.get('x-content-type-options')?.join() === 'nosniff', 'nosniff is missing')
  }
}

/** C6, AZ-02: a path of ours, or the one address that a client has registered. */
function leadsHome(location: string): void {
  const isOurs = /^\/(?![/\\])[\x21-\x7e]*$/.test(location)
  const isProven = location === callback || location.startsWith(`${callback}?`)
  ok(isOurs || isProven, `it leads to ${location.slice(0, 200)}`)
}
