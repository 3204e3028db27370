// What must not be good again in a database that comes back from a copy: of much that stands in it nobody knows whether it
// was used, spent or withdrawn since. What is over within minutes is begun again.
import { sql } from 'kysely'
import type { Database, WriteSet } from '../platform/db/database.ts'
import type { Schema } from '../platform/db/schema.ts'
import { write } from '../platform/db/statement.ts'

/** Links in letters, and the letters; sign-ins and requests that somebody is in the midst of. */
const begun = [
  'mailed_proofs',
  'letters',
  'flows',
  'codes',
  'device_codes',
  'backchannel_requests',
  'upstream_attempts',
] as const satisfies readonly (keyof Schema)[]

const forgetBegun = begun.map((table) => write((db, _: Record<string, never>) => db.deleteFrom(table)))

const spendSteps = write((db, p: { now: number }) =>
  db
    .updateTable('totp_factors')
    .set({ last_step: sql<number>`cast(${p.now} as bigint) / period` })
    .where(sql<boolean>`last_step < cast(${p.now} as bigint) / period`),
)

const revokeOfClients = write((db, p: { now: number }) =>
  db
    .updateTable('access_tokens')
    .set({ revoked_at: p.now })
    .where('family_id', 'is', null)
    .where('revoked_at', 'is', null),
)

/**
 * Ends what was good for one use, and with it codes of authenticator applications up to this moment.
 *
 * @param now in seconds
 */
export function spendWhatWasBegun(database: Database, now: number): WriteSet {
  return [forgetBegun.map((one) => one(database, {})), spendSteps(database, { now })]
}

/** Ends access tokens that are kept here and hang on no session: clients get new ones. */
export function endTokensOfClients(database: Database, now: number): WriteSet {
  return [revokeOfClients(database, { now })]
}
