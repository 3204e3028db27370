// To whom tokens are encrypted: an API's key with its algorithms, and what a client wants for its ID tokens.
import type { Compilable, Kysely } from 'kysely'
import type { Schema } from '../schema.ts'

export function up(db: Kysely<Schema>): Compilable[] {
  return [
    db.schema.alterTable('apis').addColumn('encryption', 'text'),
    db.schema.alterTable('clients').addColumn('id_token_encryption', 'text'),
  ]
}
