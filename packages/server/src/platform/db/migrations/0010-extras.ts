// What is registered of a client beside its columns: one member for each feature that has one, as JSON.
import type { Compilable, Kysely } from 'kysely'
import type { Schema } from '../schema.ts'

export function up(db: Kysely<Schema>): Compilable[] {
  return [db.schema.alterTable('clients').addColumn('extras', 'text')]
}
