// Tokens that the system before signed, in the hands of whoever means no good: they buy nothing that their person ended.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { usualSkew } from '@countersign/protocol'
import { putPassword } from '../../accounts/credentials/passwords.store.ts'
import { endAllSessions } from '../../accounts/sessions/sessions.store.ts'
import { numberOf } from '../../accounts/users/numbers.store.ts'
import { aClient } from '../../oauth/clients/client.fixture.ts'
import { disableClient, insertClient } from '../../oauth/clients/clients.store.ts'
import { sweep } from '../../oauth/sweep.store.ts'
import { familyOfToken, insertFamily } from '../../oauth/tokens/families.store.ts'
import { edgeOf, Visitor } from '../../platform/house.ts'
import { broughtAs, djangoSecret, openSimpleJwt, type SimpleJwtHouse } from '../profile.fixture.ts'
import { simpleJwtRoutes } from './simplejwt.routes.ts'
import { assertRefused, byDjango, claimsOf, credentials, pairOf, refreshWith } from './wire.fixture.ts'

const texts = { signing: djangoSecret, verifying: [] }
const believed = { signing: null, verifying: [djangoSecret] }

describe('Tokens of the system before', () => {
  let house: SimpleJwtHouse
  before(async () => {
    house = await openSimpleJwt({ rotateRefreshTokens: true }, { texts })
    await broughtAs(house, await house.add({ username: 'ada' }), 41)
  })
  after(() => house.house.close())

  const refreshOfDjango = (more: object = {}) => {
    const now = house.house.runtime.now()
    const jti = Buffer.from(house.house.runtime.secret(16), 'base64url').toString('hex')
    return byDjango({ token_type: 'refresh', exp: now + 3600, iat: now - 60, jti, user_id: 41, ...more })
  }

  test('C10: end with the wire, which is closed by its client', async () => {
    const closed = await openSimpleJwt({}, { texts })
    await broughtAs(closed, await closed.add({ username: 'ada' }), 41)
    const { database, runtime } = closed.house
    await database.commit([disableClient(database, '~simplejwt', runtime.now())])
    assertRefused(
      await refreshWith(closed, refreshOfDjango()),
      'No active account found for the given token.',
    )
    const login = await closed.send('/api/token/', credentials)
    assertRefused(login, 'No active account found with the given credentials')
    await closed.house.close()
  })

  test('C10, C12: end by a logout, also one that races with their use, and where they have no name', async () => {
    for (const jtiClaim of ['jti', null]) {
      const once = await openSimpleJwt({ jtiClaim }, { texts })
      await broughtAs(once, await once.add({ username: 'ada' }), 41)
      const logout = (refresh: string) => once.send('/api/token/blacklist/', { refresh })
      const spent = refreshOfDjango({ jti: 'b'.repeat(32) })
      assert.equal((await logout(spent)).status, 200)
      assertRefused(await refreshWith(once, spent), 'Token is blacklisted', 'token_not_valid')
      const raced = refreshOfDjango({ jti: 'c'.repeat(32) })
      const answers = await Promise.all([refreshWith(once, raced), logout(raced), refreshWith(once, raced)])
      assert.equal(answers[1]?.status, 200, answers[1]?.body)
      assert.equal((await refreshWith(once, raced)).status, 401)
      await once.house.close()
    }
  })

  test('C11: are remembered until the clock of every server refuses them, and not for a second more', async () => {
    const { database, runtime } = house.house
    for (const [leeway, exp] of [
      [0, runtime.now() + 100],
      [0.5, runtime.now() + 200],
    ] as const) {
      const lenient = await openSimpleJwt({ leeway }, { texts, house: house.house })
      assert.equal((await refreshWith(lenient, refreshOfDjango({ exp }))).status, 200)
      const kept = await database.read('select max(expires_at) as until from seen_assertions', [])
      assert.equal(kept[0]?.['until'], Math.ceil(exp + leeway) + usualSkew)
    }
  })

  test('that name nobody are verified and ended as any other, and give nothing', async () => {
    const verify = (token: string) => house.send('/api/token/verify/', { token })
    for (const named of [{ user_id: undefined }, { user_id: null }]) {
      const [first, second] = [refreshOfDjango(named), refreshOfDjango({ ...named, token_type: 'fake' })]
      for (const token of [first, second]) {
        const { status, body } = await verify(token)
        assert.deepEqual([status, body], [200, '{}'])
      }
      assert.equal((await refreshWith(house, first)).status, 401)
      assert.equal((await house.send('/api/token/blacklist/', { refresh: first })).body, '{}')
      assert.deepEqual((await verify(first)).json(), { non_field_errors: ['Token is blacklisted'] })
      const again = await house.send('/api/token/blacklist/', { refresh: first })
      assertRefused(again, 'Token is blacklisted', 'token_not_valid')
      const other = await house.send('/api/token/blacklist/', { refresh: second })
      assertRefused(other, 'Token has wrong type', 'token_not_valid')
    }
    const closed = await openSimpleJwt({}, { texts })
    const { database, runtime } = closed.house
    await database.commit([disableClient(database, '~simplejwt', runtime.now())])
    const token = refreshOfDjango({ user_id: undefined })
    assert.equal((await closed.send('/api/token/verify/', { token })).status, 401)
    await closed.house.close()
  })

  test('are read or refused whatever time they name', async () => {
    const now = house.house.runtime.now()
    assert.equal((await refreshWith(house, refreshOfDjango({ exp: now + 60.5 }))).status, 200)
    for (const exp of [1e300, '9999999999', null])
      assertRefused(await refreshWith(house, refreshOfDjango({ exp })), 'Token is invalid', 'token_not_valid')
  })

  test('C9: stay ended once they were taken in, also when their family is forgotten', async () => {
    const once = await openSimpleJwt({}, { texts: believed })
    await broughtAs(once, await once.add({ username: 'ada' }), 41)
    const { database, runtime } = once.house
    const now = runtime.now()
    const old = byDjango({
      token_type: 'refresh',
      exp: now + 30 * 86_400,
      iat: now,
      jti: 'c'.repeat(32),
      user_id: 41,
    })
    assert.equal((await refreshWith(once, old)).status, 200)
    assert.equal((await once.send('/api/token/blacklist/', { refresh: old })).status, 200)
    assertRefused(await refreshWith(once, old), 'Token is blacklisted', 'token_not_valid')
    runtime.advance(5 * 86_400)
    await sweep(database, runtime.now())
    assertRefused(await refreshWith(once, old), 'Token is blacklisted', 'token_not_valid')
    assert.equal((await once.send('/api/token/verify/', { token: old })).status, 400)
    await once.house.close()
  })

  test('C10: end with the password that was changed here, also when nobody has used them yet', async () => {
    const { database, runtime } = house.house
    const grace = await house.add({ username: 'grace', email: 'grace@example.test' })
    await broughtAs(house, grace, 42)
    const old = refreshOfDjango({ user_id: 42 })
    assert.equal((await house.send('/api/token/verify/', { token: old })).status, 200)
    runtime.advance(5)
    const changed = await house.passwords.protect(grace.id, 'another-engine-1843')
    await database.commit([putPassword(database, runtime.now(), grace.id, changed)])
    assertRefused(await refreshWith(house, old), "The user's password has been changed.")
    assertRefused(
      await house.send('/api/token/verify/', { token: old }),
      "The user's password has been changed.",
    )
  })

  for (const userIdField of ['id', 'username'] as const)
    test(`C10, SE-07: end with a password that is changed in the midst of their first use, also those that name people by ${userIdField}`, async () => {
      const own = await openSimpleJwt({ userIdField, rotateRefreshTokens: true }, { texts })
      const ada = await own.add({ username: 'ada' })
      await broughtAs(own, ada, 41)
      const { database, runtime } = own.house
      runtime.advance(5)
      const changed = await own.passwords.protect(ada.id, 'another-engine-1843')
      const change = [
        putPassword(database, runtime.now(), ada.id, changed),
        endAllSessions(database, runtime.now(), ada.id),
      ]
      // Between what was decided and its commit.
      const commit: typeof database.commit = async (writes) => {
        await database.commit(change.splice(0))
        return database.commit(writes)
      }
      const platform = { ...own.house, database: { ...database, commit } }
      const visitor = new Visitor(edgeOf(own.house, simpleJwtRoutes({ ...own.room, platform })))
      const named = userIdField === 'id' ? {} : { user_id: 'ada' }
      const body = JSON.stringify({ refresh: refreshOfDjango(named) })
      const headers = { 'content-type': 'application/json' }
      const used = await visitor.visit('/api/token/refresh/', { method: 'POST', body, headers })
      assert.equal(change.length, 0)
      assertRefused(used, "The user's password has been changed.")
      await own.house.close()
    })

  test('C4: are never those of somebody who was given their number here', async () => {
    const { database } = house.house
    const late = await house.add({ username: 'late', email: 'late@example.test' })
    const number = await numberOf(database, 'simplejwt', late.id)
    const old = refreshOfDjango({ user_id: number })
    assertRefused(await refreshWith(house, old), 'No active account found for the given token.')
  })

  test('C4: say under a key of the server’s own neither who made a token nor for whom', async () => {
    const own = await openSimpleJwt({ algorithm: 'ES256' }, { texts: believed })
    await broughtAs(own, await own.add({ username: 'ada' }), 41)
    const issuer = own.house.issuer.url
    const forged = refreshOfDjango({ iss: issuer, aud: 'https://bank.example.test', roles: ['admin'] })
    const answer = await refreshWith(own, forged)
    assert.equal(answer.status, 200, answer.body)
    const { iss, aud } = claimsOf(answer.json()['access'])
    assert.deepEqual([iss, aud], [undefined, undefined])
    await own.house.close()
  })

  test('C4: can’t end, by a mark that Django wrote, what is another client’s', async () => {
    const { database, runtime } = house.house
    const pair = await pairOf(house)
    const { fam } = claimsOf(pair.access)
    const { family } = (await familyOfToken(house.house, { familyId: String(fam), jti: '' })) ?? assert.fail()
    const other = { ...family, id: runtime.id('fam'), clientId: 'shop' }
    await database.commit([insertClient(database, aClient({ id: 'shop' })), insertFamily(database, other)])
    const forged = refreshOfDjango({ fam: other.id })
    assert.equal((await house.send('/api/token/blacklist/', { refresh: forged })).status, 401)
    assert.notEqual(await familyOfToken(house.house, { familyId: other.id, jti: '' }), undefined)
  })
})
