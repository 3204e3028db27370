// For whom, and for what, a client may exchange tokens (RFC 8693).
import type { Compilable, Kysely } from 'kysely'
import type { Schema } from '../schema.ts'

export function up(db: Kysely<Schema>): Compilable[] {
  return [db.schema.alterTable('clients').addColumn('exchange', 'text')]
}
