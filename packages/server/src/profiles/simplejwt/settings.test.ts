// The settings of SIMPLE_JWT one by one, and those of ours beside them: what each changes in tokens and answers.
import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { describe, test } from 'node:test'
import { importPrivateJwk, peekUnverified, signJws } from '@countersign/protocol'
import { putPassword } from '../../accounts/credentials/passwords.store.ts'
import { password } from '../../accounts/people.fixture.ts'
import { rememberMoved } from '../../accounts/users/moved.store.ts'
import { broughtAs, djangoSecret, openSimpleJwt, type SimpleJwtHouse } from '../profile.fixture.ts'
import { placeless } from './placeless.ts'
import { type SimpleJwtSettings, simpleJwtSettings } from './settings.ts'
import { assertRefused, byDjango, claimsOf, credentials, pairOf, refreshWith } from './wire.fixture.ts'

async function withAda<T>(
  settings: Partial<SimpleJwtSettings>,
  work: (house: SimpleJwtHouse, ada: Awaited<ReturnType<SimpleJwtHouse['add']>>) => Promise<T>,
  options: Parameters<typeof openSimpleJwt>[1] = {},
): Promise<void> {
  const house = await openSimpleJwt(settings, options)
  try {
    await work(house, await house.add({ username: 'ada' }))
  } finally {
    await house.house.close()
  }
}

test('every setting of SIMPLE_JWT has the default that it has there', () => {
  const { dialect: _dialect, paths, ...settings } = simpleJwtSettings.parse({})
  assert.deepEqual(settings, {
    accessTokenLifetime: 300,
    refreshTokenLifetime: 86_400,
    rotateRefreshTokens: false,
    blacklistAfterRotation: false,
    updateLastLogin: false,
    algorithm: 'HS256',
    verifyingKey: '',
    verifyingKeyFiles: [],
    audience: null,
    issuer: null,
    leeway: 0,
    authHeaderTypes: ['Bearer'],
    authHeaderName: 'HTTP_AUTHORIZATION',
    userIdField: 'id',
    userIdClaim: 'user_id',
    authTokenClasses: ['access'],
    tokenTypeClaim: 'token_type',
    jtiClaim: 'jti',
    slidingTokenRefreshExpClaim: 'refresh_exp',
    slidingTokenLifetime: 300,
    slidingTokenRefreshLifetime: 86_400,
    checkRevokeToken: false,
    revokeTokenClaim: 'hash_password',
    checkUserIsActive: true,
    usernameField: 'username',
    userId: 'number',
    subject: 'id',
    extraClaims: [],
    responseExtras: null,
    trimCredentials: true,
    safeRotation: true,
    rotationGrace: 30,
    strictVerify: true,
    anyCaseScheme: true,
    numbers: {},
    locale: 'en',
    locales: false,
    messages: {},
  })
  assert.deepEqual(paths.obtain, ['/api/token/'])
})

test('a setting that has no place is taken with its own default alone, and says what to do instead', () => {
  const names = Object.keys(placeless)
  assert.equal(names.length, 12)
  for (const name of names) {
    assert.equal(simpleJwtSettings.safeParse({ [name]: null }).success, true, name)
    assert.equal(simpleJwtSettings.safeParse({ [name]: 'rest_framework_simplejwt.x.Y' }).success, true, name)
    for (const other of ['shop.tokens.Own', () => true, 7]) {
      const [issue] = simpleJwtSettings.safeParse({ [name]: other }).error?.issues ?? []
      assert.deepEqual(issue?.path, [name])
      assert.match(issue?.message ?? '', /^has no place here: /)
    }
  }
})

test('classes of tokens go by the names of Django’s classes too', () => {
  const { authTokenClasses } = simpleJwtSettings.parse({ authTokenClasses: ['AccessToken', 'SlidingToken'] })
  assert.deepEqual(authTokenClasses, ['access', 'sliding'])
})

