// Certificates of TLS clients, as a proxy tells of them in a header (RFC 9440 §2; nginx's $ssl_client_escaped_cert), and the
// thumbprint by which tokens are bound to them (RFC 8705 §3.1). What a certificate says is not read here.
import { sha256Base64url } from '#crypto'
import { decodeBase64url } from './jose/base64url.ts'

/** Longest value that is read, in characters. */
const longest = 12_288

/**
 * The certificates in a header's value, DER each, the client's own first.
 *
 * @param value `:base64 of the DER:` (RFC 9440 §2.2), or one or several PEMs whose characters are escaped as in URLs
 * @returns null for anything else, and for more than one value
 */
export function readCertificateHeader(value: string): readonly Uint8Array[] | null {
  // Repeated headers are joined by a comma, which neither form has.
  if (value.length > longest || value.includes(',')) return null
  const texts = value.startsWith(':') ? [sequenceIn(value)] : pemsIn(value)
  const found = texts?.map((base64) => (base64 === undefined ? null : bytesOf(base64))) ?? []
  const all = found.filter((bytes) => bytes !== null)
  return all.length > 0 && all.length === found.length ? all : null
}

/** SHA-256 of a certificate's DER, base64url: `x5t#S256`. */
export function certificateThumbprint(der: Uint8Array): string {
  return sha256Base64url(der)
}

/** RFC 9651 §3.3.5. */
function sequenceIn(value: string): string | undefined {
  return /^:([A-Za-z0-9+/]+={0,2}):$/.exec(value)?.[1]
}

const pem = /^-----BEGIN CERTIFICATE-----\n([A-Za-z0-9+/=\n]+)\n-----END CERTIFICATE-----\n*/

function pemsIn(value: string): (string | undefined)[] | null {
  let text: string
  try {
    text = decodeURIComponent(value).replaceAll('\r\n', '\n')
  } catch {
    return null
  }
  const found: (string | undefined)[] = []
  while (text !== '') {
    const [block, base64] = pem.exec(text) ?? []
    if (block === undefined) return null
    found.push(base64?.replaceAll('\n', ''))
    text = text.slice(block.length)
  }
  return found
}

/** Base64 with its padding (RFC 4648 §4), in its one canonical form. */
function bytesOf(base64: string): Uint8Array | null {
  if (base64.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) return null
  return decodeBase64url(base64.replace(/=+$/, '').replaceAll('+', '-').replaceAll('/', '_'))
}
