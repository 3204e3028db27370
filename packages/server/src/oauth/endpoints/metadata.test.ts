import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { deviceGrant, importJwkSet, verifyToken } from '@countersign/protocol'
import { createApi } from '../apis/registration.ts'
import { createClient } from '../clients/registration.ts'
import { bank, type OAuthHouse, openOAuthHouse, post, secret } from '../house.ts'

let house: OAuthHouse
before(async () => {
  house = await openOAuthHouse()
})
after(() => house.close())

const paths = ['/.well-known/openid-configuration', '/.well-known/oauth-authorization-server']

test('both well-known addresses tell the same, and every address in it is ours', async () => {
  const [openid, oauth] = await Promise.all(paths.map((path) => house.visitor().visit(path)))
  assert.equal(openid?.body, oauth?.body)
  const metadata = openid?.json() ?? {}
  assert.equal(metadata['issuer'], house.issuer.url)
  const routes = new Set(house.edge.routes.map(({ path }) => house.issuer.at(path)))
  for (const [name, value] of Object.entries(metadata)) {
    if (/_endpoint$|^jwks_uri$/.test(name)) assert.ok(routes.has(String(value)), name)
  }
})

test('it says what certification asks for', async () => {
  const metadata = (await house.visitor().visit(paths[0] ?? '')).json()
  const has = (name: string, ...values: string[]) => {
    for (const value of values) assert.ok((metadata[name] as string[]).includes(value), `${name}: ${value}`)
  }
  has('id_token_signing_alg_values_supported', 'RS256', 'ES256')
  has('scopes_supported', 'openid', 'offline_access', 'accounts:read')
  has(
    'token_endpoint_auth_methods_supported',
    'client_secret_basic',
    'client_secret_post',
    'private_key_jwt',
    'none',
  )
  has('grant_types_supported', 'authorization_code', 'refresh_token', 'client_credentials', deviceGrant)
  assert.equal(metadata['device_authorization_endpoint'], house.issuer.at('/oauth/device'))
  has('claims_supported', 'sub', 'birthdate', 'phone_number')
  assert.deepEqual(metadata['response_types_supported'], ['code'])
  assert.deepEqual(metadata['code_challenge_methods_supported'], ['S256'])
  assert.equal(metadata['authorization_response_iss_parameter_supported'], true)
  assert.equal(metadata['request_uri_parameter_supported'], true)
  assert.equal(
    (metadata['introspection_endpoint_auth_methods_supported'] as string[]).includes('none'),
    false,
  )
})

test('public documents are cacheable, open to every origin, and answer 304 to whoever has them', async () => {
  for (const path of [...paths, '/oauth/jwks']) {
    const first = await house.visitor().visit(path, { headers: { origin: 'https://anyone.example' } })
    assert.equal(first.header('cache-control'), 'public, max-age=300')
    assert.equal(first.header('access-control-allow-origin'), '*')
    const etag = first.header('etag') ?? ''
    for (const value of [etag, `W/${etag}`, `"x", ${etag}`, '*']) {
      const again = await house.visitor().visit(path, { headers: { 'if-none-match': value } })
      assert.equal(again.status, 304)
      assert.equal(again.body, '')
    }
    assert.equal((await house.visitor().visit(path, { headers: { 'if-none-match': '"x"' } })).status, 200)
  }
})

test('JW-14: the JWKS holds public keys alone, each with its own kid, one for every algorithm before it is used', async () => {
  await house.room.keyring.maintain()
  const { keys } = (await house.visitor().visit('/oauth/jwks')).json() as { keys: Record<string, unknown>[] }
  assert.equal(keys.length, 2)
  assert.equal(new Set(keys.map(({ kid }) => kid)).size, 2)
  for (const key of keys) {
    for (const member of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k']) assert.equal(member in key, false)
    assert.equal(key['use'], 'sig')
  }
})

test('an access token verifies with the JWKS alone', async () => {
  const form = {
    grant_type: 'client_credentials',
    client_id: 'machine',
    client_secret: secret,
    scope: 'accounts:read',
  }
  const token = (await post(house.visitor(), '/oauth/token', form)).json()['access_token']
  const keys = importJwkSet((await house.visitor().visit('/oauth/jwks')).json())
  const { claims } = verifyToken('access', String(token), {
    keys,
    issuer: house.issuer.url,
    audience: bank,
    now: house.runtime.now(),
  })
  assert.equal(claims.client_id, 'machine')
})

test('JW-15: after a rotation tokens of the old key and of the new one are both good', async () => {
  const form = {
    grant_type: 'client_credentials',
    client_id: 'machine',
    client_secret: secret,
    scope: 'accounts:read',
  }
  const ask = async () => (await post(house.visitor(), '/oauth/token', form)).json()['access_token']
  const active = async (token: unknown) => {
    const answer = await post(house.visitor(), '/oauth/introspect', {
      token: String(token),
      client_id: 'machine',
      client_secret: secret,
    })
    return answer.json()['active']
  }
  const before = await ask()
  house.runtime.advance(1)
  await house.room.keyring.rotate('ES256', 0)
  const now = await ask()
  assert.notEqual(String(before).split('.')[0], String(now).split('.')[0])
  assert.equal(await active(before), true)
  assert.equal(await active(now), true)
})

test('JW-15: a token that lives for a day can be verified all day, though its key was replaced right after', async () => {
  const ours = await openOAuthHouse()
  const identifier = 'https://archive.example/'
  const scopes = [{ name: 'archive:read', description: '' }]
  await createApi(ours, { identifier, scopes, accessTokenSeconds: 86_400 })
  await createClient(ours, { id: 'reader', name: 'Reader', secret, scopes: ['archive:read'] })
  await ours.room.keyring.rotate('ES256', 10)
  ours.runtime.advance(9)
  const form = { grant_type: 'client_credentials', client_id: 'reader', client_secret: secret }
  const token = String((await post(ours.visitor(), '/oauth/token', form)).json()['access_token'])
  ours.runtime.advance(86_399)
  const keys = importJwkSet((await ours.visitor().visit('/oauth/jwks')).json())
  const now = ours.runtime.now()
  verifyToken('access', token, { keys, issuer: ours.issuer.url, audience: identifier, now })
  await ours.close()
})
