// The refresh token grant (RFC 6749 §6): rotation on every use, one excuse for a lost reply, and an end for copies; where
// clients prove themselves and tokens are bound, no rotation, if the profile says so.
import { OAuthError, parseOpaque, type RefreshGrantRequest } from '@countersign/protocol'
import type { Authorization, Denial } from '../authorization.ts'
import {
  bondOf,
  type Confirmation,
  holderOf,
  isOfInstance,
  isSameBond,
  missing,
} from '../binding/confirmation.ts'
import type { AuthenticatedClient } from '../clients/authenticate.ts'
import type { Client } from '../clients/client.ts'
import type { OAuthRoom } from '../room.ts'
import { revokeFamily } from '../tokens/families.store.ts'
import { narrow } from '../tokens/narrow.ts'
import { decideRefresh } from '../tokens/refresh.ts'
import {
  type PresentedRefreshToken,
  type RefreshToken,
  refreshTokenByText,
  replayRefreshToken,
} from '../tokens/refresh-tokens.store.ts'
import { keptRefreshToken, nextRefreshToken, sameSuccessor } from '../tokens/refresh-tokens.ts'
import type { Grant } from './grants.ts'

/** RFC 6749 §6: a refresh token becomes the next access token of its family. */
export const authorizeByRefreshToken: Grant<'refresh_token'> = async (
  room,
  request,
  client,
  confirmation,
) => {
  const presented = await find(room, request, client)
  const { token, successorSpent, family, user, roles } = presented
  checkHolder(token, client, confirmation)
  const boundTo = holderOf(client, confirmation)
  const isSameHolder = boundTo === presented.successorBoundTo
  const { platform, lifetimes } = room
  const now = platform.runtime.now()
  const decision = decideRefresh({ ...token, successorSpent, isSameHolder }, now, lifetimes)
  if (decision === 'refuse') throw invalid('unused for too long')
  if (decision === 'reuse') return reused(room, presented)
  const access = narrow(family.granted, request, await room.apis.look(family.granted))
  const { refreshToken: sent } = request
  const rotates = room.rules.refreshRotation
  const spending =
    decision === 'sameSuccessor'
      ? {
          token: sameSuccessor(presented, sent),
          writes: [replayRefreshToken(platform.database, token, lifetimes.refreshReplays)],
        }
      : rotates
        ? nextRefreshToken(platform, family, token, { presented: sent, boundTo }, lifetimes)
        : keptRefreshToken(platform, family, token, sent, lifetimes)
  return {
    kind: 'authorization',
    client,
    person: { user, family, roles },
    access,
    // OpenID Connect Core §12.2: same iss, sub, auth_time; a nonce is not needed.
    idToken: access.scope.includes('openid') ? { nonce: null } : null,
    refreshToken: spending.token,
    spends: spending.writes,
    happening: {
      ...whose(presented),
      type: decision === 'rotate' ? 'token.refreshed' : 'refresh.replayed',
      detail: { generation: rotates ? token.generation + 1 : token.generation, scope: access.scope },
    },
  } satisfies Authorization
}

/** @throws OAuthError `invalid_grant`; a foreign client learns nothing and changes nothing */
async function find(
  room: OAuthRoom,
  request: RefreshGrantRequest,
  client: Client,
): Promise<PresentedRefreshToken> {
  if (parseOpaque('csrt', request.refreshToken) === null) throw invalid('not a refresh token')
  const presented = await refreshTokenByText(room.platform, request.refreshToken)
  if (presented === undefined)
    throw invalid('unknown, or its family has ended or was given for too few factors')
  if (presented.family.clientId !== client.id) throw invalid('issued to another client')
  return presented
}

/**
 * RFC 9449 §5: a client whose refresh token is bound "MUST present a DPoP proof for the same key"; RFC 8705 §4: or the same
 * certificate. Whoever does not hold the key changes nothing, as another client does not.
 *
 * @throws OAuthError `invalid_dpop_proof`, `invalid_request`, `invalid_grant`
 */
function checkHolder(
  { boundTo }: RefreshToken,
  client: AuthenticatedClient,
  confirmation: Confirmation,
): void {
  if (boundTo === null) return
  if (isOfInstance(boundTo)) {
    if (boundTo !== holderOf(client, confirmation)) throw invalid('of another copy of the client')
    return
  }
  const bond = bondOf(boundTo)
  if (confirmation.kind === 'none') throw missing(bond)
  if (!isSameBond(confirmation, bond)) throw invalid('bound to another key')
}

/** RFC 9700 §4.14.2: the server can't tell the thief from the owner, so both lose. */
function reused(room: OAuthRoom, presented: PresentedRefreshToken): Denial {
  const { database, runtime } = room.platform
  const { family, token } = presented
  return {
    kind: 'denial',
    error: invalid('used before'),
    writes: [revokeFamily(database, family.id, 'refresh token reused', runtime.now())],
    happening: { ...whose(presented), type: 'refresh.reused', detail: { generation: token.generation } },
  }
}

function whose({ family }: PresentedRefreshToken) {
  return {
    clientId: family.clientId,
    userId: family.userId,
    sessionId: family.sessionId,
    familyId: family.id,
  }
}

function invalid(detail: string): OAuthError {
  return new OAuthError('invalid_grant', { detail: `refresh token: ${detail}` })
}
