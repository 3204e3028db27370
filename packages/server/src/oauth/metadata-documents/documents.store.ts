// When the metadata documents of clients were read. The client itself stands among all others, so that whatever refers to a
// client finds it; here stands only what a registered client has not.
import { type Kysely, sql } from 'kysely'
import type { Database, WriteSet } from '../../platform/db/database.ts'
import type { Write } from '../../platform/db/engine.ts'
import type { Schema } from '../../platform/db/schema.ts'
import { query, write } from '../../platform/db/statement.ts'

const freshOne = query((db, p: { id: string; now: number }) =>
  db
    .selectFrom('metadata_documents')
    .select('client_id')
    .where('client_id', '=', p.id)
    .where('fresh_until', '>', p.now),
)

/** Whether nobody has to ask for the document again yet. */
export async function isFresh(database: Database, clientId: string, now: number): Promise<boolean> {
  return (await freshOne.first(database, { id: clientId, now })) !== undefined
}

const upsert = write((db, p: { id: string; readAt: number; freshUntil: number }) =>
  db
    .insertInto('metadata_documents')
    .values({ client_id: p.id, read_at: p.readAt, fresh_until: p.freshUntil })
    .onConflict((conflict) =>
      conflict.column('client_id').doUpdateSet({ read_at: p.readAt, fresh_until: p.freshUntil }),
    ),
)

/** Notes that a document was read. */
export function noteReading(
  database: Database,
  reading: { readonly id: string; readonly readAt: number; readonly freshUntil: number },
): Write {
  return upsert(database, { ...reading })
}

/** Tables that refer to a client for as long as it matters, by the column of that. */
const references = [
  ['consents', 'client_id'],
  ['families', 'client_id'],
  ['codes', 'client_id'],
  ['device_codes', 'client_id'],
  ['access_tokens', 'client_id'],
  ['session_clients', 'client_id'],
  ['flows', 'pushed_by'],
] as const

/** Clients of stale documents that nothing refers to, but for those that an operator has disabled. */
function idleClients(db: Kysely<Schema>, before: number) {
  return references.reduce(
    (found, [table, column]) =>
      found.where((eb) =>
        eb.not(
          eb.exists(
            eb
              .selectFrom(table)
              .select(eb.lit(1).as('one'))
              .whereRef(sql.ref(`${table}.${column}`), '=', 'clients.id'),
          ),
        ),
      ),
    db
      .selectFrom('clients')
      .innerJoin('metadata_documents', 'metadata_documents.client_id', 'clients.id')
      .select('clients.id')
      .where('metadata_documents.fresh_until', '<', before)
      .where('clients.disabled_at', 'is', null),
  )
}

const removeIdle = write((db, p: { before: number; most: number }) =>
  db.deleteFrom('clients').where('id', 'in', idleClients(db, p.before).limit(p.most)),
)
const removeReadings = write((db) =>
  db
    .deleteFrom('metadata_documents')
    .where('client_id', 'not in', (eb) => eb.selectFrom('clients').select('id')),
)

/** Forgets clients that nothing refers to any more: whoever asks for one again gets it from its document. */
export function forgetIdleClients(database: Database, before: number, most: number): WriteSet {
  return [removeIdle(database, { before, most }), removeReadings(database, {})]
}
