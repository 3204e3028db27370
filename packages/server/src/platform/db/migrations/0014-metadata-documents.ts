// Clients whose id is the address of their metadata document: when that was read, and until when it is fresh.
import type { Compilable, Kysely } from 'kysely'
import type { Schema } from '../schema.ts'

export function up(db: Kysely<Schema>): Compilable[] {
  return [
    db.schema
      .createTable('metadata_documents')
      .addColumn('client_id', 'text', (c) => c.notNull().primaryKey())
      .addColumn('read_at', 'bigint', (c) => c.notNull())
      .addColumn('fresh_until', 'bigint', (c) => c.notNull()),
    db.schema.createIndex('metadata_documents_by_end').on('metadata_documents').columns(['fresh_until']),
  ]
}
