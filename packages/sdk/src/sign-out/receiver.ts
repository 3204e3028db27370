// The application's end of the back channel (OpenID Connect Back-Channel Logout 1.0 §2.6 to §2.8): takes a logout token,
// once, verifies it by the issuer's keys, and tells the application whose session has ended.
import { digest, type LogoutClaims, verifyTokenAsync } from '@countersign/protocol'
import { verifyByKeys } from '../verify/by-keys.ts'
import { createOpener, isEncrypted } from '../verify/decryption.ts'
import { createKeySource, type KeySource } from '../verify/keys.ts'
import { type Names, refuseUnknown } from '../verify/known-options.ts'
import { memoryReplay, type ReplayStore, takeOnce } from '../verify/replay.ts'
import { type VerifierOptions, type VerifierSettings, verifierSettings } from '../verify/settings.ts'

/** What has ended. */
export interface SignedOut {
  /** The issuer's name for the session (`sid` of the ID tokens of it). Undefined: every session of the subject. */
  readonly sessionId: string | undefined
  /** The person (`sub` of their ID tokens). */
  readonly subject: string | undefined
  /** The token's own name. */
  readonly id: string
  /** Seconds since the epoch. */
  readonly issuedAt: number
}

/** The closed list that callers may branch on. */
export type SignOutErrorCode =
  /** No logout token of this issuer for this client, now. */
  | 'refused'
  /** It was taken before. */
  | 'replayed'
  /** The issuer's keys, or the memory of what was taken, can't be asked now: the issuer tries again. */
  | 'unavailable'

/** A logout token that was not taken. `detail` is for the log; it never quotes the token. */
export class SignOutError extends Error {
  override readonly name = 'SignOutError'
  readonly code: SignOutErrorCode
  readonly detail: string

  constructor(code: SignOutErrorCode, detail: string, options?: ErrorOptions) {
    super(`logout token: ${code} (${detail})`, options)
    this.code = code
    this.detail = detail
  }
}

/** Whose logout tokens are taken, and what is done then. */
export interface SignOutReceiverOptions
  extends Pick<
    VerifierOptions,
    | 'issuer'
    | 'keys'
    | 'jwks'
    | 'decryption'
    | 'fetch'
    | 'now'
    | 'clockSkew'
    | 'timeoutMs'
    | 'dangerPlainHttp'
  > {
  /** The client that the application is: the audience of its ID tokens. */
  readonly clientId: string
  /**
   * Ends the application's own session. What it throws is the answer's failure, and the issuer tries again, with another
   * token: it may be called twice for one session.
   */
  readonly onSignOut: (ended: SignedOut) => void | Promise<void>
  /** Which tokens were taken; a memory of this process unless given. */
  readonly replay?: ReplayStore
}

/** Takes logout tokens. */
export interface SignOutReceiver {
  /**
   * Takes a token, once, and has the application's session ended.
   *
   * @throws SignOutError; whatever `onSignOut` throws
   */
  receive(logoutToken: string): Promise<SignedOut>
  /** Answers the issuer's request: 204, or 400 for a token that is not taken, or 503 when it is worth another try. */
  fetch(request: Request): Promise<Response>
}

interface Desk {
  readonly settings: VerifierSettings
  readonly keys: KeySource
  readonly replay: ReplayStore
}

const names: Names<SignOutReceiverOptions> = {
  issuer: true,
  clientId: true,
  onSignOut: true,
  keys: true,
  jwks: true,
  decryption: true,
  replay: true,
  fetch: true,
  now: true,
  clockSkew: true,
  timeoutMs: true,
  dangerPlainHttp: true,
}

/**
 * Readies the receiver. Keep it: it knows which tokens were taken.
 *
 * @throws TypeError for a missing or wrong setting
 * @example
 * const receiver = createSignOutReceiver({
 *   issuer: 'https://id.example.com',
 *   clientId: 'shop',
 *   onSignOut: ({ sessionId }) => sessions.deleteWhere({ sessionId }),
 * })
 * app.post('/backchannel-logout', (request) => receiver.fetch(request))
 */
