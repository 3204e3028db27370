// What devices see: the device authorization endpoint and their polls, on both engines. Behaviours that conformance
// suites ask for are named after RFC 8628's own words.
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { deviceGrant, digest } from '@countersign/protocol'
import { onBothEngines } from '../../../../../tests/harness/engines.ts'
import { deleteClient, disableClient } from '../clients/clients.store.ts'
import {
  ada,
  bank,
  claimsIn,
  clients,
  introspected,
  ledger,
  type OAuthHouse,
  post,
  refresh,
  rowCount,
  secret,
} from '../house.ts'
import { sweep } from '../sweep.store.ts'
import { ask, decide, deviceTokens, openDeviceHouse, poll, polled, waiting } from './device.fixture.ts'

const printer = { client_id: 'printer', client_secret: secret }

onBothEngines('A device', (open) => {
  let house: OAuthHouse
  before(async () => {
    house = await openDeviceHouse({ house: await open() })
  })

  const familyOf = (deviceCode: string) =>
    house.database.read(
      `select revoked_because from families where id =
        (select family_id from device_codes where digest = '${digest(deviceCode)}')`,
      [],
    )

  test('gets a code for itself, one for a person, and where to go with it (RFC 8628 §3.2)', async () => {
    const answer = await ask(house.visitor())
    assert.equal(answer.status, 200)
    assert.equal(answer.header('cache-control'), 'no-store')
    const device = answer.json()
    assert.match(String(device['device_code']), /^csdc_[\w-]{49}$/)
    assert.match(String(device['user_code']), /^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/)
    assert.equal(device['verification_uri'], 'http://localhost:4400/device')
    assert.equal(
      device['verification_uri_complete'],
      `http://localhost:4400/device?user_code=${device['user_code']}`,
    )
    assert.deepEqual([device['expires_in'], device['interval']], [600, 5])
  })

  test('gets its tokens once somebody has allowed it, and says what it asked for', async () => {
    const device = await waiting(house)
    assert.equal(await polled(house, device.device_code), 'authorization_pending')
    await decide(house, device.user_code)
    const tokens = (await poll(house, device.device_code)).json()
    assert.equal(tokens['scope'], 'openid offline_access accounts:read')
    assert.equal(tokens['token_type'], 'Bearer')
    const access = claimsIn(tokens['access_token'])
    assert.deepEqual([access['sub'], access['aud'], access['client_id']], [ada.id, bank, 'tv'])
    const identity = claimsIn(tokens['id_token'])
    assert.deepEqual([identity['sub'], identity['aud'], identity['nonce']], [ada.id, 'tv', undefined])
    assert.equal(identity['sid'], access['sid'])
    const renewed = (await refresh(house.visitor(), tokens['refresh_token'], { client_id: 'tv' })).json()
    assert.equal(claimsIn(renewed['access_token'])['fam'], access['fam'])
  })

  test('TK-21: polls no faster than it may, and each time that it does it must wait five seconds longer (RFC 8628 §3.5 slow_down)', async () => {
    const { device_code } = await waiting(house)
    const after = async (seconds: number) => {
      house.runtime.advance(seconds)
      return polled(house, device_code)
    }
    assert.equal(await after(0), 'authorization_pending')
    assert.equal(await after(5), 'authorization_pending')
    assert.equal(await after(4), 'slow_down')
    assert.equal(await after(9), 'slow_down')
    assert.equal(await after(15), 'authorization_pending')
    assert.equal(await after(14), 'slow_down')
    assert.equal(await after(20), 'authorization_pending')
  })

  test('that hurries waits a minute at most, and gets its tokens as soon as it is allowed', async () => {
    const device = await waiting(house)
    for (let at = 0; at < 30; at++) await poll(house, device.device_code)
    house.runtime.advance(59)
    assert.equal(await polled(house, device.device_code), 'slow_down')
    house.runtime.advance(60)
    assert.equal(await polled(house, device.device_code), 'authorization_pending')
    await decide(house, device.user_code)
    assert.equal(await polled(house, device.device_code), 'tokens')
  })

  test('hears that it was denied (RFC 8628 §3.5 access_denied), each time it asks', async () => {
    const device = await waiting(house)
    await decide(house, device.user_code, 'deny')
    assert.equal(await polled(house, device.device_code), 'access_denied')
    house.runtime.advance(601)
    assert.equal(await polled(house, device.device_code), 'access_denied')
  })

  test('TK-21: has ten minutes, also when it was allowed in the last second (RFC 8628 §3.5 expired_token)', async () => {
    const [slow, late] = [await waiting(house), await waiting(house)]
    house.runtime.advance(599)
    assert.equal(await polled(house, slow.device_code), 'authorization_pending')
    await decide(house, late.user_code)
    house.runtime.advance(1)
    assert.equal(await polled(house, slow.device_code), 'expired_token')
    assert.equal(await polled(house, late.device_code), 'expired_token')
    house.runtime.advance(86_400)
    await sweep(house.database, house.runtime.now())
    assert.equal(await polled(house, slow.device_code), 'expired_token')
    house.runtime.advance(2)
    await sweep(house.database, house.runtime.now())
    assert.equal(await polled(house, slow.device_code), 'invalid_grant')
  })

  test('TK-21 C36 (CVE-2026-45337): its code is its client’s, and another one’s attempt changes nothing', async () => {
    const device = await waiting(house)
    await decide(house, device.user_code)
    assert.equal(await polled(house, device.device_code, printer), 'invalid_grant')
    const native = { client_id: 'native' }
    assert.equal(await polled(house, device.device_code, native), 'unauthorized_client')
    assert.equal(await polled(house, device.device_code), 'tokens')
    assert.equal(await polled(house, device.device_code, printer), 'invalid_grant')
    const [family] = await familyOf(device.device_code)
    assert.equal(family?.['revoked_because'], null)
  })

  test('that authenticates must do so at both endpoints', async () => {
    const scope = 'accounts:read'
    assert.equal(
      (await ask(house.visitor(), { client_id: 'printer', scope })).json()['error'],
      'invalid_client',
    )
    const wrong = { ...printer, client_secret: `${secret}x`, scope }
    assert.equal((await ask(house.visitor(), wrong)).status, 401)
    const device = await waiting(house, { ...printer, scope })
    await decide(house, device.user_code)
    assert.equal(await polled(house, device.device_code, { client_id: 'printer' }), 'invalid_client')
    assert.equal(await polled(house, device.device_code, printer), 'tokens')
  })

  test('of 50 polls at the same moment one gets tokens, and a code shown again ends them [TK-21 C7 GHSA-7w99-5wm4-3g79]', async () => {
    const device = await waiting(house)
    await decide(house, device.user_code)
    const before = await rowCount(house, 'families')
    const answers = await Promise.all(Array.from({ length: 50 }, () => poll(house, device.device_code)))
    const won = answers.filter(({ status }) => status === 200)
    assert.equal(won.length, 1)
    const errors = answers.filter(({ status }) => status !== 200).map((answer) => answer.json()['error'])
    assert.deepEqual([errors.length, ...new Set(errors)], [49, 'invalid_grant'])
    assert.equal(await rowCount(house, 'families'), before + 1)
    const seen = await introspected(house, won[0]?.json()['access_token'], 'bank-api')
    assert.deepEqual(seen, { active: false })
    const [family] = await familyOf(device.device_code)
    assert.equal(family?.['revoked_because'], 'code replayed')
  })

  test('of 50 polls at the same moment one is in time while nobody has decided', async () => {
    const { device_code } = await waiting(house)
    const answers = await Promise.all(Array.from({ length: 50 }, () => polled(house, device_code)))
    const pending = answers.filter((answer) => answer === 'authorization_pending')
    assert.deepEqual([pending.length, new Set(answers).size], [1, 2])
    assert.ok(answers.includes('slow_down'))
  })

  test('TK-17 TK-20: gets an access token for one resource of those that it asked for, and no more', async () => {
    const both = await waiting(house, { scope: 'accounts:read ledger:read offline_access' })
    await decide(house, both.user_code)
    assert.equal(
      await polled(house, both.device_code, { resource: 'https://elsewhere.example/' }),
      'invalid_target',
    )
    assert.equal(await polled(house, both.device_code), 'invalid_target')
    const tokens = (await poll(house, both.device_code, { resource: ledger })).json()
    assert.equal(tokens['scope'], 'ledger:read offline_access')
    const narrow = await waiting(house, { scope: 'accounts:read ledger:read', resource: bank })
    await decide(house, narrow.user_code)
    assert.equal(await polled(house, narrow.device_code, { resource: ledger }), 'invalid_target')
    assert.equal((await poll(house, narrow.device_code)).json()['scope'], 'accounts:read')
  })

  test('RT-11: gets no refresh token that it did not ask for, or whose grant its client lacks', async () => {
    assert.equal((await deviceTokens(house, { scope: 'accounts:read' }))['refresh_token'], undefined)
    const scope = 'accounts:read offline_access'
    assert.equal((await deviceTokens(house, { ...printer, scope }))['refresh_token'], undefined)
  })

  test('is refused at once when it asks for what its client may not have', async () => {
    for (const [form, error] of [
      [{ client_id: 'web', client_secret: secret }, 'unauthorized_client'],
      [{ client_id: clients.spa.id }, 'unauthorized_client'],
      [{ client_id: 'nobody' }, 'invalid_client'],
      [{ client_id: undefined }, 'invalid_client'],
      [{ scope: 'transfers:write' }, 'invalid_scope'],
      [{ scope: 'unknown' }, 'invalid_scope'],
      [{ resource: 'https://elsewhere.example/' }, 'invalid_target'],
      [{ resource: 'no uri' }, 'invalid_target'],
    ] as const) {
      const answer = await ask(house.visitor(), form)
      assert.equal(answer.json()['error'], error, JSON.stringify(form))
    }
    const query = await post(house.visitor(), '/oauth/token?device_code=x', {
      grant_type: deviceGrant,
      client_id: 'tv',
    })
    assert.equal(query.json()['error'], 'invalid_request')
    assert.equal(await polled(house, 'csdc_x'), 'invalid_grant')
    assert.equal(
      (await post(house.visitor(), '/oauth/token', { grant_type: deviceGrant, client_id: 'tv' })).status,
      400,
    )
  })

  test('SC-01: what lies in the database is neither code: digests alone, and of the short one a keyed digest', async () => {
    const device = await waiting(house)
    await decide(house, device.user_code)
    const text = JSON.stringify(await house.database.read('select * from device_codes', []))
    const letters = device.user_code.replace('-', '')
    for (const secretText of [
      device.device_code,
      device.user_code,
      letters,
      digest(letters),
      digest(device.user_code),
    ])
      assert.equal(text.includes(secretText), false)
    assert.ok(text.includes(digest(device.device_code)))
    assert.equal(house.logged.join('\n').includes(letters), false)
  })

  test('that asks again and again from one network is told to wait, unless it authenticates', async () => {
    const peer = '198.51.100.77'
    const from = (form: Record<string, string>) =>
      house.visitor().visit('/oauth/device', { form: { scope: 'accounts:read', ...form }, peer })
    const statuses = []
    for (let at = 0; at < 32; at++) statuses.push((await from({ client_id: 'tv' })).status)
    assert.deepEqual([...new Set(statuses.slice(0, 30)), ...statuses.slice(30)], [200, 429, 429])
    const refused = await from({ client_id: 'tv' })
    assert.equal(refused.json()['error'], 'slow_down')
    assert.match(refused.header('retry-after') ?? '', /^\d+$/)
    assert.equal((await from(printer)).status, 200)
    house.runtime.advance(60)
    assert.equal((await from({ client_id: 'tv' })).status, 200)
  })

  test('C22 (CVE-2026-55670): waits for nothing once its client is disabled or deleted, under whatever name it returns', async () => {
    const device = await waiting(house, { ...printer, scope: 'accounts:read' })
    await decide(house, device.user_code)
    await house.database.commit([disableClient(house.database, 'printer', house.runtime.now())])
    house.runtime.advance(1)
    assert.equal(await polled(house, device.device_code, printer), 'invalid_client')
    await house.database.commit([deleteClient(house, 'printer')])
    const left = await house.database.read(`select digest from device_codes where client_id = 'printer'`, [])
    assert.deepEqual(left, [])
  })
})
