// The conformance suite's plan oidcc-frontchannel-rp-initiated-logout, each test named after its module. The page on the
// way out is read without JavaScript: its frames are loaded, then its Refresh header is heeded.
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { Person } from '../harness/person.ts'
import { openRelyingParty, type RelyingParty } from '../harness/relying-party.ts'
import { password, serverOfThisFile } from '../harness/server.ts'

let party: RelyingParty
const on = serverOfThisFile({
  prepare: async (server) => {
    party = await openRelyingParty(server, { id: 'loads', host: '127.0.0.1', hears: ['front'] })
  },
})
after(() => party?.[Symbol.asyncDispose]())

test('oidcc-frontchannel-logout-discovery-endpoint-verification: front-channel logout is supported, with sessions', async () => {
  const response = await fetch(`${on.issuer}/.well-known/openid-configuration`)
  const metadata = (await response.json()) as Record<string, unknown>
  assert.equal(metadata['frontchannel_logout_supported'], true)
  assert.equal(metadata['frontchannel_logout_session_supported'], true)
  assert.equal(metadata['end_session_endpoint'], `${on.issuer}/oauth/logout`)
})

test('oidcc-frontchannel-rp-initiated-logout: the client’s page is loaded with issuer and session, and the person comes back with the state', async () => {
  const ada = new Person(`${party.origin}/bye`)
  await ada.walk(`${party.origin}/sign-in`, { username: 'ada', password })
  const [session] = party.sessions.values()
  assert.ok(session)
  const leaving = await ada.open(`${party.origin}/sign-out`)
  assert.equal(leaving.status, 200)
  const frames = [...leaving.html.matchAll(/<iframe[^>]* src="([^"]*)"/g)].map(([, src = '']) =>
    src.replaceAll('&amp;', '&'),
  )
  assert.equal(frames.length, 1)
  await new Person().open(frames[0] ?? '')
  assert.deepEqual(Object.fromEntries(party.loaded[0] ?? []), { iss: on.issuer, sid: session.sid })
  assert.equal(party.sessions.size, 0)
  const [, onwards = ''] = /^\d+; url=(.+)$/.exec(leaving.headers.get('refresh') ?? '') ?? []
  assert.equal(onwards, `${party.origin}/bye?state=a%20state`)
})
