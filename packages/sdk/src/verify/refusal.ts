// Everything that a protected address can answer instead of passing a request on: one table of status, wire error and
// sentence, written as RFC 6750 §3, RFC 9449 §7.1, RFC 9470 §3, RFC 9728 §5.1 and RFC 9457 say. No answer quotes the request.
import { type Challenge, challenge, type OAuthErrorCode, type TokenScheme } from '@countersign/protocol'
import type { Sent } from './dpop.ts'
import type { DpopTerms } from './dpop-settings.ts'
import type { Unverified } from './verification.ts'

interface Row {
  readonly status: 400 | 401 | 403 | 404 | 503
  readonly title: string
  readonly detail: string
  /** The `error` of WWW-Authenticate; `null` writes the challenge without one, absent writes no challenge. */
  readonly error?: OAuthErrorCode | null
}

const refusals = {
  // RFC 6750 §3.1: without any token "the resource server SHOULD NOT include an error code".
  unauthenticated: {
    status: 401,
    title: 'Unauthorized',
    detail: 'Send an access token in the Authorization header.',
    error: null,
  },
  invalid_request: {
    status: 400,
    title: 'Bad Request',
    detail: 'Send one well-formed access token, once, in the Authorization header.',
    error: 'invalid_request',
  },
  invalid_token: {
    status: 401,
    title: 'Unauthorized',
    detail: 'The access token is expired, revoked, malformed or not for this API.',
    error: 'invalid_token',
  },
  invalid_dpop_proof: {
    status: 401,
    title: 'Unauthorized',
    detail: 'The DPoP proof is missing, was used before, or is not for this request.',
    error: 'invalid_dpop_proof',
  },
  use_dpop_nonce: {
    status: 401,
    title: 'Unauthorized',
    detail: 'The DPoP proof needs the nonce of the DPoP-Nonce header.',
    error: 'use_dpop_nonce',
  },
  wrong_password: {
    status: 401,
    title: 'Unauthorized',
    detail: 'The name or the password is not right, or a password alone is not enough.',
    error: null,
  },
  https_required: { status: 403, title: 'Forbidden', detail: 'A password is taken over https alone.' },
  insufficient_user_authentication: {
    status: 401,
    title: 'Unauthorized',
    detail: 'A more recent or stronger sign-in is needed.',
    error: 'insufficient_user_authentication',
  },
  insufficient_scope: {
    status: 403,
    title: 'Forbidden',
    detail: 'The access token lacks a scope that is needed here.',
    error: 'insufficient_scope',
  },
  // RFC 6750 §3.1 has one error for "higher privileges than provided by the access token"; the body's code tells more.
  insufficient_role: {
    status: 403,
    title: 'Forbidden',
    detail: 'A role that is needed here is missing.',
    error: 'insufficient_scope',
  },
  forbidden: { status: 403, title: 'Forbidden', detail: 'This is not allowed.', error: 'insufficient_scope' },
  not_found: { status: 404, title: 'Not Found', detail: 'There is nothing here.' },
  unavailable: {
    status: 503,
    title: 'Service Unavailable',
    detail: 'The access token could not be checked. Try again soon.',
  },
} as const satisfies Record<string, Row>

/** Which refusal it is, more exactly than the wire's `error` says. */
export type RefusalCode = keyof typeof refusals

/** RFC 9457, with what a browser's client needs to mend the request (it cannot read WWW-Authenticate across origins). */
export interface Problem {
  readonly type: 'about:blank'
  readonly title: string
  readonly status: number
  readonly code: RefusalCode
  readonly detail: string
  readonly scope?: string
  readonly max_age?: number
  readonly acr_values?: string
}

/** A whole answer. `detail` is for the log and is never sent; `headers` hold no input. */
export interface Refusal {
  readonly ok: false
  readonly status: 400 | 401 | 403 | 404 | 503
  readonly code: RefusalCode
  readonly headers: Readonly<Record<string, string>>
  readonly body: Problem
  readonly detail: string
  /** What the verifier of another wire says of the token, for `answers`. */
  readonly said?: Readonly<Record<string, unknown>>
}

/** What every answer of an API to one request says of it. */
export interface Terms {
  /** The address of the API's metadata (RFC 9728). */
  readonly resourceMetadata?: string | undefined
  /** Whether and how the API takes tokens bound to a key. */
  readonly dpop?: DpopTerms | null | undefined
  /** How the request's token was sent, if one was. */
  readonly scheme?: TokenScheme | undefined
}

export interface RefusalOptions extends Terms {
  readonly scope?: readonly string[] | undefined
  readonly maxAge?: number | undefined
  readonly acrValues?: readonly string[] | undefined
  /** For the next proof (RFC 9449 §9). */
  readonly nonce?: string | undefined
}

export const noToken = 'no access token was sent'

export function schemeOf(sent: Sent): TokenScheme {
  return typeof sent === 'string' || !('proofs' in sent) ? 'Bearer' : 'DPoP'
}

/** The refusal of a token that did not pass its check. */
export function refuseToken({ code, detail, nonce, said }: Unverified, terms: Terms): Refusal {
  const refusal = refuse(code, detail, { ...terms, nonce })
  return said === undefined ? refusal : { ...refusal, said }
}

export function refuse(code: RefusalCode, detail: string, options: RefusalOptions = {}): Refusal {
  const row: Row = refusals[code]
  const { scope, maxAge, acrValues, nonce } = options
  const body: Problem = {
    type: 'about:blank',
    title: row.title,
    status: row.status,
    code,
    detail: row.detail,
    ...(scope === undefined ? {} : { scope: scope.join(' ') }),
    ...(maxAge === undefined ? {} : { max_age: maxAge }),
    ...(acrValues === undefined ? {} : { acr_values: acrValues.join(' ') }),
  }
  const headers: Record<string, string> = {
    'cache-control': 'no-store',
    'content-type': 'application/problem+json',
  }
  if (row.status === 503) headers['retry-after'] = '5'
  if (row.error !== undefined) headers['www-authenticate'] = challenges(row, options)
  if (nonce !== undefined) headers['dpop-nonce'] = nonce
  return { ok: false, status: row.status, code, headers, body, detail }
}

/** One challenge for every scheme that the API takes; that of the request says what was wrong with it. */
function challenges({ error, detail }: Row, options: RefusalOptions): string {
  const { scope, maxAge, acrValues, resourceMetadata, dpop } = options
  const inFull = {
    ...(error === null || error === undefined ? {} : { error, description: detail }),
    ...(scope === undefined ? {} : { scope }),
    ...(maxAge === undefined ? {} : { maxAge }),
    ...(acrValues === undefined ? {} : { acrValues }),
    ...(resourceMetadata === undefined ? {} : { resourceMetadata }),
  }
  if (dpop === null || dpop === undefined) return challenge(inFull)
  const bound: Challenge = { scheme: 'DPoP', algorithms: dpop.algorithms }
  if (dpop.isRequired) return challenge({ ...inFull, ...bound })
  if (options.scheme === 'DPoP') return `${challenge({ ...inFull, ...bound })}, ${challenge()}`
  return dpop.isAnnounced ? `${challenge(inFull)}, ${challenge(bound)}` : challenge(inFull)
}