test('refresh tokens may last for life, what APIs believe without asking a year', () => {
  const life = 200 * 366 * 86_400
  for (const [name, longest] of [
    ['accessTokenLifetime', 366 * 86_400],
    ['slidingTokenLifetime', 366 * 86_400],
    ['refreshTokenLifetime', 36_525 * 86_400],
    ['slidingTokenRefreshLifetime', 36_525 * 86_400],
  ] as const) {
    assert.equal(simpleJwtSettings.parse({ [name]: longest })[name], longest)
    assert.equal(simpleJwtSettings.safeParse({ [name]: life }).success, false, name)
  }
})

test('a refresh token of fifty years gives access, is rotated and is ended as any other', async () => {
  const seconds = 50 * 366 * 86_400
  for (const rotateRefreshTokens of [false, true])
    await withAda({ refreshTokenLifetime: seconds, rotateRefreshTokens }, async (house) => {
      const { refresh } = await pairOf(house)
      house.house.runtime.advance(40 * 366 * 86_400)
      const answer = await refreshWith(house, refresh)
      assert.equal(answer.status, 200, answer.body)
      const last = answer.json()['refresh'] ?? refresh
      assert.equal((await house.send('/api/token/blacklist/', { refresh: last })).status, 200)
      assertRefused(await refreshWith(house, last), 'Token is blacklisted', 'token_not_valid')
    })
})

describe('What tokens say of a person', () => {
  test('C34: functions add claims and members of the answer, and replace none of ours', async () => {
    await withAda(
      {
        extraClaims: async ({ username, legacyId, roles }) => ({
          username,
          number: legacyId,
          roles,
          user_id: '99',
          token_type: 'refresh',
          exp: 1,
          sub: 'usr_other',
          fam: 'fam_other',
        }),
        responseExtras: ({ id, email }) => ({ user: { pk: id, email }, access: 'another' }),
      },
      async (house, ada) => {
        const answer = (await house.send('/api/token/', credentials)).json()
        assert.deepEqual(Object.keys(answer), ['refresh', 'access', 'user'])
        assert.deepEqual(answer['user'], { pk: ada.id, email: 'ada@example.test' })
        const claims = claimsOf(answer['access'])
        assert.deepEqual([claims['username'], claims['number'], claims['roles']], ['ada', 1, []])
        assert.deepEqual([claims['user_id'], claims['token_type'], claims['sub']], ['1', 'access', ada.id])
        const refreshed = claimsOf((await refreshWith(house, answer['refresh'])).json()['access'])
        assert.equal(refreshed['username'], 'ada')
      },
    )
  })

  test('an id is a number or a text as the dialect or the setting has it, and sub may be it too', async () => {
    for (const [settings, id, sub] of [
      [{}, '1', null],
      [{ dialect: '5.2' }, 1, null],
      [{ userIdType: 'integer' }, 1, null],
      [{ dialect: '5.2', userIdType: 'string' }, '1', null],
      [{ subject: 'legacyId' }, '1', '1'],
      [{ userIdField: 'username' }, 'ada', null],
      [{ userIdField: 'email' }, 'ada@example.test', null],
    ] as const)
      await withAda(settings, async (house, ada) => {
        const claims = claimsOf((await pairOf(house)).access)
        assert.deepEqual([claims['user_id'], claims['sub']], [id, sub ?? ada.id], JSON.stringify(settings))
      })
  })

  test('a claim “sub” that names people as Django did is that, also in what comes of a token of before', async () => {
    for (const [settings, sub] of [
      [{ userIdClaim: 'sub', dialect: '5.2' }, 41],
      [{ userIdClaim: 'sub' }, '41'],
      [{ subject: 'legacyId' }, '41'],
    ] as const)
      await withAda({ rotateRefreshTokens: true, ...settings }, async (house, ada) => {
        await broughtAs(house, ada, 41)
        const { access, refresh } = await pairOf(house)
        assert.deepEqual([claimsOf(access)['sub'], claimsOf(refresh)['sub']], [sub, sub])
        const now = house.house.runtime.now()
        const claim = house.room.settings.userIdClaim
        const old = { token_type: 'refresh', exp: now + 60, iat: now, jti: 'f'.repeat(32), [claim]: sub }
        for (const token of [refresh, byDjango(old)]) {
          const next = await refreshWith(house, token)
          assert.equal(next.status, 200, next.body)
          const both = [next.json()['access'], next.json()['refresh']]
          for (const one of both) assert.equal(claimsOf(one)['sub'], sub)
        }
      })
  })

  test('a primary key that was no number stays what it was, and tokens of before name it', async () => {
    await withAda({}, async (house, ada) => {
      const { database, runtime } = house.house
      const uuid = '6f1d7a52-8f0e-4c6b-9d1c-3f4a5b6c7d8e'
      const moved = { userId: ada.id, digest: '', passwordDigest: null, movedAt: runtime.now() }
      await database.commit([rememberMoved(database, 'django', uuid, moved)])
      assert.equal(claimsOf((await pairOf(house)).access)['user_id'], uuid)
      const now = runtime.now()
      const old = { token_type: 'refresh', exp: now + 60, iat: now, jti: 'd'.repeat(32), user_id: uuid }
      assert.equal((await refreshWith(house, byDjango(old))).status, 200)
      assertRefused(
        await refreshWith(house, byDjango({ ...old, jti: 'e'.repeat(32), user_id: 'another' })),
        'No active account found for the given token.',
      )
    })
  })

  test('tokens of before that name people by their user name are taken', async () => {
    await withAda({ userIdField: 'username' }, async (house, ada) => {
      await broughtAs(house, ada, 41)
      const now = house.house.runtime.now()
      const old = { token_type: 'refresh', exp: now + 60, iat: now, jti: 'f'.repeat(32), user_id: 'ada' }
      assert.equal((await refreshWith(house, byDjango(old))).status, 200)
    })
  })

  test('numbers begin where the settings say', async () => {
    await withAda({ numbers: { from: 70_000 } }, async (house) => {
      assert.equal(claimsOf((await pairOf(house)).access)['user_id'], '70000')
    })
  })
})

