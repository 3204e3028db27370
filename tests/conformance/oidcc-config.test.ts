// The conformance suite's plan oidcc-config (Config OP): its one module, part by part (OpenID Connect Discovery §3, §4).
// The suite wants https besides; here the server listens on this computer alone, and behind a proxy tests/nginx is it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { serverOfThisFile } from '../harness/server.ts'
import { get } from '../harness/wire.ts'

const module = 'oidcc-discovery-endpoint-verification'
const on = serverOfThisFile()

const metadata = () => get(`${on.issuer}/.well-known/openid-configuration`)

/** A member that is a list of different strings. */
async function listOf(name: string): Promise<readonly unknown[]> {
  const list = (await metadata()).json[name]
  assert.ok(Array.isArray(list) && list.length > 0, name)
  assert.ok(
    list.every((item) => typeof item === 'string'),
    name,
  )
  assert.equal(new Set(list).size, list.length, name)
  return list
}

test(`${module}: the document is JSON, and its issuer is the address that it was found by`, async () => {
  const { status, headers, json } = await metadata()
  assert.equal(status, 200)
  assert.match(headers.get('content-type') ?? '', /^application\/json/)
  assert.equal(json['issuer'], on.issuer)
})

test(`${module}: every address is absolute, below the issuer, and answered`, async () => {
  const { json } = await metadata()
  for (const name of ['authorization_endpoint', 'token_endpoint', 'userinfo_endpoint', 'jwks_uri'])
    assert.ok(Object.hasOwn(json, name), name)
  const addresses = Object.entries(json).filter(([name]) => /_endpoint$|_uri$/.test(name))
  for (const [name, address] of addresses) {
    const { href, origin, hash, search } = new URL(String(address))
    assert.deepEqual([href, origin, hash, search], [address, on.issuer, '', ''], name)
    assert.notEqual((await get(href)).status, 404, name)
  }
})

test(`${module}: what Discovery requires is there, each a list that holds what it must`, async () => {
  assert.ok((await listOf('response_types_supported')).includes('code'))
  assert.ok((await listOf('scopes_supported')).includes('openid'))
  assert.ok((await listOf('id_token_signing_alg_values_supported')).includes('RS256'))
  assert.ok((await listOf('grant_types_supported')).includes('authorization_code'))
  assert.ok((await listOf('claims_supported')).includes('sub'))
  assert.deepEqual(await listOf('code_challenge_methods_supported'), ['S256'])
  for (const type of await listOf('subject_types_supported'))
    assert.ok(['public', 'pairwise'].includes(String(type)))
  for (const name of ['response_modes_supported', 'token_endpoint_auth_methods_supported']) await listOf(name)
  for (const tag of await listOf('ui_locales_supported'))
    assert.deepEqual(Intl.getCanonicalLocales(String(tag)), [tag])
})

test(`${module}: what may be asked for is said outright, not left to defaults`, async () => {
  const { json } = await metadata()
  for (const name of [
    'claims_parameter_supported',
    'request_parameter_supported',
    'request_uri_parameter_supported',
  ])
    assert.equal(json[name], true, name)
})

test(`${module}: no member is empty, and only one is in no register and no draft`, async () => {
  const { json } = await metadata()
  for (const [name, value] of Object.entries(json)) {
    assert.notEqual(value, null, name)
    assert.notDeepEqual(value, [], name)
    assert.notEqual(value, '', name)
  }
  // The suite warns of what it doesn't know; RFC 8414 §2: "Additional authorization server metadata parameters MAY also be
  // used."
  const ours = Object.keys(json).filter((name) => !registered.has(name) && !drafted.has(name))
  assert.deepEqual(ours, ['revocation_feed_endpoint'])
})

test(`${module}: every key of the set is public, sound, and found by a kid of its own`, async () => {
  const { json } = await metadata()
  const { status, json: set } = await get(String(json['jwks_uri']))
  assert.equal(status, 200)
  const keys = set['keys'] as Record<string, unknown>[]
  assert.ok(keys.length > 0)
  assert.equal(new Set(keys.map(({ kid }) => kid)).size, keys.length)
  for (const key of keys) {
    assert.equal(typeof key['kid'], 'string')
    assert.ok(['RSA', 'EC', 'OKP'].includes(String(key['kty'])))
    for (const secret of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k', 'oth', 'priv'])
      assert.equal(Object.hasOwn(key, secret), false, secret)
    assert.ok(
      await crypto.subtle.importKey('jwk', key, algorithms[String(key['alg'])] ?? '', true, ['verify']),
    )
  }
})

const algorithms: Readonly<Record<string, { name: string; hash?: string; namedCurve?: string }>> = {
  RS256: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
  PS256: { name: 'RSA-PSS', hash: 'SHA-256' },
  ES256: { name: 'ECDSA', namedCurve: 'P-256' },
  EdDSA: { name: 'Ed25519' },
  Ed25519: { name: 'Ed25519' },
}

/** Of drafts that are spoken here: ID-JAG, first-party applications, attestation-based client authentication. */
const drafted = new Set(
  `authorization_grant_profiles_supported identity_chaining_requested_token_types_supported
  authorization_challenge_endpoint client_attestation_signing_alg_values_supported
  client_attestation_pop_signing_alg_values_supported`.split(/\s+/),
)

/** IANA's register of OAuth authorization server metadata, and OpenID Connect Discovery §3. */
const registered = new Set(
  `issuer authorization_endpoint token_endpoint jwks_uri registration_endpoint scopes_supported response_types_supported
  response_modes_supported grant_types_supported token_endpoint_auth_methods_supported
  token_endpoint_auth_signing_alg_values_supported service_documentation ui_locales_supported op_policy_uri op_tos_uri
  revocation_endpoint revocation_endpoint_auth_methods_supported revocation_endpoint_auth_signing_alg_values_supported
  introspection_endpoint introspection_endpoint_auth_methods_supported
  introspection_endpoint_auth_signing_alg_values_supported code_challenge_methods_supported signed_metadata
  device_authorization_endpoint tls_client_certificate_bound_access_tokens mtls_endpoint_aliases
  nfv_token_signing_alg_values_supported userinfo_endpoint acr_values_supported subject_types_supported
  id_token_signing_alg_values_supported id_token_encryption_alg_values_supported
  id_token_encryption_enc_values_supported userinfo_signing_alg_values_supported
  userinfo_encryption_alg_values_supported userinfo_encryption_enc_values_supported
  request_object_signing_alg_values_supported request_object_encryption_alg_values_supported
  request_object_encryption_enc_values_supported display_values_supported claim_types_supported claims_supported
  claims_locales_supported claims_parameter_supported request_parameter_supported request_uri_parameter_supported
  require_request_uri_registration require_signed_request_object pushed_authorization_request_endpoint
  require_pushed_authorization_requests introspection_signing_alg_values_supported
  introspection_encryption_alg_values_supported introspection_encryption_enc_values_supported
  authorization_response_iss_parameter_supported check_session_iframe frontchannel_logout_supported
  backchannel_logout_session_supported backchannel_logout_supported end_session_endpoint
  frontchannel_logout_session_supported backchannel_token_delivery_modes_supported
  backchannel_authentication_endpoint backchannel_authentication_request_signing_alg_values_supported
  backchannel_user_code_parameter_supported authorization_details_types_supported dpop_signing_alg_values_supported
  authorization_signing_alg_values_supported authorization_encryption_alg_values_supported
  authorization_encryption_enc_values_supported prompt_values_supported client_id_metadata_document_supported
  protected_resources`.split(/\s+/),
)
