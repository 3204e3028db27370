import assert from 'node:assert/strict'
import { after, beforeEach, describe, test } from 'node:test'
import { authenticationClasses } from '@countersign/protocol'
import fc from 'fast-check'
import { byPassword } from '../../accounts/sessions/session.ts'
import { endAllSessions } from '../../accounts/sessions/sessions.store.ts'
import { disableUser } from '../../accounts/users/users.store.ts'
import { edgeOf, Visitor } from '../../platform/house.ts'
import { withdraw } from '../authorize/connected.ts'
import { deleteClient, disableClient } from '../clients/clients.store.ts'
import {
  ada,
  bank,
  claimsIn,
  introspected,
  ledger,
  type OAuthHouse,
  openOAuthHouse,
  refresh,
  tokensFor,
} from '../house.ts'
import { oauthRoutes } from '../oauth.routes.ts'
import { datedDigest } from '../tokens/dated-digest.ts'

const offline = { scope: 'openid offline_access accounts:read' }
const day = 86_400

describe('Refreshing', () => {
  let house: OAuthHouse
  const opened: OAuthHouse[] = []
  beforeEach(async () => {
    house = await openOAuthHouse()
    opened.push(house)
  })
  after(async () => {
    for (const one of opened) await one.close()
  })

  const use = (token: unknown, more = {}) => refresh(house.visitor(), token, more)
  const assertRefused = async (token: unknown, more = {}): Promise<void> => {
    const answer = await use(token, more)
    assert.equal(answer.status, 400)
    assert.equal(answer.json()['error'], 'invalid_grant')
  }
  const events = async (type: string): Promise<Record<string, unknown>[]> =>
    (await house.database.read('select type, family_id, user_id, client_id from events', [])).filter(
      (row) => row['type'] === type,
    )

  test('RT-01: every use gives a new token, with the same scope and a new access token', async () => {
    const first = await tokensFor(house, offline)
    const second = (await use(first['refresh_token'])).json()
    assert.notEqual(second['refresh_token'], first['refresh_token'])
    assert.notEqual(second['access_token'], first['access_token'])
    assert.equal(second['scope'], first['scope'])
    assert.equal((await introspected(house, second['access_token']))['active'], true)
    const third = await use(second['refresh_token'])
    assert.equal(third.status, 200)
  })

  test('RT-01: a public client’s token is rotated too', async () => {
    const public_ = { client_id: 'spa' }
    const first = await tokensFor(house, { ...offline, ...public_ })
    const answer = await use(first['refresh_token'], public_)
    assert.equal(answer.status, 200)
    assert.notEqual(answer.json()['refresh_token'], first['refresh_token'])
  })

  test('MF-05: what one factor was given for is not renewed where everybody needs two by now', async () => {
    const strict = { ...house, secondFactor: 'required' } as const
    const edge = edgeOf(strict, oauthRoutes({ ...house.room, platform: strict }))
    const [byOne, byTwo] = [await tokensFor(house, offline), await tokensFor(house, offline)]
    const { sid } = claimsIn(byTwo['access_token'])
    const twoFactors = `"acr":"${authenticationClasses.mfa}"`
    await house.database.commit([
      {
        sql: `update families set grant_json = replace(grant_json, '"acr":"${byPassword.acr}"', '${twoFactors}')
          where session_id = '${String(sid)}'`,
        parameters: [],
      },
    ])
    const refused = await refresh(new Visitor(edge), byOne['refresh_token'])
    assert.deepEqual([refused.status, refused.json()['error']], [400, 'invalid_grant'])
    assert.equal((await refresh(new Visitor(edge), byTwo['refresh_token'])).status, 200)
    // Nothing has ended by that.
    assert.equal((await use(byOne['refresh_token'])).status, 200)
  })

  test('RT-02: reuse after the grace ends the whole family and is written down', async () => {
    const first = await tokensFor(house, offline)
    const second = (await use(first['refresh_token'])).json()
    house.runtime.advance(31)
    await assertRefused(first['refresh_token'])
    await assertRefused(second['refresh_token'])
    assert.deepEqual(await introspected(house, second['access_token']), { active: false })
    const [event, ...more] = await events('refresh.reused')
    assert.equal(event?.['user_id'], ada.id)
    assert.equal(event?.['client_id'], 'web')
    assert.equal(more.length, 0)
  })

  test('RT-03 F18: whose reply was lost gets the same successor again, and a good access token', async () => {
    const first = await tokensFor(house, offline)
    const second = (await use(first['refresh_token'])).json()
    house.runtime.advance(29)
    const again = (await use(first['refresh_token'])).json()
    assert.equal(again['refresh_token'], second['refresh_token'])
    assert.equal((await introspected(house, again['access_token']))['active'], true)
    assert.equal((await events('refresh.replayed')).length, 1)
    assert.equal((await use(again['refresh_token'])).status, 200)
  })

  test('RT-04: the grace is for the direct predecessor, not for its own', async () => {
    const first = await tokensFor(house, offline)
    const second = (await use(first['refresh_token'])).json()
    const third = (await use(second['refresh_token'])).json()
    await assertRefused(first['refresh_token'])
    await assertRefused(third['refresh_token'])
  })

  test('RT-05: once its successor was used, a token is dead at once', async () => {
    const first = await tokensFor(house, offline)
    const second = (await use(first['refresh_token'])).json()
    await use(second['refresh_token'])
    await assertRefused(first['refresh_token'])
    assert.equal((await events('refresh.reused')).length, 1)
  })

  test('RT-06: no rotation moves the absolute end', async () => {
    let { refresh_token: token } = await tokensFor(house, offline)
    const ends = async () =>
      (await house.database.read('select expires_at from families', []))[0]?.['expires_at']
    const end = await ends()
    for (let i = 0; i < 10; i++) {
      house.runtime.advance(2.9 * day)
      token = (await use(token)).json()['refresh_token']
      assert.equal(await ends(), end)
    }
    house.runtime.advance(day)
    await assertRefused(token)
  })

  test('RT-07: a token that nobody used for fourteen days is dead', async () => {
    const tokens = await tokensFor(house, offline)
    house.runtime.advance(14 * day)
    await assertRefused(tokens['refresh_token'])
    assert.equal((await events('refresh.reused')).length, 0)
  })

  test('RT-08: a foreign client is refused and changes nothing', async () => {
    const first = await tokensFor(house, offline)
    const second = (await use(first['refresh_token'])).json()
    house.runtime.advance(31)
    for (const token of [first['refresh_token'], second['refresh_token']]) {
      await assertRefused(token, { client_id: 'other', client_secret: 'a-secret-of-thirty-two-characters' })
    }
    assert.equal((await use(second['refresh_token'])).status, 200)
  })

  const endings: Record<string, (house: OAuthHouse) => Promise<unknown>> = {
    'signing out': ({ database, runtime }) =>
      database.commit([endAllSessions(database, runtime.now(), ada.id)]),
    'disabling the user': ({ database, runtime }) =>
      database.commit([disableUser(database, runtime.now(), ada.id)]),
    'withdrawing consent': (on) => withdraw(on, { userId: ada.id, clientId: 'web', peer: '' }),
    'disabling the client': ({ database, runtime }) =>
      database.commit([disableClient(database, 'web', runtime.now())]),
    'deleting the client': (on) => on.database.commit([deleteClient(on, 'web')]),
  }
  for (const [name, end] of Object.entries(endings)) {
    test(`RT-09 C10: ${name} ends refresh and access at once`, async () => {
      const tokens = await tokensFor(house, offline)
      await end(house)
      const answer = await use(tokens['refresh_token'])
      assert.notEqual(answer.status, 200)
      assert.equal('access_token' in answer.json(), false)
      const seen = await introspected(house, tokens['access_token'], 'bank-api')
      assert.deepEqual(seen, { active: false })
      const userinfo = await house.visitor().visit('/oauth/userinfo', {
        headers: { authorization: `Bearer ${String(tokens['access_token'])}` },
      })
      assert.equal(userinfo.status, 401)
    })
  }

  test('a session that merely timed out leaves offline access alone', async () => {
    const tokens = await tokensFor(house, offline)
    house.runtime.advance(2 * day)
    assert.equal((await use(tokens['refresh_token'])).status, 200)
  })

  test('RT-11: without offline_access there is no refresh token', async () => {
    assert.equal('refresh_token' in (await tokensFor(house)), false)
  })

  test('RT-14: whoever crashed before the reply asks again and goes on', async () => {
    const first = await tokensFor(house, offline)
    await use(first['refresh_token'])
    const retried = (await use(first['refresh_token'])).json()
    assert.equal((await use(retried['refresh_token'])).status, 200)
  })

  test('TK-17: refreshing narrows and never widens, and the refresh token keeps what was granted', async () => {
    const first = await tokensFor(house, {
      scope: 'openid offline_access accounts:read ledger:read',
      resource: bank,
    })
    assert.equal(first['scope'], 'openid offline_access accounts:read')
    const wide = await use(first['refresh_token'], { scope: 'accounts:read transfers:write' })
    assert.equal(wide.json()['error'], 'invalid_scope')
    const elsewhere = await use(first['refresh_token'], { resource: ledger })
    assert.equal(elsewhere.json()['error'], 'invalid_target')
    const narrow = (await use(first['refresh_token'], { scope: 'openid' })).json()
    assert.equal(narrow['scope'], 'openid')
    const whole = (await use(narrow['refresh_token'])).json()
    assert.equal(whole['scope'], first['scope'])
  })

  test('an ID token on refresh tells of the same sign-in', async () => {
    const first = await tokensFor(house, { ...offline, nonce: 'n' })
    house.runtime.advance(100)
    const second = (await use(first['refresh_token'])).json()
    const [before, now] = [claimsIn(first['id_token']), claimsIn(second['id_token'])]
    for (const name of ['iss', 'sub', 'aud', 'auth_time', 'sid']) assert.deepEqual(now[name], before[name])
    assert.equal(Number(now['iat']) - Number(before['iat']), 100)
    assert.equal('nonce' in now, false)
  })

  test('C33: a refresh token that was cut, extended or bent is not one', async () => {
    const token = String((await tokensFor(house, offline))['refresh_token'])
    for (const bent of [
      token.slice(0, -1),
      `${token}A`,
      token.toUpperCase(),
      token.replace('csrt', 'csat'),
    ]) {
      await assertRefused(bent)
    }
    assert.equal((await use(token)).status, 200)
  })

  test('SC-01: the database holds no refresh token in the clear', async () => {
    const first = await tokensFor(house, offline)
    const second = (await use(first['refresh_token'])).json()
    const rows = JSON.stringify(await house.database.read('select * from refresh_tokens', []))
    for (const token of [first['refresh_token'], second['refresh_token']]) {
      assert.equal(rows.includes(String(token)), false)
      assert.equal(rows.includes(datedDigest(String(token))), true)
    }
  })

  test('the grace gives a successor out a hundred times, then takes it for theft', async () => {
    const first = await tokensFor(house, offline)
    await use(first['refresh_token'])
    await house.database.commit([
      { sql: 'update refresh_tokens set replays = 99 where generation = 0', parameters: [] },
    ])
    assert.equal((await use(first['refresh_token'])).status, 200)
    await assertRefused(first['refresh_token'])
    assert.equal((await events('refresh.reused')).length, 1)
  })

  test('RT-03: without a grace, as FAPI wants it, a second use ends the family', async () => {
    const strict = await openOAuthHouse({ lifetimes: { refreshGrace: 0 } })
    opened.push(strict)
    const first = await tokensFor(strict, offline)
    const second = await refresh(strict.visitor(), first['refresh_token'])
    assert.equal(second.status, 200)
    assert.equal((await refresh(strict.visitor(), first['refresh_token'])).status, 400)
    assert.equal((await refresh(strict.visitor(), second.json()['refresh_token'])).status, 400)
  })

  test('C9: whatever is used in whatever order, no generation has two children', async () => {
    const deed = fc.record({ age: fc.nat(3), seconds: fc.constantFrom(0, 0, 0, 31) })
    await fc.assert(
      fc.asyncProperty(fc.array(deed, { maxLength: 6 }), async (deeds) => {
        const seen = [String((await tokensFor(house, offline))['refresh_token'])]
        const childOf = new Map<string, string>()
        for (const { age, seconds } of deeds) {
          house.runtime.advance(seconds)
          const token = seen.at(-1 - Math.min(age, seen.length - 1)) ?? ''
          const next = (await use(token)).json()['refresh_token']
          if (typeof next !== 'string') continue
          assert.equal(childOf.get(token) ?? next, next)
          if (!seen.includes(next)) seen.push(next)
          childOf.set(token, next)
        }
        const alive = []
        for (const token of seen) {
          if ((await introspected(house, token))['active'] === true) alive.push(token)
        }
        assert.ok(alive.length <= 1)
      }),
      { numRuns: 40 },
    )
  })
})