describe('Tokens that say the version of a password', () => {
  test('end with it, whoever holds them, and tell nothing of it', async () => {
    await withAda({ checkRevokeToken: true, rotateRefreshTokens: true }, async (house, ada) => {
      const { database, runtime } = house.house
      const pair = await pairOf(house)
      const version = String(claimsOf(pair.access)['hash_password'])
      assert.match(version, /^[0-9A-F]{32}$/)
      assert.equal(claimsOf((await pairOf(house)).refresh)['hash_password'], version)
      assert.equal((await refreshWith(house, pair.refresh)).status, 200)
      const again = await pairOf(house)
      runtime.advance(5)
      // Their sessions are left alone, so that the version alone decides.
      const changed = await house.passwords.protect(ada.id, 'another-engine-1843')
      await database.commit([putPassword(database, runtime.now(), ada.id, changed)])
      assertRefused(await refreshWith(house, again.refresh), "The user's password has been changed.")
      const verified = await house.send('/api/token/verify/', { token: again.access })
      assertRefused(verified, "The user's password has been changed.")
    })
  })

  test('what Django wrote there is believed once, and its successors say ours', async () => {
    await withAda(
      { checkRevokeToken: true, revokeTokenClaim: 'version', rotateRefreshTokens: true },
      async (house, ada) => {
        await broughtAs(house, ada, 41)
        const now = house.house.runtime.now()
        const md5 = '5D41402ABC4B2A76B9719D911017C592'
        const old = {
          token_type: 'refresh',
          exp: now + 60,
          iat: now,
          jti: 'a1'.repeat(16),
          user_id: 41,
          version: md5,
        }
        const answer = (await refreshWith(house, byDjango(old))).json()
        assert.notEqual(claimsOf(answer['refresh'])['version'], md5)
        assert.equal((await refreshWith(house, answer['refresh'])).status, 200)
      },
    )
  })
})

