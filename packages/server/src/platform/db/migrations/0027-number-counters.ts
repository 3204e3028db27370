// The last number that was given to somebody here, for each system: a number is never given twice, also when the person
// who had it is deleted, since programs of others still hold it.
import type { Compilable, Kysely } from 'kysely'
import type { Schema } from '../schema.ts'

export function up(db: Kysely<Schema>): Compilable[] {
  return [
    db.schema
      .createTable('number_counters')
      .addColumn('source', 'text', (column) => column.primaryKey())
      .addColumn('last', 'bigint', (column) => column.notNull()),
  ]
}
