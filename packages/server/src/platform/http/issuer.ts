// The server's own address: fixed by configuration, never taken from a request (C20).

/** The server’s own address, in the parts that are asked for. */
export interface Issuer {
  /** The issuer identifier, byte for byte as clients compare it. */
  readonly url: string
  readonly origin: string
  readonly host: string
  /** Whether browsers reach us over https. */
  readonly secure: boolean
  /** An absolute address of ours. */
  at(path: string): string
}

/** @throws TypeError when `url` can't be an issuer (RFC 8414 §2: no query, no fragment; here also: no path). */
export function issuerAt(url: string): Issuer {
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
  return {
    url: parsed.origin,
    origin: parsed.origin,
    host: parsed.host,
    secure: parsed.protocol === 'https:',
    at: (path) => parsed.origin + path,
  }
}
