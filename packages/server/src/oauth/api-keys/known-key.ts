// An API key as it is presented back to us, by or for the API that it was sent to.
import { digest, formatScope, parseOpaque } from '@countersign/protocol'
import { rolesOf } from '../../access/roles.store.ts'
import type { User } from '../../accounts/users/users.store.ts'
import type { Platform } from '../../platform/platform.ts'
import { noteBeside } from '../../platform/unawaited.ts'
import type { OAuthRoom } from '../room.ts'
import { type ApiKey, keepsNoKeys, keyPrefix, mostOf } from './api-key.ts'
import { standingKey, touchKey } from './api-keys.store.ts'

/** Seconds that a use is not written down after another one was. */
const touchSeconds = 60

/** A key that is good now. */
export interface KnownKey {
  readonly key: ApiKey
  /** What it is good for now: what it was made for, as far as its API and its owner still have it. */
  readonly scope: readonly string[]
  /** Null for a client's. */
  readonly user: User | null
}

/** Whether a text is a key, good or not: by its form and its checksum alone. */
export function isKey(text: string): boolean {
  return parseOpaque(keyPrefix, text) !== null
}

/**
 * The good key behind a text, for the API of this identifier; null for anything else, whatever the reason. One read. That
 * it was used is written down beside, at most once a minute, and nobody waits for that.
 */
export async function knownKey(
  room: Pick<OAuthRoom, 'platform' | 'rules'>,
  text: string,
  audience: string,
): Promise<KnownKey | null> {
  // A key shows nothing but itself, which is too little where every token is bound.
  if (!isKey(text) || room.rules.boundTokensOnly) return null
  const { platform } = room
  const standing = await standingKey(platform.database, digest(text), audience, platform.runtime.now())
  if (standing === undefined) return null
  const { key, apiScopes, client, user } = standing
  if (client !== null && keepsNoKeys(client) !== null) return null
  const most = mostOf(apiScopes, client)
  const scope = key.scopes.filter((name) => most.includes(name))
  // Whoever was let in for something is not let in for nothing.
  if (scope.length === 0 && (key.scopes.length > 0 || client !== null)) return null
  noteUse(platform, key)
  return { key, scope, user }
}

function noteUse(platform: Platform, { id, lastUsedAt }: ApiKey): void {
  const now = platform.runtime.now()
  const before = now - touchSeconds
  if (lastUsedAt !== null && lastUsedAt > before) return
  noteBeside(platform, [touchKey(platform.database, id, now, before)], { keyId: id }, 'an API key')
}

/** Whom a key speaks for: its client itself, or a person. */
export function subjectOf({ key: { owner } }: KnownKey): string {
  return owner.kind === 'client' ? owner.clientId : owner.userId
}

/**
 * What introspection says of a key to its API (RFC 7662 §2.2). A person's key came through no client: its own id stands
 * there, which is no client's. Nobody signed in for it, so nothing is said of a sign-in.
 */
export async function describeKey({ platform }: OAuthRoom, known: KnownKey): Promise<object> {
  const { key, scope, user } = known
  const roles = user === null ? [] : await rolesOf(platform.database, user.id)
  return {
    active: true,
    token_type: 'Bearer',
    iss: platform.issuer.url,
    sub: subjectOf(known),
    aud: key.audience,
    client_id: key.owner.kind === 'client' ? key.owner.clientId : key.id,
    ...(scope.length > 0 && { scope: formatScope(scope) }),
    iat: key.createdAt,
    ...(key.expiresAt !== null && { exp: key.expiresAt }),
    jti: key.id,
    ...(roles.length > 0 && { roles }),
    ...(user !== null && user.username !== null && { username: user.username }),
  }
}
