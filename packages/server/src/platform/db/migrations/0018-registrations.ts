// Clients that register themselves (RFC 7591, RFC 7592), and the tokens that they come with.
import type { Compilable, Kysely } from 'kysely'
import type { Schema } from '../schema.ts'

export function up(db: Kysely<Schema>): Compilable[] {
  return [
    db.schema
      .createTable('registrations')
      .addColumn('client_id', 'text', (column) =>
        column.notNull().primaryKey().references('clients.id').onDelete('cascade'),
      )
      .addColumn('token_digest', 'text', (column) => column.notNull().unique())
      .addColumn('initial_token', 'text')
      .addColumn('policy', 'text')
      .addColumn('registered_at', 'bigint', (column) => column.notNull()),
    db.schema
      .createTable('initial_access_tokens')
      .addColumn('id', 'text', (column) => column.notNull().primaryKey())
      .addColumn('digest', 'text', (column) => column.notNull().unique())
      .addColumn('label', 'text', (column) => column.notNull())
      .addColumn('policy', 'text')
      .addColumn('uses_left', 'integer', (column) => column.notNull())
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addColumn('expires_at', 'bigint', (column) => column.notNull()),
  ]
}
