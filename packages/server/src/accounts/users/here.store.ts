// What is here already of many people at once, for whoever brings thousands: one read where there would be fifty.
import type { Database } from '../../platform/db/database.ts'
import { filling, listLength, places } from '../../platform/db/listed.ts'
import { query } from '../../platform/db/statement.ts'
import type { Instant } from '../../platform/runtime.ts'
import type { Credential } from '../credentials/passwords.store.ts'
import type { Moved } from './moved.store.ts'
import { type JoinedUserRow, joinedUser, joinedUserOf, type User } from './users.store.ts'

/** People who are looked up at once. */
export const mostAtOnce = listLength

const byEmail = query((db, p: Record<string, string>) =>
  db.selectFrom('users').select(joinedUser).where('users.email', 'in', places(p)),
)
const byUsername = query((db, p: Record<string, string>) =>
  db.selectFrom('users').select(joinedUser).where('users.username', 'in', places(p)),
)
const byId = query((db, p: Record<string, string>) =>
  db
    .selectFrom('users')
    .leftJoin('passwords', 'passwords.user_id', 'users.id')
    .select([...joinedUser, 'passwords.sealed_hash', 'passwords.changed_at'])
    .where('users.id', 'in', places(p)),
)
const moved = query((db, p: Record<string, string> & { source: string }) =>
  db
    .selectFrom('moved_users')
    .select(['foreign_id', 'user_id', 'digest', 'password_digest', 'moved_at'])
    .where('source', '=', p.source)
    .where('foreign_id', 'in', places(p)),
)
const subjects = query((db, p: Record<string, string>) =>
  db.selectFrom('identities').select(['upstream', 'issuer', 'subject']).where('subject', 'in', places(p)),
)
const numbers = query((db, p: Record<string, string | number> & { source: string }) =>
  db
    .selectFrom('user_numbers')
    .select('number')
    .where('source', '=', p.source)
    .where('number', 'in', places<number>(p as Record<string, number>)),
)

/** Who has one of these addresses, by address. */
export async function usersByEmails(
  database: Database,
  emails: readonly string[],
): Promise<Map<string, User>> {
  const values = filling(emails)
  const rows = values === null ? [] : await byEmail.all(database, values)
  return new Map(
    rows.map((row) => joinedUserOf(row as JoinedUserRow)).map((user) => [user.email ?? '', user]),
  )
}

/** Who has one of these user names, by name. */
export async function usersByUsernames(
  database: Database,
  usernames: readonly string[],
): Promise<Map<string, User>> {
  const values = filling(usernames)
  const rows = values === null ? [] : await byUsername.all(database, values)
  return new Map(
    rows.map((row) => joinedUserOf(row as JoinedUserRow)).map((user) => [user.username ?? '', user]),
  )
}

/** Users with what they prove themselves by, by id. */
export async function credentialsOfUsers(
  database: Database,
  ids: readonly string[],
): Promise<Map<string, Credential>> {
  const values = filling(ids)
  const rows = values === null ? [] : await byId.all(database, values)
  return new Map(
    rows.map((row) => {
      const user = joinedUserOf(row as JoinedUserRow)
      const password =
        row.sealed_hash === null
          ? null
          : { sealedHash: row.sealed_hash, changedAt: row.changed_at as Instant }
      return [user.id, { user, password }]
    }),
  )
}

/** Who was brought of these before, by the id that they have there. */
export async function movedByIds(
  database: Database,
  source: string,
  ids: readonly string[],
): Promise<Map<string, Moved>> {
  const values = filling(ids)
  const rows = values === null ? [] : await moved.all(database, { ...values, source })
  return new Map(
    rows.map(
      ({ foreign_id, user_id: userId, digest, password_digest: passwordDigest, moved_at: movedAt }) => [
        foreign_id,
        { userId, digest, passwordDigest, movedAt },
      ],
    ),
  )
}

/** Which of these accounts elsewhere are somebody's here: `upstream issuer subject`. */
export async function linkedSubjects(
  database: Database,
  wanted: readonly { readonly subject: string }[],
): Promise<Set<string>> {
  const linked = new Set<string>()
  for (let from = 0; from < wanted.length; from += listLength) {
    const values = filling(wanted.slice(from, from + listLength).map(({ subject }) => subject))
    if (values === null) break
    for (const row of await subjects.all(database, values))
      linked.add(`${row.upstream} ${row.issuer} ${row.subject}`)
  }
  return linked
}

/** Which of these numbers are somebody's, under one name. */
export async function numbersTaken(
  database: Database,
  source: string,
  wanted: readonly number[],
): Promise<Set<number>> {
  const values = filling(wanted)
  const rows = values === null ? [] : await numbers.all(database, { ...values, source })
  return new Set(rows.map(({ number }) => Number(number)))
}
