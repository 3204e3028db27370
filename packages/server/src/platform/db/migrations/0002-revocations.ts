// What died lately must be cheap to ask for, again and again: an index over every column that ends something, of the
// rows that it has ended. And since when a token is revoked.
import { type Compilable, type Kysely, sql } from 'kysely'
import type { Schema } from '../schema.ts'

export function up(db: Kysely<Schema>): Compilable[] {
  const endedBy = (table: string, column: string): Compilable =>
    db.schema
      .createIndex(`${table}_by_${column}`)
      .on(table)
      .columns([column])
      .where(sql.ref(column), 'is not', null)
  return [
    db.schema.alterTable('revoked_tokens').addColumn('revoked_at', 'bigint'),
    endedBy('sessions', 'ended_at'),
    endedBy('families', 'revoked_at'),
    endedBy('users', 'disabled_at'),
    endedBy('clients', 'disabled_at'),
    endedBy('signing_keys', 'published_until'),
    // All of them: those of an older version have no time, and are few and soon gone.
    db.schema.createIndex('revoked_tokens_by_revoked_at').on('revoked_tokens').columns(['revoked_at']),
    // Of what is deleted the event alone is left.
    ...['user.deleted', 'client.deleted', 'api.saved'].map((type) =>
      db.schema
        .createIndex(`events_of_${type.replace('.', '_')}`)
        .on('events')
        .columns(['at'])
        .where(sql`type`, '=', sql.lit(type)),
    ),
  ]
}
