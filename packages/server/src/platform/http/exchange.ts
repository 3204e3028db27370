// A request and its answer as plain values. Every endpoint is a function from one to the other, so that it runs the
// same behind a listener, in a fuzzer and in a test.
import type { Parameters } from '@countersign/protocol'
import type { ClientCertificate } from './tls-certificate.ts'

/** A request that passed the edge: parsed strictly, and within the limits. */
export interface Incoming {
  readonly method: string
  /** The path as sent, without the query. */
  readonly path: string
  /** Values of the route's `:name` segments. */
  readonly params: Readonly<Record<string, string>>
  readonly query: Parameters
  /** The parsed `application/x-www-form-urlencoded` body; empty when there is none. */
  readonly form: Parameters
  /** The parsed JSON body, on routes that take one; undefined elsewhere. */
  readonly json?: unknown
  /** The body as it came, on routes that take any; undefined elsewhere. */
  readonly raw?: RawBody | undefined
  readonly headers: { get(name: string): string | undefined }
  readonly cookies: ReadonlyMap<string, string>
  /** The client's network address, looked through trusted proxies only. */
  readonly peer: string
  /** Whether nobody on the way could read it, as far as this server can see. */
  readonly isPrivate: boolean
  /** The certificate whose key the client holds, as TLS has proven; null where it showed none, or nobody can tell. */
  readonly certificate: ClientCertificate | null
  /** Names this request in logs and on error pages. */
  readonly id: string
  /** The browser that asks; its values are empty on routes that no browser sees. */
  readonly browser: Browser
}

/** A body that nobody has read yet, for a wire that has words of its own for one that can't be read. */
export interface RawBody {
  /** The whole Content-Type; empty when there is none. */
  readonly type: string
  readonly bytes: Uint8Array
}

/** A browser as known by its own cookie, before and beside any session (HT-08, AZ-25). */
export interface Browser {
  /** Names the browser to us: the SHA-256 of its cookie. */
  readonly digest: string
  /** The hidden field that every form of this browser must send back. */
  readonly formToken: string
  /** This answer's Content-Security-Policy nonce. */
  readonly nonce: string
}

/** Header values by lower-case name; a list is sent as one line for each value. */
export type Headers = Readonly<Record<string, string | readonly string[]>>

/**
 * A body that comes bit by bit, for as long as it is read. Nothing is begun before it is iterated. `return` asks it to
 * finish, also while a piece is waited for: what it still gives then is sent.
 */
export type TextStream = AsyncIterable<string>

/** What a route answers; the edge adds the headers that every answer of its kind carries. */
export interface Outgoing {
  readonly status: number
  readonly headers: Headers
  readonly body: string | TextStream
}

/** Who may call a route; the edge enforces what follows from it before `run`. A route without one can't be stated. */
export type Caller =
  /** Anyone: public documents and health. */
  | 'anyone'
  /** A person's browser: pages. POST needs the same origin and the browser's form token. */
  | 'browser'
  /** A program that authenticates itself inside `run` (client credentials or a bearer token); never by cookie. */
  | 'program'
  /** A reverse proxy that asks whether a request may pass: that request's cookies are read, and none is ever set. */
  | 'proxy'
  /** Either a browser following a redirect or a program posting a form: the authorization endpoint, upstream callbacks. */
  | 'redirect'
  /** Development only; the routes do not exist in production. */
  | 'development'

/** One endpoint: when it is called, by whom, and what it answers. */
export interface Route {
  /** `OPTIONS` is asked only for what is no preflight. */
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS'
  /** Literal segments and `:name` segments. */
  readonly path: string
  readonly caller: Caller
  /** Which origins scripts may read the answer from: none, any (public documents), or those of registered clients. */
  readonly cors?: 'none' | 'any' | 'clients'
  /** With `clients`: whether those of this origin may as well. */
  readonly allowsOrigin?: (origin: string) => boolean
  /**
   * For programs of a wire that keeps its tokens in cookies of its own: those of the request are read, unless a page of
   * an unknown origin sent it, and scripts of origins that `allowsOrigin` names may have them sent along.
   */
  readonly ownCookies?: true
  /** What a body may be; `form` when left out. With `any` nothing is read: the route does, see `raw`. */
  readonly takes?: 'form' | 'json' | 'any'
  readonly run: (request: Incoming) => Promise<Outgoing> | Outgoing
}

