// Tokens that come in another text than the one they were given as, or were taken in by versions before.
import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { describe, test } from 'node:test'
import { digest, importPrivateJwk, peekUnverified, signJws, verifyJws } from '@countersign/protocol'
import { onBothEngines } from '../../../../../tests/harness/engines.ts'
import { insertRefreshToken } from '../../oauth/tokens/refresh-tokens.store.ts'
import { broughtAs, djangoSecret, openSimpleJwt } from '../profile.fixture.ts'
import { nameOfToken, spellingsOf } from './spellings.ts'
import { assertRefused, byDjango, claimsOf, pairOf, refreshWith } from './wire.fixture.ts'

const curves = { ES256: 'P-256', ES256K: 'secp256k1', ES384: 'P-384', ES512: 'P-521' } as const

function pairFor(algorithm: keyof typeof curves) {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: curves[algorithm] })
  const key = importPrivateJwk({ ...privateKey.export({ format: 'jwk' }) }, algorithm)
  return { key, pem: String(privateKey.export({ type: 'pkcs8', format: 'pem' })) }
}

function otherSpelling(token: unknown): string {
  return spellingsOf(String(token))[1] ?? assert.fail('it has one spelling')
}

test('C11: a signature of ECDSA verifies in two spellings, and a token has one name in both', () => {
  for (const algorithm of ['ES256', 'ES256K', 'ES384', 'ES512'] as const) {
    const { key } = pairFor(algorithm)
    for (let count = 0; count < 8; count += 1) {
      const token = signJws({ typ: 'JWT' }, { count }, key)
      const other = otherSpelling(token)
      assert.notEqual(other, token)
      for (const one of [token, other]) assert.ok(verifyJws(one, () => key))
      assert.equal(otherSpelling(other), token)
      assert.equal(nameOfToken(other), nameOfToken(token))
    }
  }
  const hashed = byDjango({ jti: 'a' })
  assert.deepEqual(spellingsOf(hashed), [hashed])
  for (const text of ['', 'a', 'a.b.c', '..', `${hashed}.`]) assert.deepEqual(spellingsOf(text), [text])
})

describe('A token in its other spelling', () => {
  test('C9: is the spent token that it was: nothing comes of it but the same successor, and then the end of its family', async () => {
    const house = await openSimpleJwt(
      { algorithm: 'ES256', rotateRefreshTokens: true },
      { texts: { signing: pairFor('ES256').pem, verifying: [] } },
    )
    await broughtAs(house, await house.add({ username: 'ada' }), 41)
    const { refresh } = await pairOf(house)
    const next = (await refreshWith(house, refresh)).json()['refresh']
    assert.equal((await refreshWith(house, otherSpelling(refresh))).json()['refresh'], next)
    house.house.runtime.advance(31)
    assertRefused(await refreshWith(house, otherSpelling(refresh)), 'Token is blacklisted', 'token_not_valid')
    assertRefused(await refreshWith(house, next), 'Token is blacklisted', 'token_not_valid')
    const second = (await pairOf(house)).refresh
    const ended = await house.send('/api/token/blacklist/', { refresh: otherSpelling(second) })
    assert.equal(ended.status, 200, ended.body)
    for (const token of [second, otherSpelling(second)])
      assert.equal((await refreshWith(house, token)).status, 401)
    await house.house.close()
  })

  test('C10: is taken in once where Django signed it, also when both come at once, and ends once', async () => {
    const { key, pem } = pairFor('ES384')
    const house = await openSimpleJwt(
      { rotateRefreshTokens: true },
      { texts: { signing: djangoSecret, verifying: [pem] } },
    )
    await broughtAs(house, await house.add({ username: 'ada' }), 41)
    const now = house.house.runtime.now()
    const token = signJws(
      { typ: 'JWT' },
      { token_type: 'refresh', exp: now + 600, iat: now, jti: 'e'.repeat(32), user_id: 41 },
      key,
    )
    const both = [token, otherSpelling(token)]
    const answers = await Promise.all(both.map((one) => refreshWith(house, one)))
    const successors = new Set(answers.map((answer) => answer.json()['refresh']))
    assert.deepEqual([successors.size, ...answers.map(({ status }) => status)], [1, 200, 200])
    const [last] = successors
    assert.equal((await house.send('/api/token/blacklist/', { refresh: last })).status, 200)
    for (const one of both) {
      assertRefused(await refreshWith(house, one), 'Token is blacklisted', 'token_not_valid')
      assert.equal((await house.send('/api/token/verify/', { token: one })).status, 400)
    }
    await house.house.close()
  })
})

onBothEngines('A token of the system before', (open) => {
  test('stays taken in where a version before remembered it, or only the family that took it is known', async () => {
    const house = await openSimpleJwt({ rotateRefreshTokens: true }, { house: await open() })
    const { database, runtime } = house.house
    await broughtAs(house, await house.add({ username: 'ada' }), 41)
    const now = runtime.now()
    const refreshOf = (jti: string) =>
      byDjango({ token_type: 'refresh', exp: now + 600, iat: now, jti: jti.repeat(32), user_id: 41 })
    const [remembered, moved, fresh] = ['a', 'b', 'c'].map(refreshOf) as [string, string, string]
    const { refresh } = await pairOf(house)
    const familyId = String(claimsOf(refresh)['fam'])
    const before = digest(`simplejwt: ${digest(remembered)}`)
    await database.commit([
      { sql: `insert into seen_assertions values ('${before}', ${now + 601})`, parameters: [] },
      insertRefreshToken(database, {
        digest: digest(moved),
        familyId,
        generation: 7,
        createdAt: now,
        expiresAt: now + 600,
        boundTo: null,
        sealedToken: null,
      }),
    ])
    assert.equal((await house.send('/api/token/blacklist/', { refresh })).status, 200)
    for (const one of [remembered, moved]) {
      assertRefused(await refreshWith(house, one), 'Token is blacklisted', 'token_not_valid')
      assert.equal((await house.send('/api/token/verify/', { token: one })).status, 400)
    }
    assert.equal((await refreshWith(house, fresh)).status, 200)
    assert.equal(peekUnverified(fresh)?.claims['jti'], 'c'.repeat(32))
  })

  test('whose names hold what no database takes is refused as none', async () => {
    const house = await openSimpleJwt({}, { house: await open() })
    await broughtAs(house, await house.add({ username: 'ada' }), 41)
    const now = house.house.runtime.now()
    for (const names of [{ jti: 'a\0b' }, { jti: 'a', fam: 'a\0b' }, { jti: 'a', user_id: 'a\0b' }]) {
      const token = byDjango({ token_type: 'refresh', exp: now + 600, iat: now, user_id: 41, ...names })
      assert.equal((await refreshWith(house, token)).status, 401)
      for (const [path, member] of [
        ['verify', 'token'],
        ['blacklist', 'refresh'],
      ] as const)
        assert.equal((await house.send(`/api/token/${path}/`, { [member]: token })).status, 401)
    }
  })
})
