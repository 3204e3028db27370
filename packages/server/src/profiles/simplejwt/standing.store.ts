// Why a token is worth nothing any more: one of ours for the answers that say so; one of the system before by its name on
// the blacklist, by what its person did here since they were brought, and because it is taken in once.
import { digest } from '@countersign/protocol'
import type { Kysely } from 'kysely'
import { isStillEnough } from '../../accounts/sessions/sessions.ts'
import { turnOf } from '../../accounts/users/users.store.ts'
import type { Granted } from '../../oauth/authorization.ts'
import type { Database } from '../../platform/db/database.ts'
import type { Write } from '../../platform/db/engine.ts'
import type { Schema } from '../../platform/db/schema.ts'
import { query, write } from '../../platform/db/statement.ts'
import { takeOnce, wasTaken } from '../../platform/once.store.ts'
import type { Platform } from '../../platform/platform.ts'
import { nameOfToken, spellingsOf } from './spellings.ts'

const facts = query((db, p: { family: string }) =>
  db
    .selectFrom('families')
    .innerJoin('users', 'users.id', 'families.user_id')
    .leftJoin('passwords', 'passwords.user_id', 'users.id')
    .select(['families.created_at', 'families.grant_json', 'users.disabled_at', 'passwords.changed_at'])
    .where('families.id', '=', p.family),
)

const blacklisted = query((db, p: { jti: string }) =>
  db.selectFrom('revoked_tokens').select('jti').where('jti', '=', p.jti),
)

/** What ended a family that lives no more. */
export type EndOfToken = 'account' | 'password' | 'blacklisted'

/** Why a family is not good; nothing is looked up of whether it is. */
export async function whyEnded(
  platform: Pick<Platform, 'database' | 'secondFactor'>,
  familyId: string,
): Promise<EndOfToken> {
  const row = await facts.first(platform.database, { family: familyId })
  if (row === undefined || row.disabled_at !== null) return 'account'
  if (!isStillEnough(platform, JSON.parse(row.grant_json) as Granted)) return 'account'
  return row.changed_at !== null && row.changed_at > row.created_at ? 'password' : 'blacklisted'
}

/** Whether this one token was ended by its name. */
export async function isBlacklisted(database: Database, jti: string | null): Promise<boolean> {
  return jti !== null && (await blacklisted.first(database, { jti })) !== undefined
}

const brought = query((db, p: { user: string; named: string }) =>
  db
    .selectFrom('moved_users')
    .leftJoin('passwords', 'passwords.user_id', 'moved_users.user_id')
    .select(['moved_users.moved_at', 'passwords.changed_at'])
    .where('moved_users.user_id', '=', p.user)
    .where('moved_users.foreign_id', '=', p.named)
    // What a second system of a kind calls people says nothing about the tokens of the first.
    .where('moved_users.source', 'not like', '%:%'),
)

const broughtFromDjango = query((db, p: { user: string }) =>
  db
    .selectFrom('moved_users')
    .leftJoin('passwords', 'passwords.user_id', 'moved_users.user_id')
    .select(['moved_users.foreign_id', 'moved_users.moved_at', 'passwords.changed_at'])
    .where('moved_users.user_id', '=', p.user)
    .where('moved_users.source', '=', 'django'),
)

const password = query((db, p: { user: string }) =>
  db.selectFrom('passwords').select('changed_at').where('user_id', '=', p.user),
)

/** Since when somebody has their password; null for who has none. */
export async function passwordChangedAt(database: Database, userId: string): Promise<number | null> {
  return (await password.first(database, { user: userId }))?.changed_at ?? null
}

/** The primary key that somebody had in Django where that was no number, as a UUID; null for everybody else. */
export async function foreignTextOf(database: Database, userId: string): Promise<string | null> {
  const id = (await broughtFromDjango.first(database, { user: userId }))?.foreign_id
  return id === undefined || /^\d+$/.test(id) ? null : id
}

/**
 * What ended every token that the system before gave to somebody. Who was not brought from there has none: a number that
 * they were given here may be somebody else's there.
 *
 * @param named what that system calls them; null where its tokens hold a name that people sign in with
 */
export async function whyForeignEnded(
  database: Database,
  userId: string,
  named: string | null,
): Promise<EndOfToken | null> {
  const row =
    named === null
      ? await broughtFromDjango.first(database, { user: userId })
      : await brought.first(database, { user: userId, named })
  if (row === undefined) return 'account'
  return row.changed_at !== null && row.changed_at > row.moved_at ? 'password' : null
}

/** Who was brought, and has not changed their password here since. */
const stillBrought = (db: Kysely<Schema>, userId: string) =>
  db
    .selectFrom('moved_users')
    .leftJoin('passwords', 'passwords.user_id', 'moved_users.user_id')
    .select('moved_users.user_id')
    .where('moved_users.user_id', '=', userId)
    .where((eb) =>
      eb.or([
        eb('passwords.changed_at', 'is', null),
        eb('passwords.changed_at', '<=', eb.ref('moved_users.moved_at')),
      ]),
    )

const standAs = write(
  (db, p: { user: string; named: string }) =>
    turnOf(db, p.user).where((eb) =>
      eb.exists(
        stillBrought(db, p.user)
          .where('moved_users.foreign_id', '=', p.named)
          .where('moved_users.source', 'not like', '%:%'),
      ),
    ),
  { exactlyOne: 'password' },
)
const stand = write(
  (db, p: { user: string }) =>
    turnOf(db, p.user).where((eb) =>
      eb.exists(stillBrought(db, p.user).where('moved_users.source', '=', 'django')),
    ),
  { exactlyOne: 'password' },
)

/**
 * Changes nothing; loses `password` where by the time of the commit `whyForeignEnded` would say that the token of somebody is
 * ended. Follows a write that takes the person's turn.
 */
export function foreignStands(database: Database, userId: string, named: string | null): Write {
  return named === null ? stand(database, { user: userId }) : standAs(database, { user: userId, named })
}

const stay = write(
  (db, p: { family: string }) =>
    db
      .updateTable('families')
      .set((eb) => ({ revoked_at: eb.ref('revoked_at') }))
      .where('id', '=', p.family)
      .where('revoked_at', 'is', null),
  { exactlyOne: 'family' },
)

/** Changes nothing. INVARIANT: guarded by `family`: lost when that was ended meanwhile. */
export function familyStays(database: Database, family: string): Write {
  return stay(database, { family })
}

/** Takes in a token of the system before. INVARIANT: guarded by `foreign token`: once, also after its family has ended. */
export function takeIn(database: Database, text: string, until: number): Write {
  return takeOnce(database, { ...foreignToken(text), until })
}

const known = query((db, p: { digest: string; before: string }) =>
  db
    .selectFrom('refresh_tokens')
    .select('digest')
    .where('digest', '=', p.digest)
    .unionAll(db.selectFrom('seen_assertions').select('digest').where('digest', '=', p.before)),
)

/**
 * Whether a token of the system before was taken in: also by a version that remembered it in another way, or by a server
 * from which its family came.
 */
export async function wasTakenIn(database: Database, text: string): Promise<boolean> {
  if (await wasTaken(database, foreignToken(text))) return true
  for (const one of spellingsOf(text).map((spelling) => digest(spelling))) {
    const row = await known.first(database, { digest: one, before: digest(`simplejwt: ${one}`) })
    if (row !== undefined) return true
  }
  return false
}

function foreignToken(text: string) {
  return { kind: 'foreign token', name: [nameOfToken(text)] } as const
}
