// People who were brought from other systems: under which id they were known there, and what was read of them, so that
// reading the same again changes nothing.
import type { Compilable, Kysely } from 'kysely'
import type { Schema } from '../schema.ts'

export function up(db: Kysely<Schema>): Compilable[] {
  return [
    db.schema
      .createTable('moved_users')
      .addColumn('source', 'text', (c) => c.notNull())
      .addColumn('foreign_id', 'text', (c) => c.notNull())
      .addColumn('user_id', 'text', (c) => c.notNull().references('users.id').onDelete('cascade'))
      .addColumn('digest', 'text', (c) => c.notNull())
      .addColumn('password_digest', 'text')
      .addColumn('moved_at', 'bigint', (c) => c.notNull())
      .addPrimaryKeyConstraint('moved_users_key', ['source', 'foreign_id']),
    db.schema.createIndex('moved_users_by_user').on('moved_users').columns(['user_id']),
  ]
}
