// The store of sessions, by digest: what a browser holds can’t be read from here (SE-02). A row with `ended_at` or of a
// disabled user is dead wherever it is looked at; it is kept until no token family can depend on it.
import type { Kysely } from 'kysely'
import type { Database, WriteSet } from '../../platform/db/database.ts'
import type { Write } from '../../platform/db/engine.ts'
import type { Schema, SessionRow } from '../../platform/db/schema.ts'
import { query, write } from '../../platform/db/statement.ts'
import { sweepOfEnded } from '../../platform/db/sweep.ts'
import type { Instant } from '../../platform/runtime.ts'
import { joinedUser, joinedUserOf, takeTurn, type User } from '../users/users.store.ts'
import { asAdministrators, isLive, roleOfAdministrators, type Session } from './session.ts'

/** A live session, whose it is, and whether they have a second factor that is asked for after a password. */
export interface FoundSession {
  readonly session: Session
  readonly user: User
  readonly hasSecondFactor: boolean
}

/** Longest a token family may outlive the session that it began in; see `oauth`'s lifetimes. */
const keptSeconds = 31 * 86_400

const columns = [
  'sessions.id',
  'sessions.digest',
  'sessions.user_id',
  'sessions.created_at',
  'sessions.authenticated_at',
  'sessions.amr',
  'sessions.acr',
  'sessions.remembered',
  'sessions.last_seen_at',
  'sessions.idle_seconds',
  'sessions.expires_at',
  'sessions.peer',
  'sessions.user_agent',
  'sessions.ended_at',
] as const

/** With the role of administrators, if their person has it. */
const sessions = (db: Kysely<Schema>) =>
  db
    .selectFrom('sessions')
    .leftJoin('user_roles as administers', (join) =>
      join
        .onRef('administers.user_id', '=', 'sessions.user_id')
        .on('administers.role', '=', roleOfAdministrators),
    )
    .select([...columns, 'administers.role as role'])

const byDigest = query((db, p: { digest: string }) =>
  sessions(db)
    .innerJoin('users', 'users.id', 'sessions.user_id')
    .leftJoin('totp_factors', 'totp_factors.user_id', 'sessions.user_id')
    .select([...joinedUser, 'totp_factors.id as factor_id'])
    .where('sessions.digest', '=', p.digest)
    .where('sessions.ended_at', 'is', null)
    .where('users.disabled_at', 'is', null),
)

const ofUser = query((db, p: { user: string; now: number }) =>
  sessions(db)
    .where('sessions.user_id', '=', p.user)
    .where('held_by', 'is', null)
    .where('ended_at', 'is', null)
    .where('expires_at', '>', p.now)
    .orderBy('last_seen_at', 'desc')
    .orderBy('sessions.id', 'desc'),
)

/** The live session of this digest and its living user. */
export async function sessionByDigest(
  database: Database,
  now: Instant,
  digest: string,
): Promise<FoundSession | null> {
  const row = await byDigest.first(database, { digest })
  if (row === undefined) return null
  const session = sessionOf(row)
  if (!isLive(session, now)) return null
  return { session, user: joinedUserOf(row), hasSecondFactor: row.factor_id !== null }
}

/** A person's live sessions in browsers, the last used first. */
export async function sessionsOf(database: Database, now: Instant, userId: string): Promise<Session[]> {
  const rows = await ofUser.all(database, { user: userId, now })
  return rows.map(sessionOf).filter((session) => isLive(session, now))
}

interface SessionValues extends Record<string, string | number | null> {
  id: string
  digest: string
  user: string
  created: number
  authenticated: number
  amr: string
  acr: string
  remembered: number
  seen: number
  idle: number
  expires: number
  peer: string
  agent: string
}

/** The columns that a newer proof changes. */
const proofColumns = (p: SessionValues) => ({
  digest: p.digest,
  authenticated_at: p.authenticated,
  amr: p.amr,
  acr: p.acr,
  remembered: p.remembered,
  last_seen_at: p.seen,
  idle_seconds: p.idle,
  expires_at: p.expires,
  peer: p.peer,
  user_agent: p.agent,
})

const insert = write(
  (db, p: SessionValues & { holder: string | null }) =>
    db.insertInto('sessions').values({
      id: p.id,
      user_id: p.user,
      created_at: p.created,
      ended_at: null,
      held_by: p.holder,
      ...proofColumns(p),
    }),
  { exactlyOne: 'session' },
)

const renew = write(
  (db, p: SessionValues) =>
    db
      .updateTable('sessions')
      .set({ created_at: p.created, ...proofColumns(p) })
      .where('id', '=', p.id)
      .where('user_id', '=', p.user)
      .where('ended_at', 'is', null),
  { exactlyOne: 'session' },
)

