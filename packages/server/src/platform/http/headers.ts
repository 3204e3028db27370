// Headers that every answer carries, by kind (HT-01 to HT-05).
import type { Arrival } from './edge.ts'
import { empty, type Outgoing, type Route } from './exchange.ts'
import type { Issuer } from './issuer.ts'
import type { Found } from './router.ts'

/** For answers that no person looks at. */
export function plainHeaders(issuer: Issuer, outgoing: Outgoing): Outgoing {
  const { status, headers, body } = outgoing
  return { status, headers: { ...(issuer.secure ? secureApi : api), ...headers }, body }
}

const api = {
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
}
const hsts = { 'strict-transport-security': 'max-age=31536000' }
const secureApi = { ...api, ...hsts }

/**
 * What a page may do. `form-action` is left open on purpose: Chromium applies it to every redirect after a form's POST,
 * and sign-in and consent end at the client's own address, which their page does not know.
 *
 * @param frames origins whose pages may be loaded in frames; none unless given
 */
export function pagePolicy(nonce: string, frames: readonly string[] = []): string {
  return [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    `style-src 'nonce-${nonce}'`,
    "img-src 'self' data:",
    "connect-src 'self'",
    ...(frames.length > 0 ? [`frame-src ${frames.join(' ')}`] : []),
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "object-src 'none'",
    "require-trusted-types-for 'script'",
  ].join('; ')
}

/**
 * For pages. `form-action` is left open on purpose: Chromium applies it to every redirect after a form's POST, and
 * sign-in and consent end at the client's own address, which their page does not know.
 */
export function pageHeaders(issuer: Issuer, outgoing: Outgoing, nonce: string): Outgoing {
  return {
    ...outgoing,
    headers: {
      ...(issuer.secure ? hsts : {}),
      'content-security-policy': pagePolicy(nonce),
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'permissions-policy':
        'camera=(), geolocation=(), microphone=(), payment=(), usb=(), publickey-credentials-get=(self), publickey-credentials-create=(self)',
      ...outgoing.headers,
    },
  }
}

/** Adds what lets a script of an allowed origin read the answer; with cookies only where a wire has its own. */
export function corsHeaders(
  outgoing: Outgoing,
  route: Route,
  origin: string | undefined,
  allowsOrigin: (origin: string) => Promise<boolean>,
): Outgoing | Promise<Outgoing> {
  const { cors = 'none' } = route
  if (cors === 'none') return outgoing
  const { status, headers, body } = outgoing
  const varied = cors === 'clients' ? { ...headers, vary: varying(headers['vary']) } : headers
  // No script: nobody has to be asked what it may read.
  if (cors === 'clients' && origin === undefined) return { status, headers: varied, body }
  return allowedOrigin(route, origin, allowsOrigin).then((allowed) => ({
    status,
    headers: { ...varied, ...(allowed !== null && readable(allowed, route, origin)) },
    body,
  }))
}

function readable(allowed: string, route: Route, origin: string | undefined): Record<string, string> {
  return {
    'access-control-allow-origin': allowed,
    'access-control-expose-headers': 'WWW-Authenticate, DPoP-Nonce',
    ...credentials(route, origin),
  }
}

/** `Origin` beside what an answer depends on already (RFC 9110 §12.5.5). */
function varying(vary: Outgoing['headers'][string] | undefined): string {
  return vary === undefined ? 'Origin' : [vary, 'Origin'].flat().join(', ')
}

/** Answers OPTIONS: the methods of a path, and to a browser's preflight whether its origin may call. */
export async function preflight(
  issuer: Issuer,
  found: Found,
  arrival: Arrival,
  allow: string,
  allowsOrigin: (origin: string) => Promise<boolean>,
): Promise<Outgoing> {
  const asked = arrival.headers.get('access-control-request-method')
  const route = asked === undefined ? undefined : found.methods.get(asked)
  const origin = arrival.headers.get('origin')
  const allowed = route === undefined ? null : await allowedOrigin(route, origin, allowsOrigin)
  const cors =
    allowed === null
      ? {}
      : {
          'access-control-allow-origin': allowed,
          'access-control-allow-methods': [...found.methods.keys()].join(', '),
          'access-control-allow-headers': allowedHeaders(route, arrival),
          'access-control-max-age': '600',
          ...(route !== undefined && credentials(route, origin)),
        }
  return plainHeaders(issuer, empty(204, { allow, vary: 'Origin', ...cors }))
}

const usualHeaders = ['authorization', 'content-type', 'dpop', 'x-csrftoken', 'x-requested-with']
/** Most further headers that a preflight is told it may send. */
const mostHeaders = 20

/** Front ends of a wire, at origins that it knows, also send headers of their own with every request: whatever they name. */
function allowedHeaders(route: Route | undefined, { headers }: Arrival): string {
  const origin = headers.get('origin')
  const isKnown = origin !== undefined && route?.allowsOrigin?.(origin) === true
  const asked = isKnown ? (headers.get('access-control-request-headers') ?? '').toLowerCase().split(',') : []
  const named = asked.map((name) => name.trim()).filter((name) => /^[a-z0-9_-]{1,64}$/.test(name))
  return [...new Set([...usualHeaders, ...named.slice(0, mostHeaders)])].join(', ')
}

/** For the origins that the wire itself knows, and not for those of registered clients. */
function credentials(route: Route, origin: string | undefined): Record<string, string> {
  const isKnown = origin !== undefined && route.allowsOrigin?.(origin) === true
  return route.ownCookies === true && isKnown ? { 'access-control-allow-credentials': 'true' } : {}
}

async function allowedOrigin(
  route: Route,
  origin: string | undefined,
  allowsOrigin: (origin: string) => Promise<boolean>,
): Promise<string | null> {
  const { cors = 'none' } = route
  if (cors === 'none') return null
  if (cors === 'any') return '*'
  if (origin === undefined || origin === 'null') return null
  return route.allowsOrigin?.(origin) || (await allowsOrigin(origin)) ? origin : null
}
