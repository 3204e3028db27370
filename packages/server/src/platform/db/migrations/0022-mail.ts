// Letters that wait to be carried, and the mailbox of the development server.
import type { Compilable, Kysely } from 'kysely'
import type { Schema } from '../schema.ts'

export function up(db: Kysely<Schema>): Compilable[] {
  return [
    db.schema
      .createTable('letters')
      .addColumn('id', 'text', (column) => column.notNull().primaryKey())
      .addColumn('kind', 'text', (column) => column.notNull())
      .addColumn('user_id', 'text')
      .addColumn('sealed', 'text', (column) => column.notNull())
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addColumn('until', 'bigint', (column) => column.notNull())
      .addColumn('next_at', 'bigint', (column) => column.notNull())
      .addColumn('attempts', 'integer', (column) => column.notNull()),
    db.schema.createIndex('letters_due').on('letters').columns(['next_at']),
    db.schema
      .createTable('mailbox')
      .addColumn('id', 'text', (column) => column.notNull().primaryKey())
      .addColumn('sent_at', 'bigint', (column) => column.notNull())
      .addColumn('sealed', 'text', (column) => column.notNull()),
  ]
}
