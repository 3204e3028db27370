// What people and clients hold, page by page, each page in one read: only what still counts for something.
import type { ExpressionBuilder } from 'kysely'
import type { Database } from '../../platform/db/database.ts'
import { filling, listLength, places } from '../../platform/db/listed.ts'
import type { Schema } from '../../platform/db/schema.ts'
import { query } from '../../platform/db/statement.ts'
import { drfToken } from '../../profiles/drf-token/key.ts'

/** Rows of one page. */
const most = 500

/** What counts: what lives now, or would if it had not ended, since an older export may say elsewhere that it lives. */
export type Since = {
  readonly now: number
  /** Tokens of a session that ended before have run out. */
  readonly ended: number
}

/** Families that time alone has not ended, over `families`. */
function counts(eb: ExpressionBuilder<Schema, 'families'>, p: Since) {
  return eb.and([
    eb('families.expires_at', '>', p.now),
    // Its keys are a kind of their own.
    eb('families.client_id', '<>', drfToken.id),
  ])
}

const sessions = query((db, p: Since & { after: string; count: number }) =>
  db
    .selectFrom('sessions')
    .innerJoin('users', 'users.id', 'sessions.user_id')
    .select([
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
      'sessions.held_by',
    ])
    .where('sessions.id', '>', p.after)
    .where('users.disabled_at', 'is', null)
    .where((eb) => eb.or([eb('sessions.held_by', 'is', null), eb('sessions.held_by', '<>', drfToken.id)]))
    .where((eb) =>
      eb.or([
        eb('sessions.ended_at', '>', p.ended),
        eb.and([
          eb('sessions.expires_at', '>', p.now),
          eb.or([
            eb('sessions.ended_at', 'is not', null),
            eb(eb('sessions.last_seen_at', '+', eb.ref('sessions.idle_seconds')), '>', p.now),
          ]),
        ]),
        // One that merely ran out ends nothing that was given in it; one that was ended ends it wherever it is.
        eb.exists(
          eb
            .selectFrom('families')
            .select('families.id')
            .whereRef('families.session_id', '=', 'sessions.id')
            .where((inner) => counts(inner as unknown as ExpressionBuilder<Schema, 'families'>, p)),
        ),
      ]),
    )
    .orderBy('sessions.id')
    .limit(p.count),
)
const members = query((db, p: Record<string, string>) =>
  db
    .selectFrom('session_clients')
    .select(['session_id', 'client_id', 'created_at'])
    .where('session_id', 'in', places(p))
    .where('next_at', 'is', null)
    .where('told_at', 'is', null),
)

/** Sessions in the order of their ids, each with the clients that are to hear of its end. */
export async function sessionsAfter(database: Database, since: Since, after: string) {
  const rows = await sessions.all(database, { ...since, after, count: listLength })
  const values = filling(rows.map(({ id }) => id))
  const found = values === null ? [] : await members.all(database, values)
  const bySession = Map.groupBy(found, ({ session_id }) => session_id)
  return rows.map((row) => ({ ...row, clients: bySession.get(row.id) ?? [] }))
}

const families = query((db, p: Since & { after: string; count: number }) =>
  db
    .selectFrom('families')
    .innerJoin('sessions', 'sessions.id', 'families.session_id')
    .innerJoin('users', 'users.id', 'families.user_id')
    .select([
      'families.id',
      'families.client_id',
      'families.user_id',
      'families.session_id',
      'families.grant_json',
      'families.created_at',
      'families.expires_at',
      'families.revoked_at',
      'families.revoked_because',
      'sessions.ended_at',
    ])
    .where('families.id', '>', p.after)
    .where((eb) => counts(eb as unknown as ExpressionBuilder<Schema, 'families'>, p))
    .where((eb) => eb.or([eb('sessions.ended_at', 'is', null), eb('sessions.ended_at', '>', p.ended)]))
    .where('users.disabled_at', 'is', null)
    .orderBy('families.id')
    .limit(p.count),
)
const generations = query((db, p: Record<string, string>) =>
  db
    .selectFrom('refresh_tokens')
    .select([
      'digest',
      'family_id',
      'generation',
      'created_at',
      'expires_at',
      'sealed_token',
      'replays',
      'bound_to',
    ])
    .where('family_id', 'in', places(p))
    .orderBy('family_id')
    .orderBy('generation'),
)

