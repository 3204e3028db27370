// The platform as Node has it: bytes and signatures (RFC 7518 §3). The only file that calls node:crypto; `#crypto` of
// package.json chooses between it and crypto.web.ts, which exports the same names.
import { Buffer } from 'node:buffer'
import {
  constants,
  createHmac,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  createSign,
  createVerify,
  type Hmac,
  hash,
  type KeyObject,
  sign,
  timingSafeEqual,
  verify,
} from 'node:crypto'
import { type Curve, curves, type JwsAlgorithm, type JwsAlgorithmRow, jwsAlgorithms } from './algorithms.ts'
import type { Asynchronous, JwkMembers } from './asynchronous.ts'
import { KeyError } from './key-error.ts'

/** A key made ready once for its one algorithm. Opaque to every other file. */
export interface PreparedKey {
  readonly key: KeyObject
  readonly hash: string | null
  readonly signatureBytes: number
  readonly options: SignatureOptions | null
}

interface SignatureOptions {
  readonly key: KeyObject
  readonly dsaEncoding?: 'ieee-p1363'
  readonly padding?: number
  readonly saltLength?: number
}

/** Whether the names without `Async` work here: on a platform of Web Crypto alone they refuse. */
export const answersAtOnce: boolean = true

/** Whether this runtime has ML-DSA: Node from 24.6 on, over OpenSSL 3.5. */
export const hasMlDsa: boolean = readsMlDsa()

function readsMlDsa(): boolean {
  const pub = toBase64url(new Uint8Array(jwsAlgorithms['ML-DSA-44'].publicBytes))
  try {
    return readPublic({ kty: 'AKP', alg: 'ML-DSA-44', pub }).type === 'public'
  } catch {
    return false
  }
}

function readPublic(members: JwkMembers): KeyObject {
  return createPublicKey({ key: { ...members }, format: 'jwk' })
}

/** @throws whatever the platform says of a key that it can't read, such as a point off its curve */
export function preparePublic(alg: JwsAlgorithm, members: JwkMembers): PreparedKey {
  return prepare(alg, members['crv'], () => readPublic(members))
}

/** @throws as preparePublic */
export function preparePrivate(alg: JwsAlgorithm, members: JwkMembers): PreparedKey {
  return prepare(alg, members['crv'], () => createPrivateKey({ key: { ...members }, format: 'jwk' }))
}

/** Makes an HMAC key ready. */
export function prepareSecret(alg: JwsAlgorithm, secret: Uint8Array): PreparedKey {
  return prepare(alg, undefined, () => createSecretKey(secret))
}

function prepare(alg: JwsAlgorithm, crv: string | undefined, read: () => KeyObject): PreparedKey {
  const row: JwsAlgorithmRow = jwsAlgorithms[alg]
  if (row.family === 'ml-dsa' && !hasMlDsa) throw new KeyError('unsupported', 'this runtime has no ML-DSA')
  const key = read()
  const hash = row.hash ?? null
  const ofCurve = crv === undefined ? 0 : curves[crv as Curve].signatureBytes
  switch (row.family) {
    case 'ecdsa':
      // RFC 7518 §3.4: the signature is "R and S as octet sequences ... concatenated", not DER.
      return { key, hash, signatureBytes: ofCurve, options: { key, dsaEncoding: 'ieee-p1363' } }
    case 'eddsa':
      return { key, hash, signatureBytes: ofCurve, options: { key } }
    case 'ml-dsa':
      return { key, hash, signatureBytes: row.signatureBytes ?? 0, options: { key } }
    case 'rsa-pkcs1':
      return {
        key,
        hash,
        signatureBytes: modulusBytes(key),
        options: { key, padding: constants.RSA_PKCS1_PADDING },
      }
    case 'rsa-pss':
      // RFC 7518 §3.5: "The size of the salt value is the same size as the hash function output."
      return {
        key,
        hash,
        signatureBytes: modulusBytes(key),
        options: {
          key,
          padding: constants.RSA_PKCS1_PSS_PADDING,
          saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
        },
      }
    case 'hmac':
      return { key, hash, signatureBytes: row.minimumBytes ?? 0, options: null }
  }
}

