// The back end's half of `createClient({ store: 'cookie' })`: redeems the code, keeps the tokens in sealed HttpOnly
// cookies, renews and revokes them. No script ever sees a token. The wire stands in `client/cookie.ts`; the
// pattern is the token-mediating half of draft-ietf-oauth-browser-based-apps §6.1 (backend for frontend).
import { ownHeader } from '../client/cookie.ts'
import { AuthError, isOver } from '../client/errors.ts'
import { discovery } from '../client/metadata.ts'
import { endSessionUrl, type Party, redeem, refresh, revoke } from '../client/token-endpoint.ts'
import type { Tokens } from '../client/types.ts'
import { type EndedSessions, memoryEndedSessions } from '../sign-out/ended-sessions.ts'
import { createSignOutReceiver } from '../sign-out/receiver.ts'
import { basicAuthorization } from '../verify/basic.ts'
import { type Names, refuseUnknown } from '../verify/known-options.ts'
import { type SealedCookie, sealedCookie } from './sealed-cookie.ts'

/** The client that the back end is, and the cookies that it keeps. */
export interface CookieSessionOptions {
  readonly issuer: string
  readonly clientId: string
  /** A back end can keep a secret: register the client as confidential and give it here. */
  readonly clientSecret?: string
  /** The application's own origin as people see it, e.g. `https://shop.example`. Host headers are not believed. */
  readonly origin: string
  /** At least 32 characters of chance; several to rotate: the first seals, all open. */
  readonly secret: string | readonly string[]
  /** Where this is served. Default: `/auth`. */
  readonly base?: string
  /** Seconds that the cookies outlive their last renewal. Default: 14 days, as refresh tokens do. */
  readonly maxAge?: number
  /**
   * Where it is remembered that the issuer has ended a session. This process unless told, which is enough for one
   * process. Register `/auth/backchannel-logout` as the client's `backchannel_logout_uri`, and cookies of a session that
   * has ended are worth nothing from then on, wherever they lie.
   */
  readonly endedSessions?: EndedSessions
}

/** The back end's half, for one application. */
export interface CookieSession {
  /** Answers every request below `base`. Never rejects for what a request holds. */
  fetch(request: Request): Promise<Response>
  /**
   * The same request with the access token from its cookies as `Authorization`, for `auth()` to check. Unchanged when
   * there is none, when the caller sent an `Authorization`, or when it isn't the application's own request (CSRF).
   */
  bearer(request: Request): Promise<Request>
}

const usualMaxAge = 14 * 86_400

interface Parting {
  readonly idToken: string | undefined
  readonly returnTo: string
}

interface Desk {
  readonly party: Party
  readonly origin: string
  readonly base: string
  readonly tokens: SealedCookie<Tokens>
  readonly ended: EndedSessions
  /** What the way out needs once the tokens are gone; lives a minute. */
  readonly parting: SealedCookie<Parting>
}

/**
 * Makes the back end's half.
 *
 * @throws TypeError when an option is missing or unsafe
 * @example
 * const session = cookieSession({ issuer, clientId: 'shop', clientSecret, origin: 'https://shop.example', secret })
 * const api = auth({ scope: 'orders:read' })(listOrders)
 * const serve = async (request: Request) =>
 *   new URL(request.url).pathname.startsWith('/auth/') ? session.fetch(request) : api(await session.bearer(request))
 */
