// HTTP Basic at an API (RFC 7617): a person's name and password with each request. The issuer is shown them once, for an
// opaque token of this API, and from then on asked about that token with every request, as about any other: so a password
// that was changed counts with the next request, everywhere, and fifty requests at once cost the issuer one hash.
import { digest, isJsonObject, isLoopback, readBasic } from '@countersign/protocol'
import type { Authorize } from './authorize.ts'
import { type Fetch, fetchJson } from './bounded-fetch.ts'
import { type Verifiable, valuesOf } from './credentials.ts'
import { baseOf } from './dpop-settings.ts'
import { type Refusal, type RefusalCode, refuse, type Terms } from './refusal.ts'
import { type SharedWork, sharedWork } from './shared-work.ts'
import type { Verifier } from './verifier.ts'

/** How an API takes names and passwords. */
export interface BasicOptions<Request = unknown> {
  /** Where the issuer takes them: a path below it; `/get_access_token` unless told. */
  readonly path?: string
  /**
   * The address that a request came from, for the issuer's limits: without it, all wrong passwords that come by this API
   * are taken to be of one network. The issuer believes it of servers that COUNTERSIGN_TRUST_PROXY names.
   */
  readonly peer?: (request: Request) => string | undefined
  /**
   * Whether a proxy on another machine speaks https in front of this API, and nobody reaches the API but by it. A request that
   * comes over plain http from elsewhere is refused unless this says so; what the proxy says came in the open
   * (`X-Forwarded-Proto: http`) is refused all the same.
   */
  readonly behindProxy?: boolean
}

/** What `basic` stands among. */
export interface BasicPlace {
  readonly verifier: Verifier
  readonly terms: Terms
  readonly baseUrl: string | undefined
  readonly fetch: Fetch | undefined
  readonly timeoutMs: number | undefined
}

/** The most people whose tokens are kept for one API; the oldest are asked for anew. */
const mostHeld = 1000

type Exchanged =
  | { readonly ok: true; readonly token: string; readonly isNew: boolean }
  | { readonly ok: false; readonly code: RefusalCode; readonly detail: string }

/**
 * A guard's decision with names and passwords taken as well.
 *
 * @throws TypeError where a password would be read on its way, or where tokens that say nothing can't be checked
 */
export function withPasswords<Request extends object>(
  authorize: Authorize<Request>,
  options: BasicOptions<Request>,
  place: BasicPlace,
): Authorize<Request> {
  checkPlace(place)
  const { verifier, terms } = place
  const { path = '/get_access_token', behindProxy = false } = options
  // Right behind a host it could make another host of it, which would be shown every password.
  if (!path.startsWith('/')) throw new TypeError('basic.path must begin with a slash')
  const door = sharedDoor(path, place)

  async function decide(view: Verifiable, request: Request): ReturnType<Authorize<Request>> {
    const authorization = basicIn(view)
    if (authorization === null) return authorize(view, request)
    if (!isPrivate(view, behindProxy)) return refuse('https_required', 'a password in the open', terms)
    const peer = options.peer?.(request)
    for (;;) {
      const exchanged = await door.exchange(authorization, peer)
      if (!exchanged.ok) return refuse(exchanged.code, exchanged.detail, terms)
      const outcome = await authorize(asBearer(view, exchanged.token), request)
      if (outcome.ok === true || outcome.code !== 'invalid_token') return outcome
      door.forget(authorization, exchanged.token)
      // What was kept may have ended; what was given just now ended with its person.
      if (exchanged.isNew) return refuse('wrong_password', outcome.detail, terms)
    }
  }

  return async (view, request) => {
    const outcome = await decide(view, request)
    return outcome.ok === true || isBrowser(view) ? outcome : withChallenge(outcome, verifier.audience)
  }
}

/** Whether nobody on the way could read a request, as far as this server can see. */
function isPrivate(view: Verifiable, behindProxy: boolean): boolean {
  const schemes = valuesOf(view, 'x-forwarded-proto').flatMap((value) => value.split(','))
  if (schemes.at(-1)?.trim().toLowerCase() === 'http') return false
  if (behindProxy) return true
  const { socket, url = '' } = view
  if (typeof socket !== 'object' || socket === null) return /^https:/i.test(url) || isLoopback(url)
  if ('encrypted' in socket && socket.encrypted === true) return true
  const address = 'remoteAddress' in socket ? socket.remoteAddress : undefined
  return typeof address === 'string' && /^(?:::ffff:)?127\.|^::1$/.test(address)
}

