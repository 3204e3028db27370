// What the conformance suite's FAPI 2.0 Security Profile plan tries with a client's own proofs (private_key_jwt, RFC 7523),
// with codes and with PKCE, each test named after its module, under the profile of that name: requests are pushed, and
// tokens bound.
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { codeChallenge, digest } from '@countersign/protocol'
import * as jose from 'jose'
import { Person } from '../harness/person.ts'
import { password, type Server, serverOfThisFile } from '../harness/server.ts'
import { publicPart, specimen } from '../harness/specimens.ts'
import { forge } from '../harness/token-kinds.ts'
import { type Answer, get, newVerifier, post, type Sent } from '../harness/wire.ts'

const plan = 'fapi2-security-profile-final'
const callback = 'http://localhost:4402/callback'
const { jwk } = specimen('ES256', 'prover')
const rsa = specimen('RS256', 'prover rsa')
const holder = specimen('ES256', 'holder').key
/** Seconds by which the server's clock was moved. */
let ahead = 0
const on = serverOfThisFile({ prepare: register, env: { COUNTERSIGN_PROFILE: 'fapi2' } })

async function register(server: Server): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-keys-'))
  const jwks = join(folder, 'jwks.json')
  writeFileSync(jwks, JSON.stringify({ keys: [publicPart(jwk), publicPart(rsa.jwk)] }))
  const scopes = ['openid', 'email', 'offline_access'].flatMap((name) => ['--scope', name])
  for (const id of ['prover', 'other'])
    await server.countersign(
      ...['client', 'create', `Client ${id}`, '--id', id, '--jwks', jwks, '--redirect-uri', callback],
      ...['--require-pushed-authorization-requests', ...scopes],
    )
  rmSync(folder, { recursive: true })
}

interface Proving {
  readonly id?: string
  readonly claims?: Readonly<Record<string, unknown>>
  /** Instead of the client's own key; none for an unsigned one. */
  readonly key?: typeof jwk | null
}

/** The form fields by which a client proves itself, changed as a module changes them. */
async function proof({ id = 'prover', claims = {}, key = jwk }: Proving = {}): Promise<Sent> {
  const iat = Math.floor(Date.now() / 1000) + ahead
  const good = { iss: id, sub: id, aud: on.issuer, jti: randomUUID(), iat, exp: iat + 60, ...claims }
  const said = JSON.parse(JSON.stringify(good)) as jose.JWTPayload
  const assertion =
    key === null
      ? new jose.UnsecuredJWT(said).encode()
      : await new jose.SignJWT(said).setProtectedHeader({ alg: 'ES256', kid: 'prover' }).sign(key)
  return {
    client_id: id,
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: assertion,
  }
}

interface Asked {
  readonly parameters: Sent
  readonly verifier: string
}

function asking(more: Readonly<Record<string, string | undefined>> = {}): Asked {
  const verifier = newVerifier()
  const parameters = {
    response_type: 'code',
    redirect_uri: callback,
    scope: 'openid',
    state: randomUUID(),
    nonce: randomUUID(),
    code_challenge: codeChallenge(verifier),
    code_challenge_method: 'S256',
    ...more,
  }
  return { parameters: JSON.parse(JSON.stringify(parameters)) as Sent, verifier }
}

const push = async ({ parameters }: Asked, proving?: Proving): Promise<Answer> =>
  post(`${on.issuer}/oauth/par`, { ...parameters, ...(await proof(proving)) })

/** Pushes, and walks to a code as Ada. @returns the form that it is exchanged by */
async function walked(asked: Asked): Promise<Sent> {
  const pushed = await push(asked)
  assert.equal(pushed.status, 201, pushed.text)
  const query = new URLSearchParams({ client_id: 'prover', request_uri: String(pushed.json['request_uri']) })
  const { left } = await new Person(callback).walk(`${on.issuer}/oauth/authorize?${query}`, {
    username: 'ada',
    password,
  })
  assert.equal(left?.searchParams.get('state'), asked.parameters['state'])
  const code = left?.searchParams.get('code') ?? ''
  return { grant_type: 'authorization_code', code, redirect_uri: callback, code_verifier: asked.verifier }
}

async function later(seconds: number): Promise<void> {
  await on.advance(seconds)
  ahead += seconds
}

/** The header of a request whose tokens are bound, or that brings one. */
function dpop(method: string, path: string, token?: string): { readonly dpop: string } {
  const iat = Math.floor(Date.now() / 1000) + ahead
  const ath = token === undefined ? {} : { ath: digest(token) }
  const claims = { jti: randomUUID(), htm: method, htu: `${on.issuer}${path}`, iat, ...ath }
  return { dpop: forge({ typ: 'dpop+jwt', alg: 'ES256', jwk: holder.members }, claims, holder) }
}

