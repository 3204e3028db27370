// The numbers that people had before they came here, and that new ones are given beside them: what other systems hold
// as their id. One person has one number for each system.
import type { Compilable, Kysely } from 'kysely'
import type { Schema } from '../schema.ts'

export function up(db: Kysely<Schema>): Compilable[] {
  return [
    db.schema
      .createTable('user_numbers')
      .addColumn('source', 'text', (column) => column.notNull())
      .addColumn('number', 'bigint', (column) => column.notNull())
      .addColumn('user_id', 'text', (column) => column.notNull().references('users.id').onDelete('cascade'))
      .addPrimaryKeyConstraint('user_numbers_key', ['source', 'number']),
    db.schema.createIndex('user_numbers_user').unique().on('user_numbers').columns(['source', 'user_id']),
  ]
}
