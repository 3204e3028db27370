import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { after, before, test } from 'node:test'
import { deviceGrant, digest } from '@countersign/protocol'
import { type House, openHouse } from '../../platform/house.ts'
import { clientById } from './clients.store.ts'
import { type ClientDescription, checkClient, createClient, rotateSecret } from './registration.ts'

const web: ClientDescription = { name: 'Web', redirectUris: ['https://rp.example/cb'] }
const jwk = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' })

let house: House
before(async () => {
  house = await openHouse()
})
after(() => house.close())

function codes(description: ClientDescription): string[] {
  return checkClient(description).map(({ path, code }) => `${path} ${code}`)
}

test('a sound description has no findings', () => {
  const sound: ClientDescription[] = [
    web,
    { ...web, authentication: 'none' },
    { ...web, authentication: 'private_key_jwt', jwks: { keys: [jwk] } },
    { name: 'Machine', scopes: ['a:b'] },
    { name: 'An API', api: 'https://api.example/' },
    { name: 'Native', authentication: 'none', redirectUris: ['http://127.0.0.1/cb', 'com.example.app:/cb'] },
  ]
  for (const description of sound) assert.deepEqual(codes(description), [], description.name)
})

test('a client of devices alone needs no address, and keeps access where it may refresh', () => {
  const device: ClientDescription = { name: 'Television', authentication: 'none', grants: [deviceGrant] }
  assert.deepEqual(codes(device), [])
  assert.deepEqual(
    codes({ ...device, grants: [deviceGrant, 'refresh_token'], scopes: ['offline_access'] }),
    [],
  )
  assert.deepEqual(codes({ ...device, scopes: ['offline_access'] }), ['scopes useless'])
  assert.deepEqual(codes({ ...device, grants: [deviceGrant, 'authorization_code'] }), [
    'redirectUris missing',
  ])
})

test('RT-11: the usual scopes hold offline_access only where the client may refresh', async () => {
  const scopesOf = async (description: Partial<ClientDescription>) => {
    const created = await createClient(house, { name: 'Any', authentication: 'none', ...description })
    return created.ok ? created.client.scopes : []
  }
  const redirectUris = ['https://rp.example/cb']
  assert.ok((await scopesOf({ redirectUris })).includes('offline_access'))
  for (const grants of [['authorization_code'], [deviceGrant]] as const) {
    const scopes = await scopesOf({ grants, redirectUris })
    assert.deepEqual([scopes.includes('openid'), scopes.includes('offline_access')], [true, false])
  }
  assert.ok((await scopesOf({ grants: [deviceGrant, 'refresh_token'] })).includes('offline_access'))
})

test('AZ-03: a redirect URI uses http only for loopback', () => {
  assert.deepEqual(codes({ ...web, redirectUris: ['http://rp.example/cb'] }), ['redirectUris.0 plain_http'])
  assert.deepEqual(codes({ ...web, redirectUris: ['http://127.0.0.1/cb', 'http://localhost:5001/cb'] }), [])
})

test('AZ-05: a redirect URI has no fragment, no user, no wildcard, and its private scheme a dot', () => {
  const bad = ['https://a.example/#x', 'https://u:p@a.example/', 'https://*.a.example/', 'myapp:/cb']
  assert.deepEqual(codes({ ...web, redirectUris: bad }), [
    'redirectUris.0 fragment',
    'redirectUris.1 userinfo',
    'redirectUris.2 wildcard',
    'redirectUris.3 scheme',
  ])
})

test('AZ-06: dangerous schemes are refused in every address of a client', () => {
  for (const uri of ['javascript:alert(1)', 'data:text/html,x', 'file:///etc/passwd', 'blob:https://a/b']) {
    const findings = checkClient({
      ...web,
      redirectUris: [uri],
      postLogoutRedirectUris: [uri],
      logoUri: uri,
      policyUri: uri,
      tosUri: uri,
    })
    const paths = new Set(findings.map(({ path }) => path))
    for (const path of ['redirectUris.0', 'postLogoutRedirectUris.0', 'logoUri', 'policyUri', 'tosUri']) {
      assert.ok(paths.has(path), `${uri} passed as ${path}`)
    }
  }
})

