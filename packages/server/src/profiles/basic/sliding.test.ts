// Tokens for a name and a password that live by their use, where an operator wants that.
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { digest } from '@countersign/protocol'
import { onBothEngines } from '../../../../../tests/harness/engines.ts'
import { noLimits, openPeople, type People, password } from '../../accounts/people.fixture.ts'
import { endAllSessions } from '../../accounts/sessions/sessions.store.ts'
import { apiCatalogue } from '../../oauth/apis/catalogue.ts'
import { devicesOf } from '../../oauth/device/devices.ts'
import {
  accessTokenByDigest,
  insertAccessToken,
  revokeStored,
} from '../../oauth/tokens/access-tokens.store.ts'
import { heldOf } from '../../oauth/tokens/held.store.ts'
import { keptToken } from '../../oauth/tokens/kept-token.ts'
import type { WriteSet } from '../../platform/db/database.ts'
import type { Committed } from '../../platform/db/engine.ts'
import { edgeOf, Visitor } from '../../platform/house.ts'
import type { Platform } from '../../platform/platform.ts'
import { ensureProfileClients } from '../profile-client.ts'
import { accountApiRoutes } from './account.routes.ts'
import { basic, basicRoutes } from './basic.routes.ts'
import { basicSettings } from './settings.ts'

const peer = '127.0.0.1'
const idle = 600
const sliding = { tokenLifetime: idle, slidingLifetime: 3600 }

