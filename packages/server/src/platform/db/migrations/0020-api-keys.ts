// Keys with which machines and people's own programs come to one API. Each has one owner, and goes with its owner and
// with its API.
import { type Compilable, type Kysely, sql } from 'kysely'
import type { Schema } from '../schema.ts'

export function up(db: Kysely<Schema>): Compilable[] {
  return [
    db.schema
      .createTable('api_keys')
      .addColumn('id', 'text', (column) => column.notNull().primaryKey())
      .addColumn('digest', 'text', (column) => column.notNull().unique())
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('client_id', 'text', (column) => column.references('clients.id').onDelete('cascade'))
      .addColumn('user_id', 'text', (column) => column.references('users.id').onDelete('cascade'))
      .addColumn('audience', 'text', (column) =>
        column.notNull().references('apis.identifier').onDelete('cascade'),
      )
      .addColumn('scopes', 'text', (column) => column.notNull())
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addColumn('expires_at', 'bigint')
      .addColumn('last_used_at', 'bigint')
      .addCheckConstraint('api_keys_owner', sql`(client_id is null) <> (user_id is null)`),
    db.schema.createIndex('api_keys_client').on('api_keys').columns(['client_id']),
    db.schema.createIndex('api_keys_user').on('api_keys').columns(['user_id']),
    db.schema.createIndex('api_keys_audience').on('api_keys').columns(['audience']),
    db.schema.createIndex('api_keys_end').on('api_keys').columns(['expires_at']),
  ]
}
