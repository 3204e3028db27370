// Proof key for code exchange, S256 only (RFC 7636).

import { equalInConstantTime, sha256Base64url } from '#crypto'
import { isBase64urlOf32Bytes } from './jose/base64url.ts'

/** RFC 7636 §4.2 with S256: BASE64URL of a SHA-256 digest. */
export function isCodeChallenge(text: string): boolean {
  return isBase64urlOf32Bytes(text)
}

/** RFC 7636 §4.1: code-verifier = 43*128unreserved */
export function isCodeVerifier(text: string): boolean {
  return /^[A-Za-z0-9._~-]{43,128}$/.test(text)
}

/** The S256 challenge of a verifier (RFC 7636 §4.2). */
export function codeChallenge(verifier: string): string {
  return sha256Base64url(verifier)
}

/** Whether a verifier answers a challenge (RFC 7636 §4.6). Compared in constant time; malformed ones never match. */
export function verifyPkce(verifier: string, challenge: string): boolean {
  if (!isCodeVerifier(verifier) || !isCodeChallenge(challenge)) return false
  return equalInConstantTime(codeChallenge(verifier), challenge)
}
