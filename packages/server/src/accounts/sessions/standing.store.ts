// Sessions of a person that are looked up to be ended, by whoever records the end of each: none of them may be missed.
import type { Expression, ExpressionBuilder, SqlBool } from 'kysely'
import type { Database, WriteSet } from '../../platform/db/database.ts'
import type { Schema } from '../../platform/db/schema.ts'
import { query, write } from '../../platform/db/statement.ts'
import type { Instant } from '../../platform/runtime.ts'
import { takeTurn, turnOf } from '../users/users.store.ts'
import type { Session } from './session.ts'
import { endSession } from './sessions.store.ts'

/** A session, as far as it takes to end it. */
export type StandingSession = Pick<Session, 'id' | 'userId'>

const standing = query((db, p: { user: string }) =>
  db
    .selectFrom('sessions')
    .select(['id', 'user_id as userId'])
    .where('user_id', '=', p.user)
    .where('ended_at', 'is', null)
    .orderBy('id'),
)

/** Every session of a person that was not ended: those of devices, and those that merely ran out, are among them. */
export function standingSessionsOf(database: Database, userId: string): Promise<readonly StandingSession[]> {
  return standing.all(database, { user: userId })
}

const held = query((db, p: { user: string; holder: string }) =>
  db
    .selectFrom('sessions')
    .select(['id', 'user_id as userId'])
    .where('user_id', '=', p.user)
    .where('held_by', '=', p.holder)
    .where('ended_at', 'is', null)
    .orderBy('id'),
)

/** Whose sessions, and the id of the client that holds them. */
export interface HeldBy {
  readonly userId: string
  readonly heldBy: string
}

/** Every session of a person that a client holds and that was not ended, those that merely ran out among them. */
export function heldSessionsOf(
  database: Database,
  { userId, heldBy }: HeldBy,
): Promise<readonly StandingSession[]> {
  return held.all(database, { user: userId, holder: heldBy })
}

type Which = (eb: ExpressionBuilder<Schema, 'sessions'>) => Expression<SqlBool>

/** Changes nothing; loses `sessions` when a person has one that stands, of those that are meant. */
function noneOf<P extends { readonly user: string }>(which: (p: P) => Which) {
  return write(
    (db, p: P) =>
      turnOf(db, p.user).where((eb) =>
        eb.not(
          eb.exists(
            db
              .selectFrom('sessions')
              .select('sessions.id')
              .where('sessions.user_id', '=', p.user)
              .where('sessions.ended_at', 'is', null)
              .where(which(p)),
          ),
        ),
      ),
    { exactlyOne: 'sessions' },
  )
}
const noneButOne = noneOf((p: { user: string; spared: string }) => (eb) => eb('sessions.id', '<>', p.spared))
const noneHeld = noneOf(
  (p: { user: string; holder: string }) => (eb) => eb('sessions.held_by', '=', p.holder),
)

function endEach(
  database: Database,
  now: Instant,
  userId: string,
  ended: readonly StandingSession[],
): WriteSet {
  return [takeTurn(database, userId), ended.map((session) => endSession(database, now, session))]
}

/**
 * Ends these sessions of a user. Loses `sessions` when another one than the spared one stands then: it began after they
 * were looked up.
 */
export function endEverySession(
  database: Database,
  now: Instant,
  userId: string,
  ended: readonly StandingSession[],
  spared: string,
): WriteSet {
  return [endEach(database, now, userId, ended), noneButOne(database, { user: userId, spared })]
}

/**
 * Ends these sessions of a user. Loses `sessions` when the client holds another one then: it began after they
 * were looked up.
 */
export function endHeldSessions(
  database: Database,
  now: Instant,
  { userId, heldBy }: HeldBy,
  ended: readonly StandingSession[],
): WriteSet {
  return [endEach(database, now, userId, ended), noneHeld(database, { user: userId, holder: heldBy })]
}
