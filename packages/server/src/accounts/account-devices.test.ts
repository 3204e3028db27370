// The devices that a person has let in, on their account page.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { digest } from '@countersign/protocol'
import { edgeOf, Visitor } from '../platform/house.ts'
import { accountRoutes } from './account.routes.ts'
import { noLimits, openPeople, wayIn } from './people.fixture.ts'
import type { Session } from './sessions/session.ts'
import { insertSession, sessionsOf } from './sessions/sessions.store.ts'

test('SE-08: devices stand among the sessions, are ended one by one, and all together', async (t) => {
  const tv = { sessionId: 'ses_tv', clientName: 'The Television', allowedAt: 0, lastUsedAt: 0 }
  const radio = { ...tv, sessionId: 'ses_radio', clientName: 'The Radio' }
  const { house, add, passwords, limits, secondFactor } = await openPeople({ limits: noLimits })
  t.after(() => house.close())
  const ada = await add()
  const room = {
    passwords,
    limits,
    secondFactor,
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
  const held = [tv, radio].map(({ sessionId: id }) =>
    insertSession(house.database, { ...(own as Session), id }, digest(id), 'tv'),
  )
  await house.database.commit(held)
  const page = (await visitor.visit('/account')).body
  for (const name of ['The Television, on a device', 'The Radio, on a device', 'Sign out everywhere else'])
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
