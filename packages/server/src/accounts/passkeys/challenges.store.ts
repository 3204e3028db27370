// Challenges that were answered: each is good once (MF-07). They lie beside the assertions of clients, which are
// remembered and forgotten in the same way.
import type { Database } from '../../platform/db/database.ts'
import type { Write } from '../../platform/db/engine.ts'
import { write } from '../../platform/db/statement.ts'

const insert = write(
  (db, p: { digest: string; expires: number }) =>
    db
      .insertInto('seen_assertions')
      .values({ digest: p.digest, expires_at: p.expires })
      .onConflict((conflict) => conflict.doNothing()),
  { exactlyOne: 'challenge' },
)

/**
 * Remembers a challenge until it would be refused for its age anyway. INVARIANT: guarded by `challenge`: of all who
 * answer it, one is let through.
 *
 * @param digest of the challenge and what it is; never that of an assertion
 */
export function rememberChallenge(database: Database, digest: string, expires: number): Write {
  return insert(database, { digest, expires })
}
