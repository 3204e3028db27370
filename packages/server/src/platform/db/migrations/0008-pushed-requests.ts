// Authorization requests that clients push (RFC 9126): whose they are, until when their address begins anything, and which
// clients must ask in which way.
import type { Compilable, Kysely } from 'kysely'
import type { Schema } from '../schema.ts'

export function up(db: Kysely<Schema>): Compilable[] {
  return [
    db.schema.alterTable('flows').addColumn('pushed_by', 'text'),
    db.schema.alterTable('flows').addColumn('pushed_until', 'bigint'),
    db.schema.alterTable('clients').addColumn('request_rules', 'text'),
  ]
}
