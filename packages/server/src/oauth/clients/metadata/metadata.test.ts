import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { after, before, test } from 'node:test'
import { type House, openHouse } from '../../../platform/house.ts'
import { changeClient, descriptionOf } from '../change.ts'
import { createClient } from '../registration.ts'
import { metadataRefusal, parseMetadata, printMetadata } from './metadata.ts'
import { operatorRows } from './operator-rows.ts'
import { rows } from './rows.ts'
import { unsupported } from './unsupported.ts'

let house: House
before(async () => {
  house = await openHouse()
})
after(() => house.close())

const publicKey = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' })
const jwks = { keys: [{ ...publicKey, alg: 'ES256', kid: 'one', use: 'sig' }] }

async function registered(given: Record<string, unknown>) {
  const parsed = parseMetadata(given, 'operator')
  assert.ok(parsed.ok, JSON.stringify(parsed))
  const created = await createClient(house, parsed.description, { encryptedTokens: true })
  assert.ok(created.ok, JSON.stringify(created))
  return created.client
}

/** A client of an operator who said nothing of its kind. */
async function nativeByOptions() {
  const created = await createClient(house, { name: 'Program', redirectUris: ['com.example.program:/cb'] })
  assert.ok(created.ok)
  return { ...created.client, applicationType: 'native' as const }
}

/** What the members of a refused document are found to be. */
function faults(given: Record<string, unknown>): string[] {
  const parsed = parseMetadata(given, 'client')
  return parsed.ok ? [] : parsed.findings.map(({ path, code }) => `${path} ${code}`)
}

test('a client that says nothing of itself gets what RFC 7591 and OpenID Connect give it', async () => {
  const client = await registered({ redirect_uris: ['https://app.example/cb'] })
  const printed = printMetadata(client, 'client')
  const expected = {
    client_name: 'app.example',
    application_type: 'web',
    token_endpoint_auth_method: 'client_secret_basic',
    redirect_uris: ['https://app.example/cb'],
    grant_types: ['authorization_code'],
    response_types: ['code'],
    scope: 'openid profile email address phone',
    id_token_signed_response_alg: 'RS256',
    dpop_bound_access_tokens: false,
    require_pushed_authorization_requests: false,
    require_signed_request_object: false,
  }
  for (const [name, value] of Object.entries(expected)) assert.deepEqual(printed[name], value, name)
})

const everything = {
  client_id: 'everything',
  first_party: true,
  client_name: 'Everything',
  token_endpoint_auth_method: 'private_key_jwt',
  redirect_uris: ['https://all.example/cb', 'com.example.all:/cb'],
  grant_types: ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:token-exchange'],
  scope: 'openid offline_access accounts:read',
  post_logout_redirect_uris: ['https://all.example/bye'],
  token_exchange: {
    audiences: ['https://ledger.example/'],
    scopes: { 'accounts:read': ['openid'] },
    impersonates: true,
  },
  token_endpoint_auth_signing_alg: 'ES256',
  jwks,
  id_token_signed_response_alg: 'ES256',
  dpop_bound_access_tokens: true,
  require_pushed_authorization_requests: true,
  require_signed_request_object: true,
  request_object_signing_alg: 'ES256',
  authorization_signed_response_alg: 'RS256',
  backchannel_logout_uri: 'https://all.example/back',
  backchannel_logout_session_required: true,
  frontchannel_logout_uri: 'https://all.example/front',
  frontchannel_logout_session_required: false,
  application_type: 'native',
  request_uris: ['https://all.example/request.jwt#GkurKxf5T0Y-mnPFCHqWOMiZi4VS138cQO_V7PZHAdM'],
  initiate_login_uri: 'https://all.example/begin',
  default_max_age: 3600,
  require_auth_time: true,
  default_acr_values: ['urn:example:strong'],
  client_uri: 'https://all.example/',
  contacts: ['ops@all.example'],
  software_id: '4NRB1-0XZABZI9E6-5SM3R',
  software_version: '2.1',
  logo_uri: 'https://all.example/logo.png',
  policy_uri: 'https://all.example/policy',
  tos_uri: 'https://all.example/terms',
}

test('what is registered is printed in the words in which it was given', async () => {
  const printed = printMetadata(await registered(everything), 'operator')
  for (const [name, value] of Object.entries(everything)) assert.deepEqual(printed[name], value, name)
})