/** RFC 9110 §11.6.1. Where a browser reads of Basic, it asks its person with a window of its own, whoever sent the request. */
function withChallenge(refusal: Refusal, audience: string): Refusal {
  const { 'www-authenticate': others, ...headers } = refusal.headers
  if (refusal.status !== 401 || others === undefined) return refusal
  const realm = audience.replaceAll(/["\\\p{Cc}]|\P{ASCII}/gu, '')
  const all = `${others}, Basic realm="${realm}", charset="UTF-8"`
  return { ...refusal, headers: { ...headers, 'www-authenticate': all } }
}

/** Programs on Node name a mode as well. */
function isBrowser(view: Verifiable): boolean {
  return ['sec-fetch-site', 'origin', 'x-requested-with'].some((name) => valuesOf(view, name).length > 0)
}

/** Null as well for what no script sent: a browser adds what it remembers to whatever a page of anybody has it ask for. */
function basicIn(view: Verifiable): string | null {
  const [value, ...more] = valuesOf(view, 'authorization')
  if (value === undefined || more.length > 0 || readBasic(value) === null) return null
  const modes = valuesOf(view, 'sec-fetch-mode')
  return modes.every((mode) => mode === 'cors' || mode === 'same-origin') ? value : null
}

function asBearer(view: Verifiable, token: string): Verifiable {
  const { rawHeaders: _, ...rest } = view
  return { ...rest, headers: { authorization: `Bearer ${token}` } }
}

interface Door {
  exchange(authorization: string, peer: string | undefined): Promise<Exchanged>
  /** Lets go of a token, unless another one is kept by now. */
  forget(authorization: string, token: string): void
}

const doors = new WeakMap<object, Map<string, Door>>()
const usualFetch = {}

/** One for every `auth()` of an API, so that a person's password is shown once and not once for each address. */
function sharedDoor(path: string, place: BasicPlace): Door {
  const byFetch = place.fetch ?? usualFetch
  const known = doors.get(byFetch) ?? new Map<string, Door>()
  doors.set(byFetch, known)
  const key = JSON.stringify([place.verifier.issuer, place.verifier.audience, path])
  const door = known.get(key) ?? passwordDoor(path, place)
  known.set(key, door)
  return door
}

function passwordDoor(path: string, { verifier, fetch, timeoutMs = 5000 }: BasicPlace): Door {
  const { issuer, audience, now } = verifier
  const limits = { fetch: fetch ?? ((url, init) => globalThis.fetch(url, init)), timeoutMs } as const
  // What is kept tells nobody a password: neither is its digest one that could be made elsewhere.
  const salt = btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(32))))
  const nameOf = (authorization: string): string => digest(`${salt} ${authorization}`)
  const held = new Map<string, { readonly token: string; readonly until: number }>()
  const underWay = new Map<string, SharedWork<[peer: string | undefined], Exchanged>>()

  async function ask(authorization: string, peer: string | undefined): Promise<Exchanged> {
    const answer = await fetchJson(
      issuer.replace(/\/$/, '') + path,
      {
        method: 'POST',
        headers: {
          authorization,
          accept: 'application/json',
          'content-type': 'application/json',
          ...(peer !== undefined && { 'x-forwarded-for': peer }),
        },
        body: JSON.stringify({ resource: audience }),
      },
      limits,
    )
    if (!answer.ok) return refusalOf(answer)
    const { access_token: token, expires_in: seconds } = isJsonObject(answer.value) ? answer.value : {}
    if (typeof token !== 'string' || typeof seconds !== 'number')
      return { ok: false, code: 'unavailable', detail: 'sign-in by password: an answer without a token' }
    const oldest = held.keys().next().value
    if (held.size >= mostHeld && oldest !== undefined) held.delete(oldest)
    held.set(nameOf(authorization), { token, until: now() + seconds })
    return { ok: true, token, isNew: true }
  }

  async function exchange(authorization: string, peer: string | undefined): Promise<Exchanged> {
    const name = nameOf(authorization)
    const known = held.get(name)
    if (known !== undefined && known.until > now()) return { ok: true, token: known.token, isNew: false }
    let work = underWay.get(name)
    if (work === undefined) {
      work = sharedWork((from) => ask(authorization, from), timeoutMs)
      underWay.set(name, work)
    }
    try {
      return await work(peer)
    } finally {
      if (!work.isUnderWay()) underWay.delete(name)
    }
  }

  return {
    exchange,
    forget: (authorization, token) => {
      const name = nameOf(authorization)
      if (held.get(name)?.token === token) held.delete(name)
    },
  }
}

function refusalOf({ status, detail }: { readonly status?: number; readonly detail: string }): Exchanged {
  if (status === 401) return { ok: false, code: 'wrong_password', detail: 'the issuer refuses the password' }
  const why =
    status === 404
      ? 'the issuer takes no passwords there: its profile basic is off, or at another path'
      : status === 400
        ? 'the issuer knows no API of this audience'
        : status === 429
          ? 'the issuer has seen too many wrong ones: see basic.peer'
          : detail
  return { ok: false, code: 'unavailable', detail: `sign-in by password: ${why}` }
}

function checkPlace({ verifier, baseUrl }: BasicPlace): void {
  if (verifier.mode === 'local')
    throw new TypeError(
      "basic needs mode 'database' or 'revocable': what is asked for a password says nothing itself",
    )
  const base = baseOf({ audience: verifier.audience, baseUrl })
  if (base === undefined)
    throw new TypeError('basic needs baseUrl, or an audience that is the URL of this API')
  for (const address of [base, verifier.issuer])
    if (!address.toLowerCase().startsWith('https:') && !isLoopback(address))
      throw new TypeError('basic is for https: over plain http whoever is on the way reads each password')
}
