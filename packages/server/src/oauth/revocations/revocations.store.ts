// What died lately, derived from the very columns that liveness is derived from (decision 14): nobody has to remember
// to say it. Introspection begins to refuse a token in no other way; a test holds that.
import { type RevocationKind, revocationKinds, usualSkew } from '@countersign/protocol'
import { type RawBuilder, sql } from 'kysely'
import type { Database } from '../../platform/db/database.ts'
import { query } from '../../platform/db/statement.ts'

/** Written out rather than bound, so that the partial indexes of migration 2 serve. */
const isOfType = (type: 'user.deleted' | 'client.deleted' | 'api.saved') =>
  sql<boolean>`events.type = ${sql.lit(type)}`

interface Ending {
  readonly kind: RevocationKind
  readonly id: string
  readonly at: number
  /** When the present holder of an identifier that can be given again came to it. */
  readonly born: number | null
}

/** The rows of a table that a column has ended. */
const endedBy = (kind: RevocationKind, id: string, at: string, since: number): RawBuilder<Ending> => {
  const table = sql.table(at.slice(0, at.indexOf('.')))
  return sql`select ${sql.lit(kind)} as kind, ${sql.ref(id)} as id, ${sql.ref(at)} as at,
    cast(null as bigint) as born from ${table} where ${sql.ref(at)} > ${since}`
}

const endings = query((db, p: { since: number; now: number }) => {
  const every = [
    endedBy('session', 'sessions.id', 'sessions.ended_at', p.since),
    endedBy('family', 'families.id', 'families.revoked_at', p.since),
    // Tokens of clients with pairwise subjects call a session by a name that is not told: told is what they got in it.
    // In this order of tables, which a cross join makes SQLite keep: from the few that ended to what is theirs.
    sql`select 'family', families.id, sessions.ended_at, null
      from sessions cross join families cross join clients
      where sessions.ended_at > ${p.since} and families.session_id = sessions.id
        and clients.id = families.client_id and clients.extras like ${sql.lit('%"subjectType":"pairwise"%')}`,
    endedBy('user', 'users.id', 'users.disabled_at', p.since),
    endedBy('client', 'clients.id', 'clients.disabled_at', p.since),
    endedBy('token', 'revoked_tokens.jti', 'revoked_tokens.revoked_at', p.since),
    // Of an older version, which wrote no time: told until they would have expired.
    sql`select 'token', jti, expires_at, null from revoked_tokens where revoked_at is null`,
    sql`${endedBy('key', 'signing_keys.kid', 'signing_keys.published_until', p.since)}
      and signing_keys.published_until <= ${p.now}`,
    sql`select 'user', events.user_id, events.at, null from events
      where ${isOfType('user.deleted')} and events.at > ${p.since}`,
    sql`select 'client', events.client_id, events.at, clients.created_at from events
      left join clients on clients.id = events.client_id
      where ${isOfType('client.deleted')} and events.at > ${p.since}`,
  ]
  const union = sql<Ending>`${sql.join(every, sql` union all `)}`
  return { compile: () => union.compile(db) }
})

/**
 * Whoever reads that somebody lives and then issues may issue a little after the end, and by another machine's clock:
 * what is issued within this many seconds does not count either.
 */
const lateSeconds = usualSkew

/** Something that ended, by its own identifier. */
export interface Ended {
  readonly kind: RevocationKind
  readonly id: string
  /** Nothing that names it and was issued at or before this second counts. */
  readonly at: number
}

/** Everything that ended after `since`, as known now; in no order. */
export async function endedSince(database: Database, since: number, now: number): Promise<readonly Ended[]> {
  const rows = await endings.all(database, { since, now })
  return rows.map(({ kind, id, at, born }) => {
    const end = Number(at)
    // A client may have been given the name of a deleted one at once: its own tokens count.
    const late = Math.min(end + lateSeconds, born === null ? Infinity : Number(born) - 1)
    return { kind, id: String(id), at: revocationKinds[kind].isFinal ? end : late }
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
