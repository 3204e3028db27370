import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onBothEngines } from '../../../../../tests/harness/engines.ts'
import { sweepAll } from '../../platform/db/sweep.ts'
import type { House } from '../../platform/house.ts'
import type { Instant } from '../../platform/runtime.ts'
import { addSomeone } from '../users/someone.fixture.ts'
import { disableUser, type User } from '../users/users.store.ts'
import { byPassword, lifetimes, roleOfAdministrators, type Session } from './session.ts'
import {
  endAllSessions,
  endSession,
  insertSession,
  oldSessions,
  proofOf,
  renewSession,
  sessionByDigest,
  sessionsOf,
  touchSession,
} from './sessions.store.ts'

async function addSession(house: House, user: User, digest: string, remembered = false): Promise<Session> {
  const now = house.runtime.now()
  const lifetime = remembered ? lifetimes.remembered : lifetimes.usual
  const session: Session = {
    id: house.runtime.id('ses'),
    proof: proofOf(digest),
    userId: user.id,
    createdAt: now,
    authenticatedAt: now,
    ...byPassword,
    remembered,
    lastSeenAt: now,
    idleSeconds: lifetime.idleSeconds,
    expiresAt: (now + lifetime.absoluteSeconds) as Instant,
    peer: '203.0.113.7',
    userAgent: 'Mozilla/5.0',
  }
  assert.deepEqual(await house.database.commit([insertSession(house.database, session, digest)]), {
    ok: true,
  })
  return session
}

async function makeAdministrator({ database }: House, { id }: User): Promise<void> {
  const rows = [
    database.builder.insertInto('roles').values({ name: roleOfAdministrators, description: '' }),
    database.builder.insertInto('user_roles').values({ user_id: id, role: roleOfAdministrators }),
  ]
  const writes = rows.map((row) => {
    const { sql, parameters } = row.compile()
    return { sql, parameters: parameters as (string | number | null)[] }
  })
  assert.ok((await database.commit(writes)).ok)
}

const find = (house: House, digest: string) => sessionByDigest(house.database, house.runtime.now(), digest)

