// The server's own address: fixed by configuration, never taken from a request (C20).
import { isIP } from 'node:net'

/** The server’s own address, in the parts that are asked for. */
export interface Issuer {
  /** The issuer identifier, byte for byte as clients compare it. */
  readonly url: string
  readonly origin: string
  readonly host: string
  /** Whether browsers reach us over https. */
  readonly secure: boolean
  /**
   * The domain that browsers bind passkeys to: the host without its port, or a parent of it; null where they bind none,
   * at an IP address or on plain http (WebAuthn §5.1.2, RP ID).
   */
  readonly domain: string | null
  /** An absolute address of ours. */
  at(path: string): string
}

/**
 * @param domain for passkeys, where it isn't the host itself
 * @throws TypeError when `url` can't be an issuer (RFC 8414 §2: no query, no fragment; here also: no path), or `domain`
 * doesn't hold it
 */
export function issuerAt(url: string, domain?: string): Issuer {
  const parsed = new URL(url)
  if (
    !/^https?:$/.test(parsed.protocol) ||
    parsed.search !== '' ||
    parsed.hash !== '' ||
    parsed.username !== ''
  ) {
    throw new TypeError('The issuer is an http(s) address without query, fragment or user.')
  }
  if (parsed.pathname !== '/') throw new TypeError('The issuer has no path.')
  if (domain !== undefined && !isWithin(parsed.hostname, domain)) {
    throw new TypeError('The domain for passkeys is the host of the issuer, or a parent of it.')
  }
  return {
    url: parsed.origin,
    origin: parsed.origin,
    host: parsed.host,
    secure: parsed.protocol === 'https:',
    domain: bindsPasskeys(parsed) ? (domain ?? parsed.hostname) : null,
    at: (path) => parsed.origin + path,
  }
}

/** Whether a host is `domain` or below it. */
export function isWithin(host: string, domain: string): boolean {
  return host === domain || host.endsWith(`.${domain}`)
}

function bindsPasskeys({ protocol, hostname }: URL): boolean {
  if (isIP(hostname.replace(/^\[|\]$/g, '')) !== 0) return false
  return protocol === 'https:' || isWithin(hostname, 'localhost')
}
