// A refresh token is spent when its successor exists: the successor's row takes over what the spent one kept of it.
import { type Compilable, type Kysely, sql } from 'kysely'
import type { Schema } from '../schema.ts'

export function up(db: Kysely<Schema>): Compilable[] {
  const tokens = db.schema.alterTable('refresh_tokens')
  return [
    tokens.addColumn('sealed_token', 'text'),
    {
      compile: () =>
        sql`update refresh_tokens set sealed_token = (
          select spent.sealed_successor from refresh_tokens as spent
          where spent.family_id = refresh_tokens.family_id and spent.generation = refresh_tokens.generation - 1
        ) where generation > 0`.compile(db),
    },
    tokens.dropColumn('spent_at'),
    tokens.dropColumn('sealed_successor'),
  ]
}
