// Access tokens in the Authorization header, and the challenge of a resource (RFC 6750, RFC 9449 §7.1, RFC 9470 §3,
// RFC 9728 §5.1).
import { asErrorText, OAuthError, type OAuthErrorCode } from './errors.ts'

/** How an access token is sent: as whoever bears it, or with a proof of the key that it is bound to (RFC 9449 §7.1). */
export type TokenScheme = 'Bearer' | 'DPoP'

/** An access token as an Authorization header carries it. */
export interface SentToken {
  readonly scheme: TokenScheme
  readonly token: string
}

/**
 * The access token of an Authorization header, bearer or DPoP-bound; null when there is none or it is of another scheme.
 *
 * @throws OAuthError `invalid_request` when the header names one of the two but carries no well-formed token
 */
export function readAccessToken(authorization: string | undefined): SentToken | null {
  // RFC 9110 §11.1: the scheme is "case-insensitive".
  const name = /^(?:bearer|dpop)(?= |$)/i.exec(authorization ?? '')?.[0]
  if (authorization === undefined || name === undefined) return null
  // RFC 6750 §2.1: credentials = "Bearer" 1*SP b64token; RFC 9449 §7.1 likewise.
  const token = /^ +([A-Za-z0-9\-._~+/]+=*)$/.exec(authorization.slice(name.length))?.[1]
  if (token === undefined) {
    throw new OAuthError('invalid_request', { description: 'The Authorization header is malformed.' })
  }
  return { scheme: name.length === 4 ? 'DPoP' : 'Bearer', token }
}

/**
 * The bearer token of an Authorization header; null when there is none or it is of another scheme.
 *
 * @throws OAuthError `invalid_request` when the header says Bearer but carries no well-formed token
 */
export function readBearer(authorization: string | undefined): string | null {
  if (authorization === undefined || !/^bearer/i.test(authorization)) return null
  return readAccessToken(authorization)?.token ?? null
}

/** What a challenge may say; lists are written with spaces between. */
export interface Challenge {
  /** `'Bearer'` unless told. */
  readonly scheme?: TokenScheme
  readonly realm?: string
  readonly error?: OAuthErrorCode
  readonly description?: string
  readonly scope?: readonly string[]
  readonly resourceMetadata?: string
  readonly acrValues?: readonly string[]
  /** Seconds. */
  readonly maxAge?: number
  /** The algorithms that proofs may be signed with (RFC 9449 §7.1). */
  readonly algorithms?: readonly string[]
}

/**
 * Writes a WWW-Authenticate value. No member can break out of its quotes.
 *
 * RFC 6750 §3.1: "If the request lacks any authentication information ..., the resource server SHOULD NOT include an
 * error code": leave `error` out then.
 */
export function challenge(options: Challenge = {}): string {
  const members: [string, string | undefined][] = [
    ['realm', options.realm],
    ['error', options.error],
    ['error_description', options.description === undefined ? undefined : asErrorText(options.description)],
    ['scope', options.scope?.join(' ')],
    ['acr_values', options.acrValues?.join(' ')],
    ['max_age', options.maxAge?.toString()],
    ['resource_metadata', options.resourceMetadata],
    ['algs', options.algorithms?.join(' ')],
  ]
  const written = members.flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${quoted(value)}`],
  )
  return [options.scheme ?? 'Bearer', written.join(', ')].join(' ').trimEnd()
}

/** RFC 9110 §5.6.4: a quoted-string, printable ASCII only. */
function quoted(text: string): string {
  return `"${text.replaceAll(/[^\x20-\x7e]/g, '').replaceAll(/["\\]/g, '\\$&')}"`
}
