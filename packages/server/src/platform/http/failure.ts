// What an error becomes. Three kinds, kept apart: refusals (the caller’s doing, exact codes), storage that is away
// (503), and everything else, which is our fault: 500 with an incident id, never a 4xx, never a word of its inside.
import { formatOAuthError, OAuthError } from '@countersign/protocol'
import { StorageUnavailable } from '../db/engine.ts'
import { errorPage } from '../html/error.page.ts'
import { frameOf } from '../html/frame.ts'
import type { Platform } from '../platform.ts'
import type { Arrival } from './edge.ts'
import { type Browser, type Headers, json, type Outgoing, page, problem } from './exchange.ts'

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

/** A request that failed, and whom the answer is for. */
export interface Failed {
  readonly arrival: Arrival
  readonly path: string
  /** As in `Incoming.id`. */
  readonly id: string
  /** A person gets a page, a program the body of an OAuth error (RFC 6749 §5.2), anyone else a problem document. */
  readonly reader: 'person' | 'program' | 'anyone'
  readonly browser: Browser
}

/** The answer to a request that ended in `error`, without the headers of its kind; logs what is ours to mend. */
export function failure(platform: Platform, failed: Failed, error: unknown): Outgoing {
  const verdict = judge(error)
  report(platform, failed, verdict, error)
  switch (failed.reader) {
    case 'person':
      return failurePage(platform, failed, verdict)
    case 'program':
      return json(verdict.status, programBody(verdict, failed.id), verdict.headers)
    case 'anyone':
      return problem(verdict.status, verdict.title, verdict.headers)
  }
}

function report(platform: Platform, { id, path, arrival }: Failed, verdict: Verdict, error: unknown): void {
  if (error instanceof Busy) {
    // Nothing is there to mend, and anybody can cause many: a line, and no account of where it happened.
    platform.log.warn({ id, path, because: error.message }, 'There was too much to do.')
  } else if (verdict.status >= 500) {
    platform.log.error({ id, path, method: arrival.method, error: describe(error) }, 'A request failed.')
  } else if (verdict.oauth?.detail !== undefined) {
    const { code, detail } = verdict.oauth
    platform.log.info({ id, path, refusal: code, detail }, 'A request was refused.')
  }
}

function failurePage(platform: Platform, failed: Failed, verdict: Verdict): Outgoing {
  const wait = Number(verdict.headers['retry-after'])
  const model = {
    status: verdict.status,
    code: verdict.oauth?.code,
    message: verdict.oauth?.description ?? verdict.words,
    requestId: failed.id,
    retryAfter: Number.isFinite(wait) ? wait : undefined,
  }
  const { status, headers } = verdict
  return page(errorPage(model, frameOf(platform, failed)), { status, headers })
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

function describe(error: unknown): string {
  if (!(error instanceof Error)) return 'Something that is not an error was thrown.'
  const cause = error.cause instanceof Error ? ` | caused by ${error.cause.stack ?? error.cause.message}` : ''
  return `${error.stack ?? error.message}${cause}`
}
