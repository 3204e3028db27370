// DPoP proofs that were accepted: each is good once (RFC 9449 §11.1, C11). They lie beside the client assertions, which
// are remembered and forgotten in the same way.
import type { Database } from '../../platform/db/database.ts'
import type { Write } from '../../platform/db/engine.ts'
import { write } from '../../platform/db/statement.ts'

const insert = write(
  (db, p: { digest: string; expires: number }) =>
    db
      .insertInto('seen_assertions')
      .values({ digest: p.digest, expires_at: p.expires })
      .onConflict((conflict) => conflict.doNothing()),
  { exactlyOne: 'proof' },
)

/**
 * Remembers a proof until it would be refused for its age anyway. INVARIANT: guarded by `proof`: of all who show it, one
 * is let through.
 *
 * @param digest of the key and `jti` together; never that of an assertion
 */
export function rememberProof(database: Database, digest: string, expires: number): Write {
  return insert(database, { digest, expires })
}
