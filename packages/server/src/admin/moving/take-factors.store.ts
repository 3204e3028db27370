// What of second factors that came before was used where they came from.
import type { Database } from '../../platform/db/database.ts'
import type { Write } from '../../platform/db/engine.ts'
import { write } from '../../platform/db/statement.ts'

const raise = write(
  (db, p: { user: string; id: string; step: number }) =>
    db
      .updateTable('totp_factors')
      .set({ last_step: p.step })
      .where('user_id', '=', p.user)
      .where('id', '=', p.id)
      .where('last_step', '<', p.step),
  { mayBeLost: true },
)
const spend = write(
  (db, p: { user: string; digest: string }) =>
    db.deleteFrom('recovery_codes').where('user_id', '=', p.user).where('digest', '=', p.digest),
  { mayBeLost: true },
)

/** No code of this step or before is taken again; changes nothing where that is so already, or it is another one by now. */
export function raiseStep(
  database: Database,
  { userId, id }: { readonly userId: string; readonly id: string },
  step: number,
): Write {
  return raise(database, { user: userId, id, step })
}

/** Takes a recovery code away, if it is there. */
export function spendMovedCode(database: Database, userId: string, digest: string): Write {
  return spend(database, { user: userId, digest })
}
