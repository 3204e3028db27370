// Backchannel requests at rest (CIBA): by digest, since whoever has the name of one may poll for it. A row is pending,
// then allowed or denied, then spent; it is also the outbox from which its client is told that there is an answer.
import type { Database } from '../../platform/db/database.ts'
import type { Write } from '../../platform/db/engine.ts'
import { query, write } from '../../platform/db/statement.ts'
import {
  type Allowed,
  type AskedAway,
  type PolledStore,
  polledColumns,
  polledOf,
  polledStore,
  requestOf,
  undecided,
} from '../polling/polled.store.ts'

/** A request as it lies in the table. Times are seconds since the epoch. */
export interface BackchannelRequest extends AskedAway {
  readonly bindingMessage: string | null
}

const columns = [...polledColumns, 'binding_message'] as const

type Row = NonNullable<Awaited<ReturnType<typeof byDigest.first>>>

const byDigest = query((db, p: { digest: string }) =>
  db.selectFrom('backchannel_requests').select(columns).where('digest', '=', p.digest),
)

/** The request of this digest, whatever became of it. */
export async function backchannelRequestByDigest(
  database: Database,
  digest: string,
): Promise<BackchannelRequest | undefined> {
  const row = await byDigest.first(database, { digest })
  return row === undefined ? undefined : fromRow(row)
}

/** More than the limits let anybody be asked at once. */
const most = 50

const pendingOf = query((db, p: { user: string; now: number }) =>
  db
    .selectFrom('backchannel_requests')
    .select(columns)
    .where('user_id', '=', p.user)
    .where('decided_at', 'is', null)
    .where('expires_at', '>', p.now)
    .orderBy('created_at', 'desc')
    .orderBy('digest')
    .limit(most),
)

/** What waits for a person's answer, the newest first. */
export async function pendingRequestsOf(
  database: Database,
  userId: string,
  now: number,
): Promise<BackchannelRequest[]> {
  return (await pendingOf.all(database, { user: userId, now })).map(fromRow)
}

const ofSession = query((db, p: { session: string }) =>
  db.selectFrom('sessions').select('user_id').where('id', '=', p.session),
)

/** Whose a session is or was; undefined for one that is forgotten. */
export async function ownerOfSession(database: Database, sessionId: string): Promise<string | undefined> {
  return (await ofSession.first(database, { session: sessionId }))?.user_id
}

const insert = write(
  (
    db,
    p: {
      digest: string
      client: string
      user: string | null
      request: string
      message: string | null
      peer: string
      now: number
      expires: number
      interval: number
      notice: string | null
    },
  ) =>
    db.insertInto('backchannel_requests').values({
      digest: p.digest,
      client_id: p.client,
      user_id: p.user,
      request_json: p.request,
      binding_message: p.message,
      peer: p.peer,
      created_at: p.now,
      expires_at: p.expires,
      interval_seconds: p.interval,
      ...undecided,
      notice: p.notice,
      notify_at: null,
      notify_attempts: 0,
    }),
)

/** A request that nobody has seen yet. */
export type NewBackchannelRequest = Omit<BackchannelRequest, 'polledAt' | 'decidedAt' | 'allowed' | 'spentAt'>

/** Stores a request. @param notice what to tell its client when it is decided, sealed; null to tell nothing */
export function insertBackchannelRequest(
  database: Database,
  request: NewBackchannelRequest,
  notice: string | null,
): Write {
  return insert(database, {
    digest: request.digest,
    client: request.clientId,
    user: request.userId,
    request: requestOf(request),
    message: request.bindingMessage,
    peer: request.peer,
    now: request.createdAt,
    expires: request.expiresAt,
    interval: request.interval,
    notice,
  })
}

const decide = write(
  (
    db,
    p: {
      digest: string
      user: string
      session: string | null
      family: string | null
      grant: string | null
      now: number
    },
  ) =>
    db
      .updateTable('backchannel_requests')
      .set((eb) => ({
        session_id: p.session,
        family_id: p.family,
        grant_json: p.grant,
        decided_at: p.now,
        notify_at: eb
          .case()
          .when('notice', 'is not', null)
          .then(eb.cast<number>(eb.val(p.now), 'bigint'))
          .end(),
      }))
      .where('digest', '=', p.digest)
      .where('user_id', '=', p.user)
      .where('expires_at', '>', p.now)
      .where('decided_at', 'is', null),
  { exactlyOne: 'request' },
)

