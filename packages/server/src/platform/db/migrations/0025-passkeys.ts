// Passkeys: public keys that sign people in. No two people have the same credential, and a person's go with the person.
import type { Compilable, Kysely } from 'kysely'
import type { Schema } from '../schema.ts'

export function up(db: Kysely<Schema>): Compilable[] {
  return [
    db.schema
      .createTable('passkeys')
      .addColumn('id', 'text', (c) => c.notNull().primaryKey())
      .addColumn('credential_id', 'text', (c) => c.notNull().unique())
      .addColumn('user_id', 'text', (c) => c.notNull().references('users.id').onDelete('cascade'))
      .addColumn('user_handle', 'text')
      .addColumn('rp_id', 'text', (c) => c.notNull())
      .addColumn('public_key', 'text', (c) => c.notNull())
      .addColumn('sign_count', 'bigint', (c) => c.notNull())
      .addColumn('transports', 'text', (c) => c.notNull())
      .addColumn('backup_eligible', 'integer')
      .addColumn('backed_up', 'integer')
      .addColumn('user_verified', 'integer', (c) => c.notNull())
      .addColumn('name', 'text', (c) => c.notNull())
      .addColumn('created_at', 'bigint', (c) => c.notNull())
      .addColumn('last_used_at', 'bigint'),
    db.schema.createIndex('passkeys_user').on('passkeys').columns(['user_id']),
  ]
}