/**
 * Begins a session.
 *
 * @param digest of the secret that its browser holds
 * @param heldBy the id of the client whose device has it, where it is none of a browser
 */
export function insertSession(
  database: Database,
  session: Session,
  digest: string,
  heldBy: string | null = null,
): Write {
  return insert(database, { ...valuesOf(session, digest), holder: heldBy })
}

/**
 * Gives a session another digest and a newer proof; the old digest is nothing from then on. Loses `session` when it has
 * ended.
 */
export function renewSession(database: Database, session: Session, digest: string): Write {
  return renew(database, valuesOf(session, digest))
}

const touch = write(
  (db, p: { id: string; now: number }) =>
    db
      .updateTable('sessions')
      .set({ last_seen_at: p.now })
      .where('id', '=', p.id)
      .where('last_seen_at', '<', p.now),
  { mayBeLost: true },
)
const end = write((db, p: { id: string; user: string; now: number }) =>
  db
    .updateTable('sessions')
    .set({ ended_at: p.now })
    .where('id', '=', p.id)
    .where('user_id', '=', p.user)
    .where('ended_at', 'is', null),
)
const endAll = write((db, p: { user: string; except: string; now: number }) =>
  db
    .updateTable('sessions')
    .set({ ended_at: p.now })
    .where('user_id', '=', p.user)
    .where('id', '<>', p.except)
    .where('ended_at', 'is', null),
)
const stands = write(
  (db, p: { id: string; user: string }) =>
    db
      .updateTable('sessions')
      .set((eb) => ({ last_seen_at: eb.ref('last_seen_at') }))
      .where('id', '=', p.id)
      .where('user_id', '=', p.user)
      .where('ended_at', 'is', null),
  { exactlyOne: 'session' },
)
const removeAll = write((db, p: { user: string }) => db.deleteFrom('sessions').where('user_id', '=', p.user))

/** Remembers that the session is in use. */
export function touchSession(database: Database, now: Instant, id: string): Write {
  return touch(database, { id, now })
}

/** Ends one session of this user, and with it every token that lives by it. Does nothing to anybody else's. */
export function endSession(database: Database, now: Instant, session: Pick<Session, 'id' | 'userId'>): Write {
  return end(database, { id: session.id, user: session.userId, now })
}

/**
 * Ends every session of a user, those of devices too. One that begins at this moment is ended as well, or begins
 * afterwards.
 *
 * @param except the id of the one to spare
 */
export function endAllSessions(database: Database, now: Instant, userId: string, except = ''): WriteSet {
  return [takeTurn(database, userId), endAll(database, { user: userId, except, now })]
}

/** Changes nothing; loses `session` when it has ended by the time of the commit. */
export function sessionStands(database: Database, session: Pick<Session, 'id' | 'userId'>): Write {
  return stands(database, { id: session.id, user: session.userId })
}

/** The rows that nothing can depend on any more. */
export const oldSessions = sweepOfEnded('sessions', 'id', { keepSeconds: keptSeconds })

/** Deletes every session of a user. */
export function deleteSessionRows(database: Database, userId: string): Write {
  return removeAll(database, { user: userId })
}

function valuesOf(session: Session, digest: string): SessionValues {
  return {
    id: session.id,
    digest,
    user: session.userId,
    created: session.createdAt,
    authenticated: session.authenticatedAt,
    amr: JSON.stringify(session.amr),
    acr: session.acr,
    remembered: session.remembered ? 1 : 0,
    seen: session.lastSeenAt,
    idle: session.idleSeconds,
    expires: session.expiresAt,
    peer: session.peer,
    agent: session.userAgent,
  }
}

/** What tells one proof of a session from the next. */
export function proofOf(digest: string): string {
  return digest.slice(0, 22)
}

function sessionOf(row: Omit<SessionRow, 'held_by'> & { readonly role: string | null }): Session {
  const session: Session = {
    id: row.id,
    proof: proofOf(row.digest),
    userId: row.user_id,
    createdAt: row.created_at as Instant,
    authenticatedAt: row.authenticated_at as Instant,
    amr: JSON.parse(row.amr) as string[],
    acr: row.acr,
    remembered: row.remembered === 1,
    lastSeenAt: row.last_seen_at as Instant,
    idleSeconds: row.idle_seconds,
    expiresAt: row.expires_at as Instant,
    peer: row.peer,
    userAgent: row.user_agent,
  }
  return row.role === null ? session : asAdministrators(session)
}
