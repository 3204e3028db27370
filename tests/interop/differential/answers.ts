// Classes of answers: what a client or a person comes to know, whichever server answered.
import type { Asked } from './asked.ts'

/** An answer as either server gave it. */
export interface Given {
  readonly status: number
  readonly header: (name: string) => string | null
  readonly body: string
}

/**
 * `goes on` (the request is accepted: a page of the server follows, or the application's with what it asked for), `page`
 * (refused before the person, and no redirect), `redirect ERROR`, `4xx ERROR` in JSON or a challenge, `ok`, `active`,
 * `inactive`, `not that way` (another method or media type).
 */
export function classOf({ endpoint }: Asked, given: Given): string {
  const { status } = given
  if (status === 404 || status === 405 || status === 415) return 'not that way'
  if (status >= 500) return `${status}`
  const location = given.header('location')
  if (location !== null) return redirected(location)
  if (endpoint === 'authorize' || endpoint === 'logout') return shown(given)
  const json = jsonOf(given)
  const error = json?.['error'] ?? challenged(given)
  if (status >= 400) return `4xx ${error ?? 'without a word'}`
  if (typeof json?.['active'] === 'boolean') return json['active'] ? 'active' : 'inactive'
  return 'ok'
}

function redirected(location: string): string {
  const url = new URL(location, 'http://server.example')
  const answer = url.searchParams.has('error')
    ? url.searchParams
    : new URLSearchParams(url.hash.replace(/^#/, ''))
  const error = answer.get('error')
  return error === null ? 'goes on' : `redirect ${error}`
}

/** A page; or the form by which an answer is posted to the application. */
function shown({ status, body }: Given): string {
  const [, error] = /<input[^>]*name="error"[^>]*value="([^"]*)"/.exec(body) ?? []
  if (error !== undefined) return `redirect ${error}`
  return status >= 400 ? 'page' : 'goes on'
}

function jsonOf({ body, header }: Given): Record<string, unknown> | null {
  if (!/\bjson\b/.test(header('content-type') ?? '')) return null
  try {
    return JSON.parse(body) as Record<string, unknown>
  } catch {
    return null
  }
}

function challenged({ header }: Given): string | undefined {
  return /\berror="([^"]*)"/.exec(header('www-authenticate') ?? '')?.[1]
}

/** Whether a class is one of those in which the request was granted. */
export const isGranted = (answer: string): boolean => /^(?:goes on|ok|active|inactive)$/.test(answer)
