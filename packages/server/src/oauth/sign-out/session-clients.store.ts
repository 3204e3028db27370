// Which clients got tokens in which session, and how far telling them of its end has come: an outbox whose rows are
// there before there is anything to tell. Whether a session has ended is derived from the very columns that liveness
// is derived from (decision 14), so that no way of ending one can forget to say so; a test holds that.
import { type Kysely, type SelectQueryBuilder, sql } from 'kysely'
import type { Database, WriteSet } from '../../platform/db/database.ts'
import type { Write } from '../../platform/db/engine.ts'
import type { Schema } from '../../platform/db/schema.ts'
import { query, write } from '../../platform/db/statement.ts'
import type { Client } from '../clients/client.ts'
import { readExtras } from '../clients/extras.ts'
import type { Knower } from '../subjects/subjects.ts'

/** A client that got tokens in a session. */
export interface SessionClient {
  readonly sessionId: string
  readonly clientId: string
  readonly userId: string
}

/** One that is to be told. */
export interface Due extends SessionClient {
  /** When it was noticed that the session has ended. */
  readonly noticedAt: number
  /** How often it was tried. */
  readonly attempts: number
}

const remember = write((db, p: { session: string; client: string; user: string; now: number }) =>
  db
    .insertInto('session_clients')
    .values({
      session_id: p.session,
      client_id: p.client,
      user_id: p.user,
      created_at: p.now,
      ended_at: null,
      next_at: null,
      attempts: 0,
      told_at: null,
    })
    // A disabled person's sessions are over for whoever was told; enabled again, they can be begun in anew.
    .onConflict((conflict) =>
      conflict
        .columns(['session_id', 'client_id'])
        .doUpdateSet({ ended_at: null, next_at: null, attempts: 0, told_at: null })
        .where('session_clients.told_at', 'is not', null),
    ),
)

/** To be committed with the tokens of a session; null for a client that hears of no end. */
export function rememberInSession(
  database: Database,
  client: Pick<Client, 'id' | 'signOut'>,
  { sessionId, userId }: Pick<SessionClient, 'sessionId' | 'userId'>,
  now: number,
): Write | null {
  if (client.signOut === null) return null
  return remember(database, { session: sessionId, client: client.id, user: userId, now })
}

const ofSession = query((db, p: { session: string }) =>
  db
    .selectFrom('session_clients')
    .innerJoin('clients', 'clients.id', 'session_clients.client_id')
    .select(['clients.id', 'clients.sign_out', 'clients.redirect_uris', 'clients.extras'])
    .where('session_id', '=', p.session)
    .where('clients.sign_out', 'is not', null)
    .where('clients.disabled_at', 'is', null)
    .orderBy('session_clients.created_at', 'desc')
    .orderBy('clients.id'),
)

/** A client as far as it is told of a session's end through the browser. */
export type SessionMember = Pick<Client, 'id' | 'signOut'> & Knower

/** The living clients of a session that are told of its end, told already or not; the youngest first. */
export async function clientsOfSession(database: Database, sessionId: string): Promise<SessionMember[]> {
  const rows = await ofSession.all(database, { session: sessionId })
  return rows.map((row) => ({
    id: row.id,
    signOut: JSON.parse(row.sign_out ?? 'null') as Client['signOut'],
    redirectUris: JSON.parse(row.redirect_uris) as string[],
    ...readExtras(row.extras),
  }))
}

type Keys = SelectQueryBuilder<Schema, 'session_clients', { session_id: string; client_id: string }>

/** Rows that nobody has noticed the end of. */
const unnoticed = (db: Kysely<Schema>): Keys =>
  db
    .selectFrom('session_clients')
    .select(['session_clients.session_id', 'session_clients.client_id'])
    .where('session_clients.next_at', 'is', null)
    .where('session_clients.told_at', 'is', null)

/** Most rows that one look takes. */
const most = 200

const endedSince = query((db, p: { since: number }) =>
  unnoticed(db)
    .innerJoin('sessions', 'sessions.id', 'session_clients.session_id')
    .where('sessions.ended_at', '>', p.since)
    .unionAll(
      unnoticed(db)
        .innerJoin('users', 'users.id', 'session_clients.user_id')
        .where('users.disabled_at', '>', p.since),
    )
    // Of a person who was deleted the event alone is left. Written out, so that its partial index serves.
    .unionAll(
      unnoticed(db)
        .innerJoin('events', 'events.user_id', 'session_clients.user_id')
        .where(sql<boolean>`events.type = ${sql.lit('user.deleted')}`)
        .where('events.at', '>', p.since),
    )
    .limit(most),
)

const notice = write((db, p: { session: string; client: string; now: number }) =>
  db
    .updateTable('session_clients')
    .set({ ended_at: p.now, next_at: p.now })
    .where('session_id', '=', p.session)
    .where('client_id', '=', p.client)
    .where('next_at', 'is', null)
    .where('told_at', 'is', null),
)

/** Makes due whatever belongs to a session that ended after `since`. @returns whether there may be more */
export async function noticeEnded(database: Database, since: number, now: number): Promise<boolean> {
  const rows = await endedSince.all(database, { since })
  // In one order everywhere, so that no two processes wait for each other.
  const keys = rows.map(({ session_id, client_id }) => ({ session: session_id, client: client_id }))
  keys.sort((a, b) => (a.session + a.client < b.session + b.client ? -1 : 1))
  if (keys.length > 0) await database.commit(keys.map((key) => notice(database, { ...key, now })))
  return keys.length === most
}

