// What the conformance suite's FAPI 2.0 plans try of a server that is run by the profile fapi2, with mutual TLS (RFC 8705):
// clients that authenticate by their certificate or by assertions, and tokens that are bound to certificates. The server
// speaks TLS itself.
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { codeChallenge, digest } from '@countersign/protocol'
import type { Issued } from '../harness/certificates.ts'
import { getShowing, mutualTlsOfThisFile, postShowing, registeredCertificate } from '../harness/mutual-tls.ts'
import { Person } from '../harness/person.ts'
import { password, serverOfThisFile } from '../harness/server.ts'
import { publicPart, specimen } from '../harness/specimens.ts'
import { forge } from '../harness/token-kinds.ts'
import { type Answer, newVerifier, type Sent } from '../harness/wire.ts'

const plan = 'fapi2-security-profile-final'
const callback = 'https://client.example/callback'
const mtls = await mutualTlsOfThisFile()
const mine = mtls.clients.issue({
  subject: [
    ['O', 'Tests'],
    ['CN', 'first'],
  ],
})
const second = registeredCertificate('second')
/** Of the first client’s names, but nobody vouches for it. */
const forged = registeredCertificate('first')

const [es, rs, ps] = [specimen('ES256', 'es'), specimen('RS256', 'rs'), specimen('PS256', 'ps')]
const publicOf = ({ jwk }: typeof es): object => publicPart(jwk)

const on = serverOfThisFile({
  env: { ...mtls.env, COUNTERSIGN_PROFILE: 'fapi2' },
  prepare: async (server) => {
    const shared = {
      redirect_uris: [callback],
      grant_types: ['authorization_code', 'refresh_token'],
      scope: 'openid email offline_access',
      id_token_signed_response_alg: 'ES256',
      tls_client_certificate_bound_access_tokens: true,
    }
    const first = {
      token_endpoint_auth_method: 'tls_client_auth',
      tls_client_auth_subject_dn: 'CN=first, O=Tests',
    }
    const other = { token_endpoint_auth_method: 'self_signed_tls_client_auth', jwks: second.jwks }
    const signer = {
      token_endpoint_auth_method: 'private_key_jwt',
      jwks: { keys: [es, rs, ps].map(publicOf) },
    }
    const prover = { ...first, tls_client_certificate_bound_access_tokens: false }
    for (const [id, own] of Object.entries({ first, second: other, signer, prover })) {
      const metadata = { client_id: id, client_name: `The ${id}`, ...shared, ...own }
      const file = mtls.keep(`${id}.json`, JSON.stringify(metadata))
      await server.countersign('client', 'create', '--metadata', file)
    }
  },
})

let aliases: Readonly<Record<string, string>> = {}
/** Where certificates are shown, by the metadata. */
async function at(name: string): Promise<string> {
  if (aliases[name] === undefined) {
    const { json } = await getShowing(null, `${on.issuer}/.well-known/openid-configuration`)
    aliases = json['mtls_endpoint_aliases'] as Record<string, string>
  }
  return aliases[name] ?? assert.fail(`no alias of ${name}`)
}

interface Walk {
  readonly form: Sent
  readonly state: string
}

/** The client pushes its request, and Ada allows it. */
async function walked(shown: Issued = mine, id = 'first', more: Sent = {}): Promise<Walk> {
  const verifier = newVerifier()
  const state = randomUUID()
  const pushed = await push(shown, { client_id: id, state, code_challenge: codeChallenge(verifier), ...more })
  assert.equal(pushed.status, 201, pushed.text)
  const query = new URLSearchParams({ client_id: id, request_uri: String(pushed.json['request_uri']) })
  const { left } = await new Person(callback).walk(`${on.issuer}/oauth/authorize?${query}`, {
    username: 'ada',
    password,
  })
  const code = left?.searchParams.get('code') ?? assert.fail(`no code at ${left?.href}`)
  assert.equal(left?.searchParams.get('state'), state)
  const form = { grant_type: 'authorization_code', code, code_verifier: verifier, redirect_uri: callback }
  return { form: { ...form, client_id: id }, state }
}

async function push(shown: Issued | null, more: Sent): Promise<Answer> {
  const form = {
    response_type: 'code',
    redirect_uri: callback,
    scope: 'openid email offline_access',
    code_challenge_method: 'S256',
    ...more,
  }
  return postShowing(shown, await at('pushed_authorization_request_endpoint'), form)
}

const redeem = async (shown: Issued | null, form: Sent): Promise<Answer> =>
  postShowing(shown, await at('token_endpoint'), form)

const userinfo = async (shown: Issued | null, token: unknown, scheme = 'Bearer'): Promise<Answer> =>
  getShowing(shown, await at('userinfo_endpoint'), { authorization: `${scheme} ${String(token)}` })

async function tokensOf(shown = mine, id = 'first'): Promise<Answer['json']> {
  const answer = await redeem(shown, (await walked(shown, id)).form)
  assert.equal(answer.status, 200, answer.text)
  return answer.json
}

function refused({ status, json }: Answer, ...errors: string[]): void {
  assert.ok(status === 400 || status === 401, String(status))
  assert.ok(errors.includes(String(json['error'])), String(json['error']))
}

