// The hash that ties an ID token to the access token that came with it (OpenID Connect Core §3.1.3.6).
import { hash } from 'node:crypto'

/**
 * The left half of the access token's hash, as base64url, by the hash function of the ID token's algorithm: the one in
 * its name, and SHA-512 for Ed25519 (RFC 8032 §5.1).
 *
 * @returns null for an algorithm whose hash function is not known
 */
export function accessTokenHash(accessToken: string, alg: string): string | null {
  const bits = alg === 'EdDSA' || alg === 'Ed25519' ? '512' : /^[A-Z]{2}(256|384|512)$/.exec(alg)?.[1]
  if (bits === undefined) return null
  const full = hash(`sha${bits}`, accessToken, 'buffer')
  return full.subarray(0, full.length / 2).toString('base64url')
}
