// How long tokens last, to the second: until the `exp` that stands in them, and never longer.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { edgeOf, Visitor } from '../../platform/house.ts'
import { openSimpleJwt, type SimpleJwtHouse } from '../profile.fixture.ts'
import type { SimpleJwtSettings } from './settings.ts'
import { simpleJwtRoutes } from './simplejwt.routes.ts'
import { assertRefused, claimsOf, credentials, pairOf, refreshWith } from './wire.fixture.ts'

async function withAda(
  settings: Partial<SimpleJwtSettings> & { readonly sliding?: boolean },
  work: (house: SimpleJwtHouse, advance: (seconds: number) => void) => Promise<void>,
): Promise<void> {
  const house = await openSimpleJwt(settings)
  try {
    await house.add({ username: 'ada' })
    await work(house, house.house.runtime.advance)
  } finally {
    await house.house.close()
  }
}

async function assertGood(house: SimpleJwtHouse, token: unknown): Promise<void> {
  const answer = await house.send('/api/token/verify/', { token })
  assert.deepEqual([answer.status, answer.json()], [200, {}])
}

async function assertExpired(house: SimpleJwtHouse, token: unknown): Promise<void> {
  assertRefused(await house.send('/api/token/verify/', { token }), 'Token is expired', 'token_not_valid')
}

describe('A token of Simple JWT', () => {
  for (const rotateRefreshTokens of [false, true])
    test(`lives its whole time, though its refresh token ends before ${rotateRefreshTokens ? 'with' : 'without'} rotation`, async () => {
      await withAda({ rotateRefreshTokens, rotationLifetime: 86_400 }, async (house, advance) => {
        const { refresh } = await pairOf(house)
        advance(86_399)
        const { access } = (await refreshWith(house, refresh)).json()
        advance(1)
        assertRefused(await refreshWith(house, refresh), 'Token is expired', 'token_not_valid')
        advance(298)
        await assertGood(house, access)
        advance(1)
        await assertExpired(house, access)
      })
    })

  test('is taken within the leeway after its end, and not a second later', async () => {
    for (const leeway of [10, 0.5])
      await withAda({ leeway }, async (house, advance) => {
        const { refresh } = await pairOf(house)
        const whole = Math.ceil(leeway)
        advance(86_400 + whole - 1)
        const answer = await refreshWith(house, refresh)
        assert.equal(answer.status, 200, answer.body)
        const { access } = answer.json()
        advance(1)
        assertRefused(await refreshWith(house, refresh), 'Token is expired', 'token_not_valid')
        advance(298 + whole)
        await assertGood(house, access)
        advance(1)
        await assertExpired(house, access)
      })
  })

  test('that slides lives its whole time after it was renewed for the last time', async () => {
    await withAda({ sliding: true, slidingTokenRefreshLifetime: 400 }, async (house, advance) => {
      const token = (await house.send('/api/token/', credentials)).json()['token']
      advance(299)
      const second = (await house.send('/api/token/refresh/', { token })).json()['token']
      advance(100)
      const last = (await house.send('/api/token/refresh/', { token: second })).json()['token']
      advance(1)
      const late = await house.send('/api/token/refresh/', { token: last })
      assertRefused(late, "Token 'refresh_exp' claim has expired", 'token_not_valid')
      advance(298)
      await assertGood(house, last)
      advance(1)
      await assertExpired(house, last)
    })
  })
})

describe('Rotation', () => {
  test('keeps somebody signed in as long as the settings say, and tokens promise no more', async () => {
    await withAda({ rotateRefreshTokens: true, rotationLifetime: 100_000 }, async (house, advance) => {
      const end = house.house.runtime.now() + 100_000
      let { refresh } = await pairOf(house)
      for (const seconds of [80_000, 19_999]) {
        advance(seconds)
        refresh = String((await refreshWith(house, refresh)).json()['refresh'])
        assert.equal(claimsOf(refresh)['exp'], end)
      }
      advance(1)
      assertRefused(await refreshWith(house, refresh), 'Token is expired', 'token_not_valid')
    })
  })

  test('takes the token before for a while, which the settings say', async () => {
    for (const [rotationGrace, after, status] of [
      [5, 4, 200],
      [5, 5, 401],
      [90, 89, 200],
      [0, 0, 401],
    ] as const)
      await withAda({ rotateRefreshTokens: true, rotationGrace }, async (house, advance) => {
        const { refresh } = await pairOf(house)
        const next = (await refreshWith(house, refresh)).json()['refresh']
        advance(after)
        const again = await refreshWith(house, refresh)
        assert.equal(again.status, status, again.body)
        if (status === 200) assert.equal(again.json()['refresh'], next)
        else assertRefused(again, 'Token is blacklisted', 'token_not_valid')
      })
  })

  test('takes it not at all where the profile of the server allows no such while', async () => {
    await withAda({ rotateRefreshTokens: true }, async (house) => {
      const room = { ...house.room, lifetimes: { ...house.room.lifetimes, refreshGrace: 0 } }
      const visitor = new Visitor(edgeOf(house.house, simpleJwtRoutes(room)))
      const { refresh } = await pairOf(house)
      const send = () =>
        visitor.visit('/api/token/refresh/', {
          body: JSON.stringify({ refresh }),
          headers: { 'content-type': 'application/json' },
        })
      assert.equal((await send()).status, 200)
      assertRefused(await send(), 'Token is blacklisted', 'token_not_valid')
    })
  })
})
