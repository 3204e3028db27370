// The logout token (OpenID Connect Back-Channel Logout 1.0 §2.4): tells one client that one session has ended.
import { type LogoutClaims, logoutEvent, signToken } from '@countersign/protocol'
import type { Client } from '../clients/client.ts'
import type { OAuthRoom } from '../room.ts'
import { sealedFor } from '../tokens/encryption.ts'
import type { SessionClient } from './session-clients.store.ts'

/** §2.4: "preferably at most two minutes in the future". */
const seconds = 120

/**
 * Makes a token, another one with each call: OpenID Connect Core §9, of `jti`: "These tokens MUST only be used once".
 *
 * @returns signed as the client's ID tokens are, and encrypted where they are (§2.6: an RP that negotiated encryption
 *   "SHOULD reject" one that is not). Never with a nonce.
 */
export async function logoutToken(
  room: OAuthRoom,
  client: Client,
  { sessionId, userId }: SessionClient,
): Promise<string> {
  const { issuer, runtime } = room.platform
  const now = runtime.now()
  const claims: LogoutClaims = {
    iss: issuer.url,
    aud: client.id,
    iat: now,
    exp: now + seconds,
    jti: runtime.secret(16),
    sub: await room.subjects.of(client, userId),
    sid: await room.subjects.sessionOf(client, sessionId),
    events: { [logoutEvent]: {} },
  }
  await room.keyring.ensure(client.idTokenAlg)
  const signed = signToken('logout', claims, room.keyring.signingKey(client.idTokenAlg))
  return sealedFor(room, client, client.idTokenEncryption, signed)
}