/**
 * JSON that nobody may store; `headers` are added to and win over the defaults.
 *
 * @throws TypeError for what JSON has no text for, such as `undefined`: an answer without content is `empty`
 */
export function json(status: number, value: unknown, headers: Headers = {}): Outgoing {
  const body: string | undefined = JSON.stringify(value)
  if (body === undefined) throw new TypeError('An answer of JSON needs a value.')
  return {
    status,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store', ...headers },
    body,
  }
}

/** An RFC 9457 problem document. */
export function problem(status: number, title: string, headers: Headers = {}): Outgoing {
  return json(
    status,
    { type: 'about:blank', title, status },
    { 'content-type': 'application/problem+json', ...headers },
  )
}

/** An answer without content, and so without a type: some clients refuse every type that isn't JSON, content or not. */
export function empty(status: number, headers: Headers = {}): Outgoing {
  return { status, headers: { 'cache-control': 'no-store', ...headers }, body: '' }
}

/** Plain text that nobody may store. */
export function text(status: number, body: string, headers: Headers = {}): Outgoing {
  return {
    status,
    headers: { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store', ...headers },
    body,
  }
}

export interface PageOptions {
  /** 200 when left out. */
  readonly status?: number
  readonly headers?: Headers
  /** Seconds until it is worth trying again: what Retry-After says (RFC 9110 §10.2.3). */
  readonly retryAfter?: number | undefined
}

/** A finished HTML document that nobody may store. */
export function page(html: { toString(): string }, options: PageOptions = {}): Outgoing {
  const { status = 200, headers, retryAfter } = options
  return {
    status,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      ...(retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }),
      ...headers,
    },
    body: html.toString(),
  }
}

declare const safe: unique symbol

/** An address that we may send a browser to. Only the makers below produce one, so no input becomes a redirect by itself. */
export type SafeLocation = string & { readonly [safe]: true }

/** 303 See Other: the browser goes on with GET and never repeats a credential POST (RFC 9700 §4.12). */
export function redirect(location: SafeLocation, headers: Headers = {}): Outgoing {
  return { status: 303, headers: { location, 'cache-control': 'no-store', ...headers }, body: '' }
}

/**
 * A path of this server, with an optional query.
 *
 * INVARIANT: never leaves this origin and never runs script.
 * @throws TypeError when it could: a bug of ours, for such paths come from our own code
 */
export function localPath(path: string): SafeLocation {
  if (!/^\/(?![/\\])[\x21-\x5b\x5d-\x7e]*$/.test(path))
    throw new TypeError('A local path starts with exactly one slash.')
  return path as SafeLocation
}

/** A client’s redirect URI that was proven against its registration, with the answer’s parameters. */
export function provenLocation(uri: string): SafeLocation {
  return uri as SafeLocation
}

/** The authorization address of a configured upstream, built from its own metadata. */
export function upstreamLocation(url: URL): SafeLocation {
  return url.href as SafeLocation
}

/** The answer with one more `Set-Cookie` header for each cookie given. */
export function withCookies(outgoing: Outgoing, ...cookies: readonly string[]): Outgoing {
  if (cookies.length === 0) return outgoing
  const present = outgoing.headers['set-cookie'] ?? []
  const all = [...(typeof present === 'string' ? [present] : present), ...cookies]
  return { ...outgoing, headers: { ...outgoing.headers, 'set-cookie': all } }
}
