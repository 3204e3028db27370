// The store of password hashes, each sealed by the vault, and of who a sign-in name belongs to together with it.
import type { Kysely } from 'kysely'
import type { Database } from '../../platform/db/database.ts'
import type { Write } from '../../platform/db/engine.ts'
import type { Schema } from '../../platform/db/schema.ts'
import { query, write } from '../../platform/db/statement.ts'
import type { Instant } from '../../platform/runtime.ts'
import type { Identifier } from '../users/identifiers.ts'
import { type JoinedUserRow, joinedUser, joinedUserOf, type User } from '../users/users.store.ts'

/** A user with what they prove themself by. */
export interface Credential {
  readonly user: User
  /** Null for a person who signs in with an upstream alone. */
  readonly password: { readonly sealedHash: string; readonly changedAt: Instant } | null
}

const credentials = (db: Kysely<Schema>) =>
  db
    .selectFrom('users')
    .leftJoin('passwords', 'passwords.user_id', 'users.id')
    .select([...joinedUser, 'passwords.sealed_hash', 'passwords.changed_at'])

const byEmail = query((db, p: { value: string }) => credentials(db).where('users.email', '=', p.value))
const byUsername = query((db, p: { value: string }) => credentials(db).where('users.username', '=', p.value))
const byUser = query((db, p: { value: string }) => credentials(db).where('users.id', '=', p.value))

/** The user of a sign-in name, disabled or not, with the stored password. */
export async function credentialByIdentifier(
  database: Database,
  identifier: Identifier,
): Promise<Credential | null> {
  const { kind, value } = identifier
  return credentialOf(await (kind === 'email' ? byEmail : byUsername).first(database, { value }))
}

/** The user of this id, disabled or not, with the stored password. */
export async function credentialOfUser(database: Database, userId: string): Promise<Credential | null> {
  return credentialOf(await byUser.first(database, { value: userId }))
}

const put = write((db, p: { user: string; hash: string; now: number }) =>
  db
    .insertInto('passwords')
    .values({ user_id: p.user, sealed_hash: p.hash, changed_at: p.now })
    .onConflict((conflict) =>
      conflict.column('user_id').doUpdateSet({ sealed_hash: p.hash, changed_at: p.now }),
    ),
)
const replace = write((db, p: { user: string; old: string; hash: string }) =>
  db
    .updateTable('passwords')
    .set({ sealed_hash: p.hash })
    .where('user_id', '=', p.user)
    .where('sealed_hash', '=', p.old),
)
const change = write(
  (db, p: { user: string; old: string; hash: string; now: number }) =>
    db
      .updateTable('passwords')
      .set({ sealed_hash: p.hash, changed_at: p.now })
      .where('user_id', '=', p.user)
      .where('sealed_hash', '=', p.old),
  { exactlyOne: 'password' },
)
const stands = write(
  (db, p: { user: string; hash: string }) =>
    db
      .updateTable('passwords')
      .set((eb) => ({ changed_at: eb.ref('changed_at') }))
      .where('user_id', '=', p.user)
      .where('sealed_hash', '=', p.hash),
  { exactlyOne: 'password' },
)
const insert = write(
  (db, p: { user: string; hash: string; now: number }) =>
    db.insertInto('passwords').values({ user_id: p.user, sealed_hash: p.hash, changed_at: p.now }),
  { exactlyOne: 'password' },
)
const remove = write((db, p: { user: string }) => db.deleteFrom('passwords').where('user_id', '=', p.user))

/** Sets a user's password, whatever it was: for operators and imports. */
export function putPassword(database: Database, now: Instant, userId: string, sealedHash: string): Write {
  return put(database, { user: userId, hash: sealedHash, now })
}

/** Changes the password that was just proven, or sets the first (`old` null). Loses `password` when it changed meanwhile. */
export function changePassword(
  database: Database,
  now: Instant,
  userId: string,
  old: string | null,
  sealedHash: string,
): Write {
  return old === null
    ? insert(database, { user: userId, hash: sealedHash, now })
    : change(database, { user: userId, old, hash: sealedHash, now })
}

/**
 * Changes nothing; loses `password` when the one that was proven is no longer it by the time of the commit: hashing
 * takes a while, and whoever has an old password must not come in during the change of it. (It is lost too when another
 * sign-in brought the hash up to date: then one tries again.)
 */
export function passwordStands(
  database: Database,
  userId: string,
  { sealedHash }: NonNullable<Credential['password']>,
): Write {
  return stands(database, { user: userId, hash: sealedHash })
}

/** Stores the same password under newer parameters or a newer seal; does nothing when it changed meanwhile. */
export function refreshHash(database: Database, userId: string, old: string, sealedHash: string): Write {
  return replace(database, { user: userId, old, hash: sealedHash })
}

/** Deletes the password; without an upstream its user can’t sign in any more. */
export function deletePasswordRow(database: Database, userId: string): Write {
  return remove(database, { user: userId })
}

type CredentialRow = JoinedUserRow & { sealed_hash: string | null; changed_at: number | null }

function credentialOf(row: CredentialRow | undefined): Credential | null {
  if (row === undefined) return null
  const password =
    row.sealed_hash === null ? null : { sealedHash: row.sealed_hash, changedAt: row.changed_at as Instant }
  return { user: joinedUserOf(row), password }
}