describe('Keys of other algorithms', () => {
  const pem = (
    key: { export(options: { type: 'pkcs8' | 'spki'; format: 'pem' }): string | Buffer },
    type: 'pkcs8' | 'spki',
  ) => key.export({ type, format: 'pem' }).toString()
  const pairs = {
    RS384: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
    PS256: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
    ES384: () => generateKeyPairSync('ec', { namedCurve: 'P-384' }),
    ES512: () => generateKeyPairSync('ec', { namedCurve: 'P-521' }),
    ES256K: () => generateKeyPairSync('ec', { namedCurve: 'secp256k1' }),
    EdDSA: () => generateKeyPairSync('ed25519'),
  } as const

  for (const algorithm of Object.keys(pairs) as (keyof typeof pairs)[]) {
    test(`${algorithm} signs with the private key that Django had, and its tokens are taken`, async () => {
      const { privateKey } = pairs[algorithm]()
      const texts = { signing: pem(privateKey, 'pkcs8'), verifying: [] }
      await withAda(
        { algorithm, signingKeyFile: 'its text is given', rotateRefreshTokens: true },
        async (house, ada) => {
          await broughtAs(house, ada, 41)
          const { refresh } = await pairOf(house)
          assert.deepEqual(peekUnverified(refresh)?.header, { alg: algorithm, typ: 'JWT' })
          assert.equal((await refreshWith(house, refresh)).status, 200)
          const jwk = privateKey.export({ format: 'jwk' }) as Record<string, unknown>
          const now = house.house.runtime.now()
          const old = { token_type: 'refresh', exp: now + 60, iat: now, jti: 'b2'.repeat(16), user_id: 41 }
          const byThem = signJws({ typ: 'JWT' }, old, importPrivateJwk(jwk, algorithm))
          assert.equal((await refreshWith(house, byThem)).status, 200)
        },
        { texts },
      )
    })
  }

  test('a public key of before is believed beside keys of our own', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const texts = { signing: null, verifying: [pem(publicKey, 'spki'), djangoSecret] }
    await withAda(
      { algorithm: 'ES256' },
      async (house, ada) => {
        await broughtAs(house, ada, 41)
        const jwk = privateKey.export({ format: 'jwk' }) as Record<string, unknown>
        const now = house.house.runtime.now()
        const old = { token_type: 'refresh', exp: now + 60, iat: now, jti: 'c3'.repeat(16), user_id: 41 }
        const byThem = signJws({ typ: 'JWT' }, old, importPrivateJwk(jwk, 'RS256'))
        const answer = await refreshWith(house, byThem)
        assert.equal(answer.status, 200, answer.body)
        assert.equal(peekUnverified(String(answer.json()['access']))?.header.alg, 'ES256')
        assert.equal((await refreshWith(house, byDjango({ ...old, jti: 'd4'.repeat(16) }))).status, 200)
      },
      { texts },
    )
  })

  test('an algorithm without keys of ours asks for a file', () => {
    assert.throws(() => simpleJwtSettings.parse({ algorithm: 'PS256' }), /signingKey/)
    assert.equal(simpleJwtSettings.parse({ algorithm: 'ES256' }).algorithm, 'ES256')
  })
})

test('several audiences are written, and one of them is enough to be taken', async () => {
  await withAda({ audience: ['shop', 'bank'] }, async (house) => {
    const { refresh } = await pairOf(house)
    assert.deepEqual(claimsOf(refresh)['aud'], ['shop', 'bank'])
    assert.equal((await refreshWith(house, byDjango({ ...claimsOf(refresh), aud: 'bank' }))).status, 401)
    assert.equal((await house.send('/api/token/verify/', { token: refresh })).status, 200)
    const other = byDjango({ ...claimsOf(refresh), aud: ['else'] })
    assertRefused(await refreshWith(house, other), 'Token is invalid', 'token_not_valid')
  })
})

test('a password is proven in the field that the settings name', async () => {
  await withAda({ usernameField: 'email' }, async (house) => {
    const answer = await house.send('/api/token/', { email: 'ada@example.test', password })
    assert.equal(answer.status, 200)
    const missing = await house.send('/api/token/', { username: 'ada', password })
    assert.deepEqual(missing.json(), { email: ['This field is required.'] })
  })
})
