// Addresses of a client at which it is asked for something: its keys, its requests, a sign-in that begins elsewhere.
import { checkWebUri, type Finding, isLoopback } from '@countersign/protocol'
import type { ExtraRow } from './extras.ts'

interface Place {
  readonly development: boolean
}

/** `jwksUri`: where its public keys are, in place of `jwks` (RFC 7591 §2: the two “MUST NOT both be present”). */
export const jwksUri: ExtraRow<string | null> = {
  usual: null,
  check: (value, { jwks }, platform) => {
    if (value === null) return []
    if (jwks !== undefined)
      return [{ path: 'jwksUri', code: 'both', message: 'may not be given together with jwks' }]
    const finding = checkFetched(value, platform)
    return finding === null ? [] : [{ path: 'jwksUri', ...finding }]
  },
}

const mostRequestUris = 20

/**
 * `requestUris`: where its request objects may be fetched from (OpenID Connect Dynamic Registration 1.0 §2). Each is an
 * address, and may have the object's SHA-256 as its fragment (OpenID Connect Core §6.2).
 */
export const requestUris: ExtraRow<readonly string[]> = {
  usual: [],
  check: (value, _description, platform) => {
    if (value.length > mostRequestUris)
      return [{ path: 'requestUris', code: 'too_many', message: `may be ${mostRequestUris} at most` }]
    return value.flatMap((uri, index) => {
      const finding = checkFetched(uri.replace(/#[\w-]*$/, ''), platform)
      return finding === null ? [] : [{ path: `requestUris.${index}`, ...finding }]
    })
  },
}

/** `initiateLoginUri`: where others may send a person who wants to sign in to it (OpenID Connect Core §4). */
export const initiateLoginUri: ExtraRow<string | null> = {
  usual: null,
  check: (value, { redirectUris = [] }, platform) => {
    if (value === null) return []
    // Dynamic Registration §2: “URI using the https scheme”.
    const finding = checkFetched(value, platform)
    if (finding !== null) return [{ path: 'initiateLoginUri', ...finding }]
    return redirectUris.length > 0
      ? []
      : [{ path: 'initiateLoginUri', code: 'useless', message: 'is for clients in which people sign in' }]
  },
}

/** An https address; what runs on a developer's own machine has none. */
function checkFetched(uri: string, { development }: Place): Finding | null {
  const finding = checkWebUri(uri)
  if (finding !== null || uri.startsWith('https:')) return finding
  return development && isLoopback(uri) ? null : { code: 'plain_http', message: 'must begin with https://' }
}
