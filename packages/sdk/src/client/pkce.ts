// Chance and its digest: state, nonce and the PKCE pair (RFC 7636 §4.1 and §4.2, S256 only).
import { toBase64url } from './base64url.ts'

/** 256 random bits as 43 characters: fit for a verifier, a state and a nonce. */
export const random = (): string => toBase64url(crypto.getRandomValues(new Uint8Array(32)))

/** BASE64URL(SHA-256(verifier)). Web Crypto exists in secure contexts only: https, or http on localhost. */
export const challengeOf = async (verifier: string): Promise<string> =>
  toBase64url(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier))))