export function cookieSession(options: CookieSessionOptions): CookieSession {
  const desk = open(options)
  const at = (path: string) => desk.base + path
  const receiver = receiverOf(options, desk)
  const hear: Run = (_, request) => receiver.fetch(request)
  const routes: Record<string, Record<string, Run>> = {
    [at('/backchannel-logout')]: { POST: hear },
    [at('/session')]: { GET: show, POST: signIn, DELETE: signOut },
    [at('/refresh')]: { POST: renew },
    [at('/sign-out')]: { GET: leave },
  }
  return {
    async fetch(request) {
      const methods = routes[new URL(request.url).pathname]
      if (!methods) return answer(404, { error: 'not_found' })
      const run = methods[request.method]
      if (!run)
        return answer(405, { error: 'method_not_allowed' }, { allow: Object.keys(methods).join(', ') })
      if (run !== leave && run !== hear && !isOwn(desk, request)) return answer(403, { error: 'forbidden' })
      return run(desk, request).catch((error) => refuse(desk, request, error))
    },
    async bearer(request) {
      if (request.headers.has('authorization') || !isOwn(desk, request)) return request
      const tokens = await held(desk, request)
      if (!tokens?.accessToken) return request
      const headers = new Headers(request.headers)
      headers.set('authorization', `Bearer ${tokens.accessToken}`)
      return new Request(request, { headers })
    },
  }
}

type Run = (desk: Desk, request: Request) => Promise<Response>

/** Hears from the issuer that sessions have ended (OpenID Connect Back-Channel Logout 1.0). */
function receiverOf({ issuer, clientId, maxAge = usualMaxAge }: CookieSessionOptions, { ended }: Desk) {
  return createSignOutReceiver({
    issuer,
    clientId,
    onSignOut: async ({ sessionId, issuedAt }) => {
      if (sessionId !== undefined) await ended.end(sessionId, issuedAt + maxAge)
    },
  })
}

/** The tokens in the cookies of a request, while the session that they are of lives. */
async function held(desk: Desk, request: Request): Promise<Tokens | null> {
  const tokens = await desk.tokens.read(request)
  const sessionId = tokens?.user['sid']
  return typeof sessionId === 'string' && (await desk.ended.hasEnded(sessionId)) ? null : tokens
}

const names: Names<CookieSessionOptions> = {
  issuer: true,
  clientId: true,
  clientSecret: true,
  origin: true,
  secret: true,
  base: true,
  maxAge: true,
  endedSessions: true,
}

function open(options: CookieSessionOptions): Desk {
  refuseUnknown(options, names, 'cookieSession()')
  const { issuer, clientId, clientSecret, maxAge = usualMaxAge } = options
  const secrets = [options.secret].flat()
  const origin = new URL(options.origin)
  const secure = origin.protocol === 'https:'
  const loopback = ['localhost', '127.0.0.1', '[::1]'].includes(origin.hostname)
  if (origin.origin !== options.origin) throw new TypeError('cookieSession: `origin` is not an origin.')
  if (!secure && !loopback) throw new TypeError('cookieSession: `origin` must be https, or http on loopback.')
  if (!secrets.length || secrets.some((secret) => secret.length < 32))
    throw new TypeError('cookieSession: every `secret` needs at least 32 characters.')
  const cookie = { secrets, secure }
  return {
    party: {
      issuer,
      clientId,
      metadata: discovery(issuer),
      authorization: clientSecret && basicAuthorization(clientId, clientSecret),
    },
    origin: origin.origin,
    base: options.base ?? '/auth',
    ended: options.endedSessions ?? memoryEndedSessions(),
    tokens: sealedCookie({ ...cookie, name: 'countersign', maxAge }),
    parting: sealedCookie({ ...cookie, name: 'countersign-parting', maxAge: 60 }),
  }
}

/** Sent by the application's own script: no form and no other origin can set the header (Fetch standard, CORS). */
function isOwn({ origin }: Desk, request: Request): boolean {
  const from = request.headers.get('origin')
  const site = request.headers.get('sec-fetch-site') ?? 'same-origin'
  const changes = request.method !== 'GET' && request.method !== 'HEAD'
  return (
    request.headers.get(ownHeader) === '1' &&
    site === 'same-origin' &&
    (from === origin || (from === null && !changes))
  )
}

async function show(desk: Desk, request: Request): Promise<Response> {
  const tokens = await held(desk, request)
  return tokens ? answer(200, signed(tokens)) : answer(200, { user: null }, {}, desk.tokens.remove(request))
}