const redeem = async (form: Sent, proving?: Proving): Promise<Answer> =>
  post(
    `${on.issuer}/oauth/token`,
    { ...form, ...(await proof(proving)) },
    undefined,
    dpop('POST', '/oauth/token'),
  )

/** @returns the claims of the ID token, and what userinfo says */
async function goesThrough(more: Readonly<Record<string, string | undefined>>) {
  const { status, text, json } = await redeem(await walked(asking(more)))
  assert.equal(status, 200, text)
  const token = String(json['access_token'])
  const headers = { authorization: `DPoP ${token}`, ...dpop('GET', '/oauth/userinfo', token) }
  const person = await get(`${on.issuer}/oauth/userinfo`, headers)
  return { claims: jose.decodeJwt(String(json['id_token'])), person: person.json }
}

const isInvalid = ({ status, json }: Answer, error: string): void =>
  assert.deepEqual([status, json['error']], [error === 'invalid_client' ? 401 : 400, error])

test(`${plan}-ensure-authorization-request-without-nonce-success: a request needs no nonce`, async () => {
  const { claims } = await goesThrough({ nonce: undefined })
  assert.equal('nonce' in claims, false)
})

test(`${plan}-ensure-authorization-request-with-long-nonce: a long nonce comes back as it was`, async () => {
  const nonce = 'n'.repeat(384)
  assert.equal((await goesThrough({ nonce })).claims['nonce'], nonce)
})

test(`${plan}-ensure-other-scope-order-succeeds: the order of scopes means nothing`, async () => {
  assert.equal((await goesThrough({ scope: 'email openid' })).person['email'], 'ada@example.test')
})

test(`${plan}-test-claims-parameter-identity-claims: claims that are asked for by name come where they were asked for`, async () => {
  const email = { essential: true }
  const asked = JSON.stringify({ userinfo: { email_verified: null }, id_token: { email } })
  const { claims, person } = await goesThrough({ claims: asked })
  assert.deepEqual([claims['email'], person['email_verified']], ['ada@example.test', true])
})

test(`${plan}-ensure-redirect-uri-in-authorization-request: a request has to say where the answer goes`, async () => {
  isInvalid(await push(asking({ redirect_uri: undefined })), 'invalid_request')
})

test(`${plan}-ensure-client-id-in-token-endpoint: a code is good for the client whose proof comes with it`, async () => {
  const form = await walked(asking())
  const { client_id: _, ...anonymous } = await proof()
  const mixed = { ...form, ...anonymous, client_id: 'other' }
  const { status } = await post(`${on.issuer}/oauth/token`, mixed, undefined, dpop('POST', '/oauth/token'))
  assert.ok(status === 400 || status === 401)
  assert.equal((await redeem(form)).status, 200)
})

test(`${plan}-ensure-authorization-code-is-bound-to-client: another client’s code is none`, async () => {
  const form = await walked(asking())
  isInvalid(await redeem(form, { id: 'other' }), 'invalid_grant')
})

test(`${plan}-ensure-token-endpoint-fails-with-expired-auth-code: a code that has waited longer than a minute is none`, async () => {
  const form = await walked(asking())
  await later(62)
  isInvalid(await redeem(form), 'invalid_grant')
})

test(`${plan}-ensure-client-assertion-in-token-endpoint: without a proof nothing is exchanged`, async () => {
  const form = await walked(asking())
  const anonymous = { ...form, client_id: 'prover' }
  const answer = await post(`${on.issuer}/oauth/token`, anonymous, undefined, dpop('POST', '/oauth/token'))
  isInvalid(answer, 'invalid_client')
})

/** When a proof is from that is made so many seconds ahead. */
function from(seconds: number) {
  const at = Math.floor(Date.now() / 1000) + ahead + seconds
  return { iat: at, nbf: at, exp: at + 60 }
}

test(`${plan}-par-ensure-jwt-client-assertions-nbf-8-seconds-in-the-future-is-accepted: a client’s clock may be ahead`, async () => {
  assert.equal((await push(asking(), { claims: from(8) })).status, 201)
  assert.equal((await redeem(await walked(asking()), { claims: from(8) })).status, 200)
})