/** INVARIANT: guarded by `request`: decided once, in time, by the person who was asked; then its client is to be told. */
export function allowRequest(
  database: Database,
  digest: string,
  { userId, sessionId, familyId, granted }: Allowed,
  now: number,
): Write {
  const grant = JSON.stringify(granted)
  return decide(database, { digest, user: userId, session: sessionId, family: familyId, grant, now })
}

/** INVARIANT: as `allowRequest`. */
export function denyRequest(database: Database, digest: string, userId: string, now: number): Write {
  return decide(database, { digest, user: userId, session: null, family: null, grant: null, now })
}

/** What polling does to backchannel requests. */
export const backchannelRequests: PolledStore = polledStore('backchannel_requests')

/** A client that is to be told that there is an answer. */
export interface Notice {
  readonly digest: string
  readonly clientId: string
  /** Sealed. */
  readonly notice: string
  /** How often it was tried. */
  readonly attempts: number
  /** From when on it is of no use. */
  readonly expiresAt: number
}

const dueClients = query((db, p: { now: number }) =>
  db
    .selectFrom('backchannel_requests')
    .select('client_id')
    .where('notify_at', '<=', p.now)
    .groupBy('client_id')
    .orderBy((eb) => eb.fn.min('notify_at'))
    .limit(200),
)

/** The clients that are to be told something now, who has waited longest first. */
export async function clientsToNotify(database: Database, now: number): Promise<string[]> {
  return (await dueClients.all(database, { now })).map(({ client_id }) => client_id)
}

const due = query((db, p: { client: string; now: number; count: number }) =>
  db
    .selectFrom('backchannel_requests')
    .select(['digest', 'client_id', 'notice', 'notify_attempts', 'expires_at'])
    .where('client_id', '=', p.client)
    .where('notify_at', '<=', p.now)
    .orderBy('notify_at')
    .limit(p.count),
)

/** What one client is to be told now. */
export async function dueNotices(
  database: Database,
  clientId: string,
  now: number,
  count: number,
): Promise<Notice[]> {
  const rows = await due.all(database, { client: clientId, now, count })
  return rows.map((row) => ({
    digest: row.digest,
    clientId: row.client_id,
    notice: row.notice ?? '',
    attempts: row.notify_attempts,
    expiresAt: row.expires_at,
  }))
}

const claim = write(
  (db, p: { digest: string; attempts: number; now: number; next: number }) =>
    db
      .updateTable('backchannel_requests')
      .set((eb) => ({ notify_at: p.next, notify_attempts: eb('notify_attempts', '+', 1) }))
      .where('digest', '=', p.digest)
      .where('notify_attempts', '=', p.attempts)
      .where('notify_at', '<=', p.now),
  { exactlyOne: 'notice' },
)

/**
 * Takes one attempt; nobody else takes it before `next`, when it is due again, also if whoever took it has died.
 * INVARIANT: guarded by `notice`: of all processes one alone wins it.
 */
export function claimNotice(
  database: Database,
  { digest, attempts }: Notice,
  { now, next }: { readonly now: number; readonly next: number },
): Write {
  return claim(database, { digest, attempts, now, next })
}

const settle = write(
  (db, p: { digest: string; attempts: number }) =>
    db
      .updateTable('backchannel_requests')
      .set({ notice: null, notify_at: null })
      .where('digest', '=', p.digest)
      .where('notify_attempts', '=', p.attempts)
      .where('notice', 'is not', null),
  { exactlyOne: 'notice' },
)

/** Nothing is left to tell, and what was to be told is forgotten. Loses `notice` to whoever took another attempt. */
export function settleNotice(database: Database, { digest, attempts }: Notice): Write {
  return settle(database, { digest, attempts })
}

function fromRow(row: Row): BackchannelRequest {
  return { ...polledOf(row), bindingMessage: row.binding_message }
}
