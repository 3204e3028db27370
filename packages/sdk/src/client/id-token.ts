// The ID token's claims, read and checked (OpenID Connect Core §3.1.3.7 and §12.2).
import { fromBase64url } from './base64url.ts'
import { AuthError } from './errors.ts'
import type { User } from './types.ts'

// Clocks of people's machines are wrong by minutes. `exp` guards little here: the token came this moment, straight
// from its issuer, and the nonce ties it to this sign-in.
const skewSeconds = 300

export interface Expected {
  readonly issuer: string
  readonly clientId: string
  /** At sign-in. */
  readonly nonce?: string | undefined
  /** At renewal: the person may not change (§12.2). */
  readonly subject?: string | undefined
}

/**
 * The person that an ID token names.
 *
 * The signature is not looked at: §3.1.3.7 no. 6 lets TLS vouch for a token that came directly from the token
 * endpoint, and that is the only place this function's callers have one from. Never call it with any other.
 * @throws AuthError `id_token_invalid`
 */
export function readIdToken(token: unknown, expected: Expected): User {
  try {
    const { iss, aud, azp, exp, iat, nonce, at_hash, c_hash, jti, ...user } = decode(String(token))
    const audiences = [aud].flat()
    const right =
      iss === expected.issuer &&
      audiences.includes(expected.clientId) &&
      // Nos. 4 and 5: with several audiences `azp` has to be there, and where it is, it has to be us.
      (azp === undefined ? audiences.length === 1 : azp === expected.clientId) &&
      typeof exp === 'number' &&
      exp > Date.now() / 1000 - skewSeconds &&
      user['sub'] &&
      (expected.nonce === undefined || nonce === expected.nonce) &&
      (expected.subject === undefined || user['sub'] === expected.subject)
    if (right) return user as unknown as User
  } catch {
    // Not a token at all: the same refusal.
  }
  throw new AuthError('id_token_invalid')
}

function decode(token: string): Record<string, unknown> {
  return JSON.parse(new TextDecoder().decode(fromBase64url(token.split('.')[1] ?? '')))
}
