// What the conformance suite's plans try with request objects (RFC 9101, OpenID Connect Core §6): OIDC Basic and FAPI 2.0
// Message Signing, each test named after its module; pages are driven as plain HTML forms.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { codeChallenge, encodeBase64url } from '@countersign/protocol'
import { Person } from '../harness/person.ts'
import { password, type Server, serverOfThisFile } from '../harness/server.ts'
import { publicPart, specimen } from '../harness/specimens.ts'
import { forge } from '../harness/token-kinds.ts'
import { post } from '../harness/wire.ts'

const callback = 'http://localhost:4402/callback'
const ada = { username: 'ada', password }
const fapi = 'fapi2-security-profile-final'
const own = specimen('ES256', 'own')
const rsa = specimen('RS256', 'rsa')
const on = serverOfThisFile({ prepare: register })

async function register(server: Server): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-keys-'))
  const file = join(folder, 'jwks.json')
  writeFileSync(file, JSON.stringify({ keys: [publicPart(own.jwk), publicPart(rsa.jwk)] }))
  const common = [
    '--jwks',
    file,
    '--public',
    '--redirect-uri',
    callback,
    '--request-object-signing-alg',
    'ES256',
  ]
  await server.countersign('client', 'create', 'Basic', '--id', 'oidc-basic', ...common)
  const must = ['--require-signed-request-object', '--require-pushed-authorization-requests']
  await server.countersign('client', 'create', 'Fapi', '--id', 'fapi', ...common, ...must)
  rmSync(folder, { recursive: true })
}

const verifier = 'a-verifier-that-is-long-enough-to-be-one-0123456789'
const parameters = {
  response_type: 'code',
  redirect_uri: callback,
  scope: 'openid',
  state: 'a state',
  nonce: 'a nonce',
  code_challenge: codeChallenge(verifier),
  code_challenge_method: 'S256',
}
const nowish = () => Math.floor(Date.now() / 1000)

/** A good object of a client, but for these claims. */
function object(clientId: string, claims: Record<string, unknown> = {}, key = own.key): string {
  const times = { iat: nowish(), nbf: nowish(), exp: nowish() + 300 }
  const payload = { iss: clientId, client_id: clientId, aud: on.issuer, ...times, ...parameters, ...claims }
  return forge({ typ: 'oauth-authz-req+jwt', alg: key.alg, kid: key.kid }, payload, key)
}

function addressOf(query: Readonly<Record<string, string>>): URL {
  return new URL(`${on.issuer}/oauth/authorize?${new URLSearchParams(query)}`)
}

const push = (request: string, beside: Readonly<Record<string, string>> = {}) =>
  post(`${on.issuer}/oauth/par`, { client_id: 'fapi', request, ...beside })

/**
 * Pushes an object with something beside it, and walks to a code.
 *
 * @returns the state that came back, and the ID token's nonce
 */
async function walked(request: string, beside: Readonly<Record<string, string>>) {
  const { status, text, json } = await push(request, beside)
  assert.equal(status, 201, text)
  const query = { client_id: 'fapi', request_uri: String(json['request_uri']) }
  const { left } = await new Person(callback).walk(addressOf(query), ada)
  const exchanged = await post(`${on.issuer}/oauth/token`, {
    ...{
      grant_type: 'authorization_code',
      client_id: 'fapi',
      redirect_uri: callback,
      code_verifier: verifier,
    },
    code: left?.searchParams.get('code') ?? '',
  })
  const [, payload = ''] = String(exchanged.json['id_token']).split('.')
  const { nonce } = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { nonce?: string }
  return { state: left?.searchParams.get('state'), nonce }
}

async function isNotTaken(request: string): Promise<void> {
  const { status, json } = await push(request)
  assert.deepEqual([status, json['error']], [400, 'invalid_request_object'])
}

test('oidcc-ensure-request-object-with-redirect-uri: the redirect URI inside the object counts, and not that beside it', async () => {
  const beside = { ...parameters, client_id: 'oidc-basic', redirect_uri: 'https://not-registered.example/' }
  const address = addressOf({ ...beside, request: object('oidc-basic') })
  const { left } = await new Person(callback).walk(address, ada)
  assert.ok(left?.searchParams.has('code'))
})

test('oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported: one is refused, and none is advertised', async () => {
  const metadata = (await (await fetch(`${on.issuer}/.well-known/openid-configuration`)).json()) as {
    request_object_signing_alg_values_supported: string[]
  }
  assert.equal(metadata.request_object_signing_alg_values_supported.includes('none'), false)
  const claims = { iss: 'demo-web', client_id: 'demo-web', aud: on.issuer, ...parameters }
  const request = `${encodeBase64url('{"alg":"none"}')}.${encodeBase64url(JSON.stringify(claims))}.`
  const { left } = await new Person(callback).open(
    addressOf({ ...parameters, client_id: 'demo-web', request }),
  )
  assert.equal(left?.searchParams.get('error'), 'request_not_supported')
  assert.equal(left?.searchParams.get('state'), parameters.state)
})

