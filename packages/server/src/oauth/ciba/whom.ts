// Whom a client asks for (CIBA §7.1, §13). A name that nobody goes by is answered like everybody's: the client gets a
// request that nobody will ever answer, so that no client can find out who has an account here.
import { OAuthError, type PersonHint } from '@countersign/protocol'
import { canonicalIdentifier, type Identifier } from '../../accounts/users/identifiers.ts'
import { type User, userById, userByIdentifier } from '../../accounts/users/users.store.ts'
import type { Platform } from '../../platform/platform.ts'
import type { Client } from '../clients/client.ts'
import type { OAuthRoom } from '../room.ts'
import { idTokenHint } from '../tokens/id-token-hint.ts'
import { ownerOfSession } from './backchannel-requests.store.ts'

/** A person, or a name that nobody has. */
export interface Whom {
  /** Null for a name that nobody has, or somebody who is disabled. */
  readonly userId: string | null
  /** Where they are written to; null where they have no address. */
  readonly email: string | null
  /** What their limits are counted under. */
  readonly countedAs: string
  /** The name that was sent, in a digest of ours; null for who was named by an ID token. */
  readonly name: string | null
}

/**
 * Finds whom a hint means.
 *
 * @throws OAuthError `invalid_request` for an ID token that is not one of ours for this client; `unknown_user_id` for one
 *   of somebody who is gone: that they were here, its client has known
 */
export async function whomOf(room: OAuthRoom, client: Client, { kind, value }: PersonHint): Promise<Whom> {
  if (kind === 'idToken') return ofIdToken(room, client, value)
  const { database, vault } = room.platform
  const identifier = canonicalIdentifier(value)
  const user = identifier === null ? null : await userByIdentifier(database, identifier)
  const name = identifier === null ? vault.mac('login hint', value) : nameOf(vault, identifier)
  return user === null || user.disabledAt !== null
    ? { userId: null, email: null, countedAs: name, name }
    : { userId: user.id, email: user.email, countedAs: user.id, name }
}

function nameOf(vault: Platform['vault'], { kind, value }: Identifier): string {
  return vault.mac('login hint', `${kind} ${value}`)
}

/** The names by which a client may have sent for a person. */
export function namesOf({ vault }: Pick<Platform, 'vault'>, { email, username }: User): string[] {
  const identifiers = [email, username].map((name) => (name === null ? null : canonicalIdentifier(name)))
  return identifiers.filter((one) => one !== null).map((one) => nameOf(vault, one))
}

async function ofIdToken(room: OAuthRoom, client: Client, hint: string): Promise<Whom> {
  const claims = await idTokenHint(room, hint, client.id)
  if (claims === null)
    throw new OAuthError('invalid_request', { description: 'The id_token_hint is not valid.' })
  const { database } = room.platform
  const userId = await userIdOf(room, client, claims)
  const user = userId === null ? null : await userById(database, userId)
  if (user === null || user.disabledAt !== null) throw new OAuthError('unknown_user_id')
  return { userId: user.id, email: user.email, countedAs: user.id, name: null }
}

/** What a client calls a person can't be undone where it is a pairwise name: the session then tells whose it was. */
async function userIdOf(
  { platform, subjects }: OAuthRoom,
  client: Client,
  { sub, sid }: { readonly sub: string; readonly sid?: string },
): Promise<string | null> {
  if (client.subjectType === 'public') return sub
  const sessionId = sid === undefined ? null : await subjects.sessionCalled(client, sid)
  const owner = sessionId === null ? undefined : await ownerOfSession(platform.database, sessionId)
  return owner !== undefined && (await subjects.of(client, owner)) === sub ? owner : null
}
