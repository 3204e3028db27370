import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { tokenKinds, verifyToken } from '@countersign/protocol'
import { onBothEngines } from '../../../../../tests/harness/engines.ts'
import { endAllSessions, endSession } from '../../accounts/sessions/sessions.store.ts'
import { eraseUser } from '../../accounts/users/erase.ts'
import { disableUser, enableUser } from '../../accounts/users/users.store.ts'
import { deleteClient, disableClient } from '../clients/clients.store.ts'
import { forgetUser } from '../forget.store.ts'
import { ada, claimsIn, grace, headerIn, type OAuthHouse, openOAuthHouse, refresh, secret } from '../house.ts'
import { lives } from '../tokens/families.store.ts'
import { signOutMessenger } from './messenger.ts'
import { forgetSessionClients } from './session-clients.store.ts'
import { backChannel, into, listener, openReceiver, type Receiver, status, told } from './sign-out.fixture.ts'

const receivers: Receiver[] = []
after(() => Promise.all(receivers.map((receiver) => receiver.close())))

async function receiver(): Promise<Receiver> {
  const opened = await openReceiver()
  receivers.push(opened)
  return opened
}

/** Every way in which a person's session ends before its time. */
const endings: Record<string, (house: OAuthHouse, sid: string) => Promise<unknown>> = {
  'signing out': ({ database, runtime }, sid) =>
    database.commit([endSession(database, runtime.now(), { id: sid, userId: ada.id })]),
  'changing the password': ({ database, runtime }) =>
    database.commit([endAllSessions(database, runtime.now(), ada.id)]),
  'disabling the user': ({ database, runtime }) =>
    database.commit([disableUser(database, runtime.now(), ada.id)]),
  'deleting the user': (house) =>
    house.database.commit([eraseUser(house, ada.id), forgetUser(house.database, ada.id)]),
}

