// The devices that a person has let in, derived from the families that live in a device's session: when its family has
// ended, for whatever reason, or its refresh token was not used for too long, a device is gone from here by itself.
import { byAssertion } from '../../accounts/sessions/session.ts'
import { query } from '../../platform/db/statement.ts'
import type { Platform } from '../../platform/platform.ts'
import type { Granted } from '../authorization.ts'
import { lives } from '../tokens/families.store.ts'

/** A device that has access now. Times are seconds since the epoch. */
export interface Device {
  readonly sessionId: string
  readonly clientId: string
  readonly clientName: string
  readonly granted: Granted
  readonly userAgent: string
  readonly allowedAt: number
  readonly lastUsedAt: number
}

const ofUser = query((db, p: { user: string; now: number }) =>
  db
    .selectFrom('families')
    .innerJoin('sessions', 'sessions.id', 'families.session_id')
    .innerJoin('users', 'users.id', 'families.user_id')
    .innerJoin('clients', 'clients.id', 'families.client_id')
    .leftJoin('refresh_tokens', 'refresh_tokens.family_id', 'families.id')
    .select((eb) => [
      'families.session_id',
      'families.client_id',
      'clients.name',
      'families.grant_json',
      'sessions.user_agent',
      'families.created_at',
      eb.fn.max('refresh_tokens.created_at').as('used_at'),
    ])
    .where('families.user_id', '=', p.user)
    .where('sessions.held_by', 'is not', null)
    // What an issuer let in for some minutes is no device of theirs.
    .where('sessions.acr', '!=', byAssertion.acr)
    .where(lives(p.now))
    .groupBy([
      'families.id',
      'families.session_id',
      'families.client_id',
      'clients.name',
      'families.grant_json',
      'sessions.user_agent',
      'families.created_at',
    ])
    .having((eb) =>
      eb.or([
        eb(eb.fn.max('refresh_tokens.expires_at'), '>', p.now),
        eb(eb.fn.max('refresh_tokens.expires_at'), 'is', null),
      ]),
    )
    .orderBy('families.created_at', 'desc')
    .orderBy('families.id', 'desc'),
)

/** Every device that has access to a person's account, the newest first. */
export async function devicesOf(
  { database, runtime }: Pick<Platform, 'database' | 'runtime'>,
  userId: string,
): Promise<Device[]> {
  const rows = await ofUser.all(database, { user: userId, now: runtime.now() })
  return rows.map((row) => ({
    sessionId: row.session_id,
    clientId: row.client_id,
    clientName: row.name,
    granted: JSON.parse(row.grant_json) as Granted,
    userAgent: row.user_agent,
    allowedAt: row.created_at,
    lastUsedAt: Math.max(row.created_at, row.used_at ?? 0),
  }))
}
