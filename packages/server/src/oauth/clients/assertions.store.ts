// Client assertions that were used: each is good once (RFC 7523 §3, C11).
import type { Database } from '../../platform/db/database.ts'
import type { Write } from '../../platform/db/engine.ts'
import { write } from '../../platform/db/statement.ts'

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
