// What the conformance suite's FAPI 2.0 Security Profile plan tries with DPoP (RFC 9449), each test named after its module;
// the resource is userinfo, and pages are driven as plain HTML forms.
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { codeChallenge, digest, type JwsAlgorithm, thumbprint } from '@countersign/protocol'
import { Person } from '../harness/person.ts'
import { password, serverOfThisFile } from '../harness/server.ts'
import { publicPart, specimen } from '../harness/specimens.ts'
import { forge } from '../harness/token-kinds.ts'
import { type Answer, get, newVerifier, post, type Sent } from '../harness/wire.ts'
import { callback, env, proofOf, registerProver } from './fapi2-prover.ts'

const plan = 'fapi2-security-profile-final'
/** Seconds by which the server's clock was moved. */
let ahead = 0
const on = serverOfThisFile({ prepare: (server) => registerProver(server, 'bound'), env })
const proved = (form: Sent): Sent => ({ ...form, ...proofOf(on, 'bound', ahead) })

interface Change {
  readonly header?: object
  readonly claims?: object
  readonly key?: string
  readonly alg?: JwsAlgorithm
}

/** A proof for a request, changed as a module changes it. */
function proof(
  method: string,
  path: string,
  { header, claims, key = 'mine', alg = 'ES256' }: Change = {},
): string {
  const { key: signing } = specimen(alg, key)
  const iat = Math.floor(Date.now() / 1000) + ahead
  const good = { jti: randomUUID(), htm: method, htu: `${on.issuer}${path}`, iat }
  return forge({ typ: 'dpop+jwt', alg, jwk: signing.members, ...header }, { ...good, ...claims }, signing)
}

const jktOf = (key: string): string => thumbprint(specimen('ES256', key).key.members)

interface Walk {
  /** For the pushed request; none for a push without. */
  readonly push?: Change
  readonly asked?: Sent
}

/** Pushes a request and lets Ada allow it. @returns the form that the code is exchanged by */
async function walked({ push, asked = {} }: Walk = {}): Promise<Sent> {
  const verifier = newVerifier()
  const pushed = await pushing({ code_challenge: codeChallenge(verifier), ...asked }, push)
  assert.equal(pushed.status, 201, pushed.text)
  const query = new URLSearchParams({ client_id: 'bound', request_uri: String(pushed.json['request_uri']) })
  const { left } = await new Person(callback).walk(`${on.issuer}/oauth/authorize?${query}`, {
    username: 'ada',
    password,
  })
  const code = left?.searchParams.get('code')
  assert.ok(code)
  return { grant_type: 'authorization_code', code, code_verifier: verifier, redirect_uri: callback }
}

function pushing(more: Sent, push?: Change): Promise<Answer> {
  const form = {
    client_id: 'bound',
    response_type: 'code',
    redirect_uri: callback,
    scope: 'openid offline_access',
    code_challenge: codeChallenge(newVerifier()),
    code_challenge_method: 'S256',
    ...more,
  }
  const dpop: Sent = push === undefined ? {} : { dpop: proof('POST', '/oauth/par', push) }
  return post(`${on.issuer}/oauth/par`, proved(form), undefined, dpop)
}

const redeem = (form: Sent, change: Change = {}): Promise<Answer> =>
  post(`${on.issuer}/oauth/token`, proved(form), undefined, { dpop: proof('POST', '/oauth/token', change) })

function userinfo(token: string, change: Change = {}, more: Sent = {}): Promise<Answer> {
  const claims = { ath: digest(token), ...change.claims }
  const dpop = proof('GET', '/oauth/userinfo', { ...change, claims })
  return get(`${on.issuer}/oauth/userinfo`, { authorization: `DPoP ${token}`, dpop, ...more })
}

async function refused(answer: Promise<Answer>, ...errors: string[]): Promise<void> {
  const { status, json, headers } = await answer
  assert.equal(status, 400)
  assert.ok(errors.includes(String(json['error'])), String(json['error']))
  assert.match(headers.get('content-type') ?? '', /^application\/json/)
}

/** The whole way with one change to every proof. */
async function goesThrough(change: Change, walk: Walk = {}): Promise<void> {
  const answer = await redeem(await walked(walk), change)
  assert.equal(answer.status, 200, answer.text)
  assert.equal(answer.json['token_type'], 'DPoP')
  assert.equal((await userinfo(String(answer.json['access_token']), change)).status, 200)
}

const now = (): number => Math.floor(Date.now() / 1000) + ahead

test(`${plan}-check-dpop-proof-nbf-exp: proofs may say when they begin and end`, async () => {
  const claims = { nbf: now(), exp: now() + 60 }
  await goesThrough({ claims }, { push: { claims } })
})

for (const [name, seconds] of [
  ['before', -10],
  ['after', 10],
] as const) {
  test(`${plan}-ensure-dpopproof-with-iat-10seconds-${name}-succeeds: clocks may differ by ten seconds`, async () => {
    const claims = { iat: now() + seconds }
    await goesThrough({ claims }, { push: { claims } })
  })
}

test(`${plan}-ensure-mismatched-dpop-jkt-fails: a pushed request names the key of its own proof`, async () => {
  await refused(pushing({ dpop_jkt: jktOf('other') }, {}), 'invalid_request', 'invalid_dpop_proof')
})

