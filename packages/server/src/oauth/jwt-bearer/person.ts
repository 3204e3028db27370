// Whom an assertion is about: found by what an operator said of its issuer, and never made up. An address is believed
// only where its issuer is believed for the domain and both sides have verified it (C16).

import { identityBySubject } from '../../accounts/identities/identities.store.ts'
import { canonicalEmail } from '../../accounts/users/identifiers.ts'
import { type User, userById, userByIdentifier } from '../../accounts/users/users.store.ts'
import type { Database } from '../../platform/db/database.ts'
import { type Accepted, refused } from './assertion.ts'

/** The person, who lives. @throws OAuthError `invalid_grant` */
export async function personMeant(
  database: Database,
  { by: { issuer, subjects }, claims }: Pick<Accepted, 'by' | 'claims'>,
): Promise<User> {
  const user =
    subjects.by === 'identity'
      ? await byIdentity(database, { upstream: subjects.upstream, issuer, subject: claims.sub })
      : await byEmail(database, claims, subjects.domains)
  if (user === null || user.disabledAt !== null) throw refused('it is about nobody here')
  return user
}

async function byIdentity(
  database: Database,
  key: { readonly upstream: string; readonly issuer: string; readonly subject: string },
): Promise<User | null> {
  const identity = await identityBySubject(database, key)
  return identity === null ? null : userById(database, identity.userId)
}

async function byEmail(
  database: Database,
  claims: Accepted['claims'],
  domains: readonly string[],
): Promise<User | null> {
  const { email, email_verified: isVerified } = claims as {
    readonly email?: unknown
    readonly email_verified?: unknown
  }
  const value = typeof email === 'string' && isVerified === true ? canonicalEmail(email) : null
  if (value === null || !domains.includes(value.slice(value.lastIndexOf('@') + 1))) return null
  const user = await userByIdentifier(database, { kind: 'email', value })
  return user?.emailVerified === true ? user : null
}
