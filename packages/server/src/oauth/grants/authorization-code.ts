// The authorization code grant's second half (RFC 6749 §4.1.3, RFC 7636 §4.6): a code becomes a family of tokens.
import { type CodeGrantRequest, digest, OAuthError, parseOpaque, verifyPkce } from '@countersign/protocol'
import { rolesOf } from '../../access/roles.store.ts'
import type { Authorization, Denial } from '../authorization.ts'
import { type Confirmation, holderOf } from '../binding/confirmation.ts'
import type { Client } from '../clients/client.ts'
import type { OAuthRoom } from '../room.ts'
import { type Code, codeByDigest, type PresentedCode, spendCode } from '../tokens/codes.store.ts'
import { insertFamily, revokeFamily } from '../tokens/families.store.ts'
import { narrow } from '../tokens/narrow.ts'
import { firstRefreshToken } from '../tokens/refresh-tokens.ts'
import type { Grant } from './grants.ts'
import { audienceOf, newFamily } from './new-family.ts'

/** RFC 6749 §4.1.3: a code, proven by its verifier, becomes a family. */
export const authorizeByCode: Grant<'authorization_code'> = async (room, request, client, confirmation) => {
  const presented = await find(room, request, client, confirmation)
  if (presented.spent) return replayed(room, presented.code)
  const { code } = presented
  const now = room.platform.runtime.now()
  // RFC 6749 §4.1.2: the code "MUST expire shortly after it is issued".
  if (now >= code.expiresAt) throw invalid('expired')
  const apis = await room.apis.look(code.granted)
  const access = narrow(code.granted, request, apis)
  const roles = await rolesOf(room.platform.database, code.userId)
  const family = newFamily(room, code, access)
  const refresh = code.granted.scope.includes('offline_access')
    ? firstRefreshToken(room.platform, family, holderOf(client, confirmation), room.lifetimes)
    : null
  const { database } = room.platform
  return {
    kind: 'authorization',
    client,
    person: { user: presented.user, family, roles },
    access,
    idToken: access.scope.includes('openid') ? { nonce: code.nonce } : null,
    refreshToken: refresh?.token ?? null,
    spends: [spendCode(database, digest(request.code), now), insertFamily(database, family), refresh?.writes],
    happening: {
      type: 'token.issued',
      clientId: client.id,
      userId: code.userId,
      sessionId: code.sessionId,
      familyId: family.id,
      detail: { grant: 'authorization_code', scope: access.scope, ...audienceOf(access) },
    },
  } satisfies Authorization
}

/**
 * The code as this client may present it. Everything that binds the code is checked before anyone asks whether it was
 * spent: otherwise whoever has seen a code could end the family without the client's credentials or verifier.
 */
async function find(
  room: OAuthRoom,
  request: CodeGrantRequest,
  client: Client,
  confirmation: Confirmation,
): Promise<PresentedCode> {
  if (parseOpaque('csac', request.code) === null) throw invalid('not a code')
  const presented = await codeByDigest(room.platform.database, digest(request.code))
  if (presented === undefined) throw invalid('unknown, or its session or user has ended')
  const { code } = presented
  if (code.clientId !== client.id) throw invalid('issued to another client')
  // RFC 6749 §4.1.3: REQUIRED "if the "redirect_uri" parameter was included in the authorization request ..., and
  // their values MUST be identical"; OAuth 2.1 lets it be left out, since PKCE binds the code.
  if (request.redirectUri !== undefined && request.redirectUri !== code.redirectUri) {
    throw invalid('another redirect URI')
  }
  if (request.codeVerifier === undefined || !verifyPkce(request.codeVerifier, code.codeChallenge)) {
    throw invalid('the verifier does not answer the challenge')
  }
  // RFC 9449 §10: the proof's key and `dpop_jkt` are compared, and "if they do not match, it MUST reject the request".
  const thumbprint = confirmation.kind === 'jkt' ? confirmation.thumbprint : null
  if (code.boundTo !== null && code.boundTo !== thumbprint) throw invalid('bound to another key')
  return presented
}

/** RFC 6749 §4.1.2: on a second use the server "MUST deny the request and SHOULD revoke ... all tokens previously issued". */
function replayed(room: OAuthRoom, code: Code): Denial {
  const { database, runtime } = room.platform
  return {
    kind: 'denial',
    error: invalid('used before'),
    writes: [revokeFamily(database, code.familyId, 'code replayed', runtime.now())],
    happening: {
      type: 'code.replayed',
      clientId: code.clientId,
      userId: code.userId,
      sessionId: code.sessionId,
      familyId: code.familyId,
    },
  }
}

function invalid(detail: string): OAuthError {
  return new OAuthError('invalid_grant', { detail: `authorization code: ${detail}` })
}
