// What becomes of a poll (RFC 8628 §3.5, CIBA §11): a client asks until somebody has decided, no faster than it may, and
// what was allowed becomes a family of tokens, once.
import { OAuthError } from '@countersign/protocol'
import { rolesOf } from '../../access/roles.store.ts'
import type { Authorization, Denial } from '../authorization.ts'
import { type Confirmation, holderOf } from '../binding/confirmation.ts'
import type { AuthenticatedClient } from '../clients/authenticate.ts'
import { audienceOf, newFamily } from '../grants/new-family.ts'
import type { OAuthRoom } from '../room.ts'
import { insertFamily, revokeFamily } from '../tokens/families.store.ts'
import { type Asked, narrow } from '../tokens/narrow.ts'
import { firstRefreshToken } from '../tokens/refresh-tokens.ts'
import { pace } from './pace.ts'
import type { Polled, PolledStore } from './polled.store.ts'

/** A variety of requests that are polled for. */
export interface Polling {
  readonly store: PolledStore
  /** As events name the grant. */
  readonly grant: string
  /** What is polled for, for the log. */
  readonly named: string
}

/** A poll, by the client that the request is of. */
export interface Poll {
  readonly client: AuthenticatedClient
  readonly confirmation: Confirmation
  readonly request: Asked
}

/**
 * Decides a poll for a request of this very client.
 *
 * @throws OAuthError `access_denied`, `expired_token`, `invalid_grant`
 */
export async function decidePoll(
  room: OAuthRoom,
  polling: Polling,
  polled: Polled,
  { client, confirmation, request }: Poll,
): Promise<Authorization | Denial> {
  if (polled.spentAt !== null) return replayed(room, polling, polled)
  const { database, runtime } = room.platform
  const now = runtime.now()
  if (polled.decidedAt !== null && polled.allowed === null) throw new OAuthError('access_denied')
  if (now >= polled.expiresAt) throw new OAuthError('expired_token')
  const { allowed } = polled
  if (allowed === null) return pending(room, polling, polled)
  const user = await polling.store.allowerOf(database, polled.digest)
  if (user === undefined) throw invalidPoll(polling, 'its session or user has ended')
  const access = narrow(allowed.granted, request, await room.apis.look(allowed.granted))
  const family = newFamily(room, { ...allowed, clientId: client.id }, access)
  const refresh = allowed.granted.scope.includes('offline_access')
    ? firstRefreshToken(room.platform, family, holderOf(client, confirmation), room.lifetimes)
    : null
  return {
    kind: 'authorization',
    client,
    person: { user, family, roles: await rolesOf(database, user.id) },
    access,
    idToken: access.scope.includes('openid') ? { nonce: null } : null,
    refreshToken: refresh?.token ?? null,
    spends: [
      polling.store.spend(database, polled.digest, now),
      insertFamily(database, family),
      refresh?.writes,
    ],
    happening: {
      type: 'token.issued',
      clientId: client.id,
      userId: user.id,
      sessionId: family.sessionId,
      familyId: family.id,
      detail: { grant: polling.grant, scope: access.scope, ...audienceOf(access) },
    },
  } satisfies Authorization
}

/**
 * While nobody has decided, and only then, a client is told to slow down. Losing a guard means that somebody polled or
 * decided at this moment: the answer is then another one.
 */
function pending({ platform }: OAuthRoom, { store }: Polling, polled: Polled): Denial {
  const { database, runtime } = platform
  const now = runtime.now()
  const inTime = polled.polledAt === null || now - polled.polledAt >= polled.interval
  return {
    kind: 'denial',
    error: new OAuthError(inTime ? 'authorization_pending' : 'slow_down'),
    writes: [
      inTime
        ? store.inTime(database, polled.digest, now)
        : store.tooEarly(database, polled.digest, now, { more: pace.penalty, most: pace.longest }),
    ],
    happening: null,
  }
}

/**
 * Whoever shows a spent request again has not got the tokens, or is not who got them: as with authorization codes (RFC
 * 6749 §4.1.2) they end.
 */
function replayed({ platform }: OAuthRoom, polling: Polling, { clientId, allowed }: Polled): Denial {
  const { database, runtime } = platform
  const { familyId, sessionId, userId } = allowed ?? {}
  return {
    kind: 'denial',
    error: invalidPoll(polling, 'used before'),
    writes: [
      familyId === undefined ? null : revokeFamily(database, familyId, 'code replayed', runtime.now()),
    ],
    happening: {
      type: 'code.replayed',
      clientId,
      userId,
      sessionId,
      familyId,
      detail: { grant: polling.grant },
    },
  }
}

/** A poll for nothing that this client may have. @param detail for the log */
export function invalidPoll({ named }: Pick<Polling, 'named'>, detail: string): OAuthError {
  return new OAuthError('invalid_grant', { detail: `${named}: ${detail}` })
}
