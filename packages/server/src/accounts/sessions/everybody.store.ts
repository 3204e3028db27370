// Sessions of everybody at once, for a database that comes back from a copy: some that had ended since stand in it.
import type { Database } from '../../platform/db/database.ts'
import type { Write } from '../../platform/db/engine.ts'
import { write } from '../../platform/db/statement.ts'
import type { Instant } from '../../platform/runtime.ts'

const endAll = write((db, p: { now: number }) =>
  db.updateTable('sessions').set({ ended_at: p.now }).where('ended_at', 'is', null),
)

/** Ends every session there is. */
export function endSessionsOfEverybody(database: Database, now: Instant): Write {
  return endAll(database, { now })
}
