// While Django and this server answer side by side, under one key: each renews tokens of the other's.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { password } from '../../accounts/people.fixture.ts'
import type { KeyTexts } from '../keys.ts'
import { broughtAs, djangoSecret, openSimpleJwt, type SimpleJwtHouse } from '../profile.fixture.ts'
import { assertRefused, byDjango, claimsOf, pairOf, refreshWith } from './wire.fixture.ts'

describe('Tokens of ours that Django renewed, while both answer', () => {
  const open = async (settings: Parameters<typeof openSimpleJwt>[0] = {}, texts?: KeyTexts) => {
    const house = await openSimpleJwt({ rotateRefreshTokens: true, ...settings }, texts && { texts })
    const ada = await house.add({ username: 'ada' })
    await broughtAs(house, ada, 41)
    return house
  }
  /** As a rotation of Django's: everything is kept but the name and the times. */
  const renewed = (token: string, more: object = {}) => {
    const claims = claimsOf(token)
    return byDjango({ ...claims, jti: 'd'.repeat(32), iat: Number(claims['iat']), ...more })
  }
  const verified = async (house: SimpleJwtHouse, token: unknown) =>
    (await house.send('/api/token/verify/', { token })).status

  test('go on here, once for each, and end with their login', async () => {
    const house = await open()
    const { refresh } = await pairOf(house)
    const theirs = renewed(refresh)
    const answers = await Promise.all(Array.from({ length: 5 }, () => refreshWith(house, theirs)))
    assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200])
    const successors = new Set(answers.map((answer) => String(answer.json()['refresh'])))
    assert.equal(successors.size, 1)
    const [next = ''] = successors
    assert.notEqual(claimsOf(next)['fam'], claimsOf(refresh)['fam'])
    for (const answer of answers)
      assert.equal(claimsOf(answer.json()['access'])['fam'], claimsOf(next)['fam'])
    assert.equal((await refreshWith(house, next)).status, 200)
    house.house.runtime.advance(31)
    assertRefused(await refreshWith(house, theirs), 'Token is blacklisted', 'token_not_valid')
    assert.equal(await verified(house, theirs), 400)
    await house.house.close()
  })

  test('are ended by the blacklist, before they were used here and after', async () => {
    for (const rotateRefreshTokens of [true, false])
      for (const isUsed of [true, false]) {
        const house = await open({ rotateRefreshTokens })
        const { refresh, access } = await pairOf(house)
        const theirs = renewed(refresh)
        const used = isUsed ? (await refreshWith(house, theirs)).json() : {}
        const last = used['refresh'] ?? theirs
        assert.equal(await verified(house, last), 200)
        assert.equal((await house.send('/api/token/blacklist/', { refresh: last })).status, 200)
        const dead = [last, theirs, ...(isUsed ? [used['access']] : [refresh, access])]
        for (const token of dead) assert.equal(await verified(house, token), 400)
        for (const token of [last, theirs]) assert.equal((await refreshWith(house, token)).status, 401)
        await house.house.close()
      }
  })

  test('C10: are ended by a logout that races with their first use, by them or by the token before', async () => {
    const house = await open()
    for (let round = 0; round < 6; round += 1) {
      const { refresh } = await pairOf(house)
      const theirs = renewed(refresh, { jti: `${round}`.repeat(32) })
      const logout = house.send('/api/token/blacklist/', { refresh: round % 2 === 0 ? theirs : refresh })
      const [used] = await Promise.all([refreshWith(house, theirs), logout, refreshWith(house, theirs)])
      assert.equal((await logout).status, 200)
      if (round % 2 === 0) assert.equal((await refreshWith(house, theirs)).status, 401)
      else if (used.status !== 200) assert.equal((await refreshWith(house, theirs)).status, 401)
    }
    await house.house.close()
  })

  test('C10: end with all that came of them by a logout right behind their rotation, and late by none', async () => {
    const house = await open()
    for (const late of [false, true]) {
      const { refresh } = await pairOf(house)
      const theirs = renewed(refresh, { jti: String(late).padStart(32, 'e') })
      for (const token of [refresh, theirs]) {
        const { refresh: next } = (await refreshWith(house, token)).json()
        if (late) house.house.runtime.advance(31)
        const logout = await house.send('/api/token/blacklist/', { refresh: token })
        assert.equal(logout.status, late ? 401 : 200, logout.body)
        assert.equal(await verified(house, next), late ? 200 : 400)
        if (!late) break
      }
    }
    await house.house.close()
  })

  test('leave nothing of the token before, where a rotation ends that', async () => {
    const house = await open({ blacklistAfterRotation: true })
    const { refresh } = await pairOf(house)
    const theirs = renewed(refresh)
    const { refresh: next } = (await refreshWith(house, theirs)).json()
    assertRefused(await refreshWith(house, refresh), 'Token is blacklisted', 'token_not_valid')
    assert.equal(await verified(house, next), 200)
    await house.house.close()
  })

  test('C9: are nothing once the login has ended, for who was never there, or where only this server signs', async () => {
    const house = await open()
    const { refresh } = await pairOf(house)
    assert.equal((await house.send('/api/token/blacklist/', { refresh })).status, 200)
    assertRefused(await refreshWith(house, renewed(refresh)), 'Token is blacklisted', 'token_not_valid')
    await house.add({ username: 'grace', email: 'grace@example.test' })
    const newcomer = (await house.send('/api/token/', { username: 'grace', password })).json()['refresh']
    assert.equal((await refreshWith(house, renewed(String(newcomer)))).status, 401)
    await house.house.close()
    for (const settings of [{ algorithm: 'ES256' }, { tokenTypeClaim: null }] as const) {
      const own = await open(settings, {
        signing: settings.algorithm ? null : djangoSecret,
        verifying: [djangoSecret],
      })
      const ours = (await pairOf(own)).refresh
      assertRefused(await refreshWith(own, renewed(ours)), 'Token is blacklisted', 'token_not_valid')
      await own.house.close()
    }
  })
})
