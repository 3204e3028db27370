// The Basic authentication of a person (RFC 7617): a name and a password with each request. That of a client differs:
// RFC 6749 §2.3.1 encodes each half once more.

/** What somebody signs in with; nothing of it is proven. */
export interface BasicCredentials {
  /** Without a colon, which ends it (RFC 7617 §2). */
  readonly name: string
  /** Any text, colons too. */
  readonly password: string
}

/** The longest header that is looked at, in characters. */
const mostCharacters = 4096

/**
 * Reads an Authorization header.
 *
 * @returns null for another scheme, and for what is not canonical base64 of UTF-8 (§2.1) with a name and a colon;
 *   control characters are refused (§2)
 */
export function readBasic(authorization: string): BasicCredentials | null {
  const [, encoded] =
    /^basic +([A-Za-z0-9+/]+={0,2})$/i.exec(authorization.slice(0, mostCharacters + 1)) ?? []
  if (encoded === undefined || authorization.length > mostCharacters) return null
  const text = decoded(encoded)
  const colon = text.indexOf(':')
  if (colon < 1 || /\p{Cc}/u.test(text)) return null
  return { name: text.slice(0, colon), password: text.slice(colon + 1) }
}

/** The text of base64, empty for none. Some clients leave the padding out; nothing else may be missing. */
function decoded(encoded: string): string {
  const bare = encoded.replace(/=+$/, '')
  try {
    const characters = atob(bare)
    const isCanonical = btoa(characters).replace(/=+$/, '') === bare
    return isCanonical ? utf8.decode(Uint8Array.from(characters, (one) => one.charCodeAt(0))) : ''
  } catch {
    return ''
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
