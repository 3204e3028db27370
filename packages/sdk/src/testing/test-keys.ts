// Keys for tests: to sign tokens with, to bind them to, and to encrypt them to.
import {
  digest,
  encodeBase64url,
  importPrivateJwk,
  type SigningKey,
  signDpopProof,
  thumbprint,
} from '@countersign/protocol'

/** The request that a proof is for. */
export interface TestProof {
  /** `GET` unless told. */
  readonly method?: string
  /** The address as the API knows itself; query and fragment are left out of the proof. */
  readonly url: string
  /** The access token that goes along. */
  readonly token: string
  readonly nonce?: string
  /** Whole seconds; the clock's unless told. */
  readonly issuedAt?: number
  /** Any further claims, or others than these. */
  readonly claims?: Readonly<Record<string, unknown>>
}

/** A client's key, which a token can be bound to. */
export interface TestDpopKey {
  /** For `issuer.token({ boundTo })`. */
  readonly thumbprint: string
  /** A proof for one request (RFC 9449 §4.2). */
  proof(proof: TestProof): string
  /** The headers of such a request, ready to be sent. */
  headers(proof: TestProof): { readonly authorization: string; readonly dpop: string }
}

/**
 * Makes a client's key.
 *
 * @example
 * const key = await testDpopKey()
 * const token = issuer.token({ boundTo: key.thumbprint })
 * await fetch(url, { headers: key.headers({ url, token }) })
 */
export async function testDpopKey(options: { readonly now?: () => number } = {}): Promise<TestDpopKey> {
  const { now = () => Math.floor(Date.now() / 1000) } = options
  const key = await newSigningKey()

  function proof({ method = 'GET', url, token, nonce, issuedAt = now(), claims }: TestProof): string {
    const { origin, pathname } = new URL(url)
    const request = { htm: method, htu: origin + pathname, ath: digest(token) }
    return signDpopProof(
      { jti: unguessable(), iat: issuedAt, ...request, ...(nonce === undefined ? {} : { nonce }), ...claims },
      key,
    )
  }

  return {
    thumbprint: thumbprint(key.members),
    proof,
    headers: (asked) => ({ authorization: `DPoP ${asked.token}`, dpop: proof(asked) }),
  }
}

/** The two halves of a key that tokens are encrypted to. */
export interface TestEncryptionKey {
  readonly publicJwk: Readonly<Record<string, unknown>>
  /** For the option `decryption`. */
  readonly privateJwk: Readonly<Record<string, unknown>>
}

/** Makes an API's key to have its tokens encrypted to (ECDH-ES over P-256). */
export async function testEncryptionKey(): Promise<TestEncryptionKey> {
  const pair = await crypto.subtle.generateKey({ name: 'ECDH', namedCurve: 'P-256' }, true, ['deriveBits'])
  const { kty, crv, x, y, d } = await crypto.subtle.exportKey('jwk', pair.privateKey)
  const members = { kty, crv, x, y }
  const publicJwk = { ...members, kid: thumbprint(members), alg: 'ECDH-ES', use: 'enc' }
  return { publicJwk, privateJwk: { ...publicJwk, d } }
}

/** A signed token, encrypted. What it takes is loaded only by tests that do so. */
export async function encryptedTo(key: object, signed: string): Promise<string> {
  const { encryptToken, importEncryptionJwk } = await import('@countersign/protocol/jwe')
  return encryptToken(signed, await importEncryptionJwk({ ...key }))
}

export async function newSigningKey(): Promise<SigningKey> {
  const pair = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, [
    'sign',
    'verify',
  ])
  const { kty, crv, x, y, d } = await crypto.subtle.exportKey('jwk', pair.privateKey)
  const jwk = { kty, crv, x, y, d, alg: 'ES256' }
  return importPrivateJwk({ ...jwk, kid: thumbprint(jwk) })
}

/** 32 random bytes as 43 characters of base64url. */
export function unguessable(): string {
  return encodeBase64url(crypto.getRandomValues(new Uint8Array(32)))
}