test(`${plan}-discovery-end-point-verification (mtls): metadata says what certificates are for, and where they are shown`, async () => {
  const { json } = await getShowing(null, `${on.issuer}/.well-known/openid-configuration`)
  assert.equal(json['tls_client_certificate_bound_access_tokens'], true)
  for (const endpoint of ['token', 'introspection', 'revocation'])
    assert.deepEqual(json[`${endpoint}_endpoint_auth_methods_supported`], [
      'private_key_jwt',
      'tls_client_auth',
      'self_signed_tls_client_auth',
    ])
  for (const address of Object.values(json['mtls_endpoint_aliases'] as object))
    assert.match(String(address), /^https:/)
})

for (const [name, shown, id] of [
  ['by an authority', mine, 'first'],
  ['by itself', second, 'second'],
] as const) {
  test(`${plan}-happy-flow (mtls ${name}): a certificate stands for the client, and its tokens are bound to it`, async () => {
    const tokens = await tokensOf(shown, id)
    assert.equal(tokens['token_type'], 'Bearer')
    const person = await userinfo(shown, tokens['access_token'])
    assert.deepEqual([person.status, person.json['email']], [200, 'ada@example.test'])
    const form = { token: String(tokens['access_token']), client_id: id }
    const seen = await postShowing(shown, await at('introspection_endpoint'), form)
    assert.deepEqual([seen.json['active'], seen.json['cnf']], [true, { 'x5t#S256': shown.thumbprint }])
  })
}

/** A DPoP proof for a request to where certificates are shown, by a key of nobody but this test. */
function proof(method: string, uri: string, token?: unknown): { dpop: string } {
  const { key } = specimen('ES256', 'a proof’s')
  const iat = Math.floor(Date.now() / 1000)
  const ath = token === undefined ? {} : { ath: digest(String(token)) }
  const header = { typ: 'dpop+jwt', alg: 'ES256', jwk: key.members }
  return { dpop: forge(header, { jti: randomUUID(), htm: method, htu: uri, iat, ...ath }, key) }
}

test(`${plan}-happy-flow (mtls dpop): a certificate stands for the client, and its tokens are bound to a key`, async () => {
  const { form } = await walked(mine, 'prover')
  const [there, here] = [await at('token_endpoint'), await at('userinfo_endpoint')]
  refused(await redeem(mine, form), 'invalid_dpop_proof')
  refused(await postShowing(second, there, form, proof('POST', there)), 'invalid_client')
  const wrong = proof('POST', `${on.issuer}/oauth/token`)
  refused(await postShowing(mine, there, form, wrong), 'invalid_dpop_proof')
  const { status, text, json } = await postShowing(mine, there, form, proof('POST', there))
  assert.deepEqual([status, json['token_type']], [200, 'DPoP'], text)
  const token = String(json['access_token'])
  const ask = (headers: Sent) => getShowing(null, here, { authorization: `DPoP ${token}`, ...headers })
  assert.equal((await ask(proof('GET', here, token))).status, 200)
  assert.equal((await ask({})).status, 401)
  assert.equal((await userinfo(mine, token)).status, 401)
})

test(`${plan}-ensure-holder-of-key-required (mtls): without a certificate there are no tokens, and with another one they are worth nothing`, async () => {
  const { form } = await walked()
  refused(await redeem(null, form), 'invalid_client', 'invalid_request')
  refused(await postShowing(null, `${on.issuer}/oauth/token`, form), 'invalid_client', 'invalid_request')
  refused(await postShowing(mine, `${on.issuer}/oauth/token`, form), 'invalid_client', 'invalid_request')
  refused(await redeem(forged, form), 'invalid_client')
  const answer = await redeem(mine, form)
  assert.equal(answer.status, 200, answer.text)
  const token = answer.json['access_token']
  for (const thief of [null, second, forged]) assert.equal((await userinfo(thief, token)).status, 401)
  assert.equal((await userinfo(mine, token)).status, 200)
})

test(`${plan}-ensure-client-id-in-token-endpoint (mtls): a certificate alone does not say which client it is`, async () => {
  const { form } = await walked()
  const { client_id: _, ...anonymous } = form
  refused(await redeem(mine, anonymous), 'invalid_client', 'invalid_request')
  assert.equal((await redeem(mine, form)).status, 200)
})

test(`${plan}-ensure-authorization-code-is-bound-to-client (mtls): another client’s code is none`, async () => {
  const { form } = await walked()
  refused(await redeem(second, { ...form, client_id: 'second' }), 'invalid_grant')
  refused(await redeem(second, form), 'invalid_client')
})

test(`${plan}-access-token-type-header-case-sensitivity (mtls): the scheme is read in any case`, async () => {
  const { access_token: token } = await tokensOf()
  for (const scheme of ['Bearer', 'bearer', 'BEARER', 'bEaReR'])
    assert.equal((await userinfo(mine, token, scheme)).status, 200)
})