test(`${plan}-ensure-token-endpoint-fails-with-mismatched-dpop-proof-jkt: the key of the push exchanges the code`, async () => {
  const form = await walked({ push: {} })
  await refused(redeem(form, { key: 'other' }), 'invalid_grant', 'invalid_dpop_proof')
})

test(`${plan}-ensure-token-endpoint-fails-with-mismatched-dpop-jkt: the key that dpop_jkt names exchanges the code`, async () => {
  const form = await walked({ asked: { dpop_jkt: jktOf('mine') } })
  await refused(redeem(form, { key: 'other' }), 'invalid_grant', 'invalid_dpop_proof')
})

test(`${plan}-ensure-dpopproof-at-par-endpoint-binding-success: a push with a proof ends in tokens of its key`, async () => {
  await goesThrough({}, { push: {} })
})

test(`${plan}-ensure-dpop-auth-code-binding-success: so does one with dpop_jkt, and one with both`, async () => {
  const asked = { dpop_jkt: jktOf('mine') }
  await goesThrough({}, { asked })
  await goesThrough({}, { asked, push: {} })
})

test(`${plan}-ensure-holder-of-key-required: without a proof a code is worth nothing`, async () => {
  const form = await walked()
  const without = post(`${on.issuer}/oauth/token`, proved(form))
  await refused(without, 'invalid_request', 'invalid_grant', 'invalid_dpop_proof')
})

test(`${plan}-refresh-token: nor is a refresh token`, async () => {
  const { json } = await redeem(await walked())
  const form = { grant_type: 'refresh_token', refresh_token: String(json['refresh_token']) }
  const renewed = await redeem(form)
  assert.equal(renewed.json['token_type'], 'DPoP')
  const again = { ...form, refresh_token: String(renewed.json['refresh_token']) }
  await refused(
    post(`${on.issuer}/oauth/token`, proved(again)),
    ...['invalid_request', 'invalid_grant', 'invalid_dpop_proof'],
  )
  assert.equal(renewed.json['refresh_token'], form.refresh_token, 'it is not rotated')
  assert.equal((await redeem(form)).status, 200, 'a lost answer is given again')
})

test(`${plan}-attempt-reuse-authorization-code-after-one-second: a second use ends what the first one got`, async () => {
  const form = await walked()
  const token = String((await redeem(form)).json['access_token'])
  await on.advance(1)
  ahead += 1
  await refused(redeem(form), 'invalid_grant')
  assert.equal((await userinfo(token)).status, 401)
})

test(`${plan}-access-token-type-header-case-sensitivity: the scheme is read without case`, async () => {
  const token = String((await redeem(await walked())).json['access_token'])
  for (const scheme of ['DPoP', 'dpop', 'DPOP', 'dPoP'])
    assert.equal((await userinfo(token, {}, { authorization: `${scheme} ${token}` })).status, 200)
})

test(`${plan}-dpop-negative-tests: a resource takes proofs as they should be, and no others`, async () => {
  const token = String((await redeem(await walked())).json['access_token'])
  const htu = `${on.issuer}/oauth/userinfo`
  const once = { claims: { jti: randomUUID() } }
  const good: Change[] = [
    {},
    { claims: { htu: `${htu}?a=1#b` } },
    { claims: { htu: htu.replace('http://localhost', 'HTTP://LOCALHOST') } },
    { header: { more: 1 }, claims: { more: [1] } },
    once,
  ]
  for (const change of good) assert.equal((await userinfo(token, change)).status, 200, JSON.stringify(change))
  const missing = ['jti', 'htm', 'htu', 'iat', 'ath'].map((name) => ({ claims: { [name]: undefined } }))
  const bad: Change[] = [
    ...missing,
    ...['typ', 'alg', 'jwk'].map((name) => ({ header: { [name]: undefined } })),
    { header: { typ: 'JWT' } },
    { header: { alg: 'none' } },
    { header: { alg: 'RS256' } },
    { header: { jwk: specimen('ES256', 'mine').jwk } },
    { header: { jwk: publicPart(specimen('ES256', 'other').jwk) } },
    { claims: { htm: 'PUT' } },
    { claims: { htu: `${on.issuer}/oauth/other` } },
    { claims: { iat: now() + 3600 } },
    { claims: { iat: now() - 3600 } },
    { claims: { ath: digest('another') } },
    { key: 'other' },
    once,
  ]
  for (const change of bad) assert.equal((await userinfo(token, change)).status, 401, JSON.stringify(change))
  const ath = digest(token)
  const [one, two] = [0, 1].map(() => proof('GET', '/oauth/userinfo', { claims: { ath } }))
  const sent: Sent[] = [
    { dpop: `${one}, ${two}` },
    { dpop: `${one}x` },
    { dpop: 'no proof' },
    { authorization: `Bearer ${token}` },
  ]
  for (const headers of sent) assert.equal((await userinfo(token, {}, headers)).status, 401)
  for (const scheme of ['DPoP', 'Bearer'])
    assert.equal((await get(htu, { authorization: `${scheme} ${token}` })).status, 401)
})
