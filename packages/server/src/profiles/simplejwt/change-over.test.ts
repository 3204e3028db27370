// What happens to tokens of the profile over their lives: rotation, people who go, tokens of the system before.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { encodeBase64url, importSecretJwk, peekUnverified, signJws } from '@countersign/protocol'
import { putPassword } from '../../accounts/credentials/passwords.store.ts'
import { password } from '../../accounts/people.fixture.ts'
import { endAllSessions } from '../../accounts/sessions/sessions.store.ts'
import { disableUser, type User } from '../../accounts/users/users.store.ts'
import type { Answer } from '../../platform/house.ts'
import { broughtAs, djangoSecret, openSimpleJwt, type SimpleJwtHouse } from '../profile.fixture.ts'
import { assertRefused, byDjango, claimsOf, credentials, pairOf, refreshWith } from './wire.fixture.ts'

describe('The people behind tokens of Simple JWT', () => {
  let house: SimpleJwtHouse
  let number = 0
  before(async () => {
    house = await openSimpleJwt()
  })
  after(() => house.house.close())

  async function someone(): Promise<{ user: User; pair: { access: string; refresh: string } }> {
    number += 1
    const username = `person${number}`
    const user = await house.add({ username, email: `${username}@example.test` })
    const answer = await house.send('/api/token/', { username, password })
    return { user, pair: answer.json() as { access: string; refresh: string } }
  }

  test('who is disabled gets nothing more', async () => {
    const { user, pair } = await someone()
    const { database, runtime } = house.house
    await database.commit([disableUser(database, runtime.now(), user.id)])
    assertRefused(await refreshWith(house, pair.refresh), 'No active account found for the given token.')
    assertRefused(
      await house.send('/api/token/verify/', { token: pair.access }),
      'No active account found for the given token.',
    )
    const again = await house.send('/api/token/', { username: user.username, password })
    assertRefused(again, 'No active account found with the given credentials')
  })

  test('a changed password ends the tokens from before it', async () => {
    const { user, pair } = await someone()
    const { database, runtime } = house.house
    runtime.advance(5)
    const changed = await house.passwords.protect(user.id, 'another-engine-1843')
    await database.commit([
      putPassword(database, runtime.now(), user.id, changed),
      endAllSessions(database, runtime.now(), user.id),
    ])
    assertRefused(await refreshWith(house, pair.refresh), "The user's password has been changed.")
  })

  test('each person has a number of their own, also when many come at once', async () => {
    const names = Array.from({ length: 6 }, (_, index) => `crowd${index}`)
    for (const username of names) await house.add({ username, email: `${username}@example.test` })
    const answers = await Promise.all(
      names.map((username) => house.send('/api/token/', { username, password })),
    )
    const numbers = answers.map((answer) => claimsOf(answer.json()['access'])['user_id'])
    assert.equal(new Set(numbers).size, names.length)
    const again = await house.send('/api/token/', { username: names[0], password })
    assert.equal(claimsOf(again.json()['access'])['user_id'], numbers[0])
  })
})

describe('Rotation of refresh tokens', () => {
  let house: SimpleJwtHouse
  before(async () => {
    house = await openSimpleJwt({ rotateRefreshTokens: true, blacklistAfterRotation: true })
    await house.add({ username: 'ada' })
  })
  after(() => house.house.close())

  test('gives access and the next refresh token', async () => {
    const { refresh } = await pairOf(house)
    const answer = await refreshWith(house, refresh)
    assert.deepEqual(Object.keys(answer.json()), ['access', 'refresh'])
    assert.notEqual(answer.json()['refresh'], refresh)
  })

  test('gives everyone who refreshes at once the same successor', async () => {
    const { refresh } = await pairOf(house)
    const answers = await Promise.all(Array.from({ length: 8 }, () => refreshWith(house, refresh)))
    assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200])
    assert.equal(new Set(answers.map((answer) => answer.json()['refresh'])).size, 1)
  })

  test('ends the family when a token comes back after its time of grace', async () => {
    const { refresh } = await pairOf(house)
    const next = (await refreshWith(house, refresh)).json()['refresh']
    house.house.runtime.advance(31)
    assertRefused(await refreshWith(house, refresh), 'Token is blacklisted', 'token_not_valid')
    assertRefused(await refreshWith(house, next), 'Token is blacklisted', 'token_not_valid')
  })

  test('verify refuses a token that was rotated', async () => {
    const { refresh } = await pairOf(house)
    await refreshWith(house, refresh)
    const answer = await house.send('/api/token/verify/', { token: refresh })
    assert.deepEqual([answer.status, answer.json()], [400, { non_field_errors: ['Token is blacklisted'] }])
  })

  test('as loosely as the original, on request: the token before stays good', async () => {
    const loose = await openSimpleJwt({ rotateRefreshTokens: true, safeRotation: false, strictVerify: false })
    await loose.add({ username: 'ada' })
    const { refresh } = await pairOf(loose)
    const answers = [await refreshWith(loose, refresh), await refreshWith(loose, refresh)]
    const [first, second] = answers.map((answer) => answer.json()['refresh'])
    assert.notEqual(first, second)
    assert.equal((await refreshWith(loose, first)).status, 200)
    await loose.house.close()
  })
})

