// An address that an account names and nobody has proven there goes to whoever proves it, where the account keeps a way
// in without it (decision 39).
import type { ExpressionBuilder, Kysely } from 'kysely'
import type { Database } from '../../platform/db/database.ts'
import type { Write } from '../../platform/db/engine.ts'
import type { Schema } from '../../platform/db/schema.ts'
import { query, write } from '../../platform/db/statement.ts'
import type { Instant } from '../../platform/runtime.ts'
import { otherIdentities, otherPasskeys } from '../credentials/ways-in.store.ts'
import type { Canonical } from '../users/identifiers.ts'

/** The account, if it names the address, hasn’t proven it, and can be signed in to without it. */
const isKeptWithout =
  (db: Kysely<Schema>, p: { user: string; email: string; domain: string }) =>
  (eb: ExpressionBuilder<Schema, 'users'>) =>
    eb.and([
      eb('users.id', '=', p.user),
      eb('users.email', '=', p.email),
      eb('users.email_verified', '=', 0),
      eb.or([
        eb.exists(otherIdentities(db, p.user, '')),
        eb.exists(otherPasskeys(db, p.user, p.domain, '')),
        eb.and([
          eb('users.username', 'is not', null),
          eb.exists(db.selectFrom('passwords').select('user_id').where('user_id', '=', p.user)),
        ]),
      ]),
    ])

const keptWithout = query((db, p: { user: string; email: string; domain: string }) =>
  db.selectFrom('users').select('users.id').where(isKeptWithout(db, p)),
)

/** Whose address, and the domain that passkeys are bound to here (`Issuer.domain`). */
interface Named {
  readonly userId: string
  readonly email: Canonical
  readonly domain: string | null
}

/** Whether an account’s address would go to somebody else who proves it. */
export async function isFreeable(database: Database, { userId, email, domain }: Named): Promise<boolean> {
  return (await keptWithout.first(database, { user: userId, email, domain: domain ?? '' })) !== undefined
}

const free = write(
  (db, p: { user: string; email: string; domain: string; now: number }) =>
    db.updateTable('users').set({ email: null, updated_at: p.now }).where(isKeptWithout(db, p)),
  { exactlyOne: 'user' },
)

/** Takes an address from an account. Loses `user` when it was proven there meanwhile, or is the only way in. */
export function freeAddress(database: Database, now: Instant, { userId, email, domain }: Named): Write {
  return free(database, { user: userId, email, domain: domain ?? '', now })
}
