// The store of people. Sign-in names are unique and canonical; a user’s id is the `sub` of every token and is never
// given to anybody else (JW-13).
import type { Kysely } from 'kysely'
import type { Database } from '../../platform/db/database.ts'
import type { Write } from '../../platform/db/engine.ts'
import type { Schema, UserRow } from '../../platform/db/schema.ts'
import { query, write } from '../../platform/db/statement.ts'
import type { Instant } from '../../platform/runtime.ts'
import type { Canonical, Identifier } from './identifiers.ts'

/** A person who signs in. */
export interface User {
  /** `usr_…`, the subject of tokens. */
  readonly id: string
  readonly username: Canonical | null
  readonly email: Canonical | null
  readonly emailVerified: boolean
  readonly name: string
  /** OpenID Connect standard claims beyond name and e-mail, by their wire names. */
  readonly claims: Readonly<Record<string, unknown>>
  /** Since when the user may not sign in nor use anything; null for the living. */
  readonly disabledAt: Instant | null
  readonly createdAt: Instant
  readonly updatedAt: Instant
}

const columns = [
  'id',
  'username',
  'email',
  'email_verified',
  'name',
  'claims',
  'disabled_at',
  'created_at',
  'updated_at',
] as const

const byId = query((db, p: { id: string }) => db.selectFrom('users').select(columns).where('id', '=', p.id))
const byEmail = query((db, p: { email: string }) =>
  db.selectFrom('users').select(columns).where('email', '=', p.email),
)
const byUsername = query((db, p: { username: string }) =>
  db.selectFrom('users').select(columns).where('username', '=', p.username),
)
const page = query((db, p: { after: string; count: number }) =>
  db.selectFrom('users').select(columns).where('id', '>', p.after).orderBy('id').limit(p.count),
)

/** The user of this id, disabled or not; null when there is none. */
export async function userById(database: Database, id: string): Promise<User | null> {
  return userOrNull(await byId.first(database, { id }))
}

/** The user who signs in with this name, disabled or not; null when there is none. */
export async function userByIdentifier(database: Database, identifier: Identifier): Promise<User | null> {
  const { kind, value } = identifier
  return userOrNull(
    kind === 'email'
      ? await byEmail.first(database, { email: value })
      : await byUsername.first(database, { username: value }),
  )
}

const fromEmail = query((db, p: { email: string }) =>
  db.selectFrom('users').select(columns).where('email', '>=', p.email).orderBy('email').limit(1),
)
const lastEmail = query((db) =>
  db.selectFrom('users').select(columns).where('email', 'is not', null).orderBy('email', 'desc').limit(1),
)

/**
 * Who has an address, disabled or not; and, where nobody has it, somebody else, with whom the same work can be done to no
 * effect: the same statements, with a person in their answer, in both cases (PW-10).
 */
export async function userNear(
  database: Database,
  email: Canonical,
): Promise<{ readonly found: User | null; readonly like: User | null }> {
  const [next, last] = await Promise.all([
    fromEmail.first(database, { email }),
    lastEmail.first(database, {}),
  ])
  const like = userOrNull(next ?? last)
  return { found: like?.email === email ? like : null, like }
}

/**
 * Users in the order of their ids, which is that of their creation to the millisecond.
 *
 * @param after an id, '' for the first page
 */
export async function listUsers(database: Database, after = '', count = 100): Promise<User[]> {
  return (await page.all(database, { after, count })).map(userOf)
}

const insert = write(
  (
    db,
    p: {
      id: string
      username: string | null
      email: string | null
      verified: number
      name: string
      claims: string
      now: number
    },
  ) =>
    db
      .insertInto('users')
      .values({
        id: p.id,
        username: p.username,
        email: p.email,
        email_verified: p.verified,
        name: p.name,
        claims: p.claims,
        disabled_at: null,
        created_at: p.now,
        updated_at: p.now,
      })
      .onConflict((conflict) => conflict.doNothing()),
  { exactlyOne: 'user' },
)

/** Adds a user; loses `user` when one of the sign-in names is taken. */
export function insertUser(database: Database, user: User): Write {
  return insert(database, {
    id: user.id,
    username: user.username,
    email: user.email,
    verified: user.emailVerified ? 1 : 0,
    name: user.name,
    claims: JSON.stringify(user.claims),
    now: user.createdAt,
  })
}

const changeOf = {
  name: write(
    (db, p: { id: string; value: string; now: number }) =>
      db.updateTable('users').set({ name: p.value, updated_at: p.now }).where('id', '=', p.id),
    { exactlyOne: 'user' },
  ),
  details: write(
    (db, p: { id: string; name: string; claims: string; was: string; wereClaims: string; now: number }) =>
      db
        .updateTable('users')
        .set({ name: p.name, claims: p.claims, updated_at: p.now })
        .where('id', '=', p.id)
        .where('name', '=', p.was)
        .where('claims', '=', p.wereClaims),
    { exactlyOne: 'details' },
  ),
  username: write(
    (db, p: { id: string; value: string | null; now: number }) =>
      db.updateTable('users').set({ username: p.value, updated_at: p.now }).where('id', '=', p.id),
    { exactlyOne: 'user' },
  ),
  email: write(
    (db, p: { id: string; value: string | null; verified: number; now: number }) =>
      db
        .updateTable('users')
        .set({ email: p.value, email_verified: p.verified, updated_at: p.now })
        .where('id', '=', p.id),
    { exactlyOne: 'user' },
  ),
}

/** Changes the name that people see. Loses `user` when there is none of this id. */
export function renameUser(database: Database, now: Instant, id: string, name: string): Write {
  return changeOf.name(database, { id, value: name, now })
}

