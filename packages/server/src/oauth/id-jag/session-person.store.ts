// Who was signed in in the session that an ID token names, and whether it still stands.
import { type JoinedUserRow, joinedUser, joinedUserOf, type User } from '../../accounts/users/users.store.ts'
import type { Database } from '../../platform/db/database.ts'
import { query } from '../../platform/db/statement.ts'

const ofSession = query((db, p: { session: string }) =>
  db
    .selectFrom('sessions')
    .innerJoin('users', 'users.id', 'sessions.user_id')
    .select(joinedUser)
    .select(['sessions.ended_at', 'sessions.expires_at'])
    .where('sessions.id', '=', p.session),
)

/** The person of a session, disabled or not, and whether it stands; undefined once it was forgotten. */
export async function personOfSession(
  database: Database,
  sessionId: string,
  now: number,
): Promise<{ readonly user: User; readonly stands: boolean } | undefined> {
  const row = await ofSession.first(database, { session: sessionId })
  if (row === undefined) return undefined
  const stands = row.ended_at === null && row.expires_at > now
  return { user: joinedUserOf(row as JoinedUserRow), stands }
}
