// Introspection (RFC 7662, RFC 9701): an API asks whether a token is good. Who may ask about which token is decided first, and
// whoever may not learns what one learns of a dead token: exactly `{"active":false}`.
import { OAuthError, parseOpaque } from '@countersign/protocol'
import type { User } from '../../accounts/users/users.store.ts'
import { type Incoming, json, type Outgoing } from '../../platform/http/exchange.ts'
import { describeKey, isKey, knownKey } from '../api-keys/known-key.ts'
import { bondOf, confirmationClaim, schemeOf } from '../binding/confirmation.ts'
import { authenticate } from '../clients/authenticate.ts'
import { type Client, isConfidential } from '../clients/client.ts'
import type { OAuthRoom } from '../room.ts'
import { concerns, type KnownToken, knownToken } from '../tokens/known-token.ts'
import { refreshTokenByText } from '../tokens/refresh-tokens.store.ts'
import { introspectionToken, introspectionType, wantsToken } from './introspection-answer.ts'

const inactive = { active: false } as const

/** @throws OAuthError `invalid_client`, `invalid_request` */
export async function introspect(room: OAuthRoom, request: Incoming): Promise<Outgoing> {
  const client = await authenticate(room, request)
  // RFC 7662 §2.1: "the endpoint MUST also require some form of authorization to access this endpoint".
  if (!isConfidential(client)) throw new OAuthError('invalid_client')
  const token = request.form.require('token')
  const answer = (await describe(room, client, token)) ?? inactive
  const vary = { vary: 'accept' }
  if (!wantsToken(request.headers.get('accept'))) return json(200, answer, vary)
  return {
    status: 200,
    headers: { 'content-type': introspectionType, 'cache-control': 'no-store', ...vary },
    body: await introspectionToken(room, client, answer),
  }
}

async function describe(room: OAuthRoom, client: Client, text: string): Promise<object | null> {
  if (parseOpaque('csrt', text) !== null) return describeRefreshToken(room, client, text)
  if (isKey(text)) return describeOwnKey(room, client, text)
  const known = await knownToken(room, text)
  return known !== null && concerns(client, known) ? describeAccessToken(room, client, known) : null
}

/** A key is its API's alone: nobody else was sent it. */
async function describeOwnKey(room: OAuthRoom, { api }: Client, text: string): Promise<object | null> {
  const known = api === null ? null : await knownKey(room, text, api)
  return known === null ? null : describeKey(room, known)
}

/** Roles are told as they are now, not as they were when the token was made (PM-05). */
async function describeAccessToken(room: OAuthRoom, client: Client, known: KnownToken): Promise<object> {
  const { claims, live, confirmation } = known
  const { roles: _then, needs_role: _now, ...rest } = claims
  // RFC 9449 §6.2: `cnf` is among the claims.
  const told = { active: true, token_type: schemeOf(confirmation), ...rest }
  if (live === null) return told
  const { roles } = live
  const isOfApi = client.api !== null && claims.aud === client.api
  return {
    ...told,
    // Of an API, what the token says; a client knows person and session by the names that it always does.
    ...(!isOfApi && {
      sub: await room.subjects.of(client, live.user.id),
      sid: await room.subjects.sessionOf(client, live.family.sessionId),
    }),
    ...(roles.length > 0 && { roles }),
    ...((isOfApi || client.subjectType === 'public') && usernameOf(live.user)),
  }
}

/** A name that everybody has for a person: it would undo what pairwise subjects are for. */
function usernameOf({ username }: User): { username?: string } {
  return username === null ? {} : { username }
}

/** A refresh token is its client's alone, and only the living end of its family is active. */
async function describeRefreshToken(room: OAuthRoom, client: Client, text: string): Promise<object | null> {
  const { runtime, issuer } = room.platform
  const presented = await refreshTokenByText(room.platform, text)
  if (presented === undefined || presented.family.clientId !== client.id) return null
  const { token, family } = presented
  if (token.spentAt !== null || token.expiresAt <= runtime.now()) return null
  return {
    active: true,
    iss: issuer.url,
    sub: await room.subjects.of(client, family.userId),
    client_id: family.clientId,
    scope: family.granted.scope.join(' '),
    ...(family.granted.details !== undefined && { authorization_details: family.granted.details }),
    iat: token.createdAt,
    exp: token.expiresAt,
    sid: await room.subjects.sessionOf(client, family.sessionId),
    ...(token.boundTo !== null && confirmationClaim(bondOf(token.boundTo))),
  }
}
