// What clients hold of a person now, derived: the families that live, and what was allowed to a client that polls for it and
// has not come for it yet. One that has ended, or whose refresh token was not used for too long, is gone from here by itself.
import { type Expression, expressionBuilder, type SqlBool } from 'kysely'
import type { Schema } from '../../platform/db/schema.ts'
import { query } from '../../platform/db/statement.ts'
import type { Platform } from '../../platform/platform.ts'
import type { Granted } from '../authorization.ts'
import { polledFor, unfetchedIn } from '../polling/polled.store.ts'
import { lives } from './families.store.ts'

/** Access that a client has, or may fetch. Times are seconds since the epoch. */
export interface Held {
  readonly clientId: string
  readonly clientName: string
  readonly granted: Granted
  readonly since: number
  readonly lastUsed: number
}

/** Over rows that are grouped by family: that it has a refresh token which has not idled out, or none at all. */
export function isKeptUp(now: number): Expression<SqlBool> {
  const eb = expressionBuilder<Schema, 'refresh_tokens'>()
  const end = eb.fn.max('refresh_tokens.expires_at')
  return eb.or([eb(end, '>', now), eb(end, 'is', null)])
}

const inFamilies = query((db, p: { user: string; now: number }) =>
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
      'sessions.held_by',
      'sessions.last_seen_at',
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
      'sessions.held_by',
      'sessions.last_seen_at',
    ])
    .having(isKeptUp(p.now))
    .orderBy('families.created_at', 'desc')
    .orderBy('families.id', 'desc'),
)

const unfetched = polledFor.map(unfetchedIn)

/** All that clients can do with a person's account now; what they have yet to fetch first, then the newest first. */
export async function heldOf(
  { database, runtime }: Pick<Platform, 'database' | 'runtime'>,
  userId: string,
): Promise<Held[]> {
  const of = { user: userId, now: runtime.now() }
  const [families, ...waiting] = await Promise.all([
    inFamilies.all(database, of),
    ...unfetched.map((one) => one.all(database, of)),
  ])
  return [
    ...waiting.flat().map((row) => ({
      clientId: row.client_id,
      clientName: row.name,
      granted: JSON.parse(row.grant_json ?? '') as Granted,
      since: row.decided_at ?? of.now,
      lastUsed: row.decided_at ?? of.now,
    })),
    ...families.map((row) => ({
      clientId: row.client_id,
      clientName: row.name,
      granted: JSON.parse(row.grant_json) as Granted,
      since: row.created_at,
      // A browser's session is seen without the client.
      lastUsed: Math.max(row.created_at, row.used_at ?? 0, row.held_by === null ? 0 : row.last_seen_at),
    })),
  ]
}
