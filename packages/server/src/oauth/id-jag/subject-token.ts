// Whom a client shows an ID token or a refresh token of, to go elsewhere in their name: somebody who is signed in, or who
// let it act while they are away.
import { type IdClaims, type IdJagExchangeRequest, OAuthError } from '@countersign/protocol'
import type { User } from '../../accounts/users/users.store.ts'
import { bondOf, type Confirmation, isSameBond } from '../binding/confirmation.ts'
import type { Client } from '../clients/client.ts'
import type { OAuthRoom } from '../room.ts'
import { idTokenHint } from '../tokens/id-token-hint.ts'
import { refreshTokenByText } from '../tokens/refresh-tokens.store.ts'
import { personOfSession } from './session-person.store.ts'

/** A person, and how and when they proved themself. */
export interface Meant {
  readonly user: User
  readonly sessionId: string
  readonly authenticatedAt: number | undefined
  readonly acr: string | undefined
  readonly amr: readonly string[] | undefined
}

/**
 * The person behind the token that a client shows: its own, and good now.
 *
 * @throws OAuthError `invalid_request` (RFC 8693 §2.2.2), whatever is wrong with it
 */
export function meantBy(
  room: OAuthRoom,
  client: Client,
  { subjectToken, subjectType }: IdJagExchangeRequest,
  confirmation: Confirmation,
): Promise<Meant> {
  return subjectType === 'id_token'
    ? byIdToken(room, client, subjectToken)
    : byRefreshToken(room, client, subjectToken, confirmation)
}

async function byIdToken(room: OAuthRoom, client: Client, token: string): Promise<Meant> {
  const { database, runtime } = room.platform
  const claims = await idTokenHint(room, token, client.id)
  const now = runtime.now()
  // A hint may have expired; what is exchanged may not (draft §4.3: it "MUST" be valid).
  if (claims === null || claims.exp <= now || claims.sid === undefined)
    throw refused('no ID token that is good')
  const sessionId = await room.subjects.sessionCalled(client, claims.sid)
  const found = sessionId === null ? undefined : await personOfSession(database, sessionId, now)
  if (
    sessionId === null ||
    found === undefined ||
    !found.stands ||
    found.user.disabledAt !== null ||
    !(await isNamed(room, client, found.user, claims))
  )
    throw refused('an ID token of a session that has ended')
  const { auth_time: authenticatedAt, acr, amr } = claims
  return { user: found.user, sessionId, authenticatedAt, acr, amr }
}

async function isNamed(
  { subjects }: OAuthRoom,
  client: Client,
  user: User,
  { sub }: IdClaims,
): Promise<boolean> {
  return (await subjects.of(client, user.id)) === sub
}

/** It is not spent: who goes elsewhere with it still has it here. */
async function byRefreshToken(
  room: OAuthRoom,
  client: Client,
  text: string,
  confirmation: Confirmation,
): Promise<Meant> {
  const { platform } = room
  const presented = await refreshTokenByText(platform, text)
  const isGood =
    presented !== undefined &&
    presented.family.clientId === client.id &&
    presented.token.spentAt === null &&
    presented.token.expiresAt > platform.runtime.now()
  if (!isGood) throw refused('no refresh token that is good')
  const { token, family, user } = presented
  if (token.boundTo !== null && !isSameBond(bondOf(token.boundTo), confirmation))
    throw refused('a refresh token that is bound to another key')
  const { authenticatedAt, acr, amr } = family.granted
  return { user, sessionId: family.sessionId, authenticatedAt, acr, amr }
}

function refused(detail: string): OAuthError {
  return new OAuthError('invalid_request', {
    description: 'A token that was presented can not be exchanged.',
    detail: `identity assertion: ${detail}`,
  })
}
