// Clients that register themselves (RFC 7591, RFC 7592), and how often a client was changed.
import type { Compilable, Kysely } from 'kysely'
import type { Schema } from '../schema.ts'

export function up(db: Kysely<Schema>): Compilable[] {
  return [
    db.schema
      .alterTable('clients')
      .addColumn('revision', 'integer', (column) => column.notNull().defaultTo(0)),
  ]
}