/** Families in the order of their ids, each with all generations of its refresh tokens. */
export async function familiesAfter(database: Database, since: Since, after: string) {
  const rows = await families.all(database, { ...since, after, count: listLength })
  const living = rows.filter(({ revoked_at, ended_at }) => revoked_at === null && ended_at === null)
  const values = filling(living.map(({ id }) => id))
  const found = values === null ? [] : await generations.all(database, values)
  const byFamily = Map.groupBy(found, ({ family_id }) => family_id)
  return rows.map((row) => ({ ...row, tokens: byFamily.get(row.id) ?? [] }))
}

const accessTokens = query((db, p: { after: string; now: number; count: number }) =>
  db
    .selectFrom('access_tokens')
    .leftJoin('families', 'families.id', 'access_tokens.family_id')
    .leftJoin('sessions', 'sessions.id', 'families.session_id')
    .leftJoin('users', 'users.id', 'families.user_id')
    .select([
      'access_tokens.digest',
      'access_tokens.user_id',
      'access_tokens.claims',
      'access_tokens.expires_at',
      'access_tokens.idle_seconds',
    ])
    .where('access_tokens.digest', '>', p.after)
    .where('access_tokens.client_id', '<>', drfToken.id)
    .where('access_tokens.expires_at', '>', p.now)
    .where('access_tokens.revoked_at', 'is', null)
    .where((eb) =>
      eb.or([
        eb('access_tokens.family_id', 'is', null),
        eb.and([
          eb('families.revoked_at', 'is', null),
          eb('families.expires_at', '>', p.now),
          eb('sessions.id', 'is not', null),
          eb('sessions.ended_at', 'is', null),
          eb('users.id', 'is not', null),
          eb('users.disabled_at', 'is', null),
        ]),
      ]),
    )
    .orderBy('access_tokens.digest')
    .limit(p.count),
)

/** Opaque and encrypted access tokens that are good, in the order of their digests. */
export function accessTokensAfter(database: Database, now: number, after: string) {
  return accessTokens.all(database, { after, now, count: most })
}

const consents = query((db, p: { user: string; client: string; count: number }) =>
  db
    .selectFrom('consents')
    .select([
      'user_id',
      'client_id',
      'redirect_uri',
      'scopes',
      'resources',
      'session_id',
      'granted_at',
      'details',
      'declined',
      'used_at',
    ])
    .where((eb) => eb(eb.refTuple('user_id', 'client_id'), '>', eb.tuple(p.user, p.client)))
    .orderBy('user_id')
    .orderBy('client_id')
    .limit(p.count),
)

/** Consents in the order of people and clients. */
export function consentsAfter(database: Database, user: string, client: string) {
  return consents.all(database, { user, client, count: most })
}

const revoked = query((db, p: { after: string; now: number; count: number }) =>
  db
    .selectFrom('revoked_tokens')
    .select(['jti', 'expires_at'])
    .where('jti', '>', p.after)
    .where('expires_at', '>', p.now)
    .orderBy('jti')
    .limit(p.count),
)
const seen = query((db, p: { after: string; now: number; count: number }) =>
  db
    .selectFrom('seen_assertions')
    .select(['digest', 'expires_at'])
    .where('digest', '>', p.after)
    .where('expires_at', '>', p.now)
    .orderBy('digest')
    .limit(p.count),
)

/** JWTs that were ended and would live yet. */
export function revokedAfter(database: Database, now: number, after: string) {
  return revoked.all(database, { after, now, count: most })
}

/** Assertions and proofs that were accepted and would be good yet. */
export function seenAfter(database: Database, now: number, after: string) {
  return seen.all(database, { after, now, count: most })
}

const registrations = query((db, p: { after: string; count: number }) =>
  db
    .selectFrom('registrations')
    .select(['client_id', 'token_digest', 'initial_token', 'policy', 'registered_at'])
    .where('client_id', '>', p.after)
    .orderBy('client_id')
    .limit(p.count),
)

/** Clients that look after themselves. */
export function registrationsAfter(database: Database, after: string) {
  return registrations.all(database, { after, count: most })
}
