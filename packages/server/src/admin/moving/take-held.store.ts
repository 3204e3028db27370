// What is here already of things that are brought by the thousand, and the rows that they become. Rows are plain, so that
// they gather into few statements; one that is here is never replaced.
import type { Database } from '../../platform/db/database.ts'
import type { Write } from '../../platform/db/engine.ts'
import { filling, listLength, places } from '../../platform/db/listed.ts'
import type {
  AccessTokenRow,
  ConsentRow,
  EventRow,
  MovedUserRow,
  SessionRow,
} from '../../platform/db/schema.ts'
import { type Query, query, write } from '../../platform/db/statement.ts'

/** Places of a list, filled. */
export type Values = Record<string, string>
/** Rows as a statement takes them. */
export type Columns<Row> = { [Column in keyof Row]: Row[Column] }

/** The rows of as many ids as there are, each asked for once. */
export async function among<Row>(database: Database, asked: Query<Values, Row>, ids: readonly string[]) {
  const rows: Row[] = []
  const all = [...new Set(ids)]
  for (let from = 0; from < all.length; from += listLength) {
    const values = filling(all.slice(from, from + listLength))
    if (values !== null) rows.push(...(await asked.all(database, values)))
  }
  return rows
}

const clients = query((db, p: Values) =>
  db.selectFrom('clients').select(['id', 'created_at']).where('id', 'in', places(p)),
)
const sessions = query((db, p: Values) =>
  db
    .selectFrom('sessions')
    .select(['id', 'digest', 'user_id', 'last_seen_at', 'ended_at'])
    .where('id', 'in', places(p)),
)
const sessionDigests = query((db, p: Values) =>
  db.selectFrom('sessions').select('digest').where('digest', 'in', places(p)),
)
const families = query((db, p: Values) =>
  db.selectFrom('families').select(['id', 'user_id', 'revoked_at']).where('id', 'in', places(p)),
)
const tokens = query((db, p: Values) =>
  db.selectFrom('access_tokens').select('digest').where('digest', 'in', places(p)),
)
const tokenNames = query((db, p: Values) =>
  db.selectFrom('access_tokens').select('jti').where('jti', 'in', places(p)),
)
const consents = query((db, p: Values) =>
  db.selectFrom('consents').select(['user_id', 'client_id']).where('user_id', 'in', places(p)),
)
const registrations = query((db, p: Values) =>
  db.selectFrom('registrations').select('client_id').where('client_id', 'in', places(p)),
)
const revoked = query((db, p: Values) =>
  db.selectFrom('revoked_tokens').select('jti').where('jti', 'in', places(p)),
)
const events = query((db, p: Values) => db.selectFrom('events').select('id').where('id', 'in', places(p)))
const things = query((db, p: Values & { source: string }) =>
  db
    .selectFrom('moved_things')
    .select(['foreign_id', 'moved_at'])
    .where('source', '=', p.source)
    .where('foreign_id', 'in', places(p)),
)

/** When each of these clients was made. */
export async function clientsHere(database: Database, ids: readonly string[]): Promise<Map<string, number>> {
  const rows = await among(database, clients, ids)
  return new Map(rows.map((row) => [row.id, row.created_at]))
}

/** Whose each of these sessions is, by what its browser holds it, when it was used, and whether it has ended. */
export async function sessionsHere(database: Database, ids: readonly string[]) {
  const rows = await among(database, sessions, ids)
  return new Map(
    rows.map(({ id, digest, user_id: userId, last_seen_at: lastSeenAt, ended_at: endedAt }) => [
      id,
      { digest, userId, lastSeenAt, endedAt },
    ]),
  )
}

/** Which of these digests are some session’s. */
export async function sessionDigestsHere(database: Database, digests: readonly string[]) {
  return new Set((await among(database, sessionDigests, digests)).map(({ digest }) => digest))
}

/** Whose each of these families is, and whether it was revoked. */
export async function familiesHere(database: Database, ids: readonly string[]) {
  const rows = await among(database, families, ids)
  return new Map(rows.map((row) => [row.id, { userId: row.user_id, revokedAt: row.revoked_at }]))
}

