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

const fromEmail = query((db, p: { value: string }) =>
  credentials(db).where('users.email', '>=', p.value).orderBy('users.email').limit(1),
)
const fromUsername = query((db, p: { value: string }) =>
  credentials(db).where('users.username', '>=', p.value).orderBy('users.username').limit(1),
)
const lastEmail = query((db) =>
  credentials(db).where('users.email', 'is not', null).orderBy('users.email', 'desc').limit(1),
)

/** Who has a sign-in name; and, where nobody has it, somebody else, with whom the same work can be done to no effect. */
export interface Near {
  readonly found: Credential | null
  /** The same person where there is one; null where there is nobody at all. */
  readonly like: Credential | null
}

/** The same statements, with a person in their answer, whether or not anybody has the name (PW-10). */
export async function credentialNear(database: Database, { kind, value }: Identifier): Promise<Near> {
  const [next, last] = await Promise.all([
    (kind === 'email' ? fromEmail : fromUsername).first(database, { value }),
    lastEmail.first(database, {}),
  ])
  const like = credentialOf(next ?? last)
  return { found: like?.user[kind] === value ? like : null, like }
}

/** The user of this id, disabled or not, with the stored password. */
export async function credentialOfUser(database: Database, userId: string): Promise<Credential | null> {
  return credentialOf(await byUser.first(database, { value: userId }))
}

const put = write((db, p: { user: string; hash: string; now: number }) =>
  db
    .insertInto('passwords')
    .values({ user_id: p.user, sealed_hash: p.hash, changed_at: p.now, kind: null })
    .onConflict((conflict) =>
      conflict.column('user_id').doUpdateSet({ sealed_hash: p.hash, changed_at: p.now, kind: null }),
    ),
)
const replace = write((db, p: { user: string; old: string; hash: string }) =>
  db
    .updateTable('passwords')
    .set({ sealed_hash: p.hash, kind: null })
    .where('user_id', '=', p.user)
    .where('sealed_hash', '=', p.old),
)
const change = write(
  (db, p: { user: string; old: string; hash: string; now: number; kind: string | null }) =>
    db
      .updateTable('passwords')
      .set({ sealed_hash: p.hash, changed_at: p.now, kind: p.kind })
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
  (db, p: { user: string; hash: string; now: number; kind: string | null }) =>
    db
      .insertInto('passwords')
      .values({ user_id: p.user, sealed_hash: p.hash, changed_at: p.now, kind: p.kind }),
  { exactlyOne: 'password' },
)
const remove = write((db, p: { user: string }) => db.deleteFrom('passwords').where('user_id', '=', p.user))

/** Sets a user's password, whatever it was: for operators and imports. */
export function putPassword(database: Database, now: Instant, userId: string, sealedHash: string): Write {
  return put(database, { user: userId, hash: sealedHash, now })
}

/** Another password for somebody, as sealed hashes. */
export interface PasswordChange {
  /** The one that was just proven; null for a first one. */
  readonly from: string | null
  readonly to: string
  /** Of a hash that another system made: see `rememberKind`. */
  readonly kind?: string | null
}

/** Changes a password, or sets the first one. Loses `password` when it changed meanwhile. */
export function changePassword(
  database: Database,
  now: Instant,
  userId: string,
  { from, to: hash, kind = null }: PasswordChange,
): Write {
  return from === null
    ? insert(database, { user: userId, hash, now, kind })
    : change(database, { user: userId, old: from, hash, now, kind })
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

/** How many people have a hash of one kind, as a part of all who have a password. */
export interface HashKind {
  /** A hash of nobody that is as much work. */
  readonly likeness: string
  readonly share: number
}

const putKind = write((db, p: { kind: string; likeness: string }) =>
  db
    .insertInto('hash_kinds')
    .values({ kind: p.kind, likeness: p.likeness })
    .onConflict((conflict) => conflict.doNothing()),
)
const anyKind = query((db) => db.selectFrom('hash_kinds').select(['kind', 'likeness']).orderBy('kind'))
const ofKinds = query((db) =>
  db
    .selectFrom('passwords')
    .select((eb) => ['kind', eb.fn.countAll().as('people')])
    .where('kind', 'is not', null)
    .groupBy('kind'),
)
const all = query((db) => db.selectFrom('passwords').select((eb) => eb.fn.countAll().as('people')))

/** Remembers what a kind of hashes is like; nothing where it is known. */
export function rememberKind(database: Database, kind: string, likeness: string): Write {
  return putKind(database, { kind, likeness })
}

/** The kinds of hashes that other systems made and people here still have; none where everybody has ours. */
export async function hashKinds(database: Database): Promise<HashKind[]> {
  const known = await anyKind.all(database, {})
  if (known.length === 0) return []
  const [counted, total] = await Promise.all([ofKinds.all(database, {}), all.first(database, {})])
  const people = new Map(counted.map(({ kind, people: count }) => [kind, Number(count)]))
  return known
    .map(({ kind, likeness }) => ({ likeness, share: (people.get(kind) ?? 0) / Number(total?.people ?? 1) }))
    .filter(({ share }) => share > 0)
}

type CredentialRow = JoinedUserRow & { sealed_hash: string | null; changed_at: number | null }

function credentialOf(row: CredentialRow | undefined): Credential | null {
  if (row === undefined) return null
  const password =
    row.sealed_hash === null ? null : { sealedHash: row.sealed_hash, changedAt: row.changed_at as Instant }
  return { user: joinedUserOf(row), password }
}