function modulusBytes(key: KeyObject): number {
  return Math.ceil((key.asymmetricKeyDetails?.modulusLength ?? 0) / 8)
}

/** What is signed: bytes, or a text that is all ASCII. */
type Input = Uint8Array | string

/** Whether the signature is this key's over the input. INVARIANT: HMACs are compared in constant time. */
export function verifySignature(prepared: PreparedKey, input: Uint8Array, signature: Uint8Array): boolean {
  return isSignature(prepared, input, signature)
}

/** As verifySignature, over a text that is all ASCII. */
export function verifyText(prepared: PreparedKey, text: string, signature: Uint8Array): boolean {
  return isSignature(prepared, text, signature)
}

function isSignature(prepared: PreparedKey, input: Input, signature: Uint8Array): boolean {
  const { hash, options } = prepared
  if (signature.byteLength !== prepared.signatureBytes) return false
  if (options === null) return timingSafeEqual(mac(prepared, input).digest(), signature)
  if (hash === null) return verify(null, bytesOf(input), options, signature)
  // Where there is a hash, this is a little quicker than `verify`, which looks it up by name each time.
  return fed(createVerify(hash), input).verify(options, signature)
}

/** Signs the input with a private or secret key. */
export function createSignature(prepared: PreparedKey, input: Uint8Array): Uint8Array {
  return signature(prepared, input)
}

/** Signs a text that is all ASCII; the signature comes as base64url. */
export function signText(prepared: PreparedKey, text: string): string {
  return prepared.options === null
    ? mac(prepared, text).digest('base64url')
    : signature(prepared, text).toString('base64url')
}

function signature(prepared: PreparedKey, input: Input): Buffer {
  const { hash, options } = prepared
  if (options === null) return mac(prepared, input).digest()
  return hash === null ? sign(null, bytesOf(input), options) : fed(createSign(hash), input).sign(options)
}

function mac({ hash, key }: PreparedKey, input: Input): Hmac {
  return fed(createHmac(hash ?? '', key), input)
}

interface Sink {
  update(bytes: Uint8Array): unknown
  update(text: string, encoding: 'latin1'): unknown
}

function fed<To extends Sink>(sink: To, input: Input): To {
  if (typeof input === 'string') sink.update(input, 'latin1')
  else sink.update(input)
  return sink
}

function bytesOf(input: Input): Uint8Array {
  return typeof input === 'string' ? asciiBytes(input) : input
}

/** The JWK members of a private or secret key, secret ones included. */
export function exportPrivate(prepared: PreparedKey): JwkMembers {
  return prepared.key.export({ format: 'jwk' }) as JwkMembers
}

/** The same, for callers that may have to wait elsewhere. */
export const asynchronous: Asynchronous<PreparedKey> = {
  preparePublic: async (alg, members) => preparePublic(alg, members),
  preparePrivate: async (alg, members) => preparePrivate(alg, members),
  prepareSecret: async (alg, secret) => prepareSecret(alg, secret),
  verifySignature: async (key, input, signature) => verifySignature(key, input, signature),
  createSignature: async (key, input) => createSignature(key, input),
  exportPrivate: async (key) => exportPrivate(key),
}

/** SHA-256 of bytes, or of a text's UTF-8, as base64url (43 characters). */
export function sha256Base64url(of: string | Uint8Array): string {
  return hash('sha256', of, 'base64url')
}

/** Compares two texts; the time taken depends on their lengths alone. */
export function equalInConstantTime(one: string, other: string): boolean {
  const left = Buffer.from(one, 'utf8')
  const right = Buffer.from(other, 'utf8')
  return left.byteLength === right.byteLength && timingSafeEqual(left, right)
}

/** Base64url without padding. */
export function toBase64url(bytes: Uint8Array): string {
  const buffer = Buffer.isBuffer(bytes)
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return buffer.toString('base64url')
}

/** Base64url of a text's UTF-8. */
export function textToBase64url(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64url')
}

/** Decodes whatever can be read as base64url; base64url.ts sees to strictness. */
export function fromBase64url(text: string): Uint8Array {
  return Buffer.from(text, 'base64url')
}

/** The bytes of a text that is all ASCII. */
export function asciiBytes(text: string): Uint8Array {
  return Buffer.from(text, 'latin1')
}
