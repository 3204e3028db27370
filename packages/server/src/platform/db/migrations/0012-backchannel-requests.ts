// What clients ask of people who are elsewhere (CIBA), and the news for the clients that want to be told.
import { type Compilable, type Kysely, sql } from 'kysely'
import type { Schema } from '../schema.ts'

export function up(db: Kysely<Schema>): Compilable[] {
  const requests = db.schema
    .createTable('backchannel_requests')
    .addColumn('digest', 'text', (c) => c.notNull().primaryKey())
    .addColumn('client_id', 'text', (c) => c.notNull())
    .addColumn('user_id', 'text')
    .addColumn('request_json', 'text', (c) => c.notNull())
    .addColumn('binding_message', 'text')
    .addColumn('peer', 'text', (c) => c.notNull())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addColumn('expires_at', 'bigint', (c) => c.notNull())
    .addColumn('interval_seconds', 'bigint', (c) => c.notNull())
    .addColumn('polled_at', 'bigint')
    .addColumn('session_id', 'text')
    .addColumn('family_id', 'text')
    .addColumn('grant_json', 'text')
    .addColumn('decided_at', 'bigint')
    .addColumn('spent_at', 'bigint')
    .addColumn('notice', 'text')
    .addColumn('notify_at', 'bigint')
    .addColumn('notify_attempts', 'bigint', (c) => c.notNull())
  return [
    requests,
    db.schema.createIndex('backchannel_requests_by_end').on('backchannel_requests').columns(['expires_at']),
    db.schema
      .createIndex('backchannel_requests_by_user')
      .on('backchannel_requests')
      .columns(['user_id', 'client_id']),
    db.schema
      .createIndex('backchannel_requests_to_notify')
      .on('backchannel_requests')
      .columns(['client_id', 'notify_at'])
      .where(sql.ref('notify_at'), 'is not', null),
  ]
}
