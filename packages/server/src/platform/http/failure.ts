/**
 * What an error becomes. Three kinds, kept apart: refusals (the caller's doing, exact codes), storage that is away
 * (503), and everything else, which is our fault: 500 with an incident id, never a 4xx, never a word of its inside.
 */
import { formatOAuthError, OAuthError } from '@countersign/protocol'
import { StorageUnavailable } from '../db/engine.ts'
import { errorPage } from '../html/error.page.ts'
import { frameOf } from '../html/frame.ts'
import type { Platform } from '../platform.ts'
import type { Arrival } from './edge.ts'
import { type Browser, type Headers, json, type Outgoing, page, problem, type Route } from './exchange.ts'
import { pageHeaders, plainHeaders } from './headers.ts'

/** A plain HTTP refusal: nothing more to say than its status. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly status: number
  readonly headers: Headers
  /** A sentence for a person, in place of the status's own. */
  readonly words: string | undefined

  constructor(status: number, headers: Headers = {}, words?: string) {
    super(`HTTP ${status}`)
    this.status = status
    this.headers = headers
    this.words = words
  }
}

/** The server has too much to do now; the work was not begun. */
export class Busy extends Error {
  override readonly name = 'Busy'
}

interface Verdict {
  readonly status: number
  readonly headers: Headers
  readonly title: string
  readonly oauth?: OAuthError
  readonly words?: string | undefined
}

const titles: Readonly<Record<number, string>> = {
  400: 'Bad request',
  403: 'Forbidden',
  404: 'Not found',
  405: 'Method not allowed',
  413: 'Content too large',
  415: 'Unsupported media type',
  429: 'Too many requests',
  500: 'Internal error',
  503: 'Unavailable',
}

/** The answer to a request that ended in `error`; logs what is ours to mend. */
export function failure(
  platform: Platform,
  arrival: Arrival,
  path: string,
  error: unknown,
  route?: Route,
  browser?: Browser,
): Outgoing {
  const id = platform.runtime.id('req')
  const verdict = judge(error)
  if (verdict.status >= 500) {
    platform.log.error({ id, path, method: arrival.method, error: describe(error) }, 'A request failed.')
  } else if (verdict.oauth?.detail !== undefined) {
    platform.log.info(
      { id, path, refusal: verdict.oauth.code, detail: verdict.oauth.detail },
      'A request was refused.',
    )
  }
  if (route === undefined ? wantsHtml(arrival) : route.caller === 'browser' || route.caller === 'redirect') {
    const nonce = browser?.nonce ?? platform.runtime.secret(16)
    const frame = frameOf(platform, { browser: { digest: '', formToken: browser?.formToken ?? '', nonce } })
    const wait = Number(verdict.headers['retry-after'])
    const html = errorPage(
      {
        status: verdict.status,
        code: verdict.oauth?.code,
        message: verdict.oauth?.description ?? verdict.words,
        requestId: id,
        retryAfter: Number.isFinite(wait) ? wait : undefined,
      },
      frame,
    )
    const outgoing = page(html, { status: verdict.status, headers: verdict.headers })
    return route === undefined ? pageHeaders(platform.issuer, outgoing, nonce) : outgoing
  }
  const outgoing =
    route?.caller === 'program'
      ? json(verdict.status, programBody(verdict, id), verdict.headers)
      : problem(verdict.status, verdict.title, verdict.headers)
  return route === undefined ? plainHeaders(platform.issuer, outgoing) : outgoing
}

function judge(error: unknown): Verdict {
  if (error instanceof OAuthError) {
    return { status: error.status, headers: error.headers ?? {}, title: error.description, oauth: error }
  }
  if (error instanceof Refusal) {
    return {
      status: error.status,
      headers: error.headers,
      title: titles[error.status] ?? 'Refused',
      words: error.words,
    }
  }
  if (error instanceof StorageUnavailable || error instanceof Busy) {
    return { status: 503, headers: { 'retry-after': '1' }, title: 'Unavailable' }
  }
  return { status: 500, headers: {}, title: 'Internal error' }
}

function programBody(verdict: Verdict, id: string): unknown {
  if (verdict.oauth !== undefined) return formatOAuthError(verdict.oauth)
  if (verdict.status === 503)
    return { error: 'temporarily_unavailable', error_description: 'Try again in a moment.' }
  if (verdict.status >= 500)
    return { error: 'server_error', error_description: `Something failed here. Incident ${id}.` }
  return { error: 'invalid_request', error_description: `${verdict.title}.` }
}

function wantsHtml(arrival: Arrival): boolean {
  return (arrival.headers.get('accept') ?? '').includes('text/html')
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return 'Something that is not an error was thrown.'
  const cause = error.cause instanceof Error ? ` | caused by ${error.cause.stack ?? error.cause.message}` : ''
  return `${error.stack ?? error.message}${cause}`
}
