// Of each password whose hash another system made: how much work it is to try, so that names that nobody has can be as
// much (PW-09). What we hash ourselves has none.
import type { Compilable, Kysely } from 'kysely'
import type { Schema } from '../schema.ts'

export function up(db: Kysely<Schema>): Compilable[] {
  return [
    db.schema
      .createTable('hash_kinds')
      .addColumn('kind', 'text', (c) => c.notNull().primaryKey())
      .addColumn('likeness', 'text', (c) => c.notNull()),
    db.schema.alterTable('passwords').addColumn('kind', 'text'),
    db.schema.createIndex('passwords_kind').on('passwords').columns(['kind']).where('kind', 'is not', null),
  ]
}
