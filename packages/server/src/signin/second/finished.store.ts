// The store of partial sign-ins that became a session, for as long as they could be shown again.
import type { Database } from '../../platform/db/database.ts'
import type { Write } from '../../platform/db/engine.ts'
import { write } from '../../platform/db/statement.ts'
import { sweepOfEnded } from '../../platform/db/sweep.ts'

const insert = write(
  (db, p: { digest: string; expires: number }) =>
    db
      .insertInto('finished_sign_ins')
      .values({ digest: p.digest, expires_at: p.expires })
      .onConflict((conflict) => conflict.column('digest').doNothing()),
  { exactlyOne: 'sign-in' },
)

/** Finishes a partial sign-in; loses `sign-in` when that was done before. */
export function finishOnce(
  database: Database,
  { digest, expiresAt }: { readonly digest: string; readonly expiresAt: number },
): Write {
  return insert(database, { digest, expires: expiresAt })
}

/** Those that couldn't be shown again anyway. */
export const oldFinishedSignIns = sweepOfEnded('finished_sign_ins', 'digest')
