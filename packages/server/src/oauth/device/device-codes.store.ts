// Device codes at rest (RFC 8628): the device's by digest, the person's by keyed digest, since so short a code would be
// found from a plain one. A spent one is kept so that its replay is recognized.
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

/** A device's request as it lies in the table. Times are seconds since the epoch. */
export interface DeviceCode extends AskedAway {
  readonly userAgent: string
  /** The browser that the question was put in; null until somebody enters the code. */
  readonly browserDigest: string | null
}

const columns = [...polledColumns, 'user_agent', 'browser_digest'] as const

type Row = NonNullable<Awaited<ReturnType<typeof byDigest.first>>>

const byDigest = query((db, p: { digest: string }) =>
  db.selectFrom('device_codes').select(columns).where('digest', '=', p.digest),
)

/** The device code of this digest, whatever became of it. */
export async function deviceCodeByDigest(
  database: Database,
  digest: string,
): Promise<DeviceCode | undefined> {
  const row = await byDigest.first(database, { digest })
  return row === undefined ? undefined : fromRow(row)
}

const byUserCode = query((db, p: { mac: string }) =>
  db.selectFrom('device_codes').select(columns).where('user_code_mac', '=', p.mac),
)

/** The device code of this user code, whatever became of it. @param mac the user code's keyed digest */
export async function deviceCodeByUserCode(database: Database, mac: string): Promise<DeviceCode | undefined> {
  const row = await byUserCode.first(database, { mac })
  return row === undefined ? undefined : fromRow(row)
}

const insert = write(
  (
    db,
    p: {
      digest: string
      mac: string
      client: string
      request: string
      peer: string
      agent: string
      now: number
      expires: number
      interval: number
    },
  ) =>
    db.insertInto('device_codes').values({
      digest: p.digest,
      user_code_mac: p.mac,
      client_id: p.client,
      request_json: p.request,
      peer: p.peer,
      user_agent: p.agent,
      created_at: p.now,
      expires_at: p.expires,
      interval_seconds: p.interval,
      browser_digest: null,
      user_id: null,
      ...undecided,
    }),
  { exactlyOne: 'user code' },
)

/** A device's request that nobody has seen yet. */
export type NewDeviceCode = Pick<
  DeviceCode,
  | 'digest'
  | 'clientId'
  | 'scope'
  | 'resources'
  | 'details'
  | 'peer'
  | 'userAgent'
  | 'createdAt'
  | 'expiresAt'
  | 'interval'
>

/** Stores a device's request. Loses `user code` when another one has it. @param mac the user code's keyed digest */
export function insertDeviceCode(database: Database, code: NewDeviceCode, mac: string): Write {
  return insert(database, {
    digest: code.digest,
    mac,
    client: code.clientId,
    request: requestOf(code),
    peer: code.peer,
    agent: code.userAgent,
    now: code.createdAt,
    expires: code.expiresAt,
    interval: code.interval,
  })
}

const claim = write(
  (db, p: { mac: string; browser: string; user: string; now: number }) =>
    db
      .updateTable('device_codes')
      .set({ browser_digest: p.browser, user_id: p.user })
      .where('user_code_mac', '=', p.mac)
      .where('expires_at', '>', p.now)
      .where('decided_at', 'is', null)
      .where((eb) =>
        eb.or([
          eb('browser_digest', 'is', null),
          eb('browser_digest', '=', p.browser),
          eb('user_id', '=', p.user),
        ]),
      ),
  { exactlyOne: 'device code' },
)

/** Where a question is put, and to whom. */
export interface Place {
  readonly browserDigest: string
  readonly userId: string
}

/**
 * Puts the question of a user code in one browser, to one person: from then on nobody else finds it (C36).
 *
 * INVARIANT: guarded by `device code`, which unknown, expired, decided and other people's codes lose alike.
 */
export function claimDeviceCode(database: Database, mac: string, by: Place, now: number): Write {
  return claim(database, { mac, browser: by.browserDigest, user: by.userId, now })
}

const decide = write(
  (
    db,
    p: {
      digest: string
      browser: string
      user: string
      session: string | null
      family: string | null
      grant: string | null
      now: number
    },
  ) =>
    db
      .updateTable('device_codes')
      .set({ session_id: p.session, family_id: p.family, grant_json: p.grant, decided_at: p.now })
      .where('digest', '=', p.digest)
      .where('browser_digest', '=', p.browser)
      .where('user_id', '=', p.user)
      .where('expires_at', '>', p.now)
      .where('decided_at', 'is', null),
  { exactlyOne: 'device code' },
)

/** INVARIANT: guarded by `device code`: decided once, in time, by the person and in the browser that were asked. */
export function allowDevice(
  database: Database,
  digest: string,
  browserDigest: string,
  { userId, sessionId, familyId, granted }: Allowed,
  now: number,
): Write {
  return decide(database, {
    digest,
    browser: browserDigest,
    user: userId,
    session: sessionId,
    family: familyId,
    grant: JSON.stringify(granted),
    now,
  })
}

/** INVARIANT: as `allowDevice`. */
export function denyDevice(database: Database, digest: string, by: Place, now: number): Write {
  const nothing = { session: null, family: null, grant: null }
  return decide(database, { digest, browser: by.browserDigest, user: by.userId, ...nothing, now })
}

/** What polling does to device codes. */
export const deviceCodes: PolledStore = polledStore('device_codes')

function fromRow(row: Row): DeviceCode {
  return { ...polledOf(row), userAgent: row.user_agent, browserDigest: row.browser_digest }
}
