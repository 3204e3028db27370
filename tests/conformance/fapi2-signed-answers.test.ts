// What the conformance suite's FAPI 2.0 Message Signing plan looks at in signed answers (JARM), each test named after its
// module; pages are driven as plain HTML forms, and what comes back is verified as the suite does.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { codeChallenge, importJwkSet, verifyToken } from '@countersign/protocol'
import { Person, type Seen } from '../harness/person.ts'
import { password, serverOfThisFile } from '../harness/server.ts'
import { post } from '../harness/wire.ts'
import { callback, dpop, env, proofOf, registerProver } from './fapi2-prover.ts'

const on = serverOfThisFile({ prepare: (server) => registerProver(server, 'hearing'), env })
const verifier = 'a-verifier-that-is-long-enough-to-be-one-0123456789'
const ada = { username: 'ada', password }
const plan = 'fapi2-security-profile-final'

/** Pushes a request that wants a signed answer, and goes there as Ada. */
async function answered(
  more: Record<string, string> = {},
  decision: 'allow' | 'deny' = 'allow',
): Promise<Seen> {
  const form = {
    ...proofOf(on, 'hearing'),
    response_type: 'code',
    redirect_uri: callback,
    scope: 'openid',
    state: 'a state',
    response_mode: 'jwt',
    code_challenge: codeChallenge(verifier),
    code_challenge_method: 'S256',
    ...more,
  }
  const { status, json, text } = await post(`${on.issuer}/oauth/par`, form)
  assert.equal(status, 201, text)
  const query = new URLSearchParams({ client_id: 'hearing', request_uri: String(json['request_uri']) })
  return new Person(callback).walk(`${on.issuer}/oauth/authorize?${query}`, { ...ada, decision })
}

async function claimsOf(response: string | null | undefined) {
  const { jwks_uri } = (await (await fetch(`${on.issuer}/.well-known/openid-configuration`)).json()) as {
    jwks_uri: string
  }
  const keys = importJwkSet(await (await fetch(jwks_uri)).json())
  const now = Math.floor(Date.now() / 1000)
  return verifyToken('authorizationResponse', response ?? '', {
    keys,
    issuer: on.issuer,
    audience: 'hearing',
    now,
  }).claims
}

test(`${plan}-happy-flow (jarm): the answer is one parameter, signed, for this client, from this issuer, with an end`, async () => {
  const { left } = await answered()
  assert.deepEqual([...(left?.searchParams.keys() ?? [])], ['response'])
  const claims = await claimsOf(left?.searchParams.get('response'))
  assert.equal(claims.state, 'a state')
  assert.ok(claims.exp - Math.floor(Date.now() / 1000) <= 600)
  const form = { grant_type: 'authorization_code', code: claims.code ?? '', redirect_uri: callback }
  const exchanged = await post(
    `${on.issuer}/oauth/token`,
    { ...form, code_verifier: verifier, ...proofOf(on, 'hearing') },
    undefined,
    dpop(on, 'POST', '/oauth/token'),
  )
  assert.equal(exchanged.status, 200)
})

test(`${plan}-user-rejects-authentication (jarm): a refusal is signed too`, async () => {
  const { left } = await answered({ prompt: 'consent' }, 'deny')
  assert.deepEqual([...(left?.searchParams.keys() ?? [])], ['response'])
  const claims = await claimsOf(left?.searchParams.get('response'))
  assert.deepEqual([claims.error, claims.state, claims.code], ['access_denied', 'a state', undefined])
})

test(`${plan}-ensure-authorization-request-with-long-state (jarm): a long state comes back as it was`, async () => {
  const state = 's'.repeat(384)
  const { left } = await answered({ state })
  assert.equal((await claimsOf(left?.searchParams.get('response'))).state, state)
})

test(`${plan}-discovery-end-point-verification (jarm): the metadata names modes and algorithms`, async () => {
  const metadata = (await (await fetch(`${on.issuer}/.well-known/openid-configuration`)).json()) as Record<
    string,
    readonly string[]
  >
  assert.ok(metadata['response_modes_supported']?.includes('jwt'))
  assert.ok(metadata['authorization_signing_alg_values_supported']?.includes('ES256'))
  assert.equal(metadata['authorization_signing_alg_values_supported']?.includes('none'), false)
})

test('JARM §2.3.3: a page posts the signed answer by a form with a button, for browsers without script', async () => {
  const { status, forms, left } = await answered({ response_mode: 'form_post.jwt' })
  assert.deepEqual([status, left], [200, undefined])
  const form = forms.find(({ action }) => action === callback)
  assert.deepEqual([...(form?.fields.keys() ?? [])], ['response'])
  assert.equal((await claimsOf(form?.fields.get('response'))).state, 'a state')
})
