// Secrets that are mailed, and what following the link will come to.
import type { Compilable, Kysely } from 'kysely'
import type { Schema } from '../schema.ts'

export function up(db: Kysely<Schema>): Compilable[] {
  return [
    db.schema
      .createTable('mailed_proofs')
      .addColumn('purpose', 'text', (c) => c.notNull())
      .addColumn('subject', 'text', (c) => c.notNull())
      .addColumn('digest', 'text', (c) => c.notNull().unique())
      .addColumn('user_id', 'text', (c) => c.references('users.id').onDelete('cascade'))
      .addColumn('address', 'text', (c) => c.notNull())
      .addColumn('password_version', 'text', (c) => c.notNull())
      .addColumn('kept', 'text')
      .addColumn('created_at', 'bigint', (c) => c.notNull())
      .addColumn('expires_at', 'bigint', (c) => c.notNull())
      // INVARIANT: of what one subject asked for, the newest alone is there.
      .addPrimaryKeyConstraint('mailed_proofs_newest', ['purpose', 'subject']),
    db.schema.createIndex('mailed_proofs_by_user').on('mailed_proofs').columns(['user_id']),
    db.schema.createIndex('mailed_proofs_by_end').on('mailed_proofs').columns(['expires_at']),
  ]
}
