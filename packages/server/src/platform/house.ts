// A platform to try rooms in: a real database in memory (or a PostgreSQL given by URL), a clock that stands still, a
// real vault, the real edge, and a browser with a cookie jar. Tests state only the routes they are about.
import { Parameters } from '@countersign/protocol'
import { type Database, openDatabase } from './db/database.ts'
import { migrate } from './db/migrate.ts'
import { type Edge, type EdgeOptions, edge } from './http/edge.ts'
import { type Egress, egress, onThisMachine } from './http/egress.ts'
import type { Outgoing, Route } from './http/exchange.ts'
import { issuerAt } from './http/issuer.ts'
import { vaultWith } from './keys/vault.ts'
import type { MailedLetter } from './mail/letter.ts'
import { waitingLetters } from './mail/letters.store.ts'
import { nobody, openLetter, openMail } from './mail/mail.ts'
import type { Log, Platform, SecondFactorRule } from './platform.ts'
import { type TestRuntime, testRuntime } from './runtime.ts'

export interface House extends Platform {
  readonly runtime: TestRuntime
  /** Every log line so far, as JSON. */
  readonly logged: readonly string[]
  /** Every letter that was posted, as it would be carried, the first one first. */
  letters(): Promise<readonly MailedLetter[]>
  close(): Promise<void>
}

export interface HouseOptions {
  /** An empty one in memory when left out (see `standHousesOn`); or the address of an empty PostgreSQL database. */
  readonly databaseUrl?: string
  readonly issuer?: string
  readonly database?: Database
  readonly development?: boolean
  /** When its clock stands at first, in seconds since the epoch; the machine's own when left out. */
  readonly start?: number
  /** Instead of one that reaches this machine in development, and the internet. */
  readonly egress?: Egress
  /** `closed` for a server that can't mail. */
  readonly mail?: 'open' | 'closed'
  /** `required` for a server that lets nobody in by one factor. */
  readonly secondFactor?: SecondFactorRule
}

let emptyDatabase = async (): Promise<Database> => openDatabase(':memory:')

/** Has every house that names no database stand on another: a whole run of tests on another engine. */
export function standHousesOn(make: () => Promise<Database>): void {
  emptyDatabase = make
}

export async function openHouse(options: HouseOptions = {}): Promise<House> {
  const runtime = testRuntime(options.start)
  const { databaseUrl } = options
  const database =
    options.database ?? (databaseUrl === undefined ? await emptyDatabase() : await openDatabase(databaseUrl))
  await migrate(database, runtime)
  const logged: string[] = []
  const vault = vaultWith(['a secret of this test house, long enough'], runtime)
  return {
    runtime,
    database,
    vault,
    mail: openMail({ database, runtime, vault }, options.mail !== 'closed'),
    letters: async () =>
      (await waitingLetters(database))
        .map((letter) => openLetter(vault, letter))
        .filter(({ to }) => to !== nobody),
    issuer: issuerAt(options.issuer ?? 'http://localhost:4400'),
    log: logInto(logged),
    egress: options.egress ?? egress({ exempt: (options.development ?? true) ? onThisMachine : [] }),
    secondFactor: options.secondFactor ?? 'optional',
    development: options.development ?? true,
    logged,
    close: () => database.close(),
  }
}

function logInto(lines: string[]): Log {
  const at = (level: string) => (fields: Record<string, unknown>, message: string) => {
    lines.push(JSON.stringify({ level, message, ...fields }))
  }
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}

/** What a visitor sends; a form is POSTed unless a method is given. */
export interface Visit {
  readonly method?: string
  readonly form?: Record<string, string> | readonly (readonly [string, string])[]
  readonly body?: string
  readonly headers?: Record<string, string>
  readonly peer?: string
  /** True unless told: whether nobody on the way reads it. */
  readonly isPrivate?: boolean
}

