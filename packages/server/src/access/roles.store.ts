// The store of roles: names with a description, and who has which.
import { sql } from 'kysely'
import type { Database } from '../platform/db/database.ts'
import type { Write } from '../platform/db/engine.ts'
import { query, write } from '../platform/db/statement.ts'

/** A name under which an operator gives rights; what it allows is the applications’ to say. */
export interface Role {
  /** As it stands in tokens: lower-case letters, digits, `-`, `_`, `.`, `:`. */
  readonly name: string
  readonly description: string
}

const all = query((db, _: Record<string, never>) =>
  db.selectFrom('roles').select(['name', 'description']).orderBy('name'),
)
const ofUser = query((db, p: { user: string }) =>
  db.selectFrom('user_roles').select('role').where('user_id', '=', p.user).orderBy('role'),
)
const ofRole = query((db, p: { role: string }) =>
  db.selectFrom('user_roles').select('user_id').where('role', '=', p.role).orderBy('user_id').limit(1),
)

/** Every role there is, by name. */
export async function listRoles(database: Database): Promise<Role[]> {
  return (await all.all(database, {})).map(({ name, description }) => ({ name, description }))
}

/** Names of the roles that a user has, in order. */
export async function rolesOf(database: Database, userId: string): Promise<string[]> {
  return (await ofUser.all(database, { user: userId })).map(({ role }) => role)
}

/**
 * The roles of a user whom a read joins, so that it need not be followed by another one: an expression for its `select`.
 *
 * @param userId the column that names the user
 * @returns the names in order as one text, which `rolesIn` takes apart
 */
export function rolesBeside(userId: string) {
  return sql<
    string | null
  >`(select string_agg(role, ' ' order by role) from user_roles where user_id = ${sql.ref(userId)})`
}

/** The names in what `rolesBeside` gave: no name has a space. */
export function rolesIn(text: string | null): string[] {
  return text === null ? [] : text.split(' ')
}

/** Whether anybody has this role. */
export async function isRoleGranted(database: Database, role: string): Promise<boolean> {
  return (await ofRole.first(database, { role })) !== undefined
}

const define = write((db, p: { name: string; description: string }) =>
  db
    .insertInto('roles')
    .values({ name: p.name, description: p.description })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ description: p.description })),
)
const grant = write(
  (db, p: { user: string; role: string }) =>
    db
      .insertInto('user_roles')
      .columns(['user_id', 'role'])
      .expression((eb) =>
        eb
          .selectFrom('users')
          .innerJoin('roles', (join) => join.on('roles.name', '=', p.role))
          .select(['users.id', 'roles.name'])
          .where('users.id', '=', p.user),
      )
      .onConflict((conflict) => conflict.columns(['user_id', 'role']).doUpdateSet({ role: p.role })),
  { exactlyOne: 'role' },
)
const give = write((db, p: { user: string; role: string }) =>
  db
    .insertInto('user_roles')
    .values({ user_id: p.user, role: p.role })
    .onConflict((conflict) => conflict.doNothing()),
)
const withdraw = write((db, p: { user: string; role: string }) =>
  db.deleteFrom('user_roles').where('user_id', '=', p.user).where('role', '=', p.role),
)
const withdrawAll = write((db, p: { user: string }) =>
  db.deleteFrom('user_roles').where('user_id', '=', p.user),
)

/** Whether a text may name a role. */
export function isRoleName(text: string): boolean {
  return /^[a-z][a-z0-9._:-]{0,63}$/.test(text)
}

/** Adds a role, or gives it another description. */
export function defineRole(database: Database, role: Role): Write {
  return define(database, { name: role.name, description: role.description })
}

/** Gives a role to a user of the same commit, or of whom it is certain that they are there; as a row, which gathers. */
export function giveRole(database: Database, userId: string, role: string): Write {
  return give(database, { user: userId, role })
}

/** Gives a user a role; changes nothing when they have it. Loses `role` when there is no such role or no such user. */
export function grantRole(database: Database, userId: string, role: string): Write {
  return grant(database, { user: userId, role })
}

/** Takes a role from a user; changes nothing when they don’t have it. */
export function withdrawRole(database: Database, userId: string, role: string): Write {
  return withdraw(database, { user: userId, role })
}

/** Takes every role from a user. */
export function withdrawAllRoles(database: Database, userId: string): Write {
  return withdrawAll(database, { user: userId })
}