export function createSignOutReceiver(options: SignOutReceiverOptions): SignOutReceiver {
  refuseUnknown(options, names, 'createSignOutReceiver()')
  const { clientId, onSignOut, replay, ...rest } = options
  if (typeof onSignOut !== 'function') throw new TypeError('A receiver needs { onSignOut }')
  const settings = verifierSettings({ ...rest, audience: clientId, mode: 'local', dpop: 'off' })
  const { source } = settings
  const desk: Desk = {
    settings,
    keys: createKeySource(settings, source.mode === 'local' ? source.keys : undefined),
    replay: replay ?? memoryReplay({ now: settings.now }),
  }
  const open = settings.decryption === undefined ? undefined : createOpener(settings.decryption)

  async function receive(token: string): Promise<SignedOut> {
    if (typeof token !== 'string') throw refused('it is no string')
    const ended = await taken(desk, await opened(token, open, settings.decryption?.isRequired === true))
    await onSignOut(ended)
    return ended
  }
  return { receive, fetch: (request) => answer(request, receive) }
}

async function opened(
  token: string,
  open: ReturnType<typeof createOpener> | undefined,
  mustBe: boolean,
): Promise<string> {
  if (!isEncrypted(token)) {
    if (mustBe) throw refused('it is not encrypted, and decryption is required')
    return token
  }
  if (open === undefined) throw refused('it is encrypted, and there is no key to open it')
  const inside = await open(token)
  if (inside.ok) return inside.signed
  throw new SignOutError(inside.isFault ? 'refused' : 'unavailable', inside.detail)
}

async function taken({ settings, keys, replay }: Desk, token: string): Promise<SignedOut> {
  const claims = await judged(settings, keys, token)
  // Until the token is refused as expired, a replay of it must be known.
  const until = Math.ceil(claims.exp) + settings.clockSkew
  const once = await takeOnce(replay, digest(`${claims.iss}\n${claims.jti}`), until)
  if (!once.ok) throw new SignOutError(once.because, once.detail, { cause: once.cause })
  return { sessionId: claims.sid, subject: claims.sub, id: claims.jti, issuedAt: claims.iat }
}

async function judged(
  { issuer, audience, now, clockSkew: skew }: VerifierSettings,
  source: KeySource,
  token: string,
): Promise<LogoutClaims> {
  const outcome = await verifyByKeys(source, now, (find) =>
    verifyTokenAsync('logout', token, { keys: find, issuer, audience, now: now(), skew }),
  )
  if (outcome.ok) return outcome.value.claims
  throw new SignOutError(outcome.because, outcome.detail)
}

function refused(detail: string): SignOutError {
  return new SignOutError('refused', detail)
}

const longestBody = 16_384

async function answer(request: Request, receive: SignOutReceiver['receive']): Promise<Response> {
  // §2.8: "The RP's response SHOULD include the Cache-Control HTTP response header field with a no-store value".
  const headers = { 'cache-control': 'no-store' }
  if (request.method !== 'POST')
    return new Response(null, { status: 405, headers: { ...headers, allow: 'POST' } })
  try {
    await receive(await tokenIn(request))
    return new Response(null, { status: 204, headers })
  } catch (error) {
    if (!(error instanceof SignOutError)) throw error
    if (error.code === 'unavailable')
      return new Response(null, { status: 503, headers: { ...headers, 'retry-after': '5' } })
    const body = { error: 'invalid_request', error_description: 'The logout token was not accepted.' }
    return Response.json(body, { status: 400, headers })
  }
}

/** §2.5: a form with one `logout_token`; other members are ignored. */
async function tokenIn(request: Request): Promise<string> {
  const type = (request.headers.get('content-type') ?? '').split(';', 1)[0]?.trim().toLowerCase()
  if (type !== 'application/x-www-form-urlencoded') throw refused('the request is no form')
  let text = ''
  if (request.body !== null) {
    for await (const piece of request.body.pipeThrough(new TextDecoderStream())) {
      text += piece
      if (text.length > longestBody) throw refused('the request is too long')
    }
  }
  const [token, ...more] = new URLSearchParams(text).getAll('logout_token')
  if (token === undefined || more.length > 0) throw refused('the request has not exactly one logout token')
  return token
}
