// Issuers whose assertions let clients in (RFC 7523).
import type { Compilable, Kysely } from 'kysely'
import type { Schema } from '../schema.ts'

export function up(db: Kysely<Schema>): Compilable[] {
  return [
    db.schema
      .createTable('trusted_issuers')
      .addColumn('issuer', 'text', (c) => c.notNull().primaryKey())
      .addColumn('jwks', 'text')
      .addColumn('jwks_uri', 'text')
      .addColumn('policy', 'text', (c) => c.notNull())
      .addColumn('created_at', 'bigint', (c) => c.notNull()),
  ]
}