describe('Tokens that Django signed before the change-over', () => {
  let house: SimpleJwtHouse
  before(async () => {
    house = await openSimpleJwt(
      { rotateRefreshTokens: true },
      { texts: { signing: null, verifying: [djangoSecret] } },
    )
    const ada = await house.add({ username: 'ada' })
    await broughtAs(house, ada, 41)
  })
  after(() => house.house.close())

  const refreshOfDjango = (more: object = {}) => {
    const now = house.house.runtime.now()
    const jti = Buffer.from(house.house.runtime.secret(16), 'base64url').toString('hex')
    return byDjango({ token_type: 'refresh', exp: now + 3600, iat: now - 60, jti, user_id: 41, ...more })
  }

  test('go on working, and their successors are ours', async () => {
    const old = refreshOfDjango()
    const answer = await refreshWith(house, old)
    assert.equal(answer.status, 200, answer.body)
    const access = claimsOf(answer.json()['access'])
    assert.deepEqual([access['user_id'], typeof access['fam']], [41, 'string'])
    assert.equal((await refreshWith(house, answer.json()['refresh'])).status, 200)
  })

  test('are taken in once, however many refresh with one at once', async () => {
    const old = refreshOfDjango()
    const answers = await Promise.all(Array.from({ length: 6 }, () => refreshWith(house, old)))
    assert.equal(new Set(answers.map((answer) => answer.json()['refresh'])).size, 1)
  })

  test('give the same access each time that they are used, and all of it ends together', async () => {
    for (const rotateRefreshTokens of [true, false]) {
      const settings = { rotateRefreshTokens, checkRevokeToken: true }
      const twice = await openSimpleJwt(settings, { texts: { signing: djangoSecret, verifying: [] } })
      const ada = await twice.add({ username: 'ada' })
      await broughtAs(twice, ada, 41)
      const old = refreshOfDjango()
      const answers: Record<string, unknown>[] = []
      for (let use = 0; use < 3; use += 1) answers.push((await refreshWith(twice, old)).json())
      const accesses = answers.map(({ access }) => access)
      const said = accesses.map(claimsOf).map(({ user_id, sub, fam, hash_password: version }) => ({
        user_id,
        sub,
        fam,
        version,
      }))
      assert.deepEqual([said[0]?.user_id, said[0]?.sub, typeof said[0]?.fam], [41, ada.id, 'string'])
      assert.match(String(said[0]?.version), /^[0-9A-F]{32}$/)
      assert.deepEqual(said.slice(1), [said[0], said[0]])
      await twice.send('/api/token/blacklist/', { refresh: answers[0]?.['refresh'] ?? old })
      for (const token of accesses) {
        const answer = await twice.send('/api/token/verify/', { token })
        assert.deepEqual(answer.json(), { non_field_errors: ['Token is blacklisted'] })
      }
      await twice.house.close()
    }
  })

  test('are ended by the blacklist', async () => {
    const old = refreshOfDjango()
    assert.equal((await house.send('/api/token/blacklist/', { refresh: old })).status, 200)
    assertRefused(await refreshWith(house, old), 'Token is blacklisted', 'token_not_valid')
  })

  test('are worth nothing for somebody who is not here', async () => {
    assertRefused(
      await refreshWith(house, refreshOfDjango({ user_id: 99 })),
      'No active account found for the given token.',
    )
  })

  test('verify is answered for them', async () => {
    const answer = await house.send('/api/token/verify/', {
      token: refreshOfDjango({ token_type: 'access' }),
    })
    assert.deepEqual([answer.status, answer.json()], [200, {}])
  })
})

describe('Sliding tokens', () => {
  let house: SimpleJwtHouse
  before(async () => {
    house = await openSimpleJwt({ sliding: true })
    await house.add({ username: 'ada' })
  })
  after(() => house.house.close())

  const login = async () => String((await house.send('/api/token/', credentials)).json()['token'])
  const slide = (token: string) => house.send('/api/token/refresh/', { token })

  test('a login gives one token, which says until when it can be renewed', async () => {
    const answer = await house.send('/api/token/', credentials)
    assert.deepEqual(Object.keys(answer.json()), ['token'])
    const claims = claimsOf(answer.json()['token'])
    assert.deepEqual(Object.keys(claims).slice(0, 6), [
      'token_type',
      'exp',
      'iat',
      'jti',
      'refresh_exp',
      'user_id',
    ])
    assert.equal(claims['refresh_exp'], house.house.runtime.now() + 86_400)
  })

  test('a renewed token is the same but for its time', async () => {
    const token = await login()
    house.house.runtime.advance(60)
    const next = claimsOf((await slide(token)).json()['token'])
    const { exp, iat, ...same } = claimsOf(token)
    assert.deepEqual({ ...next, exp, iat }, { ...same, exp, iat })
    assert.equal(next['exp'], Number(exp) + 60)
  })

  test('a token whose time is up can’t be renewed', async () => {
    const token = await login()
    house.house.runtime.advance(301)
    assertRefused(await slide(token), 'Token is expired', 'token_not_valid')
  })

  test('nothing is renewed past its last day', async () => {
    const now = house.house.runtime.now()
    const base = { token_type: 'sliding', exp: now + 100, iat: now, jti: 'b'.repeat(32), user_id: '1' }
    assertRefused(await slide(byDjango(base)), "Token has no 'refresh_exp' claim", 'token_not_valid')
    assertRefused(
      await slide(byDjango({ ...base, refresh_exp: now - 1 })),
      "Token 'refresh_exp' claim has expired",
      'token_not_valid',
    )
  })
})