export interface Answer extends Omit<Outgoing, 'body'> {
  /** The whole body; empty when it comes bit by bit. */
  readonly body: string
  /** A single-valued header of the answer. */
  header(name: string): string | undefined
  /** The answer's `Location`. */
  readonly location: string | undefined
  json(): Record<string, unknown>
  /** The value of the named hidden or text field in the page. */
  field(name: string): string | undefined
}

/** Somebody with one cookie jar: a browser when it visits pages, a program when it posts to endpoints. */
export class Visitor {
  readonly cookies = new Map<string, string>()
  readonly #edge: Pick<Edge, 'answer'>
  readonly #origin: string
  #formToken = ''

  constructor(target: Pick<Edge, 'answer'>, origin = 'http://localhost:4400') {
    this.#edge = target
    this.#origin = origin
  }

  async visit(target: string, visit: Visit = {}): Promise<Answer> {
    const body = visit.body ?? (visit.form === undefined ? undefined : encode(visit.form))
    const headers: Record<string, string> = {
      host: new URL(this.#origin).host,
      ...(this.cookies.size > 0 ? { cookie: [...this.cookies].map(([k, v]) => `${k}=${v}`).join('; ') } : {}),
      ...(body === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }),
      ...visit.headers,
    }
    const outgoing = await this.#edge.answer({
      method: visit.method ?? (body === undefined ? 'GET' : 'POST'),
      target: target.startsWith(this.#origin) ? target.slice(this.#origin.length) : target,
      headers: { get: (name) => headers[name.toLowerCase()] },
      body: body === undefined ? null : new TextEncoder().encode(body),
      peer: visit.peer ?? '203.0.113.7',
      isPrivate: visit.isPrivate ?? true,
    })
    this.#keepCookies(outgoing)
    const answer = answerOf(outgoing)
    this.#formToken = answer.field('form_token') ?? this.#formToken
    return answer
  }

  /** Sends a form as the last page seen would: from the same origin, with the browser's form token. */
  async submit(target: string, form: Record<string, string>, visit: Visit = {}): Promise<Answer> {
    return this.visit(target, {
      ...visit,
      form: { form_token: this.#formToken, ...form },
      // What browsers send with our forms, because our pages have `Referrer-Policy: no-referrer`.
      headers: { origin: 'null', 'sec-fetch-site': 'same-origin', ...visit.headers },
    })
  }

  #keepCookies(outgoing: Outgoing): void {
    const lines = outgoing.headers['set-cookie'] ?? []
    for (const line of typeof lines === 'string' ? [lines] : lines) {
      const [pair = ''] = line.split(';')
      const [name = '', value = ''] = [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]
      if (/max-age=0(;|$)/i.test(line)) this.cookies.delete(name)
      else this.cookies.set(name, value)
    }
  }
}

/** The edge over some routes of a house; scripts of registered clients' origins may be named. */
export function edgeOf(house: Platform, routes: readonly Route[], options: Partial<EdgeOptions> = {}): Edge {
  return edge(house, routes, { allowsOrigin: async () => false, ...options })
}

function encode(form: NonNullable<Visit['form']>): string {
  return Parameters.from((Array.isArray(form) ? form : Object.entries(form)) as [string, string][]).toString()
}

function answerOf(outgoing: Outgoing): Answer {
  const header = (name: string): string | undefined => {
    const value = outgoing.headers[name]
    return value === undefined || typeof value === 'string' ? value : value.join(', ')
  }
  const body = typeof outgoing.body === 'string' ? outgoing.body : ''
  return {
    ...outgoing,
    body,
    header,
    location: header('location'),
    json: () => JSON.parse(body) as Record<string, unknown>,
    field: (name) => {
      const input = body.match(new RegExp(`<input[^>]*name="${name}"[^>]*>`))?.[0]
      return input
        ?.match(/value="([^"]*)"/)?.[1]
        ?.replaceAll('&amp;', '&')
        .replaceAll('&#39;', "'")
        .replaceAll('&quot;', '"')
    },
  }
}
