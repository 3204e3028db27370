// The edge: between whatever server received a request and the route that answers it. What must hold for every
// route is done here and only here: limits, strict parsing, cross-site defence, headers, and what an error becomes.
import { decodeStrictJson, digest, JsonError, OAuthError, Parameters } from '@countersign/protocol'
import type { Platform } from '../platform.ts'
import { cookieName, readCookies, setCookie } from './cookies.ts'
import {
  type Browser,
  type Incoming,
  type Outgoing,
  type RawBody,
  type Route,
  text,
  withCookies,
} from './exchange.ts'
import { type Failed, failure, Refusal } from './failure.ts'
import { corsHeaders, pageHeaders, plainHeaders, preflight } from './headers.ts'
import { isThisMachine } from './proxies.ts'
import { isPlainPath, routerOf } from './router.ts'
import { CertificateRefused, type ClientCertificate } from './tls-certificate.ts'

/** Largest request body in bytes (HT-11). */
export const largestBody = 64 * 1024

/** A request as a server received it, before anything was believed. */
export interface Arrival {
  readonly method: string
  /** Path and query as sent. */
  readonly target: string
  readonly headers: { get(name: string): string | undefined }
  /** The body's bytes; null when there is none, `too large` when it passed the cap and was not read. */
  readonly body: Uint8Array | null | 'too large'
  readonly peer: string
  /** Whether nobody on the way could read it; left out, only what comes from this machine is taken to be so. */
  readonly isPrivate?: boolean
  /** What the client showed in the TLS handshake, or why that can't be told; left out and null where it showed nothing. */
  readonly certificate?: ClientCertificate | CertificateRefused | null
}

/** The one way in. */
export interface Edge {
  answer(arrival: Arrival): Promise<Outgoing>
  readonly routes: readonly Route[]
}

/** What the edge can’t know of itself. */
export interface EdgeOptions {
  /** Whether scripts of this origin may read answers of routes with `cors: 'clients'`. */
  readonly allowsOrigin: (origin: string) => Promise<boolean>
  /** Host names beside the issuer's under which we may be called, such as a container's. */
  readonly otherHosts?: readonly string[]
  /** Host names under which programs alone are answered: a browser would ask its person for a certificate there. */
  readonly programHosts?: readonly string[]
}

/** Paths that health checks call by address rather than by name. */
const anyHost: ReadonlySet<string> = new Set(['/livez', '/readyz', '/metrics'])
/** Whom a failure is told to, by who calls. */
const readers = {
  anyone: 'anyone',
  browser: 'person',
  development: 'anyone',
  program: 'program',
  proxy: 'anyone',
  redirect: 'person',
} as const
const noParameters = Parameters.from([])
const noCookies: ReadonlyMap<string, string> = new Map()
const noBrowser: Browser = { digest: '', formToken: '', nonce: '' }

/** Puts the edge over some routes. */
export function edge(platform: Platform, routes: readonly Route[], options: EdgeOptions): Edge {
  const router = routerOf(routes.filter((route) => platform.development || route.caller !== 'development'))
  const programHosts = new Set(options.programHosts)
  const hosts = new Set([platform.issuer.host, ...(options.otherHosts ?? []), ...programHosts])

  const answer = async (arrival: Arrival): Promise<Outgoing> => {
    const split = arrival.target.indexOf('?')
    const path = split < 0 ? arrival.target : arrival.target.slice(0, split)
    const queryText = split < 0 ? '' : arrival.target.slice(split + 1)
    if (!isPlainPath(path)) return plainHeaders(platform.issuer, text(400, 'Bad request\n'))
    // The Host header picks nothing here, yet an unknown one is a sign of cache or link poisoning (C20).
    const host = (arrival.headers.get('host') ?? '').toLowerCase()
    if (!hosts.has(host) && !anyHost.has(path)) return misdirected(platform)
    const id = platform.runtime.id('req')
    const found = router.find(path)
    if (found === null) return unrouted(platform, { arrival, path, id }, new Refusal(404))
    const method = arrival.method === 'HEAD' ? 'GET' : arrival.method
    const isPreflight =
      method === 'OPTIONS' && arrival.headers.get('access-control-request-method') !== undefined
    const route = isPreflight ? undefined : found.methods.get(method)
    if (route === undefined) {
      const allow = [...new Set([...found.methods.keys(), 'OPTIONS'])].join(', ')
      if (method === 'OPTIONS') return preflight(platform.issuer, found, arrival, allow, options.allowsOrigin)
      return unrouted(platform, { arrival, path, id }, new Refusal(405, { allow }))
    }
    if (programHosts.has(host) && isForBrowsers(route)) return misdirected(platform)
    const outgoing = await run(platform, route, { arrival, path, id, queryText, params: found.params })
    return corsHeaders(outgoing, route, arrival.headers.get('origin'), options.allowsOrigin)
  }
  return { answer, routes: router.routes }
}

