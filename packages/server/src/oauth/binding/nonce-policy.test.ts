import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { importPrivateJwk, signToken } from '@countersign/protocol'
import { specimen } from '../../../../../tests/harness/specimens.ts'
import { createClient } from '../clients/registration.ts'
import { codeFor, exchange, type OAuthHouse, openOAuthHouse, post, secret } from '../house.ts'
import { type Asked, type Holder, holder } from './holder.fixture.ts'

let house: OAuthHouse
let mine: Holder
before(async () => {
  house = await openOAuthHouse({ dpopNonces: true })
  mine = holder(house)
})
after(() => house.close())

const form = {
  grant_type: 'client_credentials',
  client_id: 'machine',
  client_secret: secret,
  scope: 'ledger:read',
}
const ask = (asked?: Asked) => post(house.visitor(), '/oauth/token', form, mine.headers(asked))

test('a proof without a nonce is told which to name, and one with it is good', async () => {
  const first = await ask()
  assert.equal(first.status, 400)
  assert.equal(first.json()['error'], 'use_dpop_nonce')
  const nonce = first.header('dpop-nonce') ?? ''
  assert.match(nonce, /^[\x21\x23-\x5b\x5d-\x7e]+$/)
  const second = await ask({ nonce })
  assert.equal(second.status, 200)
  assert.equal(second.header('dpop-nonce'), undefined)
})

test('an old nonce is good for a while, and its answer brings the new one', async () => {
  const nonce = (await ask()).header('dpop-nonce') ?? ''
  house.runtime.advance(120)
  const answer = await ask({ nonce })
  assert.equal(answer.status, 200)
  const newer = answer.header('dpop-nonce')
  assert.ok(newer !== undefined && newer !== nonce)
  assert.equal((await ask({ nonce: newer })).status, 200)
  house.runtime.advance(120)
  const late = await ask({ nonce })
  assert.deepEqual([late.status, late.json()['error']], [400, 'use_dpop_nonce'])
  assert.ok(late.header('dpop-nonce'))
})

test('a nonce that nobody gave is refused, and so is one that is no text', async () => {
  for (const nonce of ['', 'x', `${(await ask()).header('dpop-nonce')}x`])
    assert.equal((await ask({ nonce })).json()['error'], 'use_dpop_nonce')
  assert.equal((await ask({ claims: { nonce: 1 } })).json()['error'], 'invalid_dpop_proof')
})

test('a wrong proof learns no nonce: what is wrong with it comes first', async () => {
  const answer = await ask({ method: 'GET' })
  assert.equal(answer.json()['error'], 'invalid_dpop_proof')
  assert.equal(answer.header('dpop-nonce'), undefined)
})

test('who asks without a proof is asked for no nonce', async () => {
  assert.equal((await post(house.visitor(), '/oauth/token', form)).json()['token_type'], 'Bearer')
})

test('being asked for a nonce uses up neither code nor assertion', async () => {
  const code = (await codeFor(await house.signedIn())).get('code')
  const asked = await exchange(house.visitor(), code, {}, mine.headers())
  assert.equal(asked.json()['error'], 'use_dpop_nonce')
  const nonce = asked.header('dpop-nonce')
  assert.equal((await exchange(house.visitor(), code, {}, mine.headers({ nonce }))).status, 200)

  const { jwk } = specimen('ES256', 'signs assertions')
  const { d: _private, ...publicJwk } = jwk
  const made = await createClient(house, {
    id: 'signer',
    name: 'Signer',
    authentication: 'private_key_jwt',
    jwks: { keys: [publicJwk] },
    scopes: ['ledger:read'],
  })
  assert.ok(made.ok)
  const now = house.runtime.now()
  const claims = { iss: 'signer', sub: 'signer', aud: house.issuer.url, jti: 'once', iat: now, exp: now + 60 }
  const signed = {
    grant_type: 'client_credentials',
    scope: 'ledger:read',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: signToken('clientAssertion', claims, importPrivateJwk(jwk)),
  }
  const first = await post(house.visitor(), '/oauth/token', signed, mine.headers())
  assert.equal(first.json()['error'], 'use_dpop_nonce')
  assert.equal((await post(house.visitor(), '/oauth/token', signed, mine.headers({ nonce }))).status, 200)
})

test('userinfo asks for the same nonces', async () => {
  const code = (await codeFor(await house.signedIn())).get('code')
  const nonce = (await ask()).header('dpop-nonce')
  const tokens = (
    await exchange(house.visitor(), code, { resource: undefined }, mine.headers({ nonce }))
  ).json()
  const token = tokens['access_token']
  const visit = (asked?: Asked) =>
    house.visitor().visit('/oauth/userinfo', { headers: mine.sends(token, asked) })
  const asked = await visit()
  assert.equal(asked.status, 401)
  assert.match(asked.header('www-authenticate') ?? '', /^DPoP realm="userinfo", error="use_dpop_nonce"/)
  assert.equal(asked.header('dpop-nonce'), nonce)
  assert.equal((await visit({ nonce })).status, 200)
  house.runtime.advance(120)
  const later = await visit({ nonce })
  assert.equal(later.status, 200)
  assert.ok(later.header('dpop-nonce'))
})
