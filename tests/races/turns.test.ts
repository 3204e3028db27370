// A session that begins while its person signs out everywhere, on PostgreSQL, where one transaction does not see what
// another one has not committed: the one that comes second waits for its turn, and then sees it.
import { deepEqual, ok } from 'node:assert/strict'
import { test } from 'node:test'
import pg from 'pg'
import { byPassword, type Session } from '../../packages/server/src/accounts/sessions/session.ts'
import {
  endAllSessions,
  insertSession,
  proofOf,
} from '../../packages/server/src/accounts/sessions/sessions.store.ts'
import {
  openDeviceSession,
  openProgramSession,
} from '../../packages/server/src/accounts/sessions/sessions.ts'
import {
  endEverySession,
  endHeldSessions,
  heldSessionsOf,
  standingSessionsOf,
} from '../../packages/server/src/accounts/sessions/standing.store.ts'
import { addSomeone } from '../../packages/server/src/accounts/users/someone.fixture.ts'
import type { WriteSet } from '../../packages/server/src/platform/db/database.ts'
import type { Write } from '../../packages/server/src/platform/db/engine.ts'
import { type House, openHouse } from '../../packages/server/src/platform/house.ts'
import type { Instant } from '../../packages/server/src/platform/runtime.ts'
import { openPatiently } from '../harness/engines.ts'
import { freshPostgres, postgresSkip } from '../harness/postgres.ts'

const skip = postgresSkip()

// Of this database alone: others of the cluster belong to other tests, where people wait for locks all the time.
const waitingHere = `select 1 from pg_locks join pg_stat_activity using (pid)
  where not granted and datname = current_database()`

interface Scene {
  readonly house: House
  readonly session: Session
  readonly userId: string
  /** Runs the writes in a transaction of another process, and leaves it open until `commit`. */
  begin(writes: WriteSet): Promise<void>
  commit(): Promise<void>
  /** Until somebody waits for what that transaction holds. */
  somebodyWaits(): Promise<void>
}

async function withScene(run: (scene: Scene) => Promise<void>): Promise<void> {
  const fresh = await freshPostgres()
  if (fresh.skipped !== undefined) throw new Error(fresh.skipped)
  await using _ = fresh
  const house = await openHouse({ database: await openPatiently(fresh.url) })
  const other = new pg.Client({ connectionString: fresh.url })
  const watch = new pg.Client({ connectionString: fresh.url })
  await Promise.all([other.connect(), watch.connect()])
  try {
    const user = await addSomeone(house)
    const session = sessionOf(house, user.id, 'laptop')
    await house.database.commit([insertSession(house.database, session, 'laptop')])
    await run({
      house,
      session,
      userId: user.id,
      begin: async (writes) => {
        await other.query('begin')
        for (const { sql, parameters } of flat(writes)) await other.query(sql, [...parameters])
      },
      commit: async () => {
        await other.query('commit')
      },
      somebodyWaits: async () => {
        const deadline = Date.now() + 60_000
        while ((await watch.query(waitingHere)).rowCount === 0) ok(Date.now() < deadline, 'nobody waits')
      },
    })
  } finally {
    await Promise.all([other.end(), watch.end()])
    await house.close()
  }
}

function flat(writes: WriteSet): Write[] {
  return writes.flatMap((one) => (one == null ? [] : 'sql' in one ? [one] : flat(one)))
}

function sessionOf(house: House, userId: string, digest: string): Session {
  const now = house.runtime.now()
  return {
    id: house.runtime.id('ses'),
    proof: proofOf(digest),
    userId,
    createdAt: now,
    authenticatedAt: now,
    ...byPassword,
    remembered: false,
    lastSeenAt: now,
    idleSeconds: 3600,
    expiresAt: (now + 86_400) as Instant,
    peer: '203.0.113.7',
    userAgent: '',
  }
}

const device = { clientId: 'tv', peer: '203.0.113.7', userAgent: '', seconds: 86_400 }

test(
  'SE-07: a device that is being allowed is ended by a sign-out everywhere that began before it was',
  { skip },
  () =>
    withScene(async ({ house, session, userId, begin, commit, somebodyWaits }) => {
      const { database, runtime } = house
      await begin(openDeviceSession(house, { from: session, ...device }).writes)
      const ending = database.commit([endAllSessions(database, runtime.now(), userId)])
      await somebodyWaits()
      await commit()
      deepEqual(await ending, { ok: true })
      deepEqual(await standingSessionsOf(database, userId), [])
    }),
)

test('SE-08: whoever ends sessions one by one is told that another one has begun', { skip }, () =>
  withScene(async ({ house, session, userId, begin, commit, somebodyWaits }) => {
    const { database, runtime } = house
    const opened = openDeviceSession(house, { from: session, ...device })
    await begin(opened.writes)
    const end = async () => {
      const standing = await standingSessionsOf(database, userId)
      return database.commit([endEverySession(database, runtime.now(), userId, standing, '')])
    }
    const ending = end()
    await somebodyWaits()
    await commit()
    deepEqual(await ending, { ok: false, lost: 'sessions' })
    deepEqual(await end(), { ok: true })
    deepEqual(await standingSessionsOf(database, userId), [])
  }),
)

test('SE-08: whoever ends an application’s sessions is told that it began another one', { skip }, () =>
  withScene(async ({ house, userId, begin, commit, somebodyWaits }) => {
    const { database, runtime } = house
    const authentication = byPassword
    const opened = openProgramSession(
      house,
      { headers: { get: () => undefined }, peer: '' },
      { userId, authentication, clientId: 'tv', seconds: 60 },
    )
    await begin(opened.writes)
    const of = { userId, heldBy: 'tv' }
    const end = async () =>
      database.commit([endHeldSessions(database, runtime.now(), of, await heldSessionsOf(database, of))])
    const ending = end()
    await somebodyWaits()
    await commit()
    deepEqual(await ending, { ok: false, lost: 'sessions' })
    deepEqual(await end(), { ok: true })
    deepEqual(await heldSessionsOf(database, of), [])
  }),
)

test('SE-04: in a session that is being ended nothing is allowed any more', { skip }, () =>
  withScene(async ({ house, session, userId, begin, commit, somebodyWaits }) => {
    const { database, runtime } = house
    await begin([endAllSessions(database, runtime.now(), userId)])
    const allowing = database.commit([openDeviceSession(house, { from: session, ...device }).writes])
    await somebodyWaits()
    await commit()
    deepEqual(await allowing, { ok: false, lost: 'session' })
    deepEqual(await standingSessionsOf(database, userId), [])
  }),
)
