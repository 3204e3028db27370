// Public keys in PEM (RFC 7468 §5 and §13) as JWKs: the SubjectPublicKeyInfo of RFC 5280 §4.1, by itself or inside a
// certificate, read here so that it works on every platform. What the numbers are worth is judged when the JWK is
// imported.
import { encodeBase64url, KeyError } from '@countersign/protocol'

/**
 * Reads a public key, or the key of a certificate. Of a certificate neither dates nor signature are looked at: whoever
 * hands it over says that its key is trusted.
 *
 * @throws KeyError `secret_in_public` for a private key, `unsupported` for another kind of key, `malformed`
 */
export function publicJwkOfPem(pem: string): Readonly<Record<string, string>> {
  const { label, der } = unwrapped(pem)
  if (label.endsWith('PRIVATE KEY')) {
    throw new KeyError('secret_in_public', 'a public key is expected, and this one is private')
  }
  if (label !== 'PUBLIC KEY' && label !== 'CERTIFICATE') {
    throw new KeyError('unsupported', 'the text is neither a PUBLIC KEY nor a CERTIFICATE')
  }
  const whole = new Reader(der)
  const key = label === 'CERTIFICATE' ? keyOfCertificate(whole) : whole.inside(sequence)
  whole.end()
  return jwkOf(key)
}

function unwrapped(pem: string): { label: string; der: Uint8Array } {
  const blocks = [...pem.matchAll(/-----BEGIN ([A-Z0-9 ]+)-----([A-Za-z0-9+/=\s]+)-----END \1-----/g)]
  const [block] = blocks
  if (block === undefined || blocks.length > 1) throw malformed('one PEM block is expected')
  const [, label = '', text = ''] = block
  try {
    return { label, der: Uint8Array.from(atob(text.replaceAll(/\s/g, '')), (one) => one.charCodeAt(0)) }
  } catch {
    throw malformed('the PEM block is not base64')
  }
}

function malformed(detail: string): KeyError {
  return new KeyError('malformed', detail)
}

const integer = 0x02
const bitString = 0x03
const objectIdentifier = 0x06
const sequence = 0x30
const version = 0xa0

/** Walks DER (X.690 §8.1): tag, definite length, content. */
class Reader {
  readonly #bytes: Uint8Array
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  get tag(): number | undefined {
    return this.#bytes[this.#at]
  }

  /** The content of the next element, which has to be of this tag. */
  content(tag: number): Uint8Array {
    if (this.tag !== tag) throw malformed('the key is not in the DER that its label promises')
    this.#at++
    const length = this.#length()
    const end = this.#at + length
    if (end > this.#bytes.byteLength) throw malformed('the key is cut off')
    const content = this.#bytes.subarray(this.#at, end)
    this.#at = end
    return content
  }

  inside(tag: number): Reader {
    return new Reader(this.content(tag))
  }

  skip(...tags: readonly number[]): void {
    for (const tag of tags) this.content(tag)
  }

  end(): void {
    if (this.#at !== this.#bytes.byteLength) throw malformed('something follows the key')
  }

  #length(): number {
    const first = this.#byte()
    if (first < 0x80) return first
    let length = 0
    // Four bytes would already be sixteen megabytes: no key is.
    if (first === 0x80 || first > 0x83) throw malformed('a length is not that of a key')
    for (let left = first & 0x7f; left > 0; left--) length = length * 256 + this.#byte()
    return length
  }

  #byte(): number {
    const byte = this.#bytes[this.#at++]
    if (byte === undefined) throw malformed('the key is cut off')
    return byte
  }
}

/** RFC 5280 §4.1: version, serial number, signature, issuer, validity and subject stand before the key. */
function keyOfCertificate(certificate: Reader): Reader {
  const signed = certificate.inside(sequence).inside(sequence)
  if (signed.tag === version) signed.skip(version)
  signed.skip(integer, sequence, sequence, sequence, sequence)
  return signed.inside(sequence)
}

type Members = Readonly<Record<string, string>>

/** By the DER of their object identifiers, in hexadecimal (RFC 3279 §2.3, RFC 5480 §2.1.1, RFC 8410 §3, RFC 9881 §2). */
const keyTypes: Readonly<Record<string, (key: Uint8Array, parameters: Reader) => Members>> = {
  // 1.2.840.113549.1.1.1 and .10: RSA, for any padding and for PSS alone.
  '2a864886f70d010101': rsa,
  '2a864886f70d01010a': rsa,
  // 1.2.840.10045.2.1
  '2a8648ce3d0201': (key, parameters) => point(key, hex(parameters.content(objectIdentifier))),
  // 1.3.101.112 and .113
  '2b6570': (key) => ({ kty: 'OKP', crv: 'Ed25519', x: encodeBase64url(key) }),
  '2b6571': (key) => ({ kty: 'OKP', crv: 'Ed448', x: encodeBase64url(key) }),
  // 2.16.840.1.101.3.4.3.17 to .19
  '608648016503040311': (key) => ({ kty: 'AKP', alg: 'ML-DSA-44', pub: encodeBase64url(key) }),
  '608648016503040312': (key) => ({ kty: 'AKP', alg: 'ML-DSA-65', pub: encodeBase64url(key) }),
  '608648016503040313': (key) => ({ kty: 'AKP', alg: 'ML-DSA-87', pub: encodeBase64url(key) }),
}

const curves: Readonly<Record<string, { readonly crv: string; readonly coordinateBytes: number }>> = {
  '2a8648ce3d030107': { crv: 'P-256', coordinateBytes: 32 },
  '2b81040022': { crv: 'P-384', coordinateBytes: 48 },
  '2b81040023': { crv: 'P-521', coordinateBytes: 66 },
  '2b8104000a': { crv: 'secp256k1', coordinateBytes: 32 },
}

function jwkOf(info: Reader): Members {
  const algorithm = info.inside(sequence)
  const make = keyTypes[hex(algorithm.content(objectIdentifier))]
  if (make === undefined) throw new KeyError('unsupported', 'the key is of a type that is not spoken here')
  const [unused, ...key] = info.content(bitString)
  info.end()
  if (unused !== 0) throw malformed('the key is not whole bytes')
  return make(Uint8Array.from(key), algorithm)
}

function rsa(key: Uint8Array): Members {
  const numbers = new Reader(key).inside(sequence)
  const [n, e] = [numbers.content(integer), numbers.content(integer)].map(unsigned)
  numbers.end()
  return { kty: 'RSA', n: encodeBase64url(n ?? ''), e: encodeBase64url(e ?? '') }
}

/** DER puts a zero before a positive number whose first bit is set; a JWK doesn't (RFC 7518 §2). */
function unsigned(number: Uint8Array): Uint8Array {
  return number[0] === 0 ? number.subarray(1) : number
}

/** RFC 5480 §2.2: only the uncompressed form, `04 x y`. */
function point(key: Uint8Array, curve: string): Members {
  const known = curves[curve]
  if (known === undefined) throw new KeyError('unsupported', 'the curve is not spoken here')
  const { crv, coordinateBytes } = known
  if (key[0] !== 4 || key.byteLength !== 1 + 2 * coordinateBytes) {
    throw malformed('the point is not written in full')
  }
  const x = encodeBase64url(key.subarray(1, 1 + coordinateBytes))
  return { kty: 'EC', crv, x, y: encodeBase64url(key.subarray(1 + coordinateBytes)) }
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
