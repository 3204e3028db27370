// An issuer whose feed of what died does as a test says: batches that are signed, or bent, or held back.
import {
  type AccessClaims,
  formatRevocationBatch,
  importPrivateJwk,
  publicJwk,
  type Revocation,
  type RevocationBatch,
  type RevocationKind,
  revocationDigest,
  type SecurityEventClaims,
  type SigningKey,
  signToken,
} from '@countersign/protocol'
import { ownTime } from '../../../../tests/harness/own-time.ts'
import type { VerifierOptions } from './settings.ts'

const issuer = 'https://id.test'
const audience = 'https://api.test'
export const feedUrl = `${issuer}/oauth/revocations`

export const seconds = (): number => Math.floor(Date.now() / 1000)

/** One revocation of a kind, by its identifier; of now unless told. */
export function revocation(kind: RevocationKind, id: string, at: number = seconds()): Revocation {
  return { kind, digest: revocationDigest(kind, id), at }
}

export interface FeedIssuer {
  readonly options: VerifierOptions
  /** What the feed answers; a test replaces it. */
  answer: (request: Request) => Response | Promise<Response>
  /** Whether introspection says that tokens are active. */
  active: boolean
  /** Addresses that were asked, with the feed's headers. */
  readonly asked: { readonly path: string; readonly headers: Headers; readonly search: URLSearchParams }[]
  readonly keys: readonly SigningKey[]
  token(claims?: Partial<AccessClaims>, key?: SigningKey): string
  /** A signed batch: everything, as of now, unless told. */
  batch(batch?: Partial<RevocationBatch>, claims?: Partial<SecurityEventClaims>, key?: SigningKey): string
  /** How often introspection was asked. */
  introspections(): number
}

export async function feedIssuer(): Promise<FeedIssuer> {
  const keys = [await newKey('one'), await newKey('two')] as const
  const asked: FeedIssuer['asked'][number][] = []
  const made: FeedIssuer = {
    active: true,
    answer: () => new Response(null, { status: 404 }),
    asked,
    keys,
    options: {
      issuer,
      audience,
      mode: 'revocable',
      clientId: 'api',
      clientSecret: 'secret-of-the-api',
      fetch: async (url, init) => answered(made, new Request(url, init)),
    },
    token: (claims = {}, key = keys[0]) => {
      const now = seconds()
      const base = { iss: issuer, aud: audience, sub: 'usr_ada', client_id: 'web', iat: now, exp: now + 300 }
      return signToken(
        'access',
        { ...base, jti: 'token-1', sid: 'ses_1', fam: 'fam_1', scope: 'a', ...claims },
        key,
      )
    },
    batch: (batch = {}, claims = {}, key = keys[0]) => {
      const whole = { asOf: seconds(), since: null, part: 1, of: 1, keep: 420, revocations: [] }
      const events = formatRevocationBatch({ ...whole, ...batch })
      const base = { iss: issuer, aud: feedUrl, iat: seconds(), jti: crypto.randomUUID(), events }
      return signToken('securityEvent', { ...base, ...claims }, key)
    },
    introspections: () => asked.filter(({ path }) => path === '/oauth/introspect').length,
  }
  return made
}

async function answered(on: FeedIssuer, request: Request): Promise<Response> {
  const { pathname: path, searchParams: search } = new URL(request.url)
  on.asked.push({ path, headers: request.headers, search })
  switch (path) {
    case '/.well-known/openid-configuration':
      return Response.json({
        issuer,
        jwks_uri: `${issuer}/oauth/jwks`,
        introspection_endpoint: `${issuer}/oauth/introspect`,
        revocation_feed_endpoint: feedUrl,
      })
    case '/oauth/jwks':
      return Response.json({ keys: on.keys.map((key) => publicJwk(key)) })
    case '/oauth/introspect':
      return Response.json(
        on.active
          ? { active: true, sub: 'usr_asked', client_id: 'web', aud: audience, exp: seconds() + 60 }
          : { active: false },
      )
    case '/oauth/revocations':
      return on.answer(request)
    default:
      return new Response(null, { status: 404 })
  }
}

/** A stream of events that a test writes by hand. */
export interface Channel {
  readonly response: Response
  send(...tokens: readonly string[]): void
  cut(): void
  /** Whether the reader has gone. */
  isCancelled(): boolean
}

export function channel(...first: readonly string[]): Channel {
  const encoder = new TextEncoder()
  let to: ReadableStreamDefaultController<Uint8Array> | undefined
  let cancelled = false
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => {
      to = controller
    },
    cancel: () => {
      cancelled = true
    },
  })
  const send = (...tokens: readonly string[]): void => {
    for (const token of tokens) to?.enqueue(encoder.encode(`id: 1\ndata: ${token}\n\n`))
  }
  send(...first)
  return {
    response: new Response(body, { headers: { 'content-type': 'text/event-stream' } }),
    send,
    cut: () => to?.close(),
    isCancelled: () => cancelled,
  }
}

async function newKey(kid: string): Promise<SigningKey> {
  const pair = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, [
    'sign',
    'verify',
  ])
  const { kty, crv, x, y, d } = await crypto.subtle.exportKey('jwk', pair.privateKey)
  return importPrivateJwk({ kty, crv, x, y, d, alg: 'ES256', kid })
}

/** Waits until it is so. @throws when it is not within `ms` in which this process could work */
export async function until(
  what: string,
  isSo: () => boolean | Promise<boolean>,
  ms = 30_000,
): Promise<void> {
  using time = ownTime()
  while (!(await isSo())) {
    if (time.ms() > ms) throw new Error(`Waited too long until ${what}.`)
    await new Promise((resume) => setTimeout(resume, 5))
  }
}
