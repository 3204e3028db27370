// Tokens of the profile at views of this server's own, as JWTAuthentication would have it.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { putPassword } from '../../accounts/credentials/passwords.store.ts'
import { eraseUser } from '../../accounts/users/erase.ts'
import { disableUser } from '../../accounts/users/users.store.ts'
import { broughtAs, openSimpleJwt } from '../profile.fixture.ts'
import { readAccess, shownIn } from './protected.ts'
import { simpleJwtSettings } from './settings.ts'
import { byDjango, claimsOf, credentials, pairOf } from './wire.fixture.ts'

const headers = (all: Readonly<Record<string, string>>) => ({ headers: { get: (name: string) => all[name] } })

test('the header, its schemes and their case are as the settings say', () => {
  const usual = simpleJwtSettings.parse({})
  const other = simpleJwtSettings.parse({
    authHeaderName: 'X-Access-Token',
    authHeaderTypes: ['JWT', 'Bearer'],
    anyCaseScheme: false,
  })
  const malformed = {
    body: {
      detail: 'Authorization header must contain two space-delimited values',
      code: 'bad_authorization_header',
    },
  }
  for (const [settings, sent, shown] of [
    [usual, { authorization: 'Bearer a.b.c' }, { token: 'a.b.c' }],
    [usual, { authorization: 'bearer  a.b.c ' }, { token: 'a.b.c' }],
    [usual, { authorization: 'Bearer' }, malformed],
    [usual, { authorization: 'Bearer a b' }, malformed],
    [usual, { authorization: 'Token a' }, null],
    [usual, { authorization: '' }, null],
    [usual, {}, null],
    [other, { 'x-access-token': 'JWT a.b.c' }, { token: 'a.b.c' }],
    [other, { 'x-access-token': 'jwt a.b.c' }, null],
    [other, { authorization: 'Bearer a.b.c' }, null],
  ] as const)
    assert.deepEqual(shownIn(settings, headers(sent)), shown, JSON.stringify(sent))
})

describe('A token at a view', () => {
  const says = (read: Awaited<ReturnType<typeof readAccess>>) =>
    read.ok ? read.user.username : (read.body as { code: string }).code

  test('is its person’s, until they are disabled or deleted', async () => {
    const house = await openSimpleJwt()
    const { database, runtime } = house.house
    for (const [username, end, code] of [
      [
        'ada',
        disableUser(database, runtime.now(), (await house.add({ username: 'ada' })).id),
        'user_inactive',
      ],
      [
        'grace',
        eraseUser(house.house, (await house.add({ username: 'grace', email: 'grace@example.test' })).id),
        'user_not_found',
      ],
    ] as const) {
      const { access } = (await house.send('/api/token/', { ...credentials, username })).json()
      assert.equal(says(await readAccess(house.room, String(access))), username)
      await database.commit([end])
      assert.equal(says(await readAccess(house.room, String(access))), code)
    }
    await house.house.close()
  })

  test('of the system before is its person’s, and nobody’s whom that system alone knew', async () => {
    const house = await openSimpleJwt()
    await broughtAs(house, await house.add({ username: 'ada' }), 41)
    const now = house.house.runtime.now()
    const old = { token_type: 'access', exp: now + 60, iat: now, jti: 'a'.repeat(32), user_id: 41 }
    assert.equal(says(await readAccess(house.room, byDjango(old))), 'ada')
    assert.equal(says(await readAccess(house.room, byDjango({ ...old, user_id: 42 }))), 'user_not_found')
    const { user_id: _id, ...nobodys } = old
    const read = await readAccess(house.room, byDjango(nobodys))
    assert.deepEqual(read.ok ? null : read.body, {
      detail: 'Token contained no recognizable user identification',
      code: 'token_not_valid',
    })
    await house.house.close()
  })

  test('is of a class that the settings take, or each says why not', async () => {
    const house = await openSimpleJwt({ sliding: true, authTokenClasses: ['access', 'sliding'] })
    await house.add({ username: 'ada' })
    const { token } = (await house.send('/api/token/', credentials)).json()
    assert.equal(says(await readAccess(house.room, String(token))), 'ada')
    const refresh = byDjango({ ...claimsOf(token), token_type: 'refresh' })
    const read = await readAccess(house.room, refresh)
    assert.deepEqual(read.ok ? null : read.body, {
      detail: 'Given token not valid for any token type',
      code: 'token_not_valid',
      messages: [
        { token_class: 'AccessToken', token_type: 'access', message: 'Token has wrong type' },
        { token_class: 'SlidingToken', token_type: 'sliding', message: 'Token has wrong type' },
      ],
    })
    await house.house.close()
  })

  test('ends with the password that it names, and with the blacklist', async () => {
    const house = await openSimpleJwt({ checkRevokeToken: true })
    const ada = await house.add({ username: 'ada' })
    const { database, runtime } = house.house
    const [first, second] = [await pairOf(house), await pairOf(house)]
    await house.send('/api/token/blacklist/', { refresh: first.refresh })
    assert.equal(says(await readAccess(house.room, first.access)), 'token_not_valid')
    assert.equal(says(await readAccess(house.room, second.access)), 'ada')
    runtime.advance(5)
    const changed = await house.passwords.protect(ada.id, 'another-engine-1843')
    await database.commit([putPassword(database, runtime.now(), ada.id, changed)])
    assert.equal(says(await readAccess(house.room, second.access)), 'password_changed')
    await house.house.close()
  })
})
