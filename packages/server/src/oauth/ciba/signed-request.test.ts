// Signed backchannel requests (CIBA §7.1.1), and how a client is registered for them, on both engines.
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { cibaGrant, signToken } from '@countersign/protocol'
import { onBothEngines } from '../../../../../tests/harness/engines.ts'
import { specimen } from '../../../../../tests/harness/specimens.ts'
import { goodClaims } from '../../../../../tests/harness/token-kinds.ts'
import { createClient } from '../clients/registration.ts'
import { type OAuthHouse, post, secret, type Wire } from '../house.ts'
import { added, openCibaHouse, signer } from './ciba.fixture.ts'

onBothEngines('A client that signs what it asks', (open) => {
  let house: OAuthHouse
  const me = { client_id: 'signer', client_secret: secret }
  before(async () => {
    house = await openCibaHouse({ house: await open() })
    await added(house, signer('signer', 'ES256'))
  })
  let serial = 0
  const signed = (more: Record<string, unknown> = {}, key = specimen('ES256', 'signer').key) => {
    serial += 1
    const now = house.runtime.now()
    return signToken(
      'backchannelRequest',
      {
        iss: 'signer',
        aud: 'http://localhost:4400',
        iat: now,
        nbf: now,
        exp: now + 60,
        jti: `j${serial}`,
        scope: 'openid accounts:read',
        login_hint: 'ada',
        ...more,
      } as never,
      key,
    )
  }
  const send = (request: string, more: Wire = {}) =>
    post(house.visitor(), '/oauth/ciba', { ...me, request, ...more })
  const errorOf = async (request: string, more: Wire = {}) => (await send(request, more)).json()['error']

  test('is asked by what it signed, and by nothing beside it (CIBA §7.1.1)', async () => {
    const answer = await send(signed({ binding_message: 'W4SCT', requested_expiry: 60 }))
    assert.equal(answer.json()['expires_in'], 60)
    assert.equal((await send(signed({ requested_expiry: '45' }))).json()['expires_in'], 45)
    assert.equal(await errorOf(signed(), { binding_message: 'another' }), 'invalid_request')
    assert.equal(await errorOf(signed(), { scope: 'openid' }), 'invalid_request')
    const unsigned = { ...me, scope: 'openid', login_hint: 'ada' }
    const refused = await post(house.visitor(), '/oauth/ciba', unsigned)
    assert.equal(refused.json()['error'], 'invalid_request')
  })

  test('C11: sends each once; of ten at the same moment one is put to the person', async () => {
    house.runtime.advance(3600)
    const request = signed()
    const answers = await Promise.all(Array.from({ length: 10 }, () => send(request)))
    assert.equal(answers.filter(({ status }) => status === 200).length, 1)
    // A replay is not charged to the person: four more are welcome.
    for (let at = 0; at < 4; at++) assert.equal((await send(signed())).status, 200)
  })

  test('is refused for what another key signed, another algorithm, another audience, or what is no such request', async () => {
    house.runtime.advance(3600)
    const now = house.runtime.now()
    for (const request of [
      signed({}, specimen('ES256', 'other').key),
      signed({}, specimen('ES384', 'signer-384').key),
      signed({ aud: 'https://elsewhere.example' }),
      signed({ iss: 'counter' }),
      signed({ exp: now - 60, iat: now - 120, nbf: now - 120 }),
      signed({ exp: now + 4000 }),
      signed({ nbf: now - 3700, iat: now - 3700 }),
      signed({ binding_message: 7 }),
      signed({ login_hint: ['ada'] }),
      signToken(
        'clientAssertion',
        { ...goodClaims.clientAssertion, iss: 'signer', sub: 'signer' } as never,
        specimen('ES256', 'signer').key,
      ),
      'a.b.c',
      'x',
    ])
      assert.equal(await errorOf(request), 'invalid_request')
  })

  test('has its algorithm registered with a key for it', async () => {
    const { jwks: _jwks, ...bare } = signer('another', 'ES256')
    const created = await createClient(house, bare)
    assert.ok(!created.ok && created.findings.some(({ path }) => path === 'jwks'))
    for (const ciba of [
      { mode: 'ping', notificationEndpoint: null, signingAlg: null },
      { mode: 'poll', notificationEndpoint: 'https://a.example/', signingAlg: null },
      { mode: 'push', notificationEndpoint: 'https://a.example/', signingAlg: null },
      { mode: 'ping', notificationEndpoint: 'http://a.example/', signingAlg: null },
      { mode: 'poll', notificationEndpoint: null, signingAlg: 'HS256' },
    ]) {
      const one = { id: 'x', name: 'X', secret, grants: [cibaGrant], ciba } as never
      assert.equal((await createClient(house, one)).ok, false, JSON.stringify(ciba))
    }
    const open = { id: 'x', name: 'X', authentication: 'none', grants: [cibaGrant] } as const
    assert.equal((await createClient(house, open)).ok, false)
  })
})
