// The device authorization grant's second half (RFC 8628 §3.4, §3.5): a device asks until somebody has decided, no
// faster than it may, and what was allowed becomes a family of tokens, once.
import {
  type DeviceGrantRequest,
  type deviceGrant,
  digest,
  OAuthError,
  parseOpaque,
} from '@countersign/protocol'
import { rolesOf } from '../../access/roles.store.ts'
import type { Authorization, Denial } from '../authorization.ts'
import { holderOf } from '../binding/confirmation.ts'
import type { Client } from '../clients/client.ts'
import type { Grant } from '../grants/grants.ts'
import { audienceOf, newFamily } from '../grants/new-family.ts'
import type { OAuthRoom } from '../room.ts'
import { insertFamily, revokeFamily } from '../tokens/families.store.ts'
import { narrow } from '../tokens/narrow.ts'
import { firstRefreshToken } from '../tokens/refresh-tokens.ts'
import {
  allowerOf,
  type DeviceCode,
  deviceCodeByDigest,
  polledInTime,
  polledTooEarly,
  spendDeviceCode,
} from './device-codes.store.ts'
import { pace } from './pace.ts'

/** RFC 8628 §3.4: a device code that somebody has allowed becomes a family. */
export const authorizeByDeviceCode: Grant<typeof deviceGrant> = async (
  room,
  request,
  client,
  confirmation,
) => {
  const code = await find(room, request, client)
  if (code.spentAt !== null) return replayed(room, code)
  const { database, runtime } = room.platform
  const now = runtime.now()
  if (code.decidedAt !== null && code.allowed === null) throw new OAuthError('access_denied')
  if (now >= code.expiresAt) throw new OAuthError('expired_token')
  const { allowed } = code
  if (allowed === null) return pending(room, code, now)
  const user = await allowerOf(database, code.digest)
  if (user === undefined) throw invalid('its session or user has ended')
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
    spends: [spendDeviceCode(database, code.digest, now), insertFamily(database, family), refresh?.writes],
    happening: {
      type: 'token.issued',
      clientId: client.id,
      userId: user.id,
      sessionId: family.sessionId,
      familyId: family.id,
      detail: { grant: 'device_code', scope: access.scope, ...audienceOf(access) },
    },
  } satisfies Authorization
}

/** @throws OAuthError `invalid_grant`; a foreign client learns nothing and changes nothing (C36) */
async function find(room: OAuthRoom, request: DeviceGrantRequest, client: Client): Promise<DeviceCode> {
  if (parseOpaque('csdc', request.deviceCode) === null) throw invalid('not a device code')
  const code = await deviceCodeByDigest(room.platform.database, digest(request.deviceCode))
  if (code === undefined) throw invalid('unknown')
  if (code.clientId !== client.id) throw invalid('issued to another client')
  return code
}

/**
 * RFC 8628 §3.5: while nobody has decided, and only then, a device is told to slow down. Losing a guard means that
 * somebody polled or decided at this moment: the answer is then another one.
 */
function pending({ platform }: OAuthRoom, code: DeviceCode, now: number): Denial {
  const { database } = platform
  const inTime = code.polledAt === null || now - code.polledAt >= code.interval
  return {
    kind: 'denial',
    error: new OAuthError(inTime ? 'authorization_pending' : 'slow_down'),
    writes: [
      inTime
        ? polledInTime(database, code.digest, now)
        : polledTooEarly(database, code.digest, now, { more: pace.penalty, most: pace.longest }),
    ],
    happening: null,
  }
}

/**
 * Whoever shows a spent code again has not got the tokens, or is not who got them: as with authorization codes (RFC 6749
 * §4.1.2) they end.
 */
function replayed({ platform }: OAuthRoom, { clientId, allowed }: DeviceCode): Denial {
  const { database, runtime } = platform
  const { familyId, sessionId, userId } = allowed ?? {}
  return {
    kind: 'denial',
    error: invalid('used before'),
    writes: [
      familyId === undefined ? null : revokeFamily(database, familyId, 'code replayed', runtime.now()),
    ],
    happening: {
      type: 'code.replayed',
      clientId,
      userId,
      sessionId,
      familyId,
      detail: { grant: 'device_code' },
    },
  }
}

function invalid(detail: string): OAuthError {
  return new OAuthError('invalid_grant', { detail: `device code: ${detail}` })
}
