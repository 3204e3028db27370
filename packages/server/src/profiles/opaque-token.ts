// Tokens of profiles that are looked up: kept by digest with whose they are and what they are good for, as opaque ones of
// APIs are.
import { type AccessClaims, formatScope } from '@countersign/protocol'
import { rolesOf } from '../access/roles.store.ts'
import type { User } from '../accounts/users/users.store.ts'
import type { Family } from '../oauth/authorization.ts'
import { insertAccessToken } from '../oauth/tokens/access-tokens.store.ts'
import type { Write } from '../platform/db/engine.ts'
import type { Platform } from '../platform/platform.ts'

/** What a token is. */
export interface OpaqueToken {
  /** Of what its holder alone has in the clear. */
  readonly digest: string
  readonly user: User
  readonly family: Family
  /** The identifier of an API; null for one that only asks us about its person. */
  readonly audience: string | null
  readonly seconds: number
  /** Whether each use lets it live for that long again, as long as its session does. */
  readonly slides?: boolean
  /** Its name, where it says one itself. */
  readonly jti?: string
  /** A role that its person has to have, also by then; null for none. */
  readonly role?: string | null
}

/** Keeps a token. */
export async function keepToken(
  { database, runtime, issuer }: Platform,
  {
    digest,
    user,
    family,
    audience,
    seconds,
    slides = false,
    role = null,
    jti = runtime.secret(16),
  }: OpaqueToken,
): Promise<Write> {
  const now = runtime.now()
  const { acr, amr, authenticatedAt, scope } = family.granted
  const claims: AccessClaims = {
    iss: issuer.url,
    sub: user.id,
    aud: audience ?? issuer.url,
    client_id: family.clientId,
    iat: now,
    exp: Math.min(now + seconds, family.expiresAt),
    jti,
    scope: formatScope(scope),
    auth_time: authenticatedAt,
    acr,
    amr,
    sid: family.sessionId,
    fam: family.id,
    roles: await rolesOf(database, user.id),
    ...(role !== null && { needs_role: role }),
  }
  return insertAccessToken(database, digest, claims, user.id, slides ? seconds : null)
}