describe('Other dialects, algorithms and limits', () => {
  async function opened(
    settings: Parameters<typeof openSimpleJwt>[0],
    options: Parameters<typeof openSimpleJwt>[1] = {},
  ): Promise<SimpleJwtHouse> {
    const house = await openSimpleJwt(settings, options)
    await house.add({ username: 'ada' })
    return house
  }

  test('release 5.2 writes numbers, copies iat, and has one message for two faults', async () => {
    const house = await opened({ dialect: '5.2' })
    const { access, refresh } = await pairOf(house)
    assert.equal(typeof claimsOf(access)['user_id'], 'number')
    house.house.runtime.advance(10)
    const next = claimsOf((await refreshWith(house, refresh)).json()['access'])
    assert.equal(next['iat'], claimsOf(refresh)['iat'])
    assertRefused(await refreshWith(house, 'x'), 'Token is invalid or expired', 'token_not_valid')
    await house.house.close()
  })

  test('tokens of the server’s own keys name them, and are taken for nothing else', async () => {
    for (const algorithm of ['ES256', 'RS256'] as const) {
      const house = await opened({ algorithm })
      const { access, refresh } = await pairOf(house)
      const { header } = peekUnverified(access) ?? assert.fail()
      assert.equal(header.alg, algorithm)
      assert.ok(house.keyring.jwks().some(({ kid }) => kid === header.kid))
      assert.equal(header.typ, 'simplejwt+jwt')
      assert.equal((await refreshWith(house, refresh)).status, 200)
      await house.house.close()
    }
  })

  test('C1: no public key of the server is taken for the secret of HS256', async () => {
    const house = await opened({ algorithm: 'ES256' })
    const { refresh } = await pairOf(house)
    const [jwk] = house.keyring.jwks()
    const forgedKey = importSecretJwk({ kty: 'oct', k: encodeBase64url(JSON.stringify(jwk)) }, 'HS256')
    const forged = signJws({ typ: 'JWT' }, claimsOf(refresh), forgedKey)
    assertRefused(await refreshWith(house, forged), 'Token is invalid', 'token_not_valid')
    await house.house.close()
  })

  test('audience and issuer are written and demanded', async () => {
    const house = await opened({ audience: 'shop', issuer: 'me' })
    const { refresh } = await pairOf(house)
    assert.deepEqual([claimsOf(refresh)['aud'], claimsOf(refresh)['iss']], ['shop', 'me'])
    const { aud: _aud, ...without } = claimsOf(refresh)
    assertRefused(await refreshWith(house, byDjango(without)), 'Token is invalid', 'token_not_valid')
    await house.house.close()
  })

  test('the field of the name, the claims and the paths are as the settings say', async () => {
    const house = await opened({
      usernameField: 'email',
      userIdClaim: 'uid',
      extraClaims: ['email', 'name'],
      paths: {
        obtain: ['/api/v1/auth/login/', '/auth/jwt/create/'],
        refresh: ['/api/token/refresh/'],
        verify: [],
        blacklist: ['/api/token/revoke/'],
        slidingObtain: [],
        slidingRefresh: [],
      },
    })
    const answer = await house.send('/auth/jwt/create', { email: 'ada@example.test', password })
    const claims = claimsOf(answer.json()['access'])
    assert.deepEqual(
      [claims['email'], claims['name'], 'user_id' in claims],
      ['ada@example.test', 'Ada Lovelace', false],
    )
    assert.equal(
      (await house.send('/api/v1/auth/login/', { email: 'ada@example.test', password })).status,
      200,
    )
    assert.equal((await house.send('/api/token/', credentials)).status, 404)
    await house.house.close()
  })

  test('too many tries are throttled in the framework’s words', async () => {
    const house = await opened({}, { limited: true })
    let answer: Answer
    let tries = 0
    do {
      answer = await house.send('/api/token/', { username: 'ada', password: 'wrong' })
      tries += 1
    } while (answer.status === 401 && tries < 200)
    assert.equal(answer.status, 429)
    const seconds = Number(answer.header('retry-after'))
    const unit = seconds === 1 ? 'second' : 'seconds'
    assert.deepEqual(answer.json(), {
      detail: `Request was throttled. Expected available in ${seconds} ${unit}.`,
    })
    await house.house.close()
  })
})
