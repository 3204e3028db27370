// Tokens that live by their use: how long each use lets one live.
import type { Compilable, Kysely } from 'kysely'
import type { Schema } from '../schema.ts'

export function up(db: Kysely<Schema>): Compilable[] {
  return [db.schema.alterTable('access_tokens').addColumn('idle_seconds', 'bigint')]
}
