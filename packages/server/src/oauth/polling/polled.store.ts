// What a client polls for until a person has decided, at rest: devices' codes and backchannel requests, each in a table
// of its own whose columns for that are the same. A row is pending, then allowed or denied, then spent.
import type { AuthorizationDetail } from '@countersign/protocol'
import { joinedUser, joinedUserOf, type User } from '../../accounts/users/users.store.ts'
import type { Database } from '../../platform/db/database.ts'
import type { Write } from '../../platform/db/engine.ts'
import type { DeviceCodeRow } from '../../platform/db/schema.ts'
import { query, write } from '../../platform/db/statement.ts'
import type { Granted } from '../authorization.ts'

/** How far a request has come. Times are seconds since the epoch. */
export interface Polled {
  readonly digest: string
  readonly clientId: string
  readonly expiresAt: number
  /** Seconds that the client must leave between two polls. */
  readonly interval: number
  readonly polledAt: number | null
  readonly decidedAt: number | null
  /** What was allowed; null while nothing is, and when it was denied. */
  readonly allowed: Allowed | null
  readonly spentAt: number | null
}

/** What a person allowed. */
export interface Allowed {
  readonly userId: string
  /** The session of its own that was opened for it, see `openDeviceSession`. */
  readonly sessionId: string
  /** The family that the first poll from now on opens. */
  readonly familyId: string
  readonly granted: Granted
}

/** A request as it lies in either table. */
export interface AskedAway extends Polled {
  /** Who is asked; null while nobody is. */
  readonly userId: string | null
  /** What the client asked for, as it asked. */
  readonly scope: readonly string[]
  readonly resources: readonly string[]
  readonly details?: readonly AuthorizationDetail[]
  /** Where the client's request came from. */
  readonly peer: string
  readonly createdAt: number
}

/** The columns of both tables. */
export const polledColumns = [
  'digest',
  'client_id',
  'user_id',
  'request_json',
  'peer',
  'created_at',
  'expires_at',
  'interval_seconds',
  'polled_at',
  'session_id',
  'family_id',
  'grant_json',
  'decided_at',
  'spent_at',
] as const

/** What a row of `polledColumns` says. */
export function polledOf(row: Pick<DeviceCodeRow, (typeof polledColumns)[number]>): AskedAway {
  return {
    ...(JSON.parse(row.request_json) as Pick<AskedAway, 'scope' | 'resources' | 'details'>),
    digest: row.digest,
    clientId: row.client_id,
    userId: row.user_id,
    peer: row.peer,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    interval: row.interval_seconds,
    polledAt: row.polled_at,
    decidedAt: row.decided_at,
    allowed: allowedIn(row),
    spentAt: row.spent_at,
  }
}

/** `request_json`: what a client asks for, as `polledOf` reads it. */
export function requestOf({
  scope,
  resources,
  details,
}: Pick<AskedAway, 'scope' | 'resources' | 'details'>): string {
  return JSON.stringify({ scope, resources, details })
}

/** The columns of a request that nobody has decided, nor asked about. */
export const undecided = {
  polled_at: null,
  session_id: null,
  family_id: null,
  grant_json: null,
  decided_at: null,
  spent_at: null,
} as const

/** The tables of requests that are polled for. */
export const polledFor = ['device_codes', 'backchannel_requests'] as const
type PolledTable = (typeof polledFor)[number]

/** The columns that say what was allowed. */
type AllowedRow = Pick<DeviceCodeRow, 'user_id' | 'session_id' | 'family_id' | 'grant_json'>

/** What a row says was allowed. */
function allowedIn(row: AllowedRow): Allowed | null {
  const { user_id: userId, session_id: sessionId, family_id: familyId, grant_json: json } = row
  if (userId === null || sessionId === null || familyId === null || json === null) return null
  return { userId, sessionId, familyId, granted: JSON.parse(json) as Granted }
}

/** What polling does to a table. */
export interface PolledStore {
  /** Who allowed it, while they live and the session that was opened for it has not been ended. */
  allowerOf(database: Database, digest: string): Promise<User | undefined>
  /** Remembers a poll. INVARIANT: guarded by `pace`: of polls at the same moment, anywhere, one was in time. */
  inTime(database: Database, digest: string, now: number): Write
  /** Remembers a poll that came too early, and that the next one must wait `more` seconds longer; up to about `most`. */
  tooEarly(
    database: Database,
    digest: string,
    now: number,
    by: { readonly more: number; readonly most: number },
  ): Write
  /** INVARIANT: guarded by `request`: of all polls, one gets the tokens, and none after the request's end. */
  spend(database: Database, digest: string, now: number): Write
  /** Deletes what a user has allowed a client and the client has not fetched yet. */
  deleteUnspent(database: Database, of: { readonly userId: string; readonly clientId: string }): Write
}

