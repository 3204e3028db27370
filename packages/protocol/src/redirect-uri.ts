// Redirect URIs: what may be registered, and what matches it (RFC 6749 §3.1.2, RFC 8252 §7 and §8.4, RFC 9700 §2.1).

/** One thing that is wrong, in our words; never quotes the value. */
export interface Finding {
  readonly code: string
  readonly message: string
}

const maximumLength = 2048
const answerNames = [
  'code',
  'state',
  'iss',
  'error',
  'error_description',
  'error_uri',
  'response',
  'session_state',
]
const notCanonical = finding('not_canonical', 'is not written the way a browser would send it')
const loopbackHosts = ['localhost', '127.0.0.1', '[::1]']

// Named so that the finding says what they are; all lack the dot that a private-use scheme needs.
const dangerousSchemes = /^(javascript|data|file|blob|vbscript|about|view-source|filesystem|ws|wss|ftp):/i

/**
 * Says why a URI may not be registered as a redirect URI, or null when it may.
 *
 * May: https; http for loopback hosts (localhost, 127.0.0.1, [::1]); a private-use scheme in reverse-domain form, such
 * as `com.example.app:/callback`. The spelling must be the canonical one, the bytes that a browser would send.
 */
export function checkRedirectUri(uri: string): Finding | null {
  const spelling = checkSpelling(uri)
  if (spelling !== null) return spelling
  return (/^https?:/i.test(uri) ? checkWebUri(uri) : checkPrivateUse(uri)) ?? checkQuery(uri)
}

/** Says why a URI may not be an address of a client on the web (logo, policy, home page), or null: https, or loopback http. */
export function checkWebUri(uri: string): Finding | null {
  const spelling = checkSpelling(uri)
  if (spelling !== null) return spelling
  if (!/^https?:\/\//.test(uri)) return finding('scheme', 'must begin with https://')
  const url = parseUrl(uri)
  if (url === null) return finding('not_a_uri', 'is not a URI')
  // RFC 9700 §2.6: "Authorization responses MUST NOT be transmitted over unencrypted network connections", and http is
  // left to "native clients that use loopback interface redirection".
  if (url.protocol === 'http:' && !loopbackHosts.includes(url.hostname)) {
    return finding('plain_http', 'may use http only for localhost, 127.0.0.1 or [::1]')
  }
  if (url.hostname.endsWith('.')) return finding('host', 'has a host name that ends in a dot')
  return checkCanonical(uri, url)
}

function checkSpelling(uri: string): Finding | null {
  if (uri === '') return finding('not_a_uri', 'is empty')
  if (dangerousSchemes.test(uri)) return finding('dangerous_scheme', 'has a scheme that is never allowed')
  if (uri.length > maximumLength) return finding('too_long', 'is longer than 2048 characters')
  if (uri.includes('*')) return finding('wildcard', 'may not contain a wildcard')
  // RFC 6749 §3.1.2: "The endpoint URI MUST NOT include a fragment component."
  if (uri.includes('#')) return finding('fragment', 'may not have a fragment')
  // The characters of RFC 3986 §2, with whole escapes.
  if (!/^(?:[A-Za-z0-9\-._~:/?[\]@!$&'()+,;=]|%[0-9A-Fa-f]{2})+$/.test(uri)) {
    return finding('character', 'has a character that a URI can not have')
  }
  if (/%(?:[01][0-9a-f]|7f)/i.test(uri)) return finding('character', 'has an escaped control character')
  const authority = /^[^:/?]*:\/\/([^/?]*)/.exec(uri)?.[1] ?? ''
  if (authority.includes('@')) return finding('userinfo', 'may not have a user name or password')
  // RFC 3986 §3.2.2: brackets enclose an IPv6 host and stand nowhere else.
  if (/[[\]]/.test(uri.replace(/^https?:\/\/\[[0-9a-f:.]+\]/, '')))
    return finding('character', 'has a stray bracket')
  return null
}

function checkPrivateUse(uri: string): Finding | null {
  // RFC 8252 §7.1: apps "MUST use a URI scheme based on a domain name under their control, expressed in reverse order".
  if (!/^[a-z][a-z0-9+-]*(?:\.[a-z0-9+-]+)+:/.test(uri)) {
    return finding('scheme', 'must begin with https:// or a scheme in reverse-domain form')
  }
  if (!/^[^:]+:\//.test(uri)) return finding('not_a_uri', 'must have a path')
  return parseUrl(uri)?.href === uri ? null : notCanonical
}

/** A name that the answer adds must not be there before: RFC 6749 §3.1, each "MUST NOT be included more than once". */
function checkQuery(uri: string): Finding | null {
  const query = new URLSearchParams(uri.includes('?') ? uri.slice(uri.indexOf('?')) : '')
  if (!answerNames.some((name) => query.has(name))) return null
  return finding('reserved_parameter', 'has a query parameter that answers use, such as code or state')
}

function checkCanonical(uri: string, url: URL): Finding | null {
  const origin = `${url.protocol}//${url.host}`
  const rest = uri.slice(origin.length)
  const path = rest.startsWith('/') ? rest : `/${rest}`
  if (uri.startsWith(origin) && /^(?:$|[/?])/.test(rest) && path === url.pathname + url.search) return null
  return notCanonical
}

/**
 * Whether an asked redirect URI is one of the registered ones.
 *
 * RFC 9700 §2.1: "authorization servers MUST utilize exact string matching except for port numbers in localhost
 * redirection URIs of native apps". The exception is for `http://127.0.0.1` and `http://[::1]` registered without a
 * port: any port, all else byte-equal (RFC 8252 §7.3).
 */
export function matchRedirectUri(registered: readonly string[], asked: string): boolean {
  if (registered.includes(asked)) return true
  const parts = /^(http:\/\/(?:127\.0\.0\.1|\[::1\])):([1-9][0-9]{0,4})((?:[/?].*)?)$/s.exec(asked)
  if (parts === null || Number(parts[2]) > 65535) return false
  return registered.includes(`${parts[1]}${parts[3]}`)
}

/** Whether a URI is http or https on a loopback host. */
export function isLoopback(uri: string): boolean {
  const url = parseUrl(uri)
  return url !== null && /^https?:$/.test(url.protocol) && loopbackHosts.includes(url.hostname)
}

/** The origin of an http or https URI, as in an Origin header; null for others. */
export function originOf(uri: string): string | null {
  const url = parseUrl(uri)
  return url !== null && /^https?:$/.test(url.protocol) ? url.origin : null
}

function parseUrl(uri: string): URL | null {
  return URL.canParse(uri) ? new URL(uri) : null
}

function finding(code: string, message: string): Finding {
  return { code, message }
}
