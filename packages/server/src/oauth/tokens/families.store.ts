// Token families at rest. Whether a family lives is looked up, never copied: its own row, its session’s, its user’s
// and its client’s are asked together in one read, so that ending any of them ends every token at once. Whether it was given
// for as much as this server asks for now is asked of each row that is read.
import { type Expression, expressionBuilder, type SqlBool } from 'kysely'
import { rolesBeside, rolesIn } from '../../access/roles.store.ts'
import { isStillEnough } from '../../accounts/sessions/sessions.ts'
import { type JoinedUserRow, joinedUser, joinedUserOf } from '../../accounts/users/users.store.ts'
import type { Database } from '../../platform/db/database.ts'
import type { Write } from '../../platform/db/engine.ts'
import type { Schema } from '../../platform/db/schema.ts'
import { query, write } from '../../platform/db/statement.ts'
import type { Platform } from '../../platform/platform.ts'
import type { Runtime } from '../../platform/runtime.ts'
import type { Family, Granted, Person } from '../authorization.ts'

/** Why a family ended other than by time or with its session, user or client. */
export type EndOfFamily =
  | 'refresh token reused'
  | 'code replayed'
  | 'revoked by the client'
  | 'consent withdrawn'
  | 'password changed'

/** What it takes to know whether a family is good: the rows, the time, and how many factors everybody needs. */
export type Judging = Pick<Platform, 'database' | 'secondFactor'> & {
  readonly runtime: Pick<Runtime, 'now'>
}

/** A family that lives and is enough, and whose it is. */
export type LiveFamily = Person

/** What every read of a family selects. */
export const familyColumns = [
  'families.id as family_id',
  'families.client_id as family_client',
  'families.session_id',
  'families.grant_json',
  'families.created_at as family_created_at',
  'families.expires_at as family_expires_at',
  rolesBeside('families.user_id').as('role_names'),
  ...joinedUser,
] as const

/** A row that was selected with `familyColumns`. */
export interface LiveFamilyRow extends JoinedUserRow {
  readonly family_id: string
  readonly family_client: string
  readonly session_id: string
  readonly grant_json: string
  readonly family_created_at: number
  readonly family_expires_at: number
  readonly role_names: string | null
}

/**
 * The one condition for a family to live, over `families` joined with its session, user and client. A session that
 * merely timed out ends no family: access “while you are away” is what `offline_access` is for.
 */
export function lives(now: number): Expression<SqlBool> {
  const eb = expressionBuilder<Schema, 'families' | 'sessions' | 'users' | 'clients'>()
  return eb.and([
    eb('families.revoked_at', 'is', null),
    eb('families.expires_at', '>', now),
    eb('sessions.ended_at', 'is', null),
    eb('users.disabled_at', 'is', null),
    eb('clients.disabled_at', 'is', null),
  ])
}

/**
 * The family and the user of a row. INVARIANT: undefined for a family that one factor was given for, where everybody needs two
 * by now (MF-05). Every token that is looked up passes here.
 */
export function liveFamilyOf(
  judging: Pick<Judging, 'secondFactor'>,
  row: LiveFamilyRow,
): LiveFamily | undefined {
  const granted = JSON.parse(row.grant_json) as Granted
  if (!isStillEnough(judging, granted)) return undefined
  return {
    family: {
      id: row.family_id,
      clientId: row.family_client,
      userId: row.u_id,
      sessionId: row.session_id,
      granted,
      createdAt: row.family_created_at,
      expiresAt: row.family_expires_at,
    },
    user: joinedUserOf(row),
    roles: rolesIn(row.role_names),
  }
}

const byToken = query((db, p: { family: string; jti: string; now: number }) =>
  db
    .selectFrom('families')
    .innerJoin('sessions', 'sessions.id', 'families.session_id')
    .innerJoin('users', 'users.id', 'families.user_id')
    .innerJoin('clients', 'clients.id', 'families.client_id')
    .leftJoin('revoked_tokens', (join) => join.on('revoked_tokens.jti', '=', p.jti))
    .select(familyColumns)
    .where('families.id', '=', p.family)
    .where('revoked_tokens.jti', 'is', null)
    .where(lives(p.now)),
)

/** The family of a JWT access token; undefined when the family is not good or this one token was revoked. */
export async function familyOfToken(
  judging: Judging,
  { familyId: family, jti }: { readonly familyId: string; readonly jti: string },
): Promise<LiveFamily | undefined> {
  const { database, runtime } = judging
  const row = await byToken.first(database, { family, jti, now: runtime.now() })
  return row && liveFamilyOf(judging, row)
}

const insert = write(
  (
    db,
    p: {
      id: string
      client: string
      user: string
      session: string
      granted: string
      now: number
      expires: number
    },
  ) =>
    db.insertInto('families').values({
      id: p.id,
      client_id: p.client,
      user_id: p.user,
      session_id: p.session,
      grant_json: p.granted,
      created_at: p.now,
      expires_at: p.expires,
      revoked_at: null,
      revoked_because: null,
    }),
)

/** Stores a family. */
export function insertFamily(database: Database, family: Family): Write {
  return insert(database, {
    id: family.id,
    client: family.clientId,
    user: family.userId,
    session: family.sessionId,
    granted: JSON.stringify(family.granted),
    now: family.createdAt,
    expires: family.expiresAt,
  })
}

const revokeOne = write((db, p: { id: string; because: string; now: number }) =>
  db
    .updateTable('families')
    .set({ revoked_at: p.now, revoked_because: p.because })
    .where('id', '=', p.id)
    .where('revoked_at', 'is', null),
)

const revokeAll = write((db, p: { user: string; client: string; because: string; now: number }) =>
  db
    .updateTable('families')
    .set({ revoked_at: p.now, revoked_because: p.because })
    .where('user_id', '=', p.user)
    .where('client_id', '=', p.client)
    .where('revoked_at', 'is', null),
)

/** Ends a family and with it every token of it; one that has ended already stays as it is. */
export function revokeFamily(database: Database, id: string, because: EndOfFamily, now: number): Write {
  return revokeOne(database, { id, because, now })
}

/** Ends every family that a user gave to a client. */
export function revokeFamilies(
  database: Database,
  of: { readonly userId: string; readonly clientId: string },
  because: EndOfFamily,
  now: number,
): Write {
  return revokeAll(database, { user: of.userId, client: of.clientId, because, now })
}

const prolong = write(
  (db, p: { id: string; until: number }) =>
    db
      .updateTable('families')
      .set({ expires_at: p.until })
      .where('id', '=', p.id)
      .where('revoked_at', 'is', null)
      .where('expires_at', '<', p.until),
  { mayBeLost: true },
)

/** Lets a family live on with the token that it is of. It follows `prolongToken`, which holds the end of both. */
export function prolongFamily(database: Database, id: string, until: number): Write {
  return prolong(database, { id, until })
}

const revokeOthers = write(
  (db, p: { user: string; session: string; kept: string; because: string; now: number }) =>
    db
      .updateTable('families')
      .set({ revoked_at: p.now, revoked_because: p.because })
      .where('user_id', '=', p.user)
      .where('session_id', '=', p.session)
      .where('id', '<>', p.kept)
      .where('revoked_at', 'is', null),
)

/** Ends every other family of the same session. It follows a write that took the person's turn, as making one more does. */
export function revokeSiblings(
  database: Database,
  { userId: user, sessionId: session, id: kept }: Pick<Family, 'userId' | 'sessionId' | 'id'>,
  because: EndOfFamily,
  now: number,
): Write {
  return revokeOthers(database, { user, session, kept, because, now })
}
