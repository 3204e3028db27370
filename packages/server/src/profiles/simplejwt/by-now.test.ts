// What tokens say that come of others: of their person what holds by then.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { defineRole, grantRole, withdrawRole } from '../../access/roles.store.ts'
import type { Person } from '../person.ts'
import { broughtAs, openSimpleJwt, type SimpleJwtHouse } from '../profile.fixture.ts'
import type { SimpleJwtSettings } from './settings.ts'
import { byDjango, claimsOf, credentials, pairOf, refreshWith } from './wire.fixture.ts'

const staffOf = (token: unknown) => [claimsOf(token)['is_staff'], claimsOf(token)['desk']]

async function withAda(
  settings: Partial<SimpleJwtSettings> & { readonly sliding?: boolean },
  work: (house: SimpleJwtHouse, ada: Awaited<ReturnType<SimpleJwtHouse['add']>>) => Promise<void>,
): Promise<void> {
  const house = await openSimpleJwt(settings)
  try {
    await work(house, await house.add({ username: 'ada' }))
  } finally {
    await house.house.close()
  }
}

test('PM-05: a role that was withdrawn is gone from what comes of a token from before', async () => {
  // As the guide has it, and as somebody writes it who adds a claim for some people alone.
  const extraClaims = ({ roles }: Person) => ({
    is_staff: roles.includes('staff'),
    ...(roles.includes('staff') && { desk: 7 }),
  })
  const kinds: Partial<SimpleJwtSettings>[] = [
    { extraClaims },
    { extraClaims, rotateRefreshTokens: true },
    { extraClaims, rotateRefreshTokens: true, safeRotation: false },
    { extraClaims, userId: 'id' },
  ]
  for (const settings of kinds) {
    await withAda(settings, async (house, ada) => {
      const { database } = house.house
      const role = { name: 'staff', description: '' }
      await database.commit([defineRole(database, role), grantRole(database, ada.id, 'staff')])
      const { refresh, access } = await pairOf(house)
      assert.deepEqual(staffOf(access), [true, 7])
      await database.commit([withdrawRole(database, ada.id, 'staff')])
      const { access: next, refresh: successor = refresh } = (await refreshWith(house, refresh)).json()
      assert.deepEqual(staffOf(next), [false, undefined])
      assert.deepEqual(staffOf((await refreshWith(house, successor)).json()['access']), [false, undefined])
      assert.deepEqual(
        Object.keys(claimsOf(next)).toSorted(),
        Object.keys(claimsOf(access))
          .filter((name) => name !== 'desk')
          .toSorted(),
      )
    })
  }
  await withAda({ extraClaims, sliding: true }, async (house, ada) => {
    const { database } = house.house
    const role = { name: 'staff', description: '' }
    await database.commit([defineRole(database, role), grantRole(database, ada.id, 'staff')])
    const { token } = (await house.send('/api/token/', credentials)).json()
    assert.deepEqual(staffOf(token), [true, 7])
    await database.commit([withdrawRole(database, ada.id, 'staff')])
    const renewed = (await house.send('/api/token/refresh/', { token })).json()['token']
    assert.deepEqual(staffOf(renewed), [false, undefined])
  })
})

test('PM-05: a claim that the operator has tokens say no more is gone from what comes of a token from before', async () => {
  const extraClaims = () => ({ is_staff: true, desk: 7 })
  await withAda({ extraClaims, rotateRefreshTokens: true }, async ({ house }) => {
    const before = await openSimpleJwt({ extraClaims, rotateRefreshTokens: true }, { house })
    const { refresh, access } = await pairOf(before)
    assert.deepEqual(staffOf(access), [true, 7])
    const after = await openSimpleJwt({ rotateRefreshTokens: true }, { house })
    const next = (await refreshWith(after, refresh)).json()
    assert.deepEqual(staffOf(next['access']), [undefined, undefined])
    assert.deepEqual(staffOf(next['refresh']), [undefined, undefined])
  })
})

test('what Django’s own code had a token say stays in what comes of it here', async () => {
  const extraClaims = ({ username }: Person) => ({ username })
  await withAda({ extraClaims, rotateRefreshTokens: true }, async (house, ada) => {
    await broughtAs(house, ada, 1843)
    const exp = house.house.runtime.now() + 3600
    const own = { token_type: 'refresh', exp, iat: exp - 3600, jti: 'a'.repeat(32), user_id: '1843' }
    const django = byDjango({ ...own, shop: 'north', username: 'before' })
    const first = (await refreshWith(house, django)).json()
    const second = (await refreshWith(house, first['refresh'])).json()
    for (const { access } of [first, second]) {
      const { shop, username, user_id } = claimsOf(access)
      assert.deepEqual([shop, username, user_id], ['north', 'ada', '1843'])
    }
  })
})
