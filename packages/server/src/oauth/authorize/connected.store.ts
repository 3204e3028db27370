// What a person's clients hold now, derived from the families that live: one that has ended, or whose refresh token was
// not used for too long, is gone from here by itself.
import { query } from '../../platform/db/statement.ts'
import type { Platform } from '../../platform/platform.ts'
import type { Granted } from '../authorization.ts'
import { lives } from '../tokens/families.store.ts'

/** Access that a client has. Times are seconds since the epoch. */
export interface Held {
  readonly clientId: string
  readonly clientName: string
  readonly granted: Granted
  readonly since: number
  readonly lastUsed: number
}

const ofUser = query((db, p: { user: string; now: number }) =>
  db
    .selectFrom('families')
    .innerJoin('sessions', 'sessions.id', 'families.session_id')
    .innerJoin('users', 'users.id', 'families.user_id')
    .innerJoin('clients', 'clients.id', 'families.client_id')
    .leftJoin('refresh_tokens', 'refresh_tokens.family_id', 'families.id')
    .select((eb) => [
      'families.client_id',
      'clients.name',
      'families.grant_json',
      'families.created_at',
      eb.fn.max('refresh_tokens.created_at').as('used_at'),
    ])
    .where('families.user_id', '=', p.user)
    .where(lives(p.now))
    .groupBy([
      'families.id',
      'families.client_id',
      'clients.name',
      'families.grant_json',
      'families.created_at',
    ])
    .having((eb) =>
      eb.or([
        eb(eb.fn.max('refresh_tokens.expires_at'), '>', p.now),
        eb(eb.fn.max('refresh_tokens.expires_at'), 'is', null),
      ]),
    ),
)

/** All that clients can do with a person's account now. */
export async function heldOf(
  { database, runtime }: Pick<Platform, 'database' | 'runtime'>,
  userId: string,
): Promise<Held[]> {
  const rows = await ofUser.all(database, { user: userId, now: runtime.now() })
  return rows.map((row) => ({
    clientId: row.client_id,
    clientName: row.name,
    granted: JSON.parse(row.grant_json) as Granted,
    since: row.created_at,
    lastUsed: Math.max(row.created_at, row.used_at ?? 0),
  }))
}