/**
 * Changes name and standard claims, of which some were made out of what was there. Loses `details` when somebody else has
 * changed any of them since they were read: then it is read and made again.
 *
 * @param before as it was read
 */
export function changeDetails(
  database: Database,
  now: Instant,
  before: Pick<User, 'id' | 'name' | 'claims'>,
  { name, claims }: Pick<User, 'name' | 'claims'>,
): Write {
  return changeOf.details(database, {
    id: before.id,
    name,
    claims: JSON.stringify(claims),
    was: before.name,
    wereClaims: JSON.stringify(before.claims),
    now,
  })
}

/** Loses `user` when the name is taken. */
export function changeUsername(database: Database, now: Instant, id: string, to: Canonical | null): Write {
  return changeOf.username(database, { id, value: to, now })
}

/** Loses `user` when the address is taken. @param verified whether the user has proven to receive mail there */
export function changeEmail(
  database: Database,
  now: Instant,
  id: string,
  to: Canonical | null,
  verified: boolean,
): Write {
  return changeOf.email(database, { id, value: to, verified: verified ? 1 : 0, now })
}

const confirm = write(
  (db, p: { id: string; email: string; now: number }) =>
    db
      .updateTable('users')
      .set({ email_verified: 1, updated_at: p.now })
      .where('id', '=', p.id)
      .where('email', '=', p.email),
  { exactlyOne: 'address' },
)

/** The user has proven to receive mail at this address. Loses `address` when it is not theirs (any more). */
export function confirmEmail(database: Database, now: Instant, id: string, email: Canonical): Write {
  return confirm(database, { id, email, now })
}

const disable = write(
  (db, p: { id: string; now: number }) =>
    db
      .updateTable('users')
      .set({ disabled_at: p.now, updated_at: p.now })
      .where('id', '=', p.id)
      .where('disabled_at', 'is', null),
  { exactlyOne: 'user' },
)
const enable = write(
  (db, p: { id: string; now: number }) =>
    db
      .updateTable('users')
      .set({ disabled_at: null, updated_at: p.now })
      .where('id', '=', p.id)
      .where('disabled_at', 'is not', null),
  { exactlyOne: 'user' },
)
const lock = write(
  (db, p: { id: string; now: number }) =>
    db.updateTable('users').set({ updated_at: p.now }).where('id', '=', p.id),
  { exactlyOne: 'user' },
)
const turn = write((db, p: { id: string }) => turnOf(db, p.id))
const stands = write((db, p: { id: string }) => turnOf(db, p.id).where('disabled_at', 'is', null), {
  exactlyOne: 'user',
})
const remove = write((db, p: { id: string }) => db.deleteFrom('users').where('id', '=', p.id), {
  exactlyOne: 'user',
})

/** Ends everything the user has here, for liveness is derived from this row. Loses `user` when already disabled. */
export function disableUser(database: Database, now: Instant, id: string): Write {
  return disable(database, { id, now })
}

/** Loses `user` when not disabled. */
export function enableUser(database: Database, now: Instant, id: string): Write {
  return enable(database, { id, now })
}

/** Deletes the user's own row; `accounts/users/erase.ts` deletes what hangs on it. */
export function deleteUserRow(database: Database, id: string): Write {
  return remove(database, { id })
}

/** Puts whatever else this commit does to the user after every other commit that says the same. */
export function lockUser(database: Database, now: Instant, id: string): Write {
  return lock(database, { id, now })
}

/**
 * The statement that takes a person's turn and changes nothing; a guard adds to it what has to hold. One that asks other
 * tables has to follow `takeTurn` or `userStands`: on PostgreSQL a statement sees what was done when it began, and not what
 * was done while it waited.
 */
export function turnOf(db: Kysely<Schema>, userId: string) {
  return db
    .updateTable('users')
    .set((eb) => ({ updated_at: eb.ref('updated_at') }))
    .where('users.id', '=', userId)
}

/** Changes nothing; what follows it in this commit sees all that commits with this or with `userStands` did before. */
export function takeTurn(database: Database, id: string): Write {
  return turn(database, { id })
}

/** Changes nothing; loses `user` when there is none of this id, or a disabled one, by the time of the commit. */
export function userStands(database: Database, id: string): Write {
  return stands(database, { id })
}

function userOrNull(row: UserRow | undefined): User | null {
  return row === undefined ? null : userOf(row)
}

/** What a read that joins `users` with other tables selects of it; `joinedUserOf` makes a value of that. */
export const joinedUser = [
  'users.id as u_id',
  'users.username as u_username',
  'users.email as u_email',
  'users.email_verified as u_email_verified',
  'users.name as u_name',
  'users.claims as u_claims',
  'users.disabled_at as u_disabled_at',
  'users.created_at as u_created_at',
  'users.updated_at as u_updated_at',
] as const

/** A row that was selected with `joinedUser`. */
export type JoinedUserRow = { readonly [Column in keyof UserRow as `u_${Column}`]: UserRow[Column] }

/** The user of a joined row. */
export function joinedUserOf(row: JoinedUserRow): User {
  return userOf({
    id: row.u_id,
    username: row.u_username,
    email: row.u_email,
    email_verified: row.u_email_verified,
    name: row.u_name,
    claims: row.u_claims,
    disabled_at: row.u_disabled_at,
    created_at: row.u_created_at,
    updated_at: row.u_updated_at,
  })
}

function userOf(row: UserRow): User {
  return {
    id: row.id,
    username: row.username as Canonical | null,
    email: row.email as Canonical | null,
    emailVerified: row.email_verified === 1,
    name: row.name,
    claims: JSON.parse(row.claims) as Record<string, unknown>,
    disabledAt: row.disabled_at as Instant | null,
    createdAt: row.created_at as Instant,
    updatedAt: row.updated_at as Instant,
  }
}
