// Everything that a protected address can answer instead of passing a request on: one table of status, wire error and
// sentence, written as RFC 6750 §3, RFC 9470 §3, RFC 9728 §5.1 and RFC 9457 say. No answer quotes the request.
import { challenge, type OAuthErrorCode } from '@countersign/protocol'

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
}

export interface RefusalOptions {
  readonly scope?: readonly string[] | undefined
  readonly maxAge?: number | undefined
  readonly acrValues?: readonly string[] | undefined
  /** The address of the API's metadata (RFC 9728). */
  readonly resourceMetadata?: string | undefined
}

export function refuse(code: RefusalCode, detail: string, options: RefusalOptions = {}): Refusal {
  const row: Row = refusals[code]
  const { scope, maxAge, acrValues, resourceMetadata } = options
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
  if (row.error !== undefined) {
    headers['www-authenticate'] = challenge({
      ...(row.error === null ? {} : { error: row.error, description: row.detail }),
      ...(scope === undefined ? {} : { scope }),
      ...(maxAge === undefined ? {} : { maxAge }),
      ...(acrValues === undefined ? {} : { acrValues }),
      ...(resourceMetadata === undefined ? {} : { resourceMetadata }),
    })
  }
  return { ok: false, status: row.status, code, headers, body, detail }
}
