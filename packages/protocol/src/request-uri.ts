// Request URIs that an authorization server gives out itself (RFC 9126 §2.2): a name for a request that was pushed to it,
// from which nothing is ever fetched.

/** RFC 9126 §2.2: the "reference part" that follows is for the server to choose. */
const prefix = 'urn:ietf:params:oauth:request_uri:'

/**
 * Names a pushed request.
 *
 * @param reference 256 bits of chance in base64url
 * @throws TypeError for any other text: a bug of the caller's
 */
export function formatRequestUri(reference: string): string {
  if (!isReference(reference)) throw new TypeError('A reference has 256 bits in base64url.')
  return prefix + reference
}

/** Whether the text names a pushed request, well formed or not: of everything else it is said that it isn't supported. */
export function isPushedRequestUri(text: string): boolean {
  return text.startsWith(prefix)
}

/** @returns the reference; null when formatRequestUri never made this text */
export function parseRequestUri(text: string): string | null {
  const reference = text.slice(prefix.length)
  return isPushedRequestUri(text) && isReference(reference) ? reference : null
}

/** Canonical: one text for each value, so that no second spelling names the same request. */
function isReference(text: string): boolean {
  return /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/.test(text)
}