/** RFC 9110 §15.5.20. */
function misdirected({ issuer }: Platform): Outgoing {
  return plainHeaders(issuer, text(421, 'This server does not answer for that host name.\n'))
}

function isForBrowsers({ caller }: Route): boolean {
  return caller === 'browser' || caller === 'redirect' || caller === 'development'
}

/** Refuses a request that no route answers. */
function unrouted(platform: Platform, asked: Asked, refusal: Refusal): Outgoing {
  const person = wantsPage(asked.arrival)
  const browser = { ...noBrowser, nonce: person ? platform.runtime.secret(16) : '' }
  const outgoing = failure(platform, { ...asked, reader: person ? 'person' : 'anyone', browser }, refusal)
  return person
    ? pageHeaders(platform.issuer, outgoing, browser.nonce)
    : plainHeaders(platform.issuer, outgoing)
}

function wantsPage({ headers }: Arrival): boolean {
  return (headers.get('accept') ?? '').includes('text/html')
}

/** What is there for development alone is looked at by people and by programs. */
function readerOf({ caller }: Route, arrival: Arrival): Failed['reader'] {
  return caller === 'development' && wantsPage(arrival) ? 'person' : readers[caller]
}

interface Asked {
  readonly arrival: Arrival
  readonly path: string
  readonly id: string
}

interface Target extends Asked {
  readonly queryText: string
  readonly params: Readonly<Record<string, string>>
}

async function run(platform: Platform, route: Route, target: Target): Promise<Outgoing> {
  const { arrival, path, id } = target
  const seesBrowser = isForBrowsers(route)
  const seesCookies = seesBrowser || route.caller === 'proxy' || sendsOwnCookies(platform, route, arrival)
  const cookies = seesCookies ? readCookies(arrival.headers.get('cookie')) : noCookies
  const known = seesBrowser ? browserSecret(platform, cookies) : undefined
  const secret = known ?? (seesBrowser ? platform.runtime.secret() : undefined)
  const browser = secret === undefined ? noBrowser : browserOf(platform, secret)
  let outgoing: Outgoing
  try {
    const request: Incoming = {
      method: arrival.method,
      path,
      params: target.params,
      query: target.queryText === '' ? noParameters : Parameters.parse(target.queryText),
      form: (route.takes ?? 'form') === 'form' ? readForm(arrival) : noParameters,
      json: route.takes === 'json' ? readJson(arrival) : undefined,
      raw: route.takes === 'any' ? readRaw(arrival) : undefined,
      headers: arrival.headers,
      cookies,
      peer: arrival.peer,
      isPrivate: arrival.isPrivate ?? isThisMachine(arrival.peer),
      certificate: certificateOf(arrival),
      id,
      browser,
    }
    if (route.caller === 'browser' && route.method !== 'GET') refuseCrossSite(platform, request)
    outgoing = await route.run(request)
  } catch (error) {
    outgoing = failure(platform, { arrival, path, id, reader: readerOf(route, arrival), browser }, error)
  }
  if (!seesBrowser) return plainHeaders(platform.issuer, outgoing)
  // Every page starts a browser's identity, so that the forms on it can be bound to it. Not a POST: a cross-site one
  // comes without our cookies, and would take the place of the identity that the browser has.
  const introduced =
    known === undefined && secret !== undefined && route.method === 'GET'
      ? withCookies(outgoing, setCookie(platform.issuer, 'browser', secret))
      : outgoing
  return pageHeaders(platform.issuer, introduced, browser.nonce)
}

