// JARM: answers that the server signs.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { importJwkSet, KeySet, TokenError, verifyToken } from '@countersign/protocol'
import type { Answer, Visitor } from '../../platform/house.ts'
import { createClient } from '../clients/registration.ts'
import { authorizeUrl, exchange, headerIn, type OAuthHouse, openOAuthHouse, received } from '../house.ts'
import { addressOf, nameOf } from './pushed.fixture.ts'
import { signedAddress, signer } from './signer.fixture.ts'

let house: OAuthHouse
let browser: Visitor
before(async () => {
  house = await openOAuthHouse()
  browser = await house.signedIn()
})
after(() => house.close())

/** Allows what is asked. @returns where the browser is sent, or the page that it gets */
async function consented(first: Answer): Promise<Answer> {
  if (first.location?.startsWith('/oauth/authorize?flow=') !== true) return first
  const asked = await browser.visit(first.location)
  return browser.submit('/oauth/authorize', { flow: asked.field('flow') ?? '', decision: 'allow' })
}

const ask = async (more: Record<string, string | undefined>) =>
  consented(await browser.visit(authorizeUrl(more)))

/** The answer in a signed response, verified as a client does. */
async function opened(response: string | null | undefined, clientId = 'web') {
  const keys = importJwkSet((await house.visitor().visit('/oauth/jwks')).json())
  const { claims } = verifyToken('authorizationResponse', response ?? '', {
    keys,
    issuer: house.issuer.url,
    audience: clientId,
    now: house.runtime.now(),
  })
  return claims
}

describe('A signed answer', () => {
  test('JARM §2.3.1: comes as the one parameter of a query, with a code that is good', async () => {
    for (const response_mode of ['jwt', 'query.jwt']) {
      const answer = received(await ask({ response_mode }))
      assert.deepEqual([...answer.keys()], ['response'])
      const { code, exp, ...rest } = await opened(answer.get('response'))
      assert.deepEqual(rest, { iss: house.issuer.url, aud: 'web', state: 'a state' })
      assert.ok(exp > house.runtime.now() && exp <= house.runtime.now() + 600)
      assert.equal((await exchange(house.visitor(), code ?? '')).status, 200)
    }
  })

  test('JARM §2.3.3: comes as the one field of a form', async () => {
    const page = await ask({ response_mode: 'form_post.jwt' })
    assert.equal(page.status, 200)
    assert.match(page.body, /action="https:\/\/web\.example\/callback"/)
    for (const name of ['code', 'state', 'iss']) assert.equal(page.field(name), undefined)
    assert.ok((await opened(page.field('response'))).code)
  })

  test('JARM §2.1: says an error just so, once the redirect URI is proven', async () => {
    for (const [more, error] of [
      [{ scope: 'admin' }, 'invalid_scope'],
      [{ response_type: 'token' }, 'unsupported_response_type'],
      [{ code_challenge: undefined }, 'invalid_request'],
      [{ prompt: 'none login' }, 'invalid_request'],
    ] as const) {
      const answer = received(await browser.visit(authorizeUrl({ ...more, response_mode: 'jwt' })))
      assert.deepEqual([...answer.keys()], ['response'])
      const claims = await opened(answer.get('response'))
      assert.deepEqual([claims.error, claims.state, claims.code], [error, 'a state', undefined])
      assert.equal(typeof claims['error_description'], 'string')
    }
    const silent = await house.visitor().visit(authorizeUrl({ prompt: 'none', response_mode: 'jwt' }))
    assert.equal((await opened(received(silent).get('response'))).error, 'login_required')
    const unproven = { response_mode: 'jwt', redirect_uri: 'https://evil.example/' }
    const page = await browser.visit(authorizeUrl(unproven))
    assert.deepEqual([page.status, page.location], [400, undefined])
  })

  test('says that a person denied', async () => {
    const { location = '' } = await browser.visit(authorizeUrl({ prompt: 'consent', response_mode: 'jwt' }))
    const page = await browser.visit(location)
    const denied = await browser.submit('/oauth/authorize', {
      flow: page.field('flow') ?? '',
      decision: 'deny',
    })
    assert.equal((await opened(received(denied).get('response'))).error, 'access_denied')
  })

  test('C3: is for one client and no other, passes for no other token, and ends', async () => {
    const response = received(await ask({ response_mode: 'jwt' })).get('response') ?? ''
    await assert.rejects(opened(response, 'other'), TokenError)
    const keys = importJwkSet((await house.visitor().visit('/oauth/jwks')).json())
    const place = { keys, issuer: house.issuer.url, audience: 'web', now: house.runtime.now() }
    for (const kind of ['id', 'access', 'logout', 'requestObject', 'clientAssertion'] as const)
      assert.throws(() => verifyToken(kind, response, place), TokenError, kind)
    const late = { ...place, now: place.now + 600 + 16 }
    assert.throws(() => verifyToken('authorizationResponse', response, late), { code: 'expired' })
    assert.throws(
      () => verifyToken('authorizationResponse', response, { ...place, keys: new KeySet([]) }),
      TokenError,
    )
    const asHint = await browser.visit(authorizeUrl({ id_token_hint: response, prompt: 'none' }))
    assert.equal(received(asHint).get('error'), 'invalid_request')
  })

  test('carries a state as it was sent, and refuses one that would make it too long', async () => {
    const state = ' "\\\u0007 ✓ %&=+'.repeat(40)
    const answer = received(await ask({ state, response_mode: 'jwt' }))
    assert.equal((await opened(answer.get('response'))).state, state)
    const page = await browser.visit(authorizeUrl({ state: 'x'.repeat(5000), response_mode: 'jwt' }))
    assert.deepEqual([page.status, page.location], [400, undefined])
    assert.equal(received(await ask({ state: 'x'.repeat(5000) })).get('state')?.length, 5000)
  })

  test('reaches a program at a private-use scheme by its address', async () => {
    const native = { client_id: 'native', redirect_uri: 'com.example.program:/callback' }
    const { location = '' } = await ask({ ...native, response_mode: 'form_post.jwt' })
    assert.ok(location.startsWith('com.example.program:/callback?response='))
  })

  test('AZ-24: another mode is refused', async () => {
    for (const response_mode of ['fragment.jwt', 'fragment', 'JWT', 'query.jwt.jwt'])
      assert.equal(
        received(await browser.visit(authorizeUrl({ response_mode }))).get('error'),
        'invalid_request',
      )
  })
})

