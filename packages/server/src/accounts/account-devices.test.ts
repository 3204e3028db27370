// The devices that a person has let in, on their account page.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { digest } from '@countersign/protocol'
import { onBothEngines } from '../../../../tests/harness/engines.ts'
import { edgeOf, type House, Visitor } from '../platform/house.ts'
import { accountRoutes } from './account.routes.ts'
import { noLimits, openPeople, wayIn } from './people.fixture.ts'
import { byPassword, type Session } from './sessions/session.ts'
import { insertSession, sessionsOf } from './sessions/sessions.store.ts'
import { openProgramSession } from './sessions/sessions.ts'

test('SE-08: devices stand among the sessions, are ended one by one, and all together', async (t) => {
  const at = { userAgent: null, peer: null, allowedAt: 0, lastUsedAt: 0 }
  const tv = { clientId: 'tv', name: 'The Television', count: 1, newest: [{ ...at, id: 'ses_tv' }] }
  const radio = { clientId: 'radio', name: 'The Radio', count: 1, newest: [{ ...at, id: 'ses_radio' }] }
  const { house, add, passwords, limits } = await openPeople({ limits: noLimits })
  t.after(() => house.close())
  const ada = await add()
  const room = {
    passwords,
    limits,
    upstreams: [],
    connectedClients: async () => [],
    apiKeys: async () => [],
    waiting: async () => 0,
  }
  const routes = [wayIn(house), ...accountRoutes(house, { ...room, devices: async () => [tv, radio] })]
  const visitor = new Visitor(edgeOf(house, routes), house.issuer.origin)
  await visitor.visit(`/enter/${ada.id}`)
  await visitor.visit('/account')
  const [own] = await sessionsOf(house.database, house.runtime.now(), ada.id)
  const held = ['ses_tv', 'ses_radio'].map((id) =>
    insertSession(house.database, { ...(own as Session), id }, digest(id), 'tv'),
  )
  await house.database.commit(held)
  const page = (await visitor.visit('/account')).body
  for (const name of [
    'The Television</bdi>, on a device',
    'The Radio</bdi>, on a device',
    'Sign out everywhere else',
  ])
    assert.ok(page.includes(name), name)
  const left = async () => {
    const rows = await house.database.read('select id from sessions where ended_at is null order by id', [])
    return rows.map((row) => row['id'])
  }
  const ended = await visitor.submit('/account/sessions/revoke', { session: 'ses_tv' })
  assert.equal(ended.location, '/account?done=session-ended')
  assert.deepEqual(await left(), [own?.id, 'ses_radio'].sort())
  await visitor.submit('/account/sessions/revoke-others', {})
  assert.deepEqual(await left(), [own?.id])
  const events = await house.database.read(
    "select session_id from events where type = 'session.ended' order by session_id",
    [],
  )
  assert.ok(events.some((row) => row['session_id'] === 'ses_radio'))
})

onBothEngines('The sessions of one application', (open) => {
  const openHere = async () => {
    const { house, add, ...door } = await openPeople({ limits: noLimits, house: await open() })
    const [ada, eve] = [await add(), await add({ email: 'eve@example.test' })]
    const room = {
      ...door,
      upstreams: [],
      devices: async () => [],
      connectedClients: async () => [],
      apiKeys: async () => [],
      waiting: async () => 0,
    }
    const visitor = new Visitor(
      edgeOf(house, [wayIn(house), ...accountRoutes(house, room)]),
      house.issuer.origin,
    )
    await visitor.visit(`/enter/${ada.id}`)
    await visitor.visit('/account')
    const begin = (userId: string, clientId: string) => {
      const by = { userId, clientId, authentication: byPassword, seconds: 3600 }
      const { session, writes } = openProgramSession(
        house,
        { headers: { get: () => undefined }, peer: '' },
        by,
      )
      return house.database.commit(writes).then(() => session.id)
    }
    return { house, ada, eve, visitor, begin }
  }

  test('SE-08: end at once, each with its event; nobody else’s, and no other application’s', async () => {
    const { house, ada, eve, visitor, begin } = await openHere()
    const phones = [await begin(ada.id, 'app'), await begin(ada.id, 'app'), await begin(ada.id, 'app')]
    const others = [await begin(ada.id, 'radio'), await begin(eve.id, 'app')]
    const [own] = await sessionsOf(house.database, house.runtime.now(), ada.id)
    for (const client of ['', 'none', 'app']) {
      assert.equal((await standing(house)).length, 6, client)
      const ended = await visitor.submit('/account/sessions/revoke-application', { client })
      assert.equal(ended.location, '/account?done=application-ended')
    }
    assert.deepEqual(await standing(house), [own?.id ?? '', ...others].sort())
    assert.deepEqual(await told(house), phones.sort())
    assert.match((await visitor.visit('/account?done=application-ended')).body, /is signed out everywhere/)
  })

  test('SE-08: one that begins while they end is ended and told of, or begins afterwards', async () => {
    const { house, ada, visitor, begin } = await openHere()
    for (let one = 0; one < 3; one++) await begin(ada.id, 'app')
    const [answer] = await Promise.all([
      visitor.submit('/account/sessions/revoke-application', { client: 'app' }),
      ...Array.from({ length: 4 }, () => begin(ada.id, 'app')),
    ])
    assert.equal(answer.status, 303)
    const rows = await house.database.read(
      'select id from sessions where ended_at is not null order by id',
      [],
    )
    assert.ok(rows.length >= 3)
    assert.deepEqual(
      await told(house),
      rows.map(({ id }) => id),
    )
  })

  test('SE-09: after ten minutes the password is asked for first', async () => {
    const { house, ada, visitor, begin } = await openHere()
    await begin(ada.id, 'app')
    house.runtime.advance(601)
    const asked = await visitor.submit('/account/sessions/revoke-application', { client: 'app' })
    assert.deepEqual([asked.status, asked.field('client')], [403, 'app'])
    assert.equal((await standing(house)).length, 2)
  })
})

async function standing(house: House): Promise<unknown[]> {
  const rows = await house.database.read('select id from sessions where ended_at is null order by id', [])
  return rows.map((row) => row['id'])
}

/** The sessions of whose end an event tells. */
async function told(house: House): Promise<unknown[]> {
  const rows = await house.database.read(
    "select session_id from events where type = 'session.ended' order by session_id",
    [],
  )
  return rows.map((row) => row['session_id'])
}
