// Sessions are forgotten some time after their end: looking for those walked through all of them.
import type { Compilable, Kysely } from 'kysely'
import type { Schema } from '../schema.ts'

export function up(db: Kysely<Schema>): Compilable[] {
  return [db.schema.createIndex('sessions_by_end').on('sessions').columns(['expires_at'])]
}