onBothEngines('The store of sessions', (open) => {
  test('a session is found by its digest, with its user, as it was stored', async () => {
    const house = await open()
    const user = await addSomeone(house)
    const session = await addSession(house, user, 'digest-1')
    assert.deepEqual(await find(house, 'digest-1'), { session, user, hasSecondFactor: false })
    assert.equal(await find(house, 'digest-2'), null)
  })

  test('SE-05: a session ends after an hour without use and a day at the latest', async () => {
    const house = await open()
    const { database, runtime } = house
    const user = await addSomeone(house)
    const session = await addSession(house, user, 'idle')
    runtime.advance(3599)
    assert.ok(await find(house, 'idle'))
    await database.commit([touchSession(database, runtime.now(), session.id)])
    for (let hours = 0; hours < 23; hours++) {
      runtime.advance(3500)
      await database.commit([touchSession(database, runtime.now(), session.id)])
      assert.ok(await find(house, 'idle'), `hour ${hours}`)
    }
    runtime.advance(86_400 - 3599 - 23 * 3500 - 1)
    assert.ok(await find(house, 'idle'))
    runtime.advance(1)
    assert.equal(await find(house, 'idle'), null)
    await addSession(house, user, 'unused')
    runtime.advance(3600)
    assert.equal(await find(house, 'unused'), null)
    assert.deepEqual(await sessionsOf(database, runtime.now(), user.id), [])
  })

  test('SE-05: a remembered session lives for thirty days', async () => {
    const house = await open()
    const user = await addSomeone(house)
    await addSession(house, user, 'kept', true)
    house.runtime.advance(30 * 86_400 - 1)
    assert.ok(await find(house, 'kept'))
    house.runtime.advance(1)
    assert.equal(await find(house, 'kept'), null)
  })

  test('SE-05: an administrator’s session ends after 15 minutes without use and 12 hours at the latest, remembered or not', async () => {
    const house = await open()
    const { database, runtime } = house
    const user = await addSomeone(house)
    const session = await addSession(house, user, 'long', true)
    await addSession(house, user, 'other', true)
    runtime.advance(899)
    // The role counts for sessions that are there already.
    await makeAdministrator(house, user)
    assert.ok(await find(house, 'long'))
    await database.commit([touchSession(database, runtime.now(), session.id)])
    runtime.advance(1)
    assert.equal(await find(house, 'other'), null)
    assert.deepEqual(
      (await sessionsOf(database, runtime.now(), user.id)).map(({ id }) => id),
      [session.id],
    )
    for (let i = 0; i < 47; i++) {
      runtime.advance(890)
      assert.ok(await find(house, 'long'), String(i))
      await database.commit([touchSession(database, runtime.now(), session.id)])
    }
    runtime.advance(43_200 - 900 - 47 * 890 - 1)
    assert.ok(await find(house, 'long'))
    runtime.advance(1)
    assert.equal(await find(house, 'long'), null)
  })

  test('SE-04: an ended session is nothing, and ending it again changes nothing', async () => {
    const house = await open()
    const { database, runtime } = house
    const user = await addSomeone(house)
    const session = await addSession(house, user, 'one')
    await addSession(house, user, 'two')
    await database.commit([endSession(database, runtime.now(), session)])
    assert.equal(await find(house, 'one'), null)
    assert.ok(await find(house, 'two'))
    runtime.advance(10)
    await database.commit([endSession(database, runtime.now(), session)])
    const [row] = await database.read("select ended_at from sessions where digest = 'one'", [])
    assert.equal(row?.['ended_at'], runtime.now() - 10)
  })

  test('SE-08: nobody ends the session of somebody else', async () => {
    const house = await open()
    const { database, runtime } = house
    const session = await addSession(house, await addSomeone(house), 'hers')
    const stranger = await addSomeone(house)
    await database.commit([endSession(database, runtime.now(), { id: session.id, userId: stranger.id })])
    assert.ok(await find(house, 'hers'))
  })

  test('SE-06: disabling a user ends every session of theirs at once', async () => {
    const house = await open()
    const user = await addSomeone(house)
    await addSession(house, user, 'one')
    await house.database.commit([disableUser(house.database, house.runtime.now(), user.id)])
    assert.equal(await find(house, 'one'), null)
  })

  test('SE-07: all sessions of a user end but the one that is spared, and no other user’s', async () => {
    const house = await open()
    const { database, runtime } = house
    const user = await addSomeone(house)
    const other = await addSomeone(house)
    const spared = await addSession(house, user, 'spared')
    await addSession(house, user, 'ended')
    await addSession(house, other, 'other')
    await database.commit([endAllSessions(database, runtime.now(), user.id, spared.id)])
    assert.deepEqual(
      [await find(house, 'spared'), await find(house, 'ended'), await find(house, 'other')].map(Boolean),
      [true, false, true],
    )
    await database.commit([endAllSessions(database, runtime.now(), user.id)])
    assert.equal(await find(house, 'spared'), null)
  })

  test('SE-01: a renewed session is known by its new digest only, and an ended one is not renewed', async () => {
    const house = await open()
    const { database, runtime } = house
    const session = await addSession(house, await addSomeone(house), 'old')
    assert.deepEqual(await database.commit([renewSession(database, session, 'new')]), { ok: true })
    assert.equal(await find(house, 'old'), null)
    assert.equal((await find(house, 'new'))?.session.id, session.id)
    await database.commit([endSession(database, runtime.now(), session)])
    assert.deepEqual(await database.commit([renewSession(database, session, 'newer')]), {
      ok: false,
      lost: 'session',
    })
    assert.equal(await find(house, 'newer'), null)
  })

  test('SE-08: a person’s live sessions are listed, the last used first', async () => {
    const house = await open()
    const { database, runtime } = house
    const user = await addSomeone(house)
    const first = await addSession(house, user, 'one')
    runtime.advance(60)
    const second = await addSession(house, user, 'two')
    const gone = await addSession(house, user, 'three')
    await database.commit([endSession(database, runtime.now(), gone)])
    const ids = async () => (await sessionsOf(database, runtime.now(), user.id)).map(({ id }) => id)
    assert.deepEqual(await ids(), [second.id, first.id])
    runtime.advance(60)
    await database.commit([touchSession(database, runtime.now(), first.id)])
    assert.deepEqual(await ids(), [first.id, second.id])
  })

  test('a dead session is kept while tokens may depend on it, and forgotten after', async () => {
    const house = await open()
    const { database, runtime } = house
    await addSession(house, await addSomeone(house), 'old')
    const rows = async () => (await database.read('select id from sessions', [])).length
    runtime.advance(86_400 + 30 * 86_400)
    await sweepAll(database, [oldSessions], runtime.now())
    assert.equal(await rows(), 1)
    runtime.advance(2 * 86_400)
    await sweepAll(database, [oldSessions], runtime.now())
    assert.equal(await rows(), 0)
  })
})
