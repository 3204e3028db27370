// What the conformance suite's FAPI 2.0 Security Profile plan tries with pushed authorization requests (RFC 9126), each
// test named after its module; pages are driven as plain HTML forms.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { codeChallenge } from '@countersign/protocol'
import { Person } from '../harness/person.ts'
import { password, serverOfThisFile } from '../harness/server.ts'
import { post, type Sent } from '../harness/wire.ts'
import { callback, dpop, env, proofOf, registerProver } from './fapi2-prover.ts'

const on = serverOfThisFile({
  prepare: async (server) => {
    for (const id of ['pushing', 'other']) await registerProver(server, id)
  },
  env,
})
/** Seconds by which the server's clock was moved. */
let ahead = 0
const ada = { username: 'ada', password }
const plan = 'fapi2-security-profile-final'

function asked(more: Readonly<Record<string, string>> = {}) {
  const verifier = randomBytes(32).toString('base64url')
  const form = {
    client_id: 'pushing',
    response_type: 'code',
    redirect_uri: callback,
    scope: 'openid',
    state: randomBytes(16).toString('hex'),
    nonce: randomBytes(16).toString('hex'),
    code_challenge: codeChallenge(verifier),
    code_challenge_method: 'S256',
    ...more,
  }
  return { form, verifier }
}

const pushing = (form: Readonly<Record<string, string>>, by: Sent = proofOf(on, 'pushing', ahead)) =>
  post(`${on.issuer}/oauth/par`, { ...by, ...form })

/** Pushes a request. @returns the address that the browser is sent to */
async function pushed(form: Readonly<Record<string, string>>, clientId = 'pushing'): Promise<URL> {
  const answer = await pushing(form)
  assert.equal(answer.status, 201, answer.text)
  return addressOf({ client_id: clientId, request_uri: String(answer.json['request_uri']) })
}

function addressOf(parameters: Readonly<Record<string, string>>): URL {
  return new URL(`${on.issuer}/oauth/authorize?${new URLSearchParams(parameters)}`)
}

/** Nobody is sent anywhere: a page says why. */
async function endsOnAPage(person: Person, address: URL): Promise<void> {
  const seen = await person.open(address)
  assert.equal(seen.left, undefined)
  assert.equal(seen.status, 400)
  assert.match(seen.html, /invalid_request_uri/)
}

test(`${plan}-happy-flow: a pushed request comes back with its own state, issuer and a code`, async () => {
  const { form, verifier } = asked()
  const { left } = await new Person(callback).walk(await pushed(form), ada)
  assert.ok(left)
  assert.deepEqual([...left.searchParams.keys()].sort(), ['code', 'iss', 'state'])
  assert.equal(left.searchParams.get('state'), form.state)
  assert.equal(left.searchParams.get('iss'), on.issuer)
  const exchanged = await post(
    `${on.issuer}/oauth/token`,
    {
      grant_type: 'authorization_code',
      code: left.searchParams.get('code') ?? '',
      redirect_uri: callback,
      code_verifier: verifier,
      ...proofOf(on, 'pushing', ahead),
    },
    undefined,
    dpop(on, 'POST', '/oauth/token', { ahead }),
  )
  assert.equal(exchanged.status, 200)
})

test(`${plan}-par-ensure-reused-request-uri-prior-to-auth-completion-succeeds: a page may be visited twice before anyone signs in`, async () => {
  const address = await pushed(asked().form)
  const person = new Person(callback)
  assert.equal((await person.open(address)).left, undefined)
  assert.ok((await person.walk(address, ada)).left?.searchParams.has('code'))
})

test(`${plan}-par-attempt-reuse-request_uri: a request URI that was answered is refused`, async () => {
  const address = await pushed(asked().form)
  const person = new Person(callback)
  assert.ok((await person.walk(address, ada)).left?.searchParams.has('code'))
  await endsOnAPage(person, address)
  await endsOnAPage(new Person(callback), address)
})

test(`${plan}-par-attempt-to-use-expired-request_uri: a request URI is refused after its time`, async () => {
  const answer = await pushing(asked().form)
  const seconds = Number(answer.json['expires_in']) + 1
  await on.advance(seconds)
  ahead += seconds
  const request_uri = String(answer.json['request_uri'])
  await endsOnAPage(new Person(callback), addressOf({ client_id: 'pushing', request_uri }))
})

test(`${plan}-par-attempt-to-use-request_uri-for-different-client: a request URI is of one client`, async () => {
  await endsOnAPage(new Person(callback), await pushed(asked().form, 'other'))
})

test(`${plan}-par-authorization-request-containing-request_uri-form-param: a request_uri is not pushed`, async () => {
  for (const request_uri of ['https://rp.example/request', 'urn:ietf:params:oauth:request_uri:x']) {
    const { status, json } = await pushing(asked({ request_uri }).form)
    assert.deepEqual([status, json['error']], [400, 'invalid_request'])
  }
})