const refused: Readonly<Record<string, readonly (() => Proving)[]>> = {
  'ensure-client-assertion-with-exp-is-5-minutes-in-past-fails': [
    () => ({ claims: { exp: Math.floor(Date.now() / 1000) + ahead - 300 } }),
  ],
  'ensure-client-assertion-with-wrong-aud-fails': [() => ({ claims: { aud: 'https://other.example' } })],
  'par-test-array-as-audience-fails': [() => ({ claims: { aud: [on.issuer] } })],
  'par-test-par-endpoint-url-as-audience-fails': [() => ({ claims: { aud: `${on.issuer}/oauth/par` } })],
  'par-test-token-endpoint-url-as-audience-fails': [() => ({ claims: { aud: `${on.issuer}/oauth/token` } })],
  'par-ensure-jwt-client-assertions-nbf-over-60-seconds-in-the-future-fails': [
    () => ({ claims: from(61) }),
    () => ({ claims: { ...from(0), iat: from(61).iat } }),
    () => ({ claims: { ...from(0), nbf: from(61).nbf } }),
  ],
  'ensure-client-assertion-with-no-sub-fails': [() => ({ claims: { sub: undefined } })],
  'ensure-invalid-client-assertions-fail': [
    () => ({ key: null }),
    () => ({ key: specimen('ES256', 'somebody else').jwk }),
    () => ({ claims: { iss: 'other' } }),
    () => ({ claims: { iss: undefined } }),
    () => ({ claims: { jti: undefined } }),
    () => ({ claims: { exp: undefined } }),
    () => ({ claims: { nbf: Math.floor(Date.now() / 1000) + ahead + 300 } }),
  ],
}
for (const [module, changes] of Object.entries(refused)) {
  test(`${plan}-${module}: such a proof is none, neither for a push nor for a code`, async () => {
    // Wrong proofs are counted, and too many would be answered with 429.
    await later(900)
    const form = await walked(asking())
    for (const change of changes) {
      isInvalid(await push(asking(), change()), 'invalid_client')
      isInvalid(await redeem(form, change()), 'invalid_client')
    }
    assert.equal((await redeem(form)).status, 200)
  })
}

test(`${plan}-ensure-pkce-code-verifier-required and -incorrect-pkce-code-verifier-rejected: a code is worth nothing without its verifier`, async () => {
  const { code_verifier: right = '', ...form } = await walked(asking())
  const without = await redeem(form)
  assert.equal(without.status, 400)
  assert.ok(['invalid_request', 'invalid_grant'].includes(String(without.json['error'])))
  isInvalid(await redeem({ ...form, code_verifier: newVerifier() }), 'invalid_grant')
  assert.equal((await redeem({ ...form, code_verifier: right })).status, 200)
})

test(`${plan}-ensure-signed-client-assertion-with-RS256-fails: RS256 proves nobody, though the key is the client’s`, async () => {
  const iat = Math.floor(Date.now() / 1000) + ahead
  const claims = { iss: 'prover', sub: 'prover', aud: on.issuer, jti: randomUUID(), iat, exp: iat + 60 }
  const signed = forge({ alg: 'RS256', kid: rsa.key.kid }, claims, rsa.key)
  const form = await walked(asking())
  const by = { ...(await proof()), client_assertion: signed }
  isInvalid(await post(`${on.issuer}/oauth/par`, { ...asking().parameters, ...by }), 'invalid_client')
  const answer = await post(
    `${on.issuer}/oauth/token`,
    { ...form, ...by },
    undefined,
    dpop('POST', '/oauth/token'),
  )
  isInvalid(answer, 'invalid_client')
})

/** Pushes a request in an object that the client signed. */
async function pushObject(changes: object, { key } = specimen('ES256', 'prover')): Promise<Answer> {
  const iat = Math.floor(Date.now() / 1000) + ahead
  const times = { iat, nbf: iat, exp: iat + 300 }
  const base = { iss: 'prover', client_id: 'prover', aud: on.issuer, ...times }
  const claims = JSON.parse(JSON.stringify({ ...base, ...asking().parameters, ...changes }))
  const request = forge({ typ: 'oauth-authz-req+jwt', alg: key.alg, kid: key.kid }, claims, key)
  return post(`${on.issuer}/oauth/par`, { request, ...(await proof()) })
}

test(`${plan}-ensure-request-object-without-nbf-fails: a signed request has to say since when it is good`, async () => {
  assert.equal((await pushObject({})).status, 201)
  isInvalid(await pushObject({ nbf: undefined }), 'invalid_request_object')
})

test('a signed request that RS256 signed is none under the profile', async () => {
  isInvalid(await pushObject({}, rsa), 'invalid_request_object')
})
