// The conformance suite's plan oidcc-backchannel-rp-initiated-logout, each test named after its module. The logout token
// is validated by `jose` as it comes from npm, step by step as Back-Channel Logout §2.6 asks.
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import * as jose from 'jose'
import { Person } from '../harness/person.ts'
import { eventually, openRelyingParty, type RelyingParty } from '../harness/relying-party.ts'
import { password, serverOfThisFile } from '../harness/server.ts'

let party: RelyingParty
const on = serverOfThisFile({
  prepare: async (server) => {
    party = await openRelyingParty(server, {
      id: 'hears',
      host: '127.0.0.1',
      hears: ['back'],
      judge: validated,
    })
  },
})
after(() => party?.[Symbol.asyncDispose]())

/** §2.6, steps 1 to 8. */
async function validated(token: string, issuer: string, clientId: string): Promise<{ sid?: string }> {
  const keys = jose.createRemoteJWKSet(new URL(`${issuer}/oauth/jwks`))
  const { payload, protectedHeader } = await jose.jwtVerify(token, keys, {
    issuer,
    audience: clientId,
    typ: 'logout+jwt',
    requiredClaims: ['iat', 'exp', 'jti', 'events'],
    maxTokenAge: 120,
  })
  assert.notEqual(protectedHeader.alg, 'none')
  const events = payload['events'] as Record<string, unknown>
  assert.deepEqual(events['http://schemas.openid.net/event/backchannel-logout'], {})
  assert.equal('nonce' in payload, false)
  assert.ok(payload.sub !== undefined || payload['sid'] !== undefined)
  return { sid: String(payload['sid']) }
}

test('oidcc-backchannel-logout-discovery-endpoint-verification: back-channel logout is supported, with sessions', async () => {
  const response = await fetch(`${on.issuer}/.well-known/openid-configuration`)
  const metadata = (await response.json()) as Record<string, unknown>
  assert.equal(metadata['backchannel_logout_supported'], true)
  assert.equal(metadata['backchannel_logout_session_supported'], true)
  assert.equal(metadata['end_session_endpoint'], `${on.issuer}/oauth/logout`)
})

test('oidcc-backchannel-rp-initiated-logout: the client gets a valid logout token for the session that its ID token names', async () => {
  const ada = new Person(`${party.origin}/bye`)
  await ada.walk(`${party.origin}/sign-in`, { username: 'ada', password })
  const [session] = party.sessions.values()
  assert.ok(session)
  const { left } = await ada.open(`${party.origin}/sign-out`)
  assert.equal(left?.href, `${party.origin}/bye?state=a%20state`)
  await eventually(() => party.heard.length === 1, 'a logout token')
  await eventually(() => party.sessions.size === 0, 'the end of the session')
  const claims = jose.decodeJwt(party.heard[0] ?? '')
  assert.deepEqual([claims['sid'], claims.sub, claims.aud], [session.sid, session.sub, party.id])
  const silent = await ada.open(`${party.origin}/sign-in?prompt=none`)
  assert.match(silent.html, /login_required/)
})
