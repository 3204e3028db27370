// The only file that calls node:crypto, so that a Web Crypto twin can take its place (RFC 7518 §3).
import {
  constants,
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  type KeyObject,
  sign,
  timingSafeEqual,
  verify,
} from 'node:crypto'
import { type JwsAlgorithm, type JwsAlgorithmRow, jwsAlgorithms } from './algorithms.ts'

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

/** Members of a JWK that have passed the checks of keys.ts. */
export type JwkMembers = Readonly<Record<string, string>>

/** @throws whatever the platform says of a key that it can't read, such as a point off its curve */
export function preparePublic(alg: JwsAlgorithm, members: JwkMembers): PreparedKey {
  return prepare(alg, createPublicKey({ key: { ...members }, format: 'jwk' }))
}

/** @throws as preparePublic */
export function preparePrivate(alg: JwsAlgorithm, members: JwkMembers): PreparedKey {
  return prepare(alg, createPrivateKey({ key: { ...members }, format: 'jwk' }))
}

export function prepareSecret(alg: JwsAlgorithm, secret: Uint8Array): PreparedKey {
  return prepare(alg, createSecretKey(secret))
}

function prepare(alg: JwsAlgorithm, key: KeyObject): PreparedKey {
  const row: JwsAlgorithmRow = jwsAlgorithms[alg]
  const hash = row.hash ?? null
  switch (row.family) {
    case 'ecdsa':
      // RFC 7518 §3.4: the signature is "R and S as octet sequences ... concatenated", not DER.
      return {
        key,
        hash,
        signatureBytes: 2 * (row.coordinateBytes ?? 0),
        options: { key, dsaEncoding: 'ieee-p1363' },
      }
    case 'eddsa':
      return { key, hash, signatureBytes: 64, options: { key } }
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

/** Whether the signature is this key's over the input. INVARIANT: HMACs are compared in constant time. */
export function verifySignature(prepared: PreparedKey, input: Uint8Array, signature: Uint8Array): boolean {
  if (signature.byteLength !== prepared.signatureBytes) return false
  if (prepared.options === null) {
    return timingSafeEqual(
      createHmac(prepared.hash ?? '', prepared.key)
        .update(input)
        .digest(),
      signature,
    )
  }
  return verify(prepared.hash, input, prepared.options, signature)
}

/** Signs the input with a private or secret key. */
export function createSignature(prepared: PreparedKey, input: Uint8Array): Uint8Array {
  if (prepared.options === null)
    return createHmac(prepared.hash ?? '', prepared.key)
      .update(input)
      .digest()
  return sign(prepared.hash, input, prepared.options)
}

/** SHA-256 of a text's UTF-8, as base64url (43 characters). */
export function sha256Base64url(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('base64url')
}

/** Compares two texts; the time taken depends on their lengths alone. */
export function equalInConstantTime(one: string, other: string): boolean {
  const left = Buffer.from(one, 'utf8')
  const right = Buffer.from(other, 'utf8')
  return left.byteLength === right.byteLength && timingSafeEqual(left, right)
}
