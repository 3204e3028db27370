// Who is to hear that a session has ended: the clients that got tokens in it, and how far telling them has come.
import { type Compilable, type Kysely, sql } from 'kysely'
import type { Schema } from '../schema.ts'

export function up(db: Kysely<Schema>): Compilable[] {
  const index = (name: string, columns: readonly string[]) =>
    db.schema
      .createIndex(`session_clients_${name}`)
      .on('session_clients')
      .columns([...columns])
  return [
    db.schema.alterTable('clients').addColumn('sign_out', 'text'),
    db.schema
      .createTable('session_clients')
      .addColumn('session_id', 'text', (c) => c.notNull())
      .addColumn('client_id', 'text', (c) => c.notNull())
      .addColumn('user_id', 'text', (c) => c.notNull())
      .addColumn('created_at', 'bigint', (c) => c.notNull())
      .addColumn('ended_at', 'bigint')
      .addColumn('next_at', 'bigint')
      .addColumn('attempts', 'bigint', (c) => c.notNull())
      .addColumn('told_at', 'bigint')
      .addPrimaryKeyConstraint('pk_session_clients', ['session_id', 'client_id']),
    index('by_user', ['user_id']),
    index('by_start', ['created_at']),
    // What is due is little, however many sessions there are.
    index('due', ['client_id', 'next_at']).where(sql.ref('next_at'), 'is not', null),
    index('told', ['told_at']).where(sql.ref('told_at'), 'is not', null),
  ]
}
