// Public documents that may be kept: a strong ETag, and 304 for whoever has it already (RFC 9110 §8.8.3, §13.1.2).
import { hash } from 'node:crypto'
import type { Incoming, Outgoing } from './exchange.ts'

/** @param maxAge seconds */
export function cacheable(request: Incoming, document: object, maxAge: number): Outgoing {
  const body = JSON.stringify(document)
  const etag = `"${hash('sha256', body, 'base64url').slice(0, 22)}"`
  const headers = { 'cache-control': `public, max-age=${maxAge}`, etag }
  return matches(request.headers.get('if-none-match'), etag)
    ? { status: 304, headers, body: '' }
    : { status: 200, headers: { 'content-type': 'application/json', ...headers }, body }
}

function matches(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false
  // RFC 9110 §13.1.2: If-None-Match compares weakly.
  const tags = ifNoneMatch.split(',').map((tag) => tag.trim().replace(/^W\//, ''))
  return tags.includes(etag) || tags.includes('*')
}
