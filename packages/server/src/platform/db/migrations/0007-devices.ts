// Devices that wait for a person (RFC 8628), and the sessions that they have of their own.
import type { Compilable, Kysely } from 'kysely'
import type { Schema } from '../schema.ts'

export function up(db: Kysely<Schema>): Compilable[] {
  const codes = db.schema
    .createTable('device_codes')
    .addColumn('digest', 'text', (c) => c.notNull().primaryKey())
    .addColumn('user_code_mac', 'text', (c) => c.notNull())
    .addColumn('client_id', 'text', (c) => c.notNull())
    .addColumn('request_json', 'text', (c) => c.notNull())
    .addColumn('peer', 'text', (c) => c.notNull())
    .addColumn('user_agent', 'text', (c) => c.notNull())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addColumn('expires_at', 'bigint', (c) => c.notNull())
    .addColumn('interval_seconds', 'bigint', (c) => c.notNull())
    .addColumn('polled_at', 'bigint')
    .addColumn('browser_digest', 'text')
    .addColumn('user_id', 'text')
    .addColumn('session_id', 'text')
    .addColumn('family_id', 'text')
    .addColumn('grant_json', 'text')
    .addColumn('decided_at', 'bigint')
    .addColumn('spent_at', 'bigint')
  return [
    codes,
    // INVARIANT: a user code names one device.
    db.schema.createIndex('device_codes_by_user_code').on('device_codes').columns(['user_code_mac']).unique(),
    db.schema.createIndex('device_codes_by_end').on('device_codes').columns(['expires_at']),
    db.schema.createIndex('device_codes_by_user').on('device_codes').columns(['user_id', 'client_id']),
    db.schema.alterTable('sessions').addColumn('held_by', 'text'),
  ]
}