test(`${plan}-par-attempt-invalid-http-method: the endpoint answers a GET or a PUT with 405`, async () => {
  for (const method of ['GET', 'PUT']) {
    const query = new URLSearchParams(asked().form)
    const { status } = await fetch(`${on.issuer}/oauth/par?${query}`, { method })
    assert.equal(status, 405)
  }
})

test(`${plan}-par-ensure-pkce-required: a request without a challenge is not taken`, async () => {
  const { form } = asked()
  const { code_challenge: _, code_challenge_method: __, ...without } = form
  const { status, json } = await pushing(without)
  assert.deepEqual([status, json['error']], [400, 'invalid_request'])
})

test(`${plan}-par-plain-pkce-rejected: a request with a plain challenge is not taken`, async () => {
  const { status, json } = await pushing(asked({ code_challenge_method: 'plain' }).form)
  assert.deepEqual([status, json['error']], [400, 'invalid_request'])
})

test(`${plan}-par-without-duplicate-parameters: nothing stands beside client_id and request_uri, and nothing is missed`, async () => {
  const { form } = asked()
  const { left } = await new Person(callback).walk(await pushed(form), ada)
  assert.equal(left?.searchParams.get('state'), form.state)
})

test(`${plan}-ensure-authorization-request-with-64-char-nonce-success and -ensure-authorization-request-with-long-state: long values come back as they were`, async () => {
  const long = { state: 's'.repeat(384), nonce: 'n'.repeat(64) }
  const { left } = await new Person(callback).walk(await pushed(asked(long).form), ada)
  assert.equal(left?.searchParams.get('state'), long.state)
})

test(`${plan}-ensure-authorization-request-without-state-success: a request needs no state`, async () => {
  const { state: _, ...form } = asked().form
  const { left } = await new Person(callback).walk(await pushed(form), ada)
  assert.deepEqual([...(left?.searchParams.keys() ?? [])].sort(), ['code', 'iss'])
})

test(`${plan}-ensure-registered-redirect-uri: an unregistered redirect URI is not taken, from whomever`, async () => {
  const { status, json } = await pushing(asked({ redirect_uri: `${callback}/other` }).form)
  assert.deepEqual([status, json['error']], [400, 'invalid_request'])
})

test(`${plan}-ensure-response-type-token-fails and -ensure-response-type-code-idtoken-fails: only a code can be asked for`, async () => {
  for (const response_type of ['token', 'code id_token']) {
    const { status, json } = await pushing(asked({ response_type }).form)
    assert.deepEqual([status, json['error']], [400, 'unsupported_response_type'])
  }
})

test(`${plan}-ensure-unsigned-authorization-request-without-using-par-fails: who must push gets no code otherwise`, async () => {
  const { form } = asked()
  const { left } = await new Person(callback).walk(addressOf(form), ada)
  assert.equal(left?.searchParams.get('error'), 'invalid_request')
  assert.equal(left?.searchParams.get('iss'), on.issuer)
  const answer = await pushing(form)
  const request_uri = String(answer.json['request_uri'])
  const walked = await new Person(callback).walk(addressOf({ client_id: 'pushing', request_uri }), ada)
  assert.ok(walked.left?.searchParams.has('code'))
})

test(`${plan}-user-rejects-authentication: a person may say no, and the request is over`, async () => {
  const { form } = asked({ scope: 'openid phone', prompt: 'consent' })
  const address = await pushed(form)
  const person = new Person(callback)
  const { left } = await person.walk(address, { ...ada, decision: 'deny' })
  assert.equal(left?.searchParams.get('error'), 'access_denied')
  assert.equal(left?.searchParams.get('state'), form.state)
  await endsOnAPage(person, address)
})

test('RFC 9126 §2: who does not prove to be the client is refused', async () => {
  const wrong = { ...proofOf(on, 'pushing', ahead), client_assertion: 'wrong' }
  assert.deepEqual([(await pushing(asked().form, wrong)).status], [401])
  const { client_id: _, ...other } = proofOf(on, 'other', ahead)
  const { status, json } = await pushing(asked().form, other)
  assert.deepEqual([status, json['error']], [401, 'invalid_client'])
})

test(`${plan}-discovery-end-point-verification: the metadata names the endpoint`, async () => {
  const metadata = (await (await fetch(`${on.issuer}/.well-known/openid-configuration`)).json()) as Record<
    string,
    unknown
  >
  assert.equal(metadata['pushed_authorization_request_endpoint'], `${on.issuer}/oauth/par`)
  assert.equal(metadata['require_pushed_authorization_requests'], true)
})