onBothEngines('Telling clients that a session has ended', (open) => {
  for (const [name, end] of Object.entries(endings)) {
    test(`${name} is told to every client of the session, once each, and takes nobody else along`, async () => {
      const house = await openOAuthHouse({ house: await open() })
      const [one, other] = [await receiver(), await receiver()]
      await listener(house, 'one', backChannel(one))
      await listener(house, 'other-one', backChannel(other))
      const browser = await house.signedIn()
      const { sid } = await into(house, 'one', { browser })
      await into(house, 'other-one', { browser })
      await into(house, 'web', { browser })
      await into(house, 'one', { user: grace })
      const messenger = signOutMessenger(house.room)
      await messenger.deliver()
      assert.deepEqual([one.heard.length, other.heard.length], [0, 0])
      await end(house, sid)
      await messenger.deliver()
      await messenger.deliver()
      for (const { heard } of [one, other]) {
        assert.equal(heard.length, 1)
        const { sub, sid: named } = claimsIn(heard[0])
        assert.deepEqual([sub, named], [ada.id, sid])
      }
      assert.deepEqual((await told(house)).map(({ type, client }) => [type, client]).toSorted(), [
        ['sign_out.delivered', 'one'],
        ['sign_out.delivered', 'other-one'],
      ])
    })
  }

  test('whatever a session lives by is told as it ends: a new condition is a new row of what is noticed', async () => {
    const { database } = await open()
    const { sql } = database.builder
      .selectFrom(['families', 'sessions', 'users', 'clients'])
      .select('families.id')
      .where(lives(1))
      .compile()
    const columns = [...sql.matchAll(/"(\w+)"\."(\w+)" (?:is|>)/g)].map(([, table, column]) => ({
      table,
      column,
    }))
    // A family or a client that ends takes no session along.
    const ofSessions = columns.filter(({ table }) => table !== 'families' && table !== 'clients')
    assert.deepEqual(
      ofSessions.map(({ table }) => table),
      ['sessions', 'users'],
    )
    for (const { table, column } of ofSessions) {
      const house = await openOAuthHouse({ house: await open() })
      const one = await receiver()
      await listener(house, 'one', backChannel(one))
      const { sid } = await into(house, 'one')
      const id = table === 'users' ? ada.id : sid
      const now = house.runtime.now()
      const sql = `update ${table} set ${column} = ${now} where id = '${id}'`
      await house.database.commit([{ sql, parameters: [], exactlyOne: 'row' }])
      await signOutMessenger(house.room).deliver()
      assert.equal(one.heard.length, 1, `${table}.${column}`)
    }
  })

  test('SE-12: a logout token is of its own kind, for one client, without a nonce, good for two minutes, and no two are the same', async () => {
    const house = await openOAuthHouse({ house: await open() })
    const one = await receiver()
    await listener(house, 'one', backChannel(one))
    const sids = [(await into(house, 'one')).sid, (await into(house, 'one')).sid]
    await house.database.commit([endAllSessions(house.database, house.runtime.now(), ada.id)])
    one.behave(status(503))
    const messenger = signOutMessenger(house.room)
    await messenger.deliver()
    one.behave(status(204))
    house.runtime.advance(10)
    await messenger.deliver()
    assert.equal(one.heard.length, 4)
    assert.deepEqual([...new Set(one.seen)], ['POST /backchannel application/x-www-form-urlencoded'])
    for (const token of one.heard) {
      assert.equal(headerIn(token).typ, 'logout+jwt')
      const claims = claimsIn(token)
      assert.deepEqual(Object.keys(claims).toSorted(), [
        'aud',
        'events',
        'exp',
        'iat',
        'iss',
        'jti',
        'sid',
        'sub',
      ])
      assert.deepEqual(claims['events'], { 'http://schemas.openid.net/event/backchannel-logout': {} })
      assert.equal(claims['aud'], 'one')
      assert.equal(Number(claims['exp']) - Number(claims['iat']), tokenKinds.logout.maximumLifetime)
      verifyToken('logout', token, {
        keys: (header) => house.room.keyring.find(header),
        issuer: house.issuer.url,
        audience: 'one',
        now: house.runtime.now(),
      })
    }
    assert.equal(new Set(one.heard.map((token) => claimsIn(token)['jti'])).size, 4)
    assert.deepEqual(
      [...new Set(one.heard.map((token) => String(claimsIn(token)['sid'])))].toSorted(),
      sids.toSorted(),
    )
  })

  test('two processes that look at once tell a client once', async () => {
    const house = await openOAuthHouse({ house: await open() })
    const one = await receiver()
    await listener(house, 'one', backChannel(one))
    for (let times = 0; times < 6; times++) await into(house, 'one')
    await house.database.commit([endAllSessions(house.database, house.runtime.now(), ada.id)])
    const messengers = [signOutMessenger(house.room), signOutMessenger(house.room)]
    for (let times = 0; times < 4; times++) await Promise.all(messengers.map(({ deliver }) => deliver()))
    const sids = one.heard.map((token) => String(claimsIn(token)['sid']))
    assert.deepEqual([sids.length, new Set(sids).size], [6, 6])
    assert.equal((await told(house)).length, 6)
  })

  test('what a process took and never finished is told by another one', async () => {
    const house = await openOAuthHouse({ house: await open() })
    const one = await receiver()
    await listener(house, 'one', backChannel(one))
    const { sid } = await into(house, 'one')
    await endings['signing out']?.(house, sid)
    // As it is left by a process that was killed between taking the attempt and making it.
    const now = house.runtime.now()
    const sql = `update session_clients set ended_at = ${now}, next_at = ${now + 10}, attempts = 1`
    await house.database.commit([{ sql, parameters: [], exactlyOne: 'row' }])
    const messenger = signOutMessenger(house.room)
    await messenger.deliver()
    assert.equal(one.heard.length, 0)
    house.runtime.advance(10)
    await messenger.deliver()
    assert.equal(one.heard.length, 1)
  })

  test('what ended while no server ran is told by the first that does', async () => {
    const house = await openOAuthHouse({ house: await open() })
    const one = await receiver()
    await listener(house, 'one', backChannel(one))
    const { sid } = await into(house, 'one')
    await endings['signing out']?.(house, sid)
    house.runtime.advance(20 * 3600)
    await signOutMessenger(house.room).deliver()
    assert.equal(one.heard.length, 1)
  })

  test('a client that fails is tried again, later each time, for an hour, and then given up', async () => {
    const house = await openOAuthHouse({ house: await open() })
    const one = await receiver()
    await listener(house, 'one', backChannel(one))
    one.behave(status(500))
    const { sid } = await into(house, 'one')
    await endings['signing out']?.(house, sid)
    const messenger = signOutMessenger(house.room)
    const began = house.runtime.now()
    const tries: number[] = []
    while (house.runtime.now() - began < 3 * 3600) {
      const before = one.heard.length
      await messenger.deliver()
      if (one.heard.length > before) tries.push(house.runtime.now() - began)
      house.runtime.advance(10)
    }
    assert.deepEqual(tries, [0, 10, 30, 70, 150, 310, 630, 1230, 1830, 2430, 3030, 3630])
    assert.deepEqual(await told(house), [
      { type: 'sign_out.given_up', client: 'one', detail: { attempts: 12, because: 'status 500' } },
    ])
    assert.ok(house.logged.some((line) => line.includes('can’t be told')))
  })

  test('a client that answers 400 has had its say', async () => {
    const house = await openOAuthHouse({ house: await open() })
    const one = await receiver()
    await listener(house, 'one', backChannel(one))
    one.behave(status(400))
    const { sid } = await into(house, 'one')
    await endings['signing out']?.(house, sid)
    const messenger = signOutMessenger(house.room)
    await messenger.deliver()
    house.runtime.advance(3600)
    await messenger.deliver()
    assert.equal(one.heard.length, 1)
    assert.deepEqual(await told(house), [
      { type: 'sign_out.given_up', client: 'one', detail: { attempts: 1, because: 'status 400' } },
    ])
  })

  test('a client that was disabled or deleted meanwhile is told nothing', async () => {
    for (const gone of ['disabled', 'deleted'] as const) {
      const house = await openOAuthHouse({ house: await open() })
      const { database, runtime } = house
      const one = await receiver()
      await listener(house, 'one', backChannel(one))
      const { sid } = await into(house, 'one')
      await endings['signing out']?.(house, sid)
      await database.commit(
        gone === 'disabled' ? [disableClient(database, 'one', runtime.now())] : [deleteClient(house, 'one')],
      )
      await signOutMessenger(house.room).deliver()
      assert.deepEqual([one.heard, await told(house)], [[], []])
    }
  })

  test('a person who is enabled again and comes back to a client has a session whose end is told', async () => {
    const house = await openOAuthHouse({ house: await open() })
    const { database, runtime } = house
    const one = await receiver()
    await listener(house, 'one', backChannel(one))
    const browser = await house.signedIn()
    const { sid } = await into(house, 'one', { browser })
    const messenger = signOutMessenger(house.room)
    await database.commit([disableUser(database, runtime.now(), ada.id)])
    await messenger.deliver()
    runtime.advance(200)
    await database.commit([enableUser(database, runtime.now(), ada.id)])
    assert.equal((await into(house, 'one', { browser })).sid, sid)
    await messenger.deliver()
    assert.equal(one.heard.length, 1)
    await endings['signing out']?.(house, sid)
    await messenger.deliver()
    assert.equal(one.heard.length, 2)
  })

  test('a session that merely runs out is told to nobody, and its rows go when it is forgotten', async () => {
    const house = await openOAuthHouse({ house: await open() })
    const { database, runtime } = house
    const one = await receiver()
    await listener(house, 'one', backChannel(one))
    await into(house, 'one')
    const messenger = signOutMessenger(house.room)
    runtime.advance(40 * 86_400)
    await messenger.deliver()
    await forgetSessionClients(database, runtime.now())
    assert.equal((await database.read('select 1 from session_clients', [])).length, 1)
    await database.commit([{ sql: 'delete from sessions', parameters: [] }])
    await forgetSessionClients(database, runtime.now())
    assert.deepEqual([one.heard, await database.read('select 1 from session_clients', [])], [[], []])
  })

  test('what was told is forgotten after a day', async () => {
    const house = await openOAuthHouse({ house: await open() })
    const one = await receiver()
    await listener(house, 'one', backChannel(one))
    const { sid } = await into(house, 'one')
    await endings['signing out']?.(house, sid)
    await signOutMessenger(house.room).deliver()
    const left = async () => {
      await forgetSessionClients(house.database, house.runtime.now())
      return (await house.database.read('select 1 from session_clients', [])).length
    }
    assert.equal(await left(), 1)
    house.runtime.advance(86_401)
    assert.equal(await left(), 0)
  })

  test('renewing tokens in a session makes no second row, and a client without a channel none', async () => {
    const house = await openOAuthHouse({ house: await open() })
    const one = await receiver()
    await listener(house, 'one', backChannel(one))
    const { tokens } = await into(house, 'one')
    await into(house, 'web')
    const renewed = await refresh(house.visitor(), tokens['refresh_token'], {
      client_id: 'one',
      client_secret: secret,
    })
    assert.equal(renewed.status, 200)
    const rows = await house.database.read('select client_id from session_clients', [])
    assert.deepEqual(
      rows.map((row) => row['client_id']),
      ['one'],
    )
  })
})