test('oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported: one of a client that registered none is refused, and the metadata say so', async () => {
  const answer = await fetch(`${on.issuer}/.well-known/openid-configuration`)
  const metadata = (await answer.json()) as Record<string, unknown>
  assert.equal(metadata['require_request_uri_registration'], true)
  const query = { ...parameters, client_id: 'demo-web', request_uri: 'https://rp.example/request.jwt' }
  const { left } = await new Person(callback).open(addressOf(query))
  assert.equal(left?.searchParams.get('error'), 'request_uri_not_supported')
})

test('fapi2-message-signing-final happy flow: a signed request is pushed and answered', async () => {
  const answer = await push(object('fapi'))
  assert.equal(answer.status, 201, answer.text)
  const query = { client_id: 'fapi', request_uri: String(answer.json['request_uri']) }
  const { left } = await new Person(callback).walk(addressOf(query), ada)
  assert.ok(left?.searchParams.has('code'))
})

test(`${fapi}-ensure-request-object-with-multiple-aud-succeeds: an object may be for others too`, async () => {
  assert.equal((await push(object('fapi', { aud: [on.issuer, 'https://other.example'] }))).status, 201)
})

test(`${fapi}-ensure-request-object-with-nbf-8-seconds-in-the-future-is-accepted: such an object is taken, for clocks may differ`, async () => {
  assert.equal((await push(object('fapi', { nbf: nowish() + 8 }))).status, 201)
})

test(`${fapi}-par-authorization-request-containing-request_uri: an object that holds a request_uri or a request is not taken`, async () => {
  await isNotTaken(object('fapi', { request_uri: 'https://rp.example/' }))
  await isNotTaken(object('fapi', { request: object('fapi') }))
})

test(`${fapi}-ensure-different-state-inside-and-outside-request-object and -ensure-different-nonce-inside-and-outside-request-object: what is signed counts`, async () => {
  const { state, nonce } = await walked(object('fapi'), { state: 'other', nonce: 'other' })
  assert.deepEqual([state, nonce], ['a state', 'a nonce'])
})

test(`${fapi}-state-only-outside-request-object-not-used: a state that nobody signed does not come back`, async () => {
  const { state } = await walked(object('fapi', { state: undefined }), { state: 'other' })
  assert.equal(state, null)
})

test(`${fapi}-ensure-request-object-without-redirect-uri-fails: an object has to say where the answer goes, whatever stands beside it`, async () => {
  const { status, json } = await push(object('fapi', { redirect_uri: undefined }), { redirect_uri: callback })
  assert.deepEqual([status, json['error']], [400, 'invalid_request'])
})

test(`${fapi}-ensure-unsigned-request-at-par-endpoint-fails: who must sign can’t push a request that is not`, async () => {
  const { status, json } = await post(`${on.issuer}/oauth/par`, { client_id: 'fapi', ...parameters })
  assert.deepEqual([status, json['error']], [400, 'invalid_request'])
})

const refused: Readonly<Record<string, () => string>> = {
  'ensure-request-object-without-exp-fails': () => object('fapi', { exp: undefined }),
  'ensure-expired-request-object-fails': () => object('fapi', { iat: nowish() - 600, exp: nowish() - 300 }),
  'ensure-request-object-with-exp-over-60-fails': () => object('fapi', { exp: nowish() + 70 * 60 }),
  'ensure-request-object-with-nbf-over-60-fails': () => object('fapi', { nbf: nowish() - 70 * 60 }),
  'ensure-request-object-with-bad-aud-fails': () => object('fapi', { aud: 'https://other.example' }),
  'ensure-request-object-with-invalid-signature-fails': () => `${object('fapi').slice(0, -8)}AAAAAAAA`,
  'ensure-signed-request-object-with-RS256-fails': () => object('fapi', {}, rsa.key),
  'ensure-request-object-signature-algorithm-is-not-none': () => {
    const [, payload] = object('fapi').split('.')
    return `${encodeBase64url('{"alg":"none","typ":"oauth-authz-req+jwt"}')}.${payload}.`
  },
  'ensure-matching-key-in-authorization-request': () => object('fapi', {}, specimen('ES256', 'unknown').key),
}
for (const [module, make] of Object.entries(refused)) {
  test(`${fapi}-${module}: such an object is not taken`, () => isNotTaken(make()))
}

test(`${fapi}-ensure-unsigned-authorization-request-without-using-par-fails: nothing but a signed and pushed request counts`, async () => {
  const direct = await new Person(callback).open(addressOf({ client_id: 'fapi', request: object('fapi') }))
  assert.equal(direct.left?.searchParams.get('error'), 'invalid_request')
  const unsigned = await post(`${on.issuer}/oauth/par`, { client_id: 'fapi', ...parameters })
  assert.deepEqual([unsigned.status, unsigned.json['error']], [400, 'invalid_request'])
})
