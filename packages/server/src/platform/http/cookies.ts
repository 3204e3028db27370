// Cookies: read strictly, written with every attribute that keeps them ours (RFC 6265bis `__Host-` prefix).
import type { Issuer } from './issuer.ts'

/** Cookies of one request. A name sent twice is dropped: nobody can tell which of the two is ours. */
export function readCookies(header: string | undefined): ReadonlyMap<string, string> {
  const cookies = new Map<string, string>()
  const twice = new Set<string>()
  for (const part of (header ?? '').split(';')) {
    const split = part.indexOf('=')
    if (split < 0) continue
    const name = part.slice(0, split).trim()
    const value = part.slice(split + 1).trim()
    if (
      !/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(name) ||
      !/^[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*$/.test(value)
    )
      continue
    if (cookies.has(name)) twice.add(name)
    cookies.set(name, value)
  }
  for (const name of twice) cookies.delete(name)
  return cookies
}

/** Our cookies: the browser’s own, the session’s, the known device’s. */
export type CookieName = 'sid' | 'browser' | 'dev'

/** `__Host-…` over https; the plain name only where the issuer is http on loopback, where browsers refuse the prefix. */
export function cookieName(issuer: Issuer, name: CookieName): string {
  return issuer.secure ? `__Host-${name}` : name
}

/** @param maxAge seconds to live; left out, the cookie ends with the browser. 0 deletes it. */
export function setCookie(issuer: Issuer, name: CookieName, value: string, maxAge?: number): string {
  const age = maxAge === undefined ? '' : `; Max-Age=${maxAge}`
  return `${cookieName(issuer, name)}=${value}; Path=/; HttpOnly; SameSite=Lax${issuer.secure ? '; Secure' : ''}${age}`
}
