// An ID token that a client shows back to us (`id_token_hint`). It may have expired (OpenID Connect Core §3.1.2.1,
// RP-Initiated Logout §2), but we must have signed it, as an ID token, for that client.
import { type IdClaims, peekUnverified, TokenError, verifyToken } from '@countersign/protocol'
import type { OAuthRoom } from '../room.ts'

/**
 * @param audience the client that shows it; left out, the token's own word for it counts
 * @returns its claims; null for anything that is not such a token
 */
export async function idTokenHint(
  { platform, keyring }: OAuthRoom,
  hint: string,
  audience?: string,
): Promise<IdClaims | null> {
  const peeked = peekUnverified(hint)
  const named = audience ?? peeked?.claims['aud']
  if (peeked === null || typeof named !== 'string') return null
  const key = await keyring.findFresh(peeked.header)
  try {
    return verifyToken('id', hint, {
      keys: () => key,
      issuer: platform.issuer.url,
      audience: named,
      now: platform.runtime.now(),
      allowExpired: true,
    }).claims
  } catch (error) {
    if (error instanceof TokenError) return null
    throw error
  }
}
