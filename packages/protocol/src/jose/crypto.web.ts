// The platform as the web has it: bytes, and signatures through Web Crypto, which answers only later. The same names as
// crypto.ts; `#crypto` of package.json chooses. What can't be done at once here says so and names what can.
import { type Curve, curves, type JwsAlgorithm, type JwsAlgorithmRow, jwsAlgorithms } from './algorithms.ts'
import type { Asynchronous, JwkMembers } from './asynchronous.ts'
import { KeyError } from './key-error.ts'
import { isOnCurve } from './on-curve.ts'
import { sha256 } from './sha256.ts'

/** A key made ready once for its one algorithm. Opaque to every other file. */
export interface PreparedKey {
  readonly key: CryptoKey
  readonly parameters: Parameters
  readonly signatureBytes: number
}

type Parameters = { readonly name: string } & Readonly<Record<string, unknown>>

/** Whether the names without `Async` work here. */
export const answersAtOnce: boolean = false

/** Unknown until it is tried: a platform that only answers later can't say now, so it isn't promised. */
export const hasMlDsa: boolean = false

const hashes = { sha256: 'SHA-256', sha384: 'SHA-384', sha512: 'SHA-512' }
const hashBytes = { sha256: 32, sha384: 48, sha512: 64 }

/** How Web Crypto reads a key of the algorithm, and how it signs with it. */
function parametersOf(
  alg: JwsAlgorithm,
  crv: string | undefined,
): { readonly read: Parameters; readonly use: Parameters } {
  const row: JwsAlgorithmRow = jwsAlgorithms[alg]
  const size = row.hash ?? 'sha256'
  const hash = hashes[size]
  switch (row.family) {
    case 'ecdsa':
      return { read: { name: 'ECDSA', namedCurve: crv }, use: { name: 'ECDSA', hash } }
    case 'eddsa':
      return { read: { name: crv ?? '' }, use: { name: crv ?? '' } }
    case 'ml-dsa':
      return { read: { name: alg }, use: { name: alg } }
    case 'rsa-pkcs1':
      return { read: { name: 'RSASSA-PKCS1-v1_5', hash }, use: { name: 'RSASSA-PKCS1-v1_5' } }
    case 'rsa-pss':
      return { read: { name: 'RSA-PSS', hash }, use: { name: 'RSA-PSS', saltLength: hashBytes[size] } }
    case 'hmac':
      return { read: { name: 'HMAC', hash }, use: { name: 'HMAC' } }
  }
}

function signatureBytesOf(alg: JwsAlgorithm, members: JwkMembers): number {
  const row: JwsAlgorithmRow = jwsAlgorithms[alg]
  const { crv, n } = members
  if (crv !== undefined) return curves[crv as Curve].signatureBytes
  return n === undefined ? (row.signatureBytes ?? row.minimumBytes ?? 0) : fromBase64url(n).byteLength
}

async function prepare(alg: JwsAlgorithm, members: JwkMembers, usages: KeyUsage[]): Promise<PreparedKey> {
  const { crv, x, y } = members
  const { read, use } = parametersOf(alg, crv)
  if (
    crv !== undefined &&
    x !== undefined &&
    y !== undefined &&
    !isOnCurve(crv, fromBase64url(x), fromBase64url(y))
  )
    throw new KeyError('malformed', 'the numbers do not make a key')
  const key = await crypto.subtle.importKey('jwk', { ...members }, read, true, usages).catch(refuse)
  return { key, parameters: use, signatureBytes: signatureBytesOf(alg, members) }
}

function refuse(error: unknown): never {
  if (error instanceof DOMException && error.name === 'NotSupportedError') {
    throw new KeyError('unsupported', 'this platform lacks the algorithm')
  }
  throw error
}

/** What the platform can do. */
export const asynchronous: Asynchronous<PreparedKey> = {
  preparePublic: (alg, members) => prepare(alg, members, ['verify']),
  preparePrivate: (alg, members) => prepare(alg, members, ['sign']),
  prepareSecret: (alg, secret) => prepare(alg, { kty: 'oct', k: toBase64url(secret) }, ['sign', 'verify']),
  verifySignature: async ({ key, parameters, signatureBytes }, input, signature) =>
    signature.byteLength === signatureBytes &&
    (await crypto.subtle.verify(parameters, key, source(signature), source(input))),
  createSignature: async ({ key, parameters }, input) =>
    new Uint8Array(await crypto.subtle.sign(parameters, key, source(input))),
  exportPrivate: async ({ key }) => {
    const {
      key_ops: _operations,
      ext: _ext,
      oth: _oth,
      ...members
    } = await crypto.subtle.exportKey('jwk', key)
    // Some platforms write out members that the key does not have.
    return Object.fromEntries(
      Object.entries(members).filter(([, value]) => value !== undefined),
    ) as JwkMembers
  },
}

/** Bytes never stand in shared memory here, which is all that the type can't know. */
function source(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return bytes as Uint8Array<ArrayBuffer>
}

function later(name: string): never {
  throw new KeyError('unsupported', `this platform answers only later: use ${name}`)
}

// The names that answer at once in crypto.ts: here they say which one to use instead.

export function preparePublic(_alg: JwsAlgorithm, _members: JwkMembers): PreparedKey {
  return later('importPublicJwkAsync')
}

export function preparePrivate(_alg: JwsAlgorithm, _members: JwkMembers): PreparedKey {
  return later('importPrivateJwkAsync')
}

export function prepareSecret(_alg: JwsAlgorithm, _secret: Uint8Array): PreparedKey {
  return later('importSecretJwkAsync')
}

export function verifySignature(_key: PreparedKey, _input: Uint8Array, _signature: Uint8Array): boolean {
  return later('verifyTokenAsync')
}

export function createSignature(_key: PreparedKey, _input: Uint8Array): Uint8Array {
  return later('signTokenAsync')
}

export function verifyText(_key: PreparedKey, _text: string, _signature: Uint8Array): boolean {
  return later('verifyTokenAsync')
}

export function signText(_key: PreparedKey, _text: string): string {
  return later('signTokenAsync')
}

export function exportPrivate(_key: PreparedKey): JwkMembers {
  return later('privateJwkAsync')
}

const utf8 = new TextEncoder()

/** SHA-256 of bytes, or of a text's UTF-8, as base64url (43 characters). */
export function sha256Base64url(of: string | Uint8Array): string {
  return toBase64url(sha256(typeof of === 'string' ? utf8.encode(of) : of))
}

/** Compares two texts; the time taken depends on their lengths alone. */
export function equalInConstantTime(one: string, other: string): boolean {
  const [left, right] = [utf8.encode(one), utf8.encode(other)]
  if (left.byteLength !== right.byteLength) return false
  let difference = 0
  for (const [index, byte] of left.entries()) difference |= byte ^ (right[index] ?? 0)
  return difference === 0
}

/** Base64url without padding. */
export function toBase64url(bytes: Uint8Array): string {
  let binary = ''
  for (const byte of bytes) binary += String.fromCharCode(byte)
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')
}

/** Base64url of a text's UTF-8. */
export function textToBase64url(text: string): string {
  return toBase64url(utf8.encode(text))
}

/** Decodes whatever can be read as base64url, and nothing to no bytes; base64url.ts sees to strictness. */
export function fromBase64url(text: string): Uint8Array {
  try {
    return asciiBytes(atob(text.replaceAll('-', '+').replaceAll('_', '/')))
  } catch {
    return new Uint8Array()
  }
}

/** The bytes of a text that is all Latin-1, as ASCII is. */
export function asciiBytes(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0))
}