/** The statements of one table. */
export function polledStore(name: PolledTable): PolledStore {
  // The tables share every column that is named here; the compiler is told of one.
  const table = name as 'device_codes'
  return { ...paceIn(table), ...allowedFrom(table) }
}

type Shared = 'device_codes'

/** What a user has allowed in a table, and nobody has fetched while it could be. */
export const unfetchedIn = (name: PolledTable) =>
  query((db, p: { user: string; now: number }) =>
    db
      .selectFrom(`${name as Shared} as polled`)
      .innerJoin('sessions', 'sessions.id', 'polled.session_id')
      .innerJoin('users', 'users.id', 'polled.user_id')
      .innerJoin('clients', 'clients.id', 'polled.client_id')
      .select([
        'polled.session_id',
        'polled.client_id',
        'clients.name',
        'polled.grant_json',
        'polled.decided_at',
        'sessions.user_agent',
        'sessions.peer',
      ])
      .where('polled.user_id', '=', p.user)
      .where('polled.family_id', 'is not', null)
      .where('polled.spent_at', 'is', null)
      .where('polled.expires_at', '>', p.now)
      .where('sessions.ended_at', 'is', null)
      .where('users.disabled_at', 'is', null)
      .where('clients.disabled_at', 'is', null)
      .orderBy('polled.decided_at', 'desc')
      .orderBy('polled.digest'),
  )

function allowedFrom(table: Shared): Pick<PolledStore, 'allowerOf' | 'spend' | 'deleteUnspent'> {
  const allower = query((db, p: { digest: string }) =>
    db
      .selectFrom(`${table} as polled`)
      .innerJoin('sessions', 'sessions.id', 'polled.session_id')
      .innerJoin('users', 'users.id', 'polled.user_id')
      .select(joinedUser)
      .where('polled.digest', '=', p.digest)
      .where('sessions.ended_at', 'is', null)
      .where('users.disabled_at', 'is', null),
  )
  const spend = write(
    (db, p: { digest: string; now: number }) =>
      db
        .updateTable(table)
        .set({ spent_at: p.now })
        .where('digest', '=', p.digest)
        .where('session_id', 'is not', null)
        .where('spent_at', 'is', null)
        .where('expires_at', '>', p.now),
    { exactlyOne: 'request' },
  )
  const removeUnspent = write((db, p: { user: string; client: string }) =>
    db
      .deleteFrom(table)
      .where('user_id', '=', p.user)
      .where('client_id', '=', p.client)
      .where('decided_at', 'is not', null)
      .where('spent_at', 'is', null),
  )
  return {
    allowerOf: async (database, digest) => {
      const row = await allower.first(database, { digest })
      return row === undefined ? undefined : joinedUserOf(row)
    },
    spend: (database, digest, now) => spend(database, { digest, now }),
    deleteUnspent: (database, of) => removeUnspent(database, { user: of.userId, client: of.clientId }),
  }
}

function paceIn(table: Shared): Pick<PolledStore, 'inTime' | 'tooEarly'> {
  const inTime = write(
    (db, p: { digest: string; now: number }) =>
      db
        .updateTable(table)
        .set({ polled_at: p.now })
        .where('digest', '=', p.digest)
        .where((eb) =>
          eb.or([
            eb('polled_at', 'is', null),
            eb(eb('polled_at', '+', eb.ref('interval_seconds')), '<=', p.now),
          ]),
        ),
    { exactlyOne: 'pace', mayBeLost: true },
  )
  const tooEarly = write(
    (db, p: { digest: string; now: number; more: number; most: number }) =>
      db
        .updateTable(table)
        .set((eb) => ({
          polled_at: p.now,
          interval_seconds: eb
            .case()
            .when('interval_seconds', '>', p.most)
            .then(eb.ref('interval_seconds'))
            .else(eb('interval_seconds', '+', p.more))
            .end(),
        }))
        .where('digest', '=', p.digest),
    { mayBeLost: true },
  )
  return {
    inTime: (database, digest, now) => inTime(database, { digest, now }),
    tooEarly: (database, digest, now, { more, most }) =>
      tooEarly(database, { digest, now, more, most: most - more }),
  }
}