async function signIn(desk: Desk, request: Request): Promise<Response> {
  const body = await readBody(request)
  const [code, verifier, nonce, redirectUri] = ['code', 'codeVerifier', 'nonce', 'redirectUri'].map(
    (name) => {
      const value = body[name]
      if (typeof value !== 'string' || value === '' || value.length > 2048)
        throw new AuthError('invalid_request')
      return value
    },
  ) as [string, string, string, string]
  if (!URL.canParse(redirectUri) || new URL(redirectUri).origin !== desk.origin)
    throw new AuthError('invalid_request')
  return keep(desk, request, await redeem(desk.party, code, { verifier, nonce, redirectUri }))
}

async function renew(desk: Desk, request: Request): Promise<Response> {
  const tokens = await held(desk, request)
  if (!tokens?.refreshToken) throw new AuthError('invalid_grant')
  return keep(desk, request, await refresh(desk.party, tokens, tokens.refreshToken))
}

async function signOut(desk: Desk, request: Request): Promise<Response> {
  const tokens = await desk.tokens.read(request)
  // The cookies go, whether the server can be told or not: nobody else has these tokens.
  if (tokens) await revoke(desk.party, tokens).catch(() => {})
  const asked = new URL(request.url).searchParams.get('returnTo') ?? ''
  const returnTo = URL.canParse(asked) && new URL(asked).origin === desk.origin ? asked : `${desk.origin}/`
  const idToken = tokens?.idToken
  const offered = tokens && (await endSessionUrl(desk.party, undefined, returnTo).catch(() => undefined))
  const parting = offered ? await desk.parting.write(request, { idToken, returnTo }) : []
  return answer(200, { signOutUrl: offered ? `${desk.base}/sign-out` : null }, {}, [
    ...desk.tokens.remove(request),
    ...parting,
  ])
}

/** The browser itself comes here, on its way to the server: the ID token in that address is never a script's. */
async function leave(desk: Desk, request: Request): Promise<Response> {
  const parting = await desk.parting.read(request)
  const url = parting && (await endSessionUrl(desk.party, parting.idToken, parting.returnTo))
  return answer(303, null, { location: url ?? '/' }, desk.parting.remove(request))
}

async function keep(desk: Desk, request: Request, tokens: Tokens): Promise<Response> {
  return answer(200, signed(tokens), {}, await desk.tokens.write(request, tokens))
}

function refuse(desk: Desk, request: Request, error: unknown): Response {
  // Not ours to explain: whoever runs this back end sees it as the failure that it is.
  if (!(error instanceof AuthError)) throw error
  if (error.code === 'network')
    return answer(503, { error: 'temporarily_unavailable' }, { 'retry-after': '5' })
  return answer(400, { error: error.code }, {}, isOver(error) ? desk.tokens.remove(request) : [])
}

const signed = ({ user, expiresAtMs }: Tokens) => ({
  user,
  expiresIn: Math.max(0, Math.floor((expiresAtMs - Date.now()) / 1000)),
})

async function readBody(request: Request): Promise<Record<string, unknown>> {
  const text = await readShort(request)
  try {
    const body: unknown = JSON.parse(text)
    if (typeof body === 'object' && body !== null) return body as Record<string, unknown>
  } catch {
    // Said below.
  }
  throw new AuthError('invalid_request')
}

/** At most 16 KiB, however much is sent. */
async function readShort(request: Request): Promise<string> {
  let text = ''
  if (!request.body) return text
  for await (const piece of request.body.pipeThrough(new TextDecoderStream())) {
    text += piece
    if (text.length > 16_384) throw new AuthError('invalid_request')
  }
  return text
}

function answer(
  status: number,
  body: object | null,
  headers: Record<string, string> = {},
  cookies: readonly string[] = [],
): Response {
  const all = new Headers({ 'cache-control': 'no-store', ...headers })
  for (const cookie of cookies) all.append('set-cookie', cookie)
  if (!body) return new Response(null, { status, headers: all })
  all.set('content-type', 'application/json')
  return new Response(JSON.stringify(body), { status, headers: all })
}
