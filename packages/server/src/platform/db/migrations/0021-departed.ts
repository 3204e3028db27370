// People who were brought and are deleted here stay remembered by the id that they had there, so that nobody who is gone
// comes back with the next import. No engine's table loses a foreign key in the same way: it is made anew.
import type { Compilable, Kysely } from 'kysely'
import type { Schema } from '../schema.ts'

interface Renamed extends Schema {
  moved_users_anew: Schema['moved_users']
}

const columns = ['source', 'foreign_id', 'user_id', 'digest', 'password_digest', 'moved_at'] as const

export function up(db: Kysely<Schema>): Compilable[] {
  return [
    db.schema
      .createTable('moved_users_anew')
      .addColumn('source', 'text', (c) => c.notNull())
      .addColumn('foreign_id', 'text', (c) => c.notNull())
      .addColumn('user_id', 'text', (c) => c.notNull())
      .addColumn('digest', 'text', (c) => c.notNull())
      .addColumn('password_digest', 'text')
      .addColumn('moved_at', 'bigint', (c) => c.notNull())
      .addPrimaryKeyConstraint('moved_users_once', ['source', 'foreign_id']),
    (db as unknown as Kysely<Renamed>)
      .insertInto('moved_users_anew')
      .columns(columns)
      .expression((eb) => eb.selectFrom('moved_users').select(columns)),
    db.schema.dropTable('moved_users'),
    db.schema.alterTable('moved_users_anew').renameTo('moved_users'),
    db.schema.createIndex('moved_users_by_user').on('moved_users').columns(['user_id']),
  ]
}
