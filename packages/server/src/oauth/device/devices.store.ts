// The sessions that applications hold of a person, where something still lives in them, counted in the database: a person
// with a busy program has thousands, of which a page shows a few.
import { byAssertion } from '../../accounts/sessions/session.ts'
import type { Database } from '../../platform/db/database.ts'
import { query } from '../../platform/db/statement.ts'
import { lives } from '../tokens/families.store.ts'
import { isKeptUp } from '../tokens/held.store.ts'

/** One of the newest sessions of an application. Times are seconds since the epoch. */
export interface DeviceRow {
  readonly session_id: string
  readonly client_id: string
  readonly name: string
  readonly user_agent: string
  readonly peer: string
  readonly since: number
  readonly used: number
  /** How many sessions the application holds of this person. */
  readonly held: number
}

// Long because it is one statement.
const newest = query((db, p: { user: string; now: number; most: number }) =>
  db
    .with('living', (with_) =>
      with_
        .selectFrom('families')
        .innerJoin('sessions', 'sessions.id', 'families.session_id')
        .innerJoin('users', 'users.id', 'families.user_id')
        .innerJoin('clients', 'clients.id', 'families.client_id')
        .leftJoin('refresh_tokens', 'refresh_tokens.family_id', 'families.id')
        .select((eb) => [
          'families.session_id',
          'families.created_at as began',
          'sessions.last_seen_at as seen',
          eb.fn.coalesce(eb.fn.max('refresh_tokens.created_at'), 'families.created_at').as('last_used'),
        ])
        .where('families.user_id', '=', p.user)
        .where('sessions.held_by', 'is not', null)
        // What an issuer let in for some minutes is no device of theirs.
        .where('sessions.acr', '<>', byAssertion.acr)
        .where(lives(p.now))
        .groupBy(['families.id', 'families.session_id', 'families.created_at', 'sessions.last_seen_at'])
        .having(isKeptUp(p.now)),
    )
    .with('used', (with_) =>
      with_
        .selectFrom('living')
        .select((eb) => [
          'session_id',
          eb.fn.min('began').as('since'),
          // A token that is renewed is used then; one that is looked up, when its session was last seen.
          eb.fn
            .max(
              eb
                .case()
                .when('last_used', '>', eb.ref('seen'))
                .then(eb.ref('last_used'))
                .else(eb.ref('seen'))
                .end(),
            )
            .as('last_used'),
        ])
        .groupBy('session_id'),
    )
    .with('placed', (with_) =>
      with_
        .selectFrom('used')
        .innerJoin('sessions', 'sessions.id', 'used.session_id')
        .innerJoin('clients', 'clients.id', 'sessions.held_by')
        .select((eb) => [
          'used.session_id',
          'clients.id as client_id',
          'clients.name',
          'sessions.user_agent',
          'sessions.peer',
          'used.since',
          'used.last_used as used',
          eb.fn
            .countAll<number>()
            .over((over) => over.partitionBy('clients.id'))
            .as('held'),
          eb.fn
            .agg<number>('row_number')
            .over((over) =>
              over
                .partitionBy('clients.id')
                .orderBy('used.last_used', 'desc')
                .orderBy('used.session_id', 'desc'),
            )
            .as('place'),
        ]),
    )
    .selectFrom('placed')
    .select(['session_id', 'client_id', 'name', 'user_agent', 'peer', 'since', 'used', 'held'])
    .where('place', '<=', p.most)
    .orderBy('used', 'desc')
    .orderBy('session_id', 'desc'),
)

/** The newest sessions of each application, at most `most` of each, the last used first. */
export function newestHeld(
  database: Database,
  of: { readonly user: string; readonly now: number; readonly most: number },
): Promise<readonly DeviceRow[]> {
  return newest.all(database, { ...of })
}
