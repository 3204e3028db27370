// Tokens that are bound to a key of their client's (RFC 9449): which refresh tokens are, and which clients get no others.
import type { Compilable, Kysely } from 'kysely'
import type { Schema } from '../schema.ts'

export function up(db: Kysely<Schema>): Compilable[] {
  return [
    db.schema.alterTable('refresh_tokens').addColumn('bound_to', 'text'),
    db.schema
      .alterTable('clients')
      .addColumn('dpop_bound_access_tokens', 'integer', (column) => column.notNull().defaultTo(0)),
  ]
}