/** Which of these are access tokens here, good or not: digests, and names (`jti`). */
export async function tokensHere(database: Database, digests: readonly string[], names: readonly string[]) {
  const [byDigest, byName] = await Promise.all([
    among(database, tokens, digests),
    among(database, tokenNames, names),
  ])
  return {
    digests: new Set(byDigest.map(({ digest }) => digest)),
    names: new Set(byName.map(({ jti }) => jti)),
  }
}

/** What these people have agreed to: `user client`. */
export async function consentsHere(database: Database, userIds: readonly string[]) {
  const rows = await among(database, consents, userIds)
  return new Set(rows.map((row) => `${row.user_id} ${row.client_id}`))
}

/** Which of these clients look after themselves. */
export async function registrationsHere(database: Database, clientIds: readonly string[]) {
  return new Set((await among(database, registrations, clientIds)).map(({ client_id }) => client_id))
}

/** Which of these JWTs are ended. */
export async function revokedHere(database: Database, names: readonly string[]) {
  return new Set((await among(database, revoked, names)).map(({ jti }) => jti))
}

/** Which of these events are known. */
export async function eventsHere(database: Database, ids: readonly string[]) {
  return new Set((await among(database, events, ids)).map(({ id }) => id))
}

/** When each of these things was brought. @param ids say what they are too, as `client 7` */
export async function thingsMoved(database: Database, source: string, ids: readonly string[]) {
  const asked: Query<Values, { foreign_id: string; moved_at: number }> = {
    all: (on, values) => things.all(on, { ...values, source }),
    first: (on, values) => things.first(on, { ...values, source }),
  }
  return new Map((await among(database, asked, ids)).map((row) => [row.foreign_id, row.moved_at]))
}

const stand = write(
  (db, p: Values & { source: string }) =>
    db
      .updateTable('users')
      .set((eb) => ({ updated_at: eb.ref('updated_at') }))
      .where('users.id', 'in', places(p))
      .where('users.disabled_at', 'is', null)
      .where((eb) =>
        eb.not(
          eb.exists(
            eb
              .selectFrom('moved_users')
              .innerJoin('passwords', 'passwords.user_id', 'moved_users.user_id')
              .select('moved_users.user_id')
              .whereRef('moved_users.user_id', '=', 'users.id')
              .where('moved_users.source', '=', p.source)
              .whereRef('passwords.changed_at', '>', 'moved_users.moved_at'),
          ),
        ),
      ),
  { exactlyOne: 'person' },
)

/**
 * Changes nothing; loses `person` when one of these people is gone, disabled, or has changed their password here by the
 * time of the commit, which ends all that was brought.
 *
 * @param ids of one list at most; at least one
 */
export function peopleStand(database: Database, source: string, ids: readonly string[]): Write {
  return { ...stand(database, { ...filling(ids), source }), rows: ids.length }
}

/** A session, ended or not. */
export const insertMovedSession = write((db, p: Columns<SessionRow>) =>
  db
    .insertInto('sessions')
    .values({
      id: p.id,
      digest: p.digest,
      user_id: p.user_id,
      created_at: p.created_at,
      authenticated_at: p.authenticated_at,
      amr: p.amr,
      acr: p.acr,
      remembered: p.remembered,
      last_seen_at: p.last_seen_at,
      idle_seconds: p.idle_seconds,
      expires_at: p.expires_at,
      peer: p.peer,
      user_agent: p.user_agent,
      ended_at: p.ended_at,
      held_by: p.held_by,
    })
    .onConflict((conflict) => conflict.doNothing()),
)

/** Ends the sessions of a person that began here. @param since they came */
export const endSessionsSince = write((db, p: { user: string; since: number; now: number }) =>
  db
    .updateTable('sessions')
    .set({ ended_at: p.now })
    .where('user_id', '=', p.user)
    .where('created_at', '>=', p.since)
    .where('ended_at', 'is', null),
)

