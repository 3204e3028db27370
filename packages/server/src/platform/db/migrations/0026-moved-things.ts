// Of what was brought with people or beside them (clients, APIs, keys, second factors): that it was brought, so that what
// is ended or deleted here does not come back with the next run.
import type { Compilable, Kysely } from 'kysely'
import type { Schema } from '../schema.ts'

export function up(db: Kysely<Schema>): Compilable[] {
  return [
    db.schema
      .createTable('moved_things')
      .addColumn('source', 'text', (c) => c.notNull())
      .addColumn('foreign_id', 'text', (c) => c.notNull())
      .addColumn('moved_at', 'bigint', (c) => c.notNull())
      .addPrimaryKeyConstraint('moved_things_key', ['source', 'foreign_id']),
  ]
}
