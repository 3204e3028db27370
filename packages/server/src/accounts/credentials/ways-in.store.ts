// The ways in that a person has, for whoever takes one away: the last one stays.
import type { Kysely } from 'kysely'
import type { Schema } from '../../platform/db/schema.ts'

/** A user's password, if there is a name to give with it: without one it opens nothing. */
export function passwordsWithName(db: Kysely<Schema>, userId: string) {
  return db
    .selectFrom('passwords')
    .innerJoin('users', 'users.id', 'passwords.user_id')
    .select('users.id')
    .where('users.id', '=', userId)
    .where((named) =>
      named.or([named('users.email', 'is not', null), named('users.username', 'is not', null)]),
    )
}

/** A user's identities elsewhere. @param except the id of one that doesn't count */
export function otherIdentities(db: Kysely<Schema>, userId: string, except: string) {
  return db
    .selectFrom('identities as linked')
    .select('linked.id')
    .where('linked.user_id', '=', userId)
    .where('linked.id', '<>', except)
}

/**
 * A user's passkeys that sign in by themselves, without a password before them.
 *
 * @param domain that of this server, '' where browsers bind no passkeys: one that was made for another opens nothing
 * @param except the id of one that doesn't count
 */
export function otherPasskeys(db: Kysely<Schema>, userId: string, domain: string, except: string) {
  return db
    .selectFrom('passkeys as kept')
    .select('kept.id')
    .where('kept.user_id', '=', userId)
    .where('kept.user_verified', '=', 1)
    .where('kept.rp_id', '=', domain)
    .where('kept.id', '<>', except)
}