/** Whether the cookies of a wire come from a page that may use them (C2): what SameSite leaves open is decided here. */
function sendsOwnCookies({ issuer }: Platform, route: Route, { headers }: Arrival): boolean {
  if (route.ownCookies !== true) return false
  const origin = headers.get('origin')
  if (origin === undefined) return headers.get('sec-fetch-site') !== 'cross-site'
  return origin === issuer.origin || route.allowsOrigin?.(origin) === true
}

/** @throws OAuthError `invalid_request` where a proxy says of it what makes no sense */
function certificateOf({ certificate = null }: Arrival): ClientCertificate | null {
  if (!(certificate instanceof CertificateRefused)) return certificate
  const { message } = certificate
  throw new OAuthError('invalid_request', { description: message, detail: `client certificate: ${message}` })
}

function browserSecret(platform: Platform, cookies: ReadonlyMap<string, string>): string | undefined {
  const value = cookies.get(cookieName(platform.issuer, 'browser'))
  return value !== undefined && /^[A-Za-z0-9_-]{43}$/.test(value) ? value : undefined
}

function browserOf(platform: Platform, secret: string): Browser {
  return {
    digest: digest(secret),
    formToken: platform.vault.mac('form token', secret),
    nonce: platform.runtime.secret(16),
  }
}

function readForm(arrival: Arrival): Parameters {
  const body = readText(arrival, 'application/x-www-form-urlencoded')
  return body === '' ? noParameters : Parameters.parse(body)
}

function readJson(arrival: Arrival): unknown {
  const body = readText(arrival, 'application/json')
  if (body === '') return undefined
  try {
    return decodeStrictJson(body)
  } catch (error) {
    if (error instanceof JsonError) throw new Refusal(400, {}, 'The body is not valid JSON.')
    throw error
  }
}

function readRaw(arrival: Arrival): RawBody {
  if (arrival.body === 'too large') throw new Refusal(413)
  if ((arrival.headers.get('content-encoding') ?? 'identity') !== 'identity') throw new Refusal(415)
  return { type: arrival.headers.get('content-type') ?? '', bytes: arrival.body ?? new Uint8Array() }
}

function readText(arrival: Arrival, mediaType: string): string {
  if (arrival.body === 'too large') throw new Refusal(413)
  if (arrival.body === null || arrival.body.length === 0) return ''
  const type = (arrival.headers.get('content-type') ?? '').split(';', 1)[0]?.trim().toLowerCase()
  if (type !== mediaType) throw new Refusal(415)
  if ((arrival.headers.get('content-encoding') ?? 'identity') !== 'identity') throw new Refusal(415)
  try {
    return strictUtf8.decode(arrival.body)
  } catch {
    throw new OAuthError('invalid_request', { description: 'The body is not valid UTF-8.' })
  }
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * A state-changing form must come from a page of ours in the same browser: same origin by the browser's own word
 * where it gives one (Fetch Metadata, Origin), and always this browser's form token.
 */
function refuseCrossSite(platform: Platform, request: Incoming): void {
  const origin = request.headers.get('origin')
  const site = request.headers.get('sec-fetch-site')
  const foreign =
    (origin !== undefined && origin !== unsaid && origin !== platform.issuer.origin) ||
    (site !== undefined && site !== 'same-origin' && site !== 'none')
  if (foreign || !ownsForm(platform, request)) throw new Refusal(403)
}

/**
 * What browsers send for the origin of our own forms too: under `Referrer-Policy: no-referrer` "set serializedOrigin to
 * `null`" (Fetch standard, append a request Origin header). It speaks neither for the form nor against it.
 */
const unsaid = 'null'

/** Whether the form carries the token of the browser that sends it. */
export function ownsForm(platform: Platform, request: Incoming): boolean {
  const secret = browserSecret(platform, request.cookies)
  const token = request.form.all('form_token')
  return (
    secret !== undefined &&
    token.length === 1 &&
    platform.vault.macMatches('form token', secret, token[0] ?? '')
  )
}