test('TK-18: a client’s id can not look like that of a user', () => {
  assert.deepEqual(codes({ ...web, id: 'usr_ada' }), ['id reserved'])
  assert.deepEqual(codes({ ...web, id: 'https://a/b' }), ['id character'])
  assert.deepEqual(codes({ ...web, id: '~knock' }), ['id character'])
  for (const id of ['-k7O9KZ9K1bBjbb44', '_kira4grx25UWFKZA0']) assert.deepEqual(codes({ ...web, id }), [])
})

test('grants go with what the client is', () => {
  assert.deepEqual(codes({ name: 'M', authentication: 'none', grants: ['client_credentials'] }), [
    'grants public',
  ])
  assert.deepEqual(codes({ ...web, grants: ['refresh_token'] }), ['grants useless'])
  assert.deepEqual(codes({ name: 'N', grants: ['authorization_code'] }), ['redirectUris missing'])
  assert.deepEqual(codes({ ...web, grants: ['password'] as never }), ['grants unknown'])
  assert.deepEqual(codes({ ...web, grants: ['authorization_code'], scopes: ['offline_access'] }), [
    'scopes useless',
  ])
  assert.deepEqual(codes({ ...web, authentication: 'none', api: 'https://api.example/' }), ['api public'])
})

test('a weak or misplaced credential is refused', () => {
  assert.deepEqual(codes({ ...web, secret: 'short' }), ['secret weak'])
  assert.deepEqual(codes({ ...web, authentication: 'none', secret: 'x'.repeat(32) }), ['secret unused'])
  assert.deepEqual(codes({ ...web, jwks: { keys: [jwk] } }), [])
  assert.deepEqual(codes({ ...web, jwks: { keys: 'none' } }), ['jwks malformed'])
  assert.deepEqual(codes({ ...web, authentication: 'private_key_jwt' }), ['jwks missing'])
  assert.deepEqual(codes({ ...web, authentication: 'private_key_jwt', jwks: { keys: [] } }), [
    'jwks unusable',
  ])
  const secretKey = { keys: [{ kty: 'oct', k: 'AAAA' }] }
  assert.equal(codes({ ...web, authentication: 'private_key_jwt', jwks: secretKey }).length, 1)
})

test('SC-01: a client’s secret is shown once and kept as a digest', async () => {
  const made = await createClient(house, web)
  assert.ok(made.ok && made.secret !== null)
  assert.match(made.secret, /^[\w-]{43}$/)
  const stored = await clientById(house.database, made.client.id)
  assert.equal(stored?.secretDigest, digest(made.secret))
  assert.doesNotMatch(JSON.stringify(stored), new RegExp(made.secret))
})

test('an id belongs to one client', async () => {
  const first = await createClient(house, { ...web, id: 'taken' })
  const second = await createClient(house, { ...web, id: 'taken', name: 'Thief' })
  assert.ok(first.ok)
  assert.deepEqual(!second.ok && second.findings.map(({ path, code }) => [path, code]), [['id', 'taken']])
  assert.equal((await clientById(house.database, 'taken'))?.name, 'Web')
})

test('a client with findings is not stored', async () => {
  const made = await createClient(house, { ...web, id: 'bad', redirectUris: ['http://rp.example/cb'] })
  assert.equal(made.ok, false)
  assert.equal(await clientById(house.database, 'bad'), undefined)
})

test('a new secret takes the place of the old one', async () => {
  const made = await createClient(house, { ...web, id: 'rotating' })
  const secret = await rotateSecret(house, 'rotating')
  assert.ok(made.ok && secret !== null && secret !== made.secret)
  assert.equal((await clientById(house.database, 'rotating'))?.secretDigest, digest(secret))
  assert.equal(await rotateSecret(house, 'nobody'), null)
})