test('JARM §3: an answer is signed with the algorithm that its client registered', async () => {
  const answered = async (id: string, redirect_uri: string) =>
    headerIn(received(await ask({ client_id: id, redirect_uri, response_mode: 'jwt' })).get('response')).alg
  assert.equal(await answered('web', 'https://web.example/callback'), 'ES256')
  for (const [id, more] of [
    ['rsa', { requests: { responseAlg: 'RS256' } }],
    ['rsa-all', { idTokenAlg: 'RS256' }],
  ] as const) {
    const redirectUris = [`https://${id}.example/callback`]
    const made = await createClient(house, {
      id,
      name: id,
      redirectUris,
      scopes: ['openid', 'accounts:read'],
      ...more,
    })
    assert.ok(made.ok)
    assert.equal(await answered(id, redirectUris[0] ?? ''), 'RS256')
  }
  const wrong = {
    name: 'x',
    redirectUris: ['https://x.example/cb'],
    requests: { responseAlg: 'none' as never },
  }
  const refused = await createClient(house, wrong)
  assert.deepEqual(refused.ok ? [] : refused.findings.map(({ path }) => path), ['requests.responseAlg'])
})

test('FAPI2 Message Signing: a request that was pushed and signed is answered with a signature', async () => {
  const name = await nameOf(house, { response_mode: 'jwt' })
  const pushed = received(await consented(await browser.visit(addressOf(name))))
  assert.ok((await opened(pushed.get('response'))).code)
  const client = await signer(house, 'message-signing')
  const object = client.object({ response_mode: 'jwt' })
  const signed = received(await consented(await browser.visit(signedAddress(client, object))))
  assert.ok((await opened(signed.get('response'), client.id)).code)
})

test('the metadata says which modes and algorithms there are', async () => {
  const metadata = (await house.visitor().visit('/.well-known/openid-configuration')).json()
  assert.deepEqual(metadata['response_modes_supported'], [
    'query',
    'form_post',
    'jwt',
    'query.jwt',
    'form_post.jwt',
  ])
  assert.deepEqual(metadata['authorization_signing_alg_values_supported'], ['ES256', 'RS256'])
})
