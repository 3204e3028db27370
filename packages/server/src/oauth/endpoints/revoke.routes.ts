// Revocation (RFC 7009). A refresh token takes its whole family along; an access token goes alone. A token that is
// unknown, dead or somebody else's is answered like one that was revoked, and nothing happens to it.
import { digest, parseOpaque } from '@countersign/protocol'
import { forEnding } from '../../accounts/sessions/sessions.ts'
import type { WriteSet } from '../../platform/db/database.ts'
import { event } from '../../platform/events/events.ts'
import { empty, type Incoming, type Outgoing } from '../../platform/http/exchange.ts'
import { keyByDigest } from '../api-keys/api-keys.store.ts'
import { endKey } from '../api-keys/keep-keys.ts'
import { isKey } from '../api-keys/known-key.ts'
import { authenticate } from '../clients/authenticate.ts'
import type { Client } from '../clients/client.ts'
import type { OAuthRoom } from '../room.ts'
import { revokeJwt, revokeStored } from '../tokens/access-tokens.store.ts'
import { revokeFamily } from '../tokens/families.store.ts'
import { knownToken } from '../tokens/known-token.ts'
import { refreshTokenByText } from '../tokens/refresh-tokens.store.ts'

/**
 * RFC 7009 §2.1: public clients revoke too; the hint is not needed, since a token shows what it is.
 *
 * @throws OAuthError `invalid_client`, `invalid_request`; StorageUnavailable when nothing could be revoked
 */
export async function revoke(room: OAuthRoom, request: Incoming): Promise<Outgoing> {
  const client = await authenticate(room, request)
  const token = request.form.require('token')
  const end = isKey(token) ? endOwnKey : parseOpaque('csrt', token) === null ? endAccessToken : endFamily
  const writes = await end(forEnding(room), client, token, request.peer)
  if (writes !== null) await room.platform.database.commit(writes)
  return empty(200)
}

type Ending = (room: OAuthRoom, client: Client, token: string, peer: string) => Promise<WriteSet | null>

/** A machine that has lost its key ends it itself; of two that try at once, one does. */
const endOwnKey: Ending = async ({ platform }, client, token, peer) => {
  const key = await keyByDigest(platform.database, digest(token))
  if (key === undefined || key.owner.kind !== 'client' || key.owner.clientId !== client.id) return null
  return endKey(platform, key, peer)
}

const endFamily: Ending = async ({ platform }, client, token, peer) => {
  const { database, runtime } = platform
  const presented = await refreshTokenByText(platform, token)
  if (presented === undefined || presented.family.clientId !== client.id) return null
  const { id, userId, sessionId } = presented.family
  return [
    revokeFamily(database, id, 'revoked by the client', runtime.now()),
    event(database, runtime, {
      type: 'token.revoked',
      clientId: client.id,
      userId,
      sessionId,
      familyId: id,
      peer,
      detail: { token: 'refresh' },
    }),
  ]
}

const endAccessToken: Ending = async (room, client, token, peer) => {
  const { database, runtime } = room.platform
  const known = await knownToken(room, token)
  if (known === null || known.claims.client_id !== client.id) return null
  const isOpaque = parseOpaque('csat', token) !== null
  return [
    // An encrypted token is two: the one that is kept here, and the signed one that its API finds inside.
    revokeStored(database, known.claims, runtime.now()),
    isOpaque ? null : revokeJwt(database, known.claims, runtime.now()),
    event(database, runtime, {
      type: 'token.revoked',
      clientId: client.id,
      userId: known.live?.user.id,
      sessionId: known.live?.family.sessionId,
      familyId: known.live?.family.id,
      peer,
      detail: { token: 'access' },
    }),
  ]
}
