// Request URIs that an authorization server gives out itself (RFC 9126 §2.2): a name for a request that was pushed to it,
// from which nothing is ever fetched.
import { isBase64urlOf32Bytes } from './jose/base64url.ts'

/** RFC 9126 §2.2: the "reference part" that follows is for the server to choose. */
const prefix = 'urn:ietf:params:oauth:request_uri:'

/**
 * Names a pushed request.
 *
 * @param reference 256 bits of chance in base64url
 * @throws TypeError for any other text: a bug of the caller's
 */
export function formatRequestUri(reference: string): string {
  if (!isBase64urlOf32Bytes(reference)) throw new TypeError('A reference has 256 bits in base64url.')
  return prefix + reference
}

/** Whether the text names a pushed request, well formed or not: of everything else it is said that it isn't supported. */
export function isPushedRequestUri(text: string): boolean {
  return text.startsWith(prefix)
}

/** @returns the reference, which has one spelling; null when formatRequestUri never made this text */
export function parseRequestUri(text: string): string | null {
  const reference = text.slice(prefix.length)
  return isPushedRequestUri(text) && isBase64urlOf32Bytes(reference) ? reference : null
}
