/**
 * Forgetting a client or a person in this room: every consent, code, family and token, so that nothing lives on under
 * an identifier that somebody else could be given one day (`security.md` C22).
 */
import type { Database, WriteSet } from '../platform/db/database.ts'
import { write } from '../platform/db/statement.ts'

const ofClient = [
  write((db, p: { id: string }) =>
    db
      .deleteFrom('refresh_tokens')
      .where('family_id', 'in', (eb) => eb.selectFrom('families').select('id').where('client_id', '=', p.id)),
  ),
  write((db, p: { id: string }) => db.deleteFrom('families').where('client_id', '=', p.id)),
  write((db, p: { id: string }) => db.deleteFrom('access_tokens').where('client_id', '=', p.id)),
  write((db, p: { id: string }) => db.deleteFrom('codes').where('client_id', '=', p.id)),
  write((db, p: { id: string }) => db.deleteFrom('consents').where('client_id', '=', p.id)),
]

const ofUser = [
  write((db, p: { id: string }) =>
    db
      .deleteFrom('refresh_tokens')
      .where('family_id', 'in', (eb) => eb.selectFrom('families').select('id').where('user_id', '=', p.id)),
  ),
  write((db, p: { id: string }) => db.deleteFrom('families').where('user_id', '=', p.id)),
  write((db, p: { id: string }) => db.deleteFrom('access_tokens').where('user_id', '=', p.id)),
  write((db, p: { id: string }) => db.deleteFrom('codes').where('user_id', '=', p.id)),
  write((db, p: { id: string }) => db.deleteFrom('consents').where('user_id', '=', p.id)),
]

/** Everything that was issued to a client. */
export function forgetClient(database: Database, clientId: string): WriteSet {
  return ofClient.map((remove) => remove(database, { id: clientId }))
}

/** Everything that was issued about a person; commit it together with their erasure. */
export function forgetUser(database: Database, userId: string): WriteSet {
  return ofUser.map((remove) => remove(database, { id: userId }))
}
