// What a request asks, held against what exists and what its client may have: all that can be said of it before a person
// is asked. Said to a client's browser at the authorization endpoint, and to the client itself where it pushes a request.
import {
  type AuthorizationRequest,
  OAuthError,
  type Parameters,
  type ProvenRedirect,
  parseAuthorizationRequest,
} from '@countersign/protocol'
import type { Apis } from '../apis/catalogue.ts'
import type { Client } from '../clients/client.ts'
import { withWishes } from '../clients/sign-in-wishes.ts'
import type { OAuthRoom } from '../room.ts'
import { idTokenHint } from '../tokens/id-token-hint.ts'
import { type AskedFor, askedFor } from './asked.ts'

/** Whom to answer, and where. */
export interface Addressee {
  readonly client: Client
  readonly redirect: ProvenRedirect
}

/** A sound request. */
export interface Examined {
  readonly request: AuthorizationRequest
  readonly asked: AskedFor
  readonly apis: Apis
  /** The subject of a valid id_token_hint. */
  readonly hintedSubject: string | null
}

/**
 * Examines a request whose redirect URI is proven.
 *
 * @throws OAuthError with the codes of parseAuthorizationRequest, and `unauthorized_client`, `invalid_scope`,
 *   `invalid_target`
 */
export async function examine(
  room: OAuthRoom,
  { client, redirect }: Addressee,
  parameters: Parameters,
): Promise<Examined> {
  const request = withWishes(parseAuthorizationRequest(parameters, redirect), client)
  if (!client.grants.includes('authorization_code')) throw new OAuthError('unauthorized_client')
  const apis = await room.apis.look(request)
  const asked = askedFor(request, client, apis, room.rules)
  const hint = request.idTokenHint
  const hintedSubject = hint === undefined ? null : await subjectOf(room, hint, client.id)
  return { request, asked, apis, hintedSubject }
}

async function subjectOf(room: OAuthRoom, hint: string, clientId: string): Promise<string> {
  const claims = await idTokenHint(room, hint, clientId)
  if (claims !== null) return claims.sub
  throw new OAuthError('invalid_request', { description: 'The id_token_hint is not valid.' })
}
