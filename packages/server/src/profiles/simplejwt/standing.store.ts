// Why a token of ours is worth nothing any more, for the answers that say so, and the names of tokens of the system
// before that were put on its blacklist.
import type { Database } from '../../platform/db/database.ts'
import { query } from '../../platform/db/statement.ts'

const facts = query((db, p: { family: string }) =>
  db
    .selectFrom('families')
    .innerJoin('users', 'users.id', 'families.user_id')
    .leftJoin('passwords', 'passwords.user_id', 'users.id')
    .select(['families.created_at', 'users.disabled_at', 'passwords.changed_at'])
    .where('families.id', '=', p.family),
)

const blacklisted = query((db, p: { jti: string }) =>
  db.selectFrom('revoked_tokens').select('jti').where('jti', '=', p.jti),
)

/** What ended a family that lives no more. */
export type EndOfToken = 'account' | 'password' | 'blacklisted'

/** Why a family is dead; nothing is looked up of whether it is. */
export async function whyEnded(database: Database, familyId: string): Promise<EndOfToken> {
  const row = await facts.first(database, { family: familyId })
  if (row === undefined || row.disabled_at !== null) return 'account'
  return row.changed_at !== null && row.changed_at > row.created_at ? 'password' : 'blacklisted'
}

/** Whether this one token was ended by its name. */
export async function isBlacklisted(database: Database, jti: string | null): Promise<boolean> {
  return jti !== null && (await blacklisted.first(database, { jti })) !== undefined
}
