// What died lately, derived from the very columns that liveness is derived from (decision 14): nobody has to remember
// to say it. Introspection begins to refuse a token in no other way; a test holds that.
import {
  type Revocation,
  type RevocationKind,
  revocationDigest,
  revocationKinds,
  usualSkew,
} from '@countersign/protocol'
import { sql } from 'kysely'
import type { Database } from '../../platform/db/database.ts'
import { query } from '../../platform/db/statement.ts'

/** Written out rather than bound, so that the partial indexes of migration 2 serve. */
const isOfType = (type: 'user.deleted' | 'client.deleted' | 'api.saved') =>
  sql<boolean>`events.type = ${sql.lit(type)}`

/** `born` is when the present holder of an identifier that can be given again came to it. */
const endings = query((db, p: { since: number; now: number }) => {
  const row = (kind: RevocationKind) => sql<RevocationKind>`${sql.lit(kind)}`.as('kind')
  const never = sql<number | null>`cast(null as bigint)`.as('born')
  return db
    .selectFrom('sessions')
    .select([row('session'), 'sessions.id as id', 'sessions.ended_at as at', never])
    .where('sessions.ended_at', '>', p.since)
    .unionAll(
      db
        .selectFrom('families')
        .select([row('family'), 'families.id as id', 'families.revoked_at as at', never])
        .where('families.revoked_at', '>', p.since),
    )
    .unionAll(
      db
        .selectFrom('users')
        .select([row('user'), 'users.id as id', 'users.disabled_at as at', never])
        .where('users.disabled_at', '>', p.since),
    )
    .unionAll(
      db
        .selectFrom('clients')
        .select([row('client'), 'clients.id as id', 'clients.disabled_at as at', never])
        .where('clients.disabled_at', '>', p.since),
    )
    .unionAll(
      db
        .selectFrom('revoked_tokens')
        .select([row('token'), 'revoked_tokens.jti as id', 'revoked_tokens.revoked_at as at', never])
        .where('revoked_tokens.revoked_at', '>', p.since),
    )
    .unionAll(
      db
        .selectFrom('revoked_tokens')
        .select([row('token'), 'revoked_tokens.jti as id', 'revoked_tokens.expires_at as at', never])
        .where('revoked_tokens.revoked_at', 'is', null),
    )
    .unionAll(
      db
        .selectFrom('signing_keys')
        .select([row('key'), 'signing_keys.kid as id', 'signing_keys.published_until as at', never])
        .where('signing_keys.published_until', '>', p.since)
        .where('signing_keys.published_until', '<=', p.now),
    )
    .unionAll(
      db
        .selectFrom('events')
        .select([
          row('user'),
          sql<string>`events.user_id`.as('id'),
          sql<number | null>`events.at`.as('at'),
          never,
        ])
        .where(isOfType('user.deleted'))
        .where('events.at', '>', p.since),
    )
    .unionAll(
      db
        .selectFrom('events')
        .leftJoin('clients', 'clients.id', 'events.client_id')
        .select([
          row('client'),
          sql<string>`events.client_id`.as('id'),
          sql<number | null>`events.at`.as('at'),
          sql<number | null>`clients.created_at`.as('born'),
        ])
        .where(isOfType('client.deleted'))
        .where('events.at', '>', p.since),
    )
})

/**
 * Whoever reads that somebody lives and then issues may issue a little after the end, and by another machine's clock:
 * what is issued within this many seconds does not count either.
 */
const lateSeconds = usualSkew

/** Everything that ended after `since`, as known now; in no order. */
export async function endedSince(
  database: Database,
  since: number,
  now: number,
): Promise<readonly Revocation[]> {
  const rows = await endings.all(database, { since, now })
  return rows.map(({ kind, id, at, born }) => {
    const end = Number(at)
    // A client may have been given the name of a deleted one at once: its own tokens count.
    const late = Math.min(end + lateSeconds, born === null ? Infinity : Number(born) - 1)
    const { isFinal } = revocationKinds[kind]
    return { kind, digest: revocationDigest(kind, String(id)), at: isFinal ? end : late }
  })
}

const savedApis = query((db, p: { since: number }) =>
  db.selectFrom('events').select('detail').where(isOfType('api.saved')).where('events.at', '>', p.since),
)

/** Seconds that tokens lived of APIs as they were before they were changed since. */
export async function lifetimesBefore(database: Database, since: number): Promise<readonly number[]> {
  const rows = await savedApis.all(database, { since })
  return rows.map(({ detail }) => Number((JSON.parse(detail) as { before?: unknown }).before ?? 0))
}