test(`${plan}-refresh-token (mtls): a refreshed token is bound to the certificate that is shown then`, async () => {
  const { refresh_token: token } = await tokensOf()
  const form = { grant_type: 'refresh_token', refresh_token: String(token), client_id: 'first' }
  refused(await redeem(null, form), 'invalid_client', 'invalid_request')
  refused(await redeem(second, { ...form, client_id: 'second' }), 'invalid_grant')
  const renewed = mtls.clients.issue({
    subject: [
      ['O', 'Tests'],
      ['CN', 'first'],
    ],
  })
  const answer = await redeem(renewed, form)
  assert.equal(answer.status, 200, answer.text)
  assert.equal((await userinfo(renewed, answer.json['access_token'])).status, 200)
  assert.equal((await userinfo(mine, answer.json['access_token'])).status, 401)
})

test(`${plan}-par-attempt-to-use-request_uri-for-different-client (mtls): a pushed request is its client’s`, async () => {
  const pushed = await push(mine, { client_id: 'first', code_challenge: codeChallenge(newVerifier()) })
  const query = new URLSearchParams({ client_id: 'second', request_uri: String(pushed.json['request_uri']) })
  const seen = await new Person(callback).open(`${on.issuer}/oauth/authorize?${query}`)
  assert.equal(seen.left?.searchParams.get('code') ?? null, null)
  refused(
    await push(second, { client_id: 'first', code_challenge: codeChallenge(newVerifier()) }),
    'invalid_client',
  )
  refused(
    await push(null, { client_id: 'first', code_challenge: codeChallenge(newVerifier()) }),
    'invalid_client',
  )
})

/** What the client `signer` proves itself by. */
function assertion(by = es): Sent {
  const iat = Math.floor(Date.now() / 1000)
  const claims = { iss: 'signer', sub: 'signer', aud: on.issuer, jti: randomUUID(), iat, exp: iat + 60 }
  return {
    client_id: 'signer',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: forge(
      { typ: 'client-authentication+jwt', alg: by.key.alg, kid: by.key.kid },
      claims,
      by.key,
    ),
  }
}

test(`${plan}-happy-flow (pkjwt mtls): an assertion stands for the client, and its tokens are bound to its certificate`, async () => {
  for (const by of [es, ps]) {
    const { form } = await walked(mine, 'signer', assertion(by))
    const answer = await redeem(mine, { ...form, ...assertion(by) })
    assert.equal(answer.status, 200, answer.text)
    assert.equal((await userinfo(mine, answer.json['access_token'])).status, 200)
    assert.equal((await userinfo(null, answer.json['access_token'])).status, 401)
  }
  const { form } = await walked(mine, 'signer', assertion())
  refused(await redeem(null, { ...form, ...assertion() }), 'invalid_request')
})

test(`${plan}-ensure-signed-client-assertion-with-RS256-fails: RS256 proves nobody, neither for a push nor for a code`, async () => {
  const challenge = { code_challenge: codeChallenge(newVerifier()) }
  refused(await push(mine, { ...challenge, ...assertion(rs) }), 'invalid_client')
  const { form } = await walked(mine, 'signer', assertion())
  refused(await redeem(mine, { ...form, ...assertion(rs) }), 'invalid_client')
  assert.equal((await redeem(mine, { ...form, ...assertion() })).status, 200)
})

test(`${plan}-ensure-request-object-without-nbf-fails: a signed request says since when it is good`, async () => {
  const iat = Math.floor(Date.now() / 1000)
  const object = (times: object, by = es): string => {
    const parties = { iss: 'signer', client_id: 'signer', aud: on.issuer }
    const asked = { response_type: 'code', redirect_uri: callback, scope: 'openid', response_mode: 'jwt' }
    const challenge = { code_challenge: codeChallenge(newVerifier()), code_challenge_method: 'S256' }
    const header = { typ: 'oauth-authz-req+jwt', alg: by.key.alg, kid: by.key.kid }
    return forge(header, { ...parties, iat, exp: iat + 300, ...asked, ...challenge, ...times }, by.key)
  }
  const pushed = async (request: string) =>
    postShowing(mine, await at('pushed_authorization_request_endpoint'), { request, ...assertion() })
  refused(await pushed(object({})), 'invalid_request_object')
  refused(await pushed(object({ nbf: iat }, rs)), 'invalid_request_object')
  const { status, text } = await pushed(object({ nbf: iat }))
  assert.equal(status, 201, text)
})

test(`${plan}-plain-fapi-tolerate-unregistered-redirect-uri: an address that is not registered is refused to its client, before any browser sees it`, async () => {
  const challenge = { client_id: 'first', code_challenge: codeChallenge(newVerifier()) }
  const other = `${callback}?another=${randomUUID()}`
  refused(await push(mine, { ...challenge, redirect_uri: other }), 'invalid_request')
  assert.equal((await push(mine, challenge)).status, 201)
})

test('the address at which certificates are shown has no pages', async () => {
  const { origin } = new URL(await at('token_endpoint'))
  for (const path of ['/sign-in', '/account', '/oauth/authorize'])
    assert.equal((await getShowing(mine, origin + path)).status, 421)
})

test('its health is asked over TLS', async () => {
  assert.equal((await on.countersign('health'))['ready'], true)
})