onBothEngines('A token that lives by its use', (open) => {
  let people: People
  let platform: Platform
  /** What was to be written down beside answers since it was last emptied, and what became of it. */
  const beside: { readonly writes: WriteSet; readonly done: Promise<Committed> }[] = []
  before(async () => {
    people = await openPeople({ house: await open(), limits: noLimits })
    const { house } = people
    await ensureProfileClients(house, [basic])
    const { database } = house
    const watched: typeof database = Object.assign(Object.create(database), {
      commit: (writes: WriteSet) => {
        const done = database.commit(writes)
        beside.push({ writes, done })
        return done
      },
    })
    platform = { ...house, database: watched }
    await people.add({ username: 'ada' })
  })

  const now = () => people.house.runtime.now()
  const pass = (seconds: number) => people.house.runtime.advance(seconds)
  const told = async () => Promise.all(beside.splice(0).map(({ done }) => done))

  function visitorTo(written: Parameters<typeof basicSettings.parse>[0]): Visitor {
    const settings = basicSettings.parse(written)
    const room = { platform, door: people, oauth: { apis: apiCatalogue(platform) }, settings }
    const routes = [...basicRoutes(room), ...accountApiRoutes(room, settings)]
    return new Visitor(edgeOf(platform, routes), platform.issuer.origin)
  }

  async function given(written: Parameters<typeof basicSettings.parse>[0] = sliding) {
    const visitor = visitorTo(written)
    const form = { username: 'ada', password }
    const answer = (await visitor.visit('/get_access_token', { form, peer })).json()
    const token = String(answer['access_token'])
    await told()
    return {
      answer,
      token,
      /** Uses it, and waits until what comes of that is written down. */
      use: async () => {
        const used = await visitor.visit('/api/account', {
          peer,
          headers: { authorization: `Bearer ${token}` },
        })
        await told()
        return used
      },
      /** Seconds that it lives yet; undefined where it is good no more. */
      left: async () => {
        const stored = await accessTokenByDigest(people.house, digest(token))
        return stored && stored.claims.exp - now()
      },
    }
  }

  test('says when it ends unless it is used, and when it ends whatever happens', async () => {
    const { answer } = await given()
    const { expires_in: seconds, expires_at: end, max_expires_at: last } = answer
    assert.deepEqual([seconds, end, last], [idle, now() + idle, now() + 3600])
  })

  test('is prolonged by none of its uses unless an operator said so', async () => {
    const { answer, use, left } = await given({ tokenLifetime: idle })
    assert.equal('max_expires_at' in answer, false)
    pass(idle - 1)
    assert.equal((await use()).status, 200)
    assert.equal(await left(), 1)
    pass(1)
    assert.deepEqual([(await use()).status, await left()], [401, undefined])
  })

  test('goes on while it is used, and to its last moment at most', async () => {
    const { answer, use, left } = await given()
    const last = Number(answer['max_expires_at'])
    while (now() + idle - 100 < last) {
      pass(idle - 100)
      assert.equal((await use()).status, 200)
      assert.equal(await left(), Math.min(idle, last - now()))
    }
    pass(last - 1 - now())
    assert.equal((await use()).status, 200)
    pass(1)
    const late = await use()
    assert.deepEqual([late.status, late.json()['code']], [401, 'token_expired'])
  })

  test('ends where nobody uses it, is nobody’s device any more, and is not woken by a use that comes too late', async () => {
    const user = await people.add({ username: 'grace', email: 'grace@example.test' })
    const form = { username: 'grace', password }
    const visitor = visitorTo(sliding)
    const token = (await visitor.visit('/get_access_token', { form, peer })).json()['access_token']
    const use = async () => {
      const headers = { authorization: `Bearer ${token}` }
      const { status, json } = await visitor.visit('/api/account', { peer, headers })
      await told()
      return [status, json()['code']]
    }
    const listed = async () => [
      (await devicesOf(platform, user.id)).length,
      (await heldOf(platform, user.id)).length,
    ]
    pass(idle - 1)
    assert.deepEqual(await use(), [200, undefined])
    pass(idle - 1)
    assert.deepEqual(await listed(), [1, 1])
    pass(1)
    assert.deepEqual(await listed(), [0, 0])
    for (const _ of [1, 2]) assert.deepEqual(await use(), [401, 'token_expired'])
    assert.deepEqual(await listed(), [0, 0])
  })

  test('costs at most one write in a twelfth of that time, however often it is used', async () => {
    const { token, left } = await given()
    const uses = async (count: number) => {
      for (let use = 0; use < count; use += 1) assert.ok(await keptToken(platform, token))
      return (await told()).length
    }
    assert.equal(await uses(20), 0)
    pass(idle / 12 - 1)
    assert.equal(await uses(20), 0)
    pass(1)
    assert.ok(await keptToken(platform, token))
    await told()
    assert.equal(await left(), idle)
    assert.equal(await uses(20), 0)
    pass(idle / 12)
    const together = await Promise.all(Array.from({ length: 20 }, () => keptToken(platform, token)))
    assert.ok(together.every((kept) => kept !== null))
    const changed = (await told()).filter(({ ok }) => ok)
    assert.deepEqual([changed.length, await left()], [1, idle])
  })

  for (const [what, end] of [
    [
      'that was revoked meanwhile',
      async (token: string) => {
        const stored = (await accessTokenByDigest(people.house, digest(token))) ?? assert.fail()
        await people.house.database.commit([revokeStored(people.house.database, stored.claims, now())])
      },
    ],
    ['whose time was up meanwhile', async () => pass(idle)],
  ] as const) {
    test(`is not prolonged by a use ${what}`, async () => {
      const { token, left } = await given()
      pass(idle / 2)
      const { database } = people.house
      // The use is seen, and until it is written down something else happens.
      const slow: typeof database = Object.assign(Object.create(database), {
        read: async (...asked: Parameters<typeof database.read>) => {
          const rows = await database.read(...asked)
          await end(token)
          return rows
        },
      })
      const late = Object.assign(Object.create(slow), { commit: platform.database.commit })
      assert.ok(await keptToken({ ...platform, database: late }, token))
      assert.deepEqual(await told(), [{ ok: false, lost: 'token' }])
      assert.equal(await left(), undefined)
    })
  }

  test('ends with its person’s sessions all the same, and nothing prolongs it then', async () => {
    const { use, left } = await given()
    const ada = (await people.house.database.read(`select id from users where username = 'ada'`, []))[0]
    await people.house.database.commit([endAllSessions(people.house.database, now(), String(ada?.['id']))])
    pass(idle / 2)
    assert.deepEqual([(await use()).status, await left()], [401, undefined])
  })

  test('lets nothing live on that somebody else got for it', async () => {
    const { token, left } = await given()
    const { claims, live } = (await accessTokenByDigest(people.house, digest(token))) ?? assert.fail()
    const { database } = people.house
    const other = digest('another one')
    const exchanged = { ...claims, jti: 'exchanged' }
    await database.commit([insertAccessToken(database, other, exchanged, live?.user.id ?? null)])
    pass(idle - 1)
    assert.ok(await keptToken(platform, 'another one'))
    await told()
    assert.equal(await left(), 1)
    assert.ok(await keptToken(platform, token))
    await told()
    assert.equal(await left(), idle)
    assert.equal((await accessTokenByDigest(people.house, other))?.claims.exp, now() + 1)
  })

  test('can’t be had for a time that is shorter than without', () => {
    const { error } = basicSettings.safeParse({ tokenLifetime: 3600, slidingLifetime: 3600 })
    assert.deepEqual(
      error?.issues.map(({ path, message }) => [path, message]),
      [[['slidingLifetime'], 'must be longer than tokenLifetime']],
    )
  })
})
