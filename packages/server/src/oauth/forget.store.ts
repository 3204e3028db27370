// Forgetting a client or a person in this room: every consent, code, family and token, so that nothing lives on under
// an identifier that somebody else could be given one day (C22).
import type { Database, WriteSet } from '../platform/db/database.ts'
import { write } from '../platform/db/statement.ts'
import { forgetClientInSessions } from './sign-out/session-clients.store.ts'

/** Deletes from every table what is of one client or of one person. */
const forgetting = (whose: 'client_id' | 'user_id') => [
  write((db, p: { id: string }) =>
    db
      .deleteFrom('refresh_tokens')
      .where('family_id', 'in', (eb) => eb.selectFrom('families').select('id').where(whose, '=', p.id)),
  ),
  write((db, p: { id: string }) => db.deleteFrom('families').where(whose, '=', p.id)),
  write((db, p: { id: string }) => db.deleteFrom('access_tokens').where(whose, '=', p.id)),
  write((db, p: { id: string }) => db.deleteFrom('codes').where(whose, '=', p.id)),
  write((db, p: { id: string }) => db.deleteFrom('device_codes').where(whose, '=', p.id)),
  write((db, p: { id: string }) => db.deleteFrom('backchannel_requests').where(whose, '=', p.id)),
  write((db, p: { id: string }) => db.deleteFrom('consents').where(whose, '=', p.id)),
  write((db, p: { id: string }) => db.deleteFrom('api_keys').where(whose, '=', p.id)),
]

const ofClient = [
  ...forgetting('client_id'),
  write((db, p: { id: string }) => db.deleteFrom('flows').where('pushed_by', '=', p.id)),
]
const ofUser = forgetting('user_id')

/** Everything that was issued to a client. */
export function forgetClient(database: Database, clientId: string): WriteSet {
  return [
    ofClient.map((remove) => remove(database, { id: clientId })),
    forgetClientInSessions(database, clientId),
  ]
}

/**
 * Everything that was issued about a person; commit it together with their erasure. Which clients are to hear of it
 * stays until they have.
 */
export function forgetUser(database: Database, userId: string): WriteSet {
  return ofUser.map((remove) => remove(database, { id: userId }))
}
