// Second factors: one authenticator application for each person, whose codes are accepted in growing order only; recovery
// codes by digest; and the partial sign-ins that have been finished, so that each becomes one session.
import type { Compilable, Kysely } from 'kysely'
import type { Schema } from '../schema.ts'

export function up(db: Kysely<Schema>): Compilable[] {
  return [
    db.schema
      .createTable('totp_factors')
      .addColumn('user_id', 'text', (column) =>
        column.notNull().primaryKey().references('users.id').onDelete('cascade'),
      )
      .addColumn('id', 'text', (column) => column.notNull().unique())
      .addColumn('sealed_secret', 'text', (column) => column.notNull())
      .addColumn('algorithm', 'text', (column) => column.notNull())
      .addColumn('digits', 'integer', (column) => column.notNull())
      .addColumn('period', 'integer', (column) => column.notNull())
      .addColumn('last_step', 'bigint', (column) => column.notNull())
      .addColumn('created_at', 'bigint', (column) => column.notNull()),
    db.schema
      .createTable('recovery_codes')
      .addColumn('digest', 'text', (column) => column.notNull().primaryKey())
      .addColumn('user_id', 'text', (column) => column.notNull().references('users.id').onDelete('cascade'))
      .addColumn('set_id', 'text', (column) => column.notNull()),
    db.schema.createIndex('recovery_codes_user').on('recovery_codes').columns(['user_id']),
    db.schema
      .createTable('finished_sign_ins')
      .addColumn('digest', 'text', (column) => column.notNull().primaryKey())
      .addColumn('expires_at', 'bigint', (column) => column.notNull()),
    db.schema.createIndex('finished_sign_ins_end').on('finished_sign_ins').columns(['expires_at']),
  ]
}