const dueClients = query((db, p: { now: number }) =>
  db
    .selectFrom('session_clients')
    .select('client_id')
    .where('next_at', '<=', p.now)
    .groupBy('client_id')
    .orderBy((eb) => eb.fn.min('next_at'))
    .limit(most),
)

/** The clients for whom something is due, who has waited longest first: one that is slow keeps none from its turn. */
export async function clientsToTell(database: Database, now: number): Promise<string[]> {
  return (await dueClients.all(database, { now })).map(({ client_id }) => client_id)
}

const dueOf = query((db, p: { client: string; now: number; count: number }) =>
  db
    .selectFrom('session_clients')
    .select(['session_id', 'client_id', 'user_id', 'ended_at', 'attempts'])
    .where('client_id', '=', p.client)
    .where('next_at', '<=', p.now)
    .orderBy('next_at')
    .limit(p.count),
)

/** What is due for one client. */
export async function dueFor(
  database: Database,
  clientId: string,
  now: number,
  count: number,
): Promise<Due[]> {
  const rows = await dueOf.all(database, { client: clientId, now, count })
  return rows.map((row) => ({
    sessionId: row.session_id,
    clientId: row.client_id,
    userId: row.user_id,
    noticedAt: row.ended_at ?? now,
    attempts: row.attempts,
  }))
}

type Place = { session: string; client: string; attempts: number; now: number }

const claim = write(
  (db, p: Place & { next: number }) =>
    db
      .updateTable('session_clients')
      .set((eb) => ({ next_at: p.next, attempts: eb('attempts', '+', 1) }))
      .where('session_id', '=', p.session)
      .where('client_id', '=', p.client)
      .where('attempts', '=', p.attempts)
      .where('next_at', '<=', p.now),
  { exactlyOne: 'sign-out' },
)

/**
 * Takes one attempt for whoever commits this; nobody else takes it before `next`, when it is due again, also if whoever
 * took it has died. INVARIANT: guarded by `sign-out`: of all processes one alone wins it.
 */
export function claimAttempt(database: Database, due: Due, now: number, next: number): Write {
  return claim(database, {
    session: due.sessionId,
    client: due.clientId,
    attempts: due.attempts,
    now,
    next,
  })
}

const settle = write(
  (db, p: Place) =>
    db
      .updateTable('session_clients')
      .set({ told_at: p.now, next_at: null })
      .where('session_id', '=', p.session)
      .where('client_id', '=', p.client)
      .where('attempts', '=', p.attempts)
      .where('told_at', 'is', null),
  { exactlyOne: 'sign-out' },
)

/** Nothing is left to do. Loses `sign-out` to whoever took another attempt meanwhile. @param due as it is now */
export function settleDue(database: Database, due: Due, now: number): Write {
  return settle(database, { session: due.sessionId, client: due.clientId, attempts: due.attempts, now })
}

/** Seconds that a row is kept once it was told: for the page that the person sees as they sign out. */
const toldSeconds = 86_400
/** Seconds after which a row of a session that has been forgotten is nobody's. */
const orphanSeconds = 31 * 86_400

const oldTold = query((db, p: { before: number }) =>
  db.selectFrom('session_clients').select('session_id').where('told_at', '<', p.before).limit(1),
)
const removeTold = write((db, p: { before: number }) =>
  db
    .deleteFrom('session_clients')
    .where((eb) =>
      eb(
        eb.refTuple('session_id', 'client_id'),
        'in',
        eb
          .selectFrom('session_clients')
          .select(['session_id', 'client_id'])
          .where('told_at', '<', p.before)
          .limit(most)
          .$asTuple('session_id', 'client_id'),
      ),
    ),
)

const orphans = (db: Kysely<Schema>, before: number) =>
  unnoticed(db)
    .where('session_clients.created_at', '<', before)
    .where((eb) =>
      eb.not(
        eb.exists(
          eb
            .selectFrom('sessions')
            .select('sessions.id')
            .whereRef('sessions.id', '=', 'session_clients.session_id'),
        ),
      ),
    )
const oldOrphans = query((db, p: { before: number }) => orphans(db, p.before).limit(1))
const removeOrphans = write((db, p: { before: number }) =>
  db
    .deleteFrom('session_clients')
    .where((eb) =>
      eb(
        eb.refTuple('session_id', 'client_id'),
        'in',
        orphans(db, p.before).limit(most).$asTuple('session_id', 'client_id'),
      ),
    ),
)

/** Forgets what was told, and what belongs to sessions that merely ran out; a bounded number of rows in each commit. */
export async function forgetSessionClients(database: Database, now: number): Promise<void> {
  for (const [due, remove, before] of [
    [oldTold, removeTold, now - toldSeconds],
    [oldOrphans, removeOrphans, now - orphanSeconds],
  ] as const) {
    while ((await due.first(database, { before })) !== undefined)
      await database.commit([remove(database, { before })])
  }
}

const removeOfClient = write((db, p: { client: string }) =>
  db.deleteFrom('session_clients').where('client_id', '=', p.client),
)

/** A client that is deleted hears no more. */
export function forgetClientInSessions(database: Database, clientId: string): WriteSet {
  return [removeOfClient(database, { client: clientId })]
}
