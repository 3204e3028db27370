// The devices of a person, as their account page lists and ends them, on both engines.
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { deviceGrant } from '@countersign/protocol'
import { onBothEngines } from '../../../../../tests/harness/engines.ts'
import { endAllSessions, endSession, sessionsOf } from '../../accounts/sessions/sessions.store.ts'
import { connectedClients, withdraw } from '../authorize/connected.ts'
import {
  ada,
  claimsIn,
  codeFor,
  grace,
  introspected,
  type OAuthHouse,
  post,
  refresh,
  secret,
  tokensFor,
} from '../house.ts'
import { decide, deviceTokens, openDeviceHouse, poll, polled, waiting } from './device.fixture.ts'
import { devicesOf } from './devices.ts'

onBothEngines('The devices of a person', (open) => {
  let house: OAuthHouse
  before(async () => {
    house = await openDeviceHouse({ house: await open() })
  })
  const isActive = async (token: unknown) => (await introspected(house, token, 'bank-api'))['active']
  const refreshed = (token: unknown) => refresh(house.visitor(), token, { client_id: 'tv' })
  const ids = async () => (await devicesOf(house, ada.id)).flatMap(({ newest }) => newest.map(({ id }) => id))
  const sidOf = (tokens: Record<string, unknown>) => String(claimsIn(tokens['access_token'])['sid'])

  test('SE-08: are those that have access now, with what they are called, since when, and when last', async () => {
    const at = house.runtime.now()
    const tokens = await deviceTokens(house)
    house.runtime.advance(3600)
    await refreshed(tokens['refresh_token'])
    const [device, ...others] = await devicesOf(house, ada.id)
    assert.deepEqual(others, [])
    const [newest] = device?.newest ?? []
    assert.equal(newest?.id, sidOf(tokens))
    assert.deepEqual(
      [device?.name, device?.count, newest?.allowedAt, newest?.lastUsedAt],
      ['The Television', 1, at, at + 3600],
    )
    assert.deepEqual(await devicesOf(house, grace.id), [])
    // It is no browser, and is not counted among them.
    const browsers = await sessionsOf(house.database, house.runtime.now(), ada.id)
    assert.ok(browsers.every(({ id }) => id !== newest?.id))
    const [connected] = await connectedClients(house, house.room.apis, ada.id)
    assert.deepEqual(connected, {
      clientId: 'tv',
      name: 'The Television',
      host: null,
      may: ['See your accounts'],
      since: at,
      lastUsed: at + 3600,
      offline: true,
    })
  })

  test('SE-08 RT-09: are listed from the moment they are allowed, and fetch nothing once they are ended', async () => {
    const before = new Set(await ids())
    const at = house.runtime.now()
    const listed = async () => (await ids()).filter((id) => !before.has(id))
    for (const end of ['one', 'everything', 'access'] as const) {
      const device = await waiting(house)
      await decide(house, device.user_code)
      const [television] = await devicesOf(house, ada.id)
      const [one, ...others] = (television?.newest ?? []).filter(({ id }) => !before.has(id))
      assert.deepEqual(others, [])
      assert.deepEqual([television?.name, one?.allowedAt, one?.lastUsedAt], ['The Television', at, at])
      const connected = await connectedClients(house, house.room.apis, ada.id)
      assert.deepEqual(
        connected.map(({ clientId, offline }) => [clientId, offline]),
        [['tv', true]],
      )
      const { database } = house
      if (end === 'one')
        await database.commit([endSession(database, at, { id: one?.id ?? '', userId: ada.id })])
      if (end === 'everything') await database.commit([endAllSessions(database, at, ada.id)])
      if (end === 'access') await withdraw(house, { userId: ada.id, clientId: 'tv', peer: '' })
      assert.deepEqual(await listed(), [], end)
      assert.equal(await polled(house, device.device_code), 'invalid_grant', end)
    }
    const late = await waiting(house)
    await decide(house, late.user_code)
    assert.equal((await listed()).length, 1)
    house.runtime.advance(house.room.lifetimes.deviceCode)
    assert.deepEqual(await listed(), [])
  })

  test('SE-08 RT-09: are ended one by one, and nobody ends somebody else’s', async () => {
    const [one, other] = [await deviceTokens(house), await deviceTokens(house)]
    const now = house.runtime.now()
    await house.database.commit([endSession(house.database, now, { id: sidOf(one), userId: grace.id })])
    assert.equal(await isActive(one['access_token']), true)
    await house.database.commit([endSession(house.database, now, { id: sidOf(one), userId: ada.id })])
    assert.deepEqual(
      [await isActive(one['access_token']), await isActive(other['access_token'])],
      [false, true],
    )
    assert.equal((await refreshed(one['refresh_token'])).json()['error'], 'invalid_grant')
    assert.deepEqual(
      [(await ids()).includes(sidOf(one)), (await ids()).includes(sidOf(other))],
      [false, true],
    )
  })

  test('are gone from the list when they sign themselves out, run out, or were not used for too long', async () => {
    const [left, brief, idle] = [
      await deviceTokens(house),
      await deviceTokens(house, { scope: 'accounts:read' }),
      await deviceTokens(house),
    ]
    for (const tokens of [left, brief, idle]) assert.ok((await ids()).includes(sidOf(tokens)))
    await post(house.visitor(), '/oauth/revoke', { token: String(left['refresh_token']), client_id: 'tv' })
    assert.equal((await ids()).includes(sidOf(left)), false)
    house.runtime.advance(300)
    assert.deepEqual(
      [(await ids()).includes(sidOf(brief)), (await ids()).includes(sidOf(idle))],
      [false, true],
    )
    house.runtime.advance(14 * 86_400)
    assert.deepEqual(await ids(), [])
    assert.equal((await refreshed(idle['refresh_token'])).json()['error'], 'invalid_grant')
  })

  test('SE-08: of one application are counted, and the newest of them told of', async () => {
    const before = await devicesOf(house, ada.id)
    assert.deepEqual(before, [])
    const sids: string[] = []
    for (let one = 0; one < 7; one++) {
      sids.unshift(sidOf(await deviceTokens(house)))
      house.runtime.advance(1)
    }
    const allowed = await waiting(house)
    await decide(house, allowed.user_code)
    const [television, ...others] = await devicesOf(house, ada.id)
    assert.deepEqual(others, [])
    assert.deepEqual([television?.clientId, television?.name, television?.count], ['tv', 'The Television', 8])
    const [unfetched, ...newest] = (television?.newest ?? []).map(({ id }) => id)
    assert.deepEqual(newest, sids.slice(0, 4))
    assert.ok(unfetched !== undefined && !sids.includes(unfetched))
    await withdraw(house, { userId: ada.id, clientId: 'tv', peer: '' })
  })

  test('RT-09: lose everything when the application’s access is withdrawn, what they have not fetched yet too', async () => {
    const told = () =>
      house.database.read(
        `select id from events where type = 'consent.withdrawn' and user_id = '${ada.id}'`,
        [],
      )
    const before = await told()
    const tokens = await deviceTokens(house)
    const fetching = await waiting(house)
    await decide(house, fetching.user_code)
    const hers = await deviceTokens(house, {}, await house.signedIn(grace))
    await withdraw(house, { userId: ada.id, clientId: 'tv', peer: '' })
    assert.equal(await isActive(tokens['access_token']), false)
    assert.equal((await refreshed(tokens['refresh_token'])).status, 400)
    assert.equal(await polled(house, fetching.device_code), 'invalid_grant')
    assert.deepEqual(await devicesOf(house, ada.id), [])
    assert.deepEqual(await connectedClients(house, house.room.apis, ada.id), [])
    assert.equal(await isActive(hers['access_token']), true)
    assert.equal((await told()).length, before.length + 1)
  })

  test('one application that has a page and a device is listed once, and withdrawn at once', async () => {
    const grants = JSON.stringify(['authorization_code', 'refresh_token', deviceGrant])
    await house.database.commit([
      { sql: `update clients set grants = '${grants}' where id = 'web'`, parameters: [] },
    ])
    const web = { client_id: 'web', client_secret: secret }
    const page = await tokensFor(house, { scope: 'openid email accounts:read' })
    house.runtime.advance(1)
    const device = await waiting(house, {
      ...web,
      scope: 'openid offline_access accounts:read transfers:write',
    })
    await decide(house, device.user_code)
    const tokens = (await poll(house, device.device_code, web)).json()
    const [connected, ...others] = await connectedClients(house, house.room.apis, ada.id)
    assert.deepEqual(others, [])
    assert.deepEqual(connected?.may, [
      'See your e-mail address',
      'See your accounts',
      'Move money between accounts',
    ])
    assert.deepEqual([connected?.offline, connected?.host], [true, 'web.example'])
    await withdraw(house, { userId: ada.id, clientId: 'web', peer: '' })
    assert.deepEqual(
      [await isActive(page['access_token']), await isActive(tokens['access_token'])],
      [false, false],
    )
    assert.deepEqual(await connectedClients(house, house.room.apis, ada.id), [])
    assert.ok((await codeFor(await house.signedIn(), { scope: 'openid' })).get('code'))
  })

  test('SE-06: a disabled person’s get nothing, and an allowed one that has not fetched its tokens neither', async () => {
    const device = await waiting(house)
    await decide(house, device.user_code)
    const tokens = await deviceTokens(house)
    const disable = (at: number | null) =>
      house.database.commit([
        { sql: `update users set disabled_at = ${at ?? 'null'} where id = '${ada.id}'`, parameters: [] },
      ])
    await disable(house.runtime.now())
    assert.equal(await polled(house, device.device_code), 'invalid_grant')
    assert.equal(await isActive(tokens['access_token']), false)
    await disable(null)
    assert.equal(await polled(house, device.device_code), 'tokens')
  })
})
