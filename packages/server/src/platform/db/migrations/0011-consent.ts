// Types of authorization details that APIs declare (RFC 9396); of what people agreed to: the details, what they left out,
// and when it was last used.
import type { Compilable, Kysely } from 'kysely'
import type { Schema } from '../schema.ts'

export function up(db: Kysely<Schema>): Compilable[] {
  return [
    db.schema.alterTable('apis').addColumn('details', 'text'),
    db.schema.alterTable('consents').addColumn('details', 'text'),
    db.schema.alterTable('consents').addColumn('declined', 'text'),
    db.schema.alterTable('consents').addColumn('used_at', 'bigint'),
  ]
}