test('printed metadata describes the same client again', async () => {
  const clients = [
    await registered({ ...everything, client_id: 'again' }),
    await registered({ client_name: 'Machine', grant_types: ['client_credentials'], scope: 'accounts:read' }),
    await registered({ client_name: 'API', grant_types: [], api: 'https://bank.example/' }),
    await registered({
      token_endpoint_auth_method: 'none',
      redirect_uris: ['http://127.0.0.1/cb'],
      scope: '',
    }),
    await nativeByOptions(),
  ]
  for (const client of clients) {
    const parsed = parseMetadata(printMetadata(client, 'operator'), 'operator')
    assert.ok(parsed.ok, JSON.stringify(parsed))
    const changed = await changeClient(house, client.id, () => parsed.description)
    assert.ok(changed?.ok, JSON.stringify(changed))
    assert.deepEqual(changed.client, { ...client, revision: 1 })
    assert.deepEqual(
      await changeClient(house, client.id, descriptionOf).then((same) => same?.ok && same.client),
      { ...client, revision: 2 },
    )
  }
})

test('a client does not say of itself what only an operator may', () => {
  const parsed = parseMetadata(
    { ...everything, client_secret: 'x', api: 'https://bank.example/', first_party: true },
    'client',
  )
  assert.ok(parsed.ok)
  for (const name of ['id', 'secret', 'api', 'exchange', 'firstParty'])
    assert.equal(Object.hasOwn(parsed.description, name), false, name)
})

test('unknown members are ignored, null is as good as nothing, and a language’s name stands in where there is no other', () => {
  const base = { redirect_uris: ['https://app.example/cb'] }
  const nameOf = (given: Record<string, unknown>) => {
    const parsed = parseMetadata({ ...base, ...given }, 'client')
    return parsed.ok && parsed.description.name
  }
  assert.equal(nameOf({ flavour: 'vanilla', __proto__: null, client_name: null }), 'app.example')
  assert.equal(nameOf({ 'client_name#de': 'Bank', 'client_name#en-GB': 'The Bank' }), 'The Bank')
  assert.equal(nameOf({ 'client_name#de': 'Bank' }), 'Bank')
  assert.equal(nameOf({ 'client_name#de': 'Bank', client_name: 'A Bank' }), 'A Bank')
  assert.equal(nameOf({ redirect_uris: ['com.example.app:/cb'] }), 'com.example.app')
})

test('what is known and can’t be done is refused, but for the value that asks for nothing', () => {
  for (const [name, harmless] of Object.entries(unsupported)) {
    assert.deepEqual(faults({ [name]: 'something' }), [`${name} unsupported`])
    for (const value of harmless) assert.deepEqual(faults({ [name]: value }), [])
  }
})

test('a member of the wrong shape is named, all of them at once', () => {
  const wrong = {
    client_name: 5,
    redirect_uris: 'https://app.example/cb',
    grant_types: [1],
    response_types: ['code', 'token'],
    scope: ['openid'],
    jwks: [],
    dpop_bound_access_tokens: 'yes',
    backchannel_logout_uri: {},
    backchannel_logout_session_required: 1,
  }
  assert.deepEqual(
    faults(wrong).sort(),
    Object.keys(wrong)
      .map((name) => `${name} type`)
      .sort(),
  )
})

test('response types and grants agree (RFC 7591 §2.1)', () => {
  const device = 'urn:ietf:params:oauth:grant-type:device_code'
  const inconsistent = ['response_types inconsistent']
  assert.deepEqual(faults({ response_types: ['code'], grant_types: [device] }), inconsistent)
  assert.deepEqual(faults({ response_types: [], grant_types: ['authorization_code'] }), inconsistent)
  assert.deepEqual(faults({ response_types: [], grant_types: [device] }), [])
  assert.deepEqual(faults({ response_types: ['code'] }), [])
})

test('a name on the wire stands in one row, and is not said to be unsupported there', () => {
  const names = [...rows, ...operatorRows].flatMap((row) => Object.keys(row.names))
  assert.equal(new Set(names).size, names.length)
  for (const name of names) assert.equal(Object.hasOwn(unsupported, name), false, name)
})

test('a refusal names what was sent, and whether it was about redirect URIs (RFC 7591 §3.2.2)', () => {
  const about = (path: string) => metadataRefusal([{ path, code: 'x', message: 'is wrong' }])
  assert.equal(about('redirectUris.1').code, 'invalid_redirect_uri')
  assert.equal(about('redirectUris.1').description, 'redirect_uris.1 is wrong.')
  assert.equal(about('signOut.backChannel').description, 'backchannel_logout_uri is wrong.')
  assert.equal(about('exchange.audiences').description, 'token_exchange.audiences is wrong.')
  assert.equal(about('requests').code, 'invalid_client_metadata')
  assert.equal(about('requests').description, 'require_pushed_authorization_requests is wrong.')
  assert.equal(about('client_name').description, 'client_name is wrong.')
})
