// Assertions that were used, of clients and of those who let them in: each is good once (RFC 7523 §3, C11).
import type { Database } from '../../platform/db/database.ts'
import type { Write } from '../../platform/db/engine.ts'
import { query, write } from '../../platform/db/statement.ts'

const insert = write(
  (db, p: { digest: string; expires: number }) =>
    db
      .insertInto('seen_assertions')
      .values({ digest: p.digest, expires_at: p.expires })
      .onConflict((conflict) => conflict.doNothing()),
  { exactlyOne: 'assertion' },
)

/**
 * Remembers an assertion until it would be refused for its age anyway. INVARIANT: guarded by `assertion`.
 *
 * @param digest of issuer and `jti` together
 */
export function seeAssertion(database: Database, digest: string, expires: number): Write {
  return insert(database, { digest, expires })
}

const seen = query((db, p: { digest: string }) =>
  db.selectFrom('seen_assertions').select('digest').where('digest', '=', p.digest),
)

/** Whether an assertion of this digest was used. Of two at the same moment, seeAssertion decides. */
export async function assertionSeen(database: Database, digest: string): Promise<boolean> {
  return (await seen.first(database, { digest })) !== undefined
}
