// The request that a proxy asks about, as far as it tells: its own words for method and address, the browser's for where
// it comes from. Decides what a cookie may do (HT-07) and whether a person is there who could be sent to sign in (C6).
import { localPath, type SafeLocation } from '../../platform/http/exchange.ts'

/** The request that waits at the proxy. */
export interface Original {
  readonly method: string
  /** Path and query as sent; null when that is no address here, or too long to come back to. */
  readonly returnTo: SafeLocation | null
  /** The whole Authorization header. */
  readonly authorization: string | undefined
  /** Whether a browser waits to show what comes, so that a sign-in page can take its place. */
  readonly isPage: boolean
  readonly origin: string | undefined
  readonly site: string | undefined
}

type Headers = { get(name: string): string | undefined }

/** Longest address that is remembered through a sign-in, in characters. */
const longestReturn = 2000

/**
 * @returns null when the proxy doesn't say what the method is: then nothing could be said of what a cookie may do
 */
export function originalOf(headers: Headers): Original | null {
  const method = headers.get('x-original-method')
  if (method === undefined || !/^[A-Za-z!#$%&'*+.^_`|~0-9-]+$/.test(method)) return null
  const authorization = headers.get('authorization')
  return {
    method,
    returnTo: asSent(headers.get('x-original-uri')),
    authorization,
    isPage: isRead(method) && authorization === undefined && wantsDocument(headers),
    origin: headers.get('origin'),
    site: headers.get('sec-fetch-site'),
  }
}

/** Frames can't show a sign-in page, and scripts have no use for one. */
function wantsDocument(headers: Headers): boolean {
  const destination = headers.get('sec-fetch-dest')
  if (destination !== undefined) return destination === 'document'
  return (headers.get('accept') ?? '').includes('text/html')
}

function isRead(method: string): boolean {
  return method === 'GET' || method === 'HEAD'
}

/**
 * Whether a cookie may speak for this request. A write counts only when the browser itself says that it comes from a page
 * of this origin: `SameSite=Lax` keeps other sites out, and this keeps out the neighbours within the site. So does it for
 * reads with another `Origin`, which scripts and WebSockets send.
 */
export function mayUseCookie({ method, origin, site }: Original, own: string): boolean {
  if (origin !== undefined && origin !== 'null' && origin !== own) return false
  // A link from anywhere may be followed.
  if ((isRead(method) || method === 'OPTIONS') && origin === undefined) return true
  return site === undefined ? origin === own : site === 'same-origin' || site === 'none'
}

/** An address as it stood in a request line, with whatever bytes it had unescaped. */
function asSent(text: string | undefined): SafeLocation | null {
  return ownAddress(
    text?.replaceAll(
      /[^\x21-\x5b\x5d-\x7e]/g,
      (character) => `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
    ),
  )
}

/** The text when it is an address that a browser may be sent to: a path of this origin. An overlong query is left out. */
export function ownAddress(text: string | undefined): SafeLocation | null {
  if (text === undefined) return null
  const kept = text.length <= longestReturn ? text : (text.split('?')[0] ?? '')
  if (kept.length > longestReturn) return null
  try {
    return localPath(kept)
  } catch (error) {
    if (error instanceof TypeError) return null
    throw error
  }
}