/** A session as it is by now where it came from: used since, and under another digest where it was proven anew. */
export const renewMovedSession = write(
  (db, p: Omit<Columns<SessionRow>, 'created_at' | 'ended_at' | 'held_by'>) =>
    db
      .updateTable('sessions')
      .set({
        digest: p.digest,
        authenticated_at: p.authenticated_at,
        amr: p.amr,
        acr: p.acr,
        remembered: p.remembered,
        last_seen_at: p.last_seen_at,
        idle_seconds: p.idle_seconds,
        expires_at: p.expires_at,
        peer: p.peer,
        user_agent: p.user_agent,
      })
      .where('id', '=', p.id)
      .where('user_id', '=', p.user_id)
      .where('ended_at', 'is', null)
      .where('last_seen_at', '<', p.last_seen_at),
  { mayBeLost: true },
)

/** A client that is to hear of a session’s end. */
export const insertMember = write((db, p: { session: string; client: string; user: string; since: number }) =>
  db
    .insertInto('session_clients')
    .values({
      session_id: p.session,
      client_id: p.client,
      user_id: p.user,
      created_at: p.since,
      ended_at: null,
      next_at: null,
      attempts: 0,
      told_at: null,
    })
    .onConflict((conflict) => conflict.doNothing()),
)

/** An access token that is good. */
export const insertMovedToken = write((db, p: Columns<AccessTokenRow>) =>
  db
    .insertInto('access_tokens')
    .values({
      digest: p.digest,
      jti: p.jti,
      family_id: p.family_id,
      client_id: p.client_id,
      user_id: p.user_id,
      audience: p.audience,
      claims: p.claims,
      created_at: p.created_at,
      expires_at: p.expires_at,
      revoked_at: p.revoked_at,
      idle_seconds: p.idle_seconds,
    })
    .onConflict((conflict) => conflict.doNothing()),
)

/** What somebody agreed to. */
export const insertMovedConsent = write((db, p: Columns<ConsentRow>) =>
  db
    .insertInto('consents')
    .values({
      user_id: p.user_id,
      client_id: p.client_id,
      redirect_uri: p.redirect_uri,
      scopes: p.scopes,
      resources: p.resources,
      session_id: p.session_id,
      granted_at: p.granted_at,
      details: p.details,
      declined: p.declined,
      used_at: p.used_at,
    })
    .onConflict((conflict) => conflict.doNothing()),
)

/** Who somebody was elsewhere. */
export const insertMovedPerson = write((db, p: Columns<MovedUserRow>) =>
  db
    .insertInto('moved_users')
    .values({
      source: p.source,
      foreign_id: p.foreign_id,
      user_id: p.user_id,
      digest: p.digest,
      password_digest: p.password_digest,
      moved_at: p.moved_at,
    })
    .onConflict((conflict) => conflict.doNothing()),
)

/** A line of the audit trail. */
export const insertMovedEvent = write((db, p: Columns<EventRow>) =>
  db
    .insertInto('events')
    .values({
      id: p.id,
      at: p.at,
      type: p.type,
      user_id: p.user_id,
      client_id: p.client_id,
      session_id: p.session_id,
      family_id: p.family_id,
      peer: p.peer,
      detail: p.detail,
    })
    .onConflict((conflict) => conflict.doNothing()),
)

/** Something that was accepted once. */
export const insertSeen = write((db, p: { digest: string; expires: number }) =>
  db
    .insertInto('seen_assertions')
    .values({ digest: p.digest, expires_at: p.expires })
    .onConflict((conflict) => conflict.doNothing()),
)

/** The last number that was given; never a smaller one than is known. */
export const raiseCounter = write((db, p: { source: string; last: number }) =>
  db
    .insertInto('number_counters')
    .values({ source: p.source, last: p.last })
    .onConflict((conflict) =>
      conflict
        .column('source')
        .doUpdateSet({ last: (eb) => eb.ref('excluded.last') })
        .whereRef('excluded.last', '>', 'number_counters.last'),
    ),
)
