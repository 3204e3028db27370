// Base64url without padding, in its one canonical form (RFC 4648 §5, RFC 7515 §2).
import { fromBase64url, textToBase64url, toBase64url } from '#crypto'

/** Encodes bytes, or a text's UTF-8, as base64url without padding. */
export function encodeBase64url(value: Uint8Array | string): string {
  return typeof value === 'string' ? textToBase64url(value) : toBase64url(value)
}

/**
 * Decodes base64url, or returns null unless the text is the one canonical encoding of its bytes.
 *
 * RFC 4648 §3.5: "implementations MAY ... reject an encoding if the pad bits have not been set to zero". We do, and
 * refuse padding, white space and the `+` and `/` of plain base64: two spellings of one token would let a replayed or
 * revoked one pass for another.
 */
export function decodeBase64url(text: string): Uint8Array | null {
  const bytes = fromBase64url(text)
  return toBase64url(bytes) === text ? bytes : null
}

/** Whether the text is that of 32 bytes, such as a SHA-256 digest or 256 bits of chance. */
export function isBase64urlOf32Bytes(text: string): boolean {
  // 43 characters carry two bits more, which are zero in the canonical one.
  return /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/.test(text)
}
