// RFC 9101: a request that its client signed, in an address, in a form and pushed.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { encodeBase64url } from '@countersign/protocol'
import { specimen } from '../../../../../tests/harness/specimens.ts'
import type { Answer, Visitor } from '../../platform/house.ts'
import { changeKeys } from '../clients/change-keys.ts'
import { clientById } from '../clients/clients.store.ts'
import { createClient } from '../clients/registration.ts'
import { codeFor, type OAuthHouse, openOAuthHouse, post, received, secret } from '../house.ts'
import { addressOf, allow } from './pushed.fixture.ts'
import { type Signer, signedAddress, signer } from './signer.fixture.ts'

let house: OAuthHouse
let web: Signer
let strict: Signer
let page: Signer
let browser: Visitor
before(async () => {
  house = await openOAuthHouse()
  web = await signer(house, 'signing')
  strict = await signer(house, 'strict', { requests: { mustSign: true, signingAlg: 'ES256' } })
  page = await signer(house, 'page', { authentication: 'none', requests: { signingAlg: 'ES256' } })
  browser = await house.signedIn()
})
after(() => house.close())

/** Allows what is asked. @returns the address that the client's page is called at */
async function consented(first: Answer): Promise<URL> {
  if (first.location?.startsWith('/oauth/authorize?flow=') !== true)
    return new URL(first.location ?? 'about:blank')
  const asked = await browser.visit(first.location)
  const form = { flow: asked.field('flow') ?? '', decision: 'allow' }
  return new URL((await browser.submit('/oauth/authorize', form)).location ?? 'about:blank')
}

/** A page that says no, and nothing that the browser could follow. */
function isRefused(answer: Answer, word = /invalid_request_object/): void {
  assert.equal(answer.status, 400)
  assert.equal(answer.location, undefined)
  assert.match(answer.body, word)
}

describe('A signed request', () => {
  test('comes to a code at the address that it names', async () => {
    for (const client of [web, strict, page]) {
      const answer = await browser.visit(signedAddress(client, client.object({ state: 'signed' })))
      const { href, searchParams } = await consented(answer)
      assert.ok(href.startsWith(`${client.redirectUri}?`))
      assert.ok(searchParams.has('code'))
      assert.equal(searchParams.get('state'), 'signed')
    }
  })

  test('RFC 9101 §6.3: is all that counts, whatever stands beside it', async () => {
    const beside = {
      state: 'beside',
      redirect_uri: 'https://evil.example/',
      scope: 'openid transfers:write',
      response_type: 'token',
      response_mode: 'form_post',
      prompt: 'none',
      code_challenge: 'x',
    }
    const answer = await browser.visit(signedAddress(web, web.object({ state: 'inside' }), beside))
    const { href, searchParams } = await consented(answer)
    assert.ok(href.startsWith(`${web.redirectUri}?`))
    assert.equal(searchParams.get('state'), 'inside')
    const bare = web.object({ state: undefined, nonce: undefined })
    const without = await consented(await browser.visit(signedAddress(web, bare, { state: 'beside' })))
    assert.equal(without.searchParams.has('state'), false)
  })

  test('lacks what only stands beside it', async () => {
    const object = web.object({ code_challenge: undefined })
    const beside = { code_challenge: web.asks()['code_challenge'] ?? '', redirect_uri: web.redirectUri }
    const answer = received(await browser.visit(signedAddress(web, object, beside)))
    assert.equal(answer.get('error'), 'invalid_request')
  })

  test('may be POSTed', async () => {
    const form = { client_id: web.id, request: web.object() }
    const posted = await browser.visit('/oauth/authorize', { form })
    assert.match(posted.location ?? '', /^\/oauth\/authorize\?flow=/)
    assert.ok((await consented(await browser.visit(posted.location ?? ''))).searchParams.has('code'))
    isRefused(await browser.visit('/oauth/authorize', { form: { ...form, request: 'x.y.z' } }))
  })

  test('is judged as any other: its errors go where it says', async () => {
    for (const [claims, error] of [
      [{ response_type: 'token' }, 'unsupported_response_type'],
      [{ scope: 'admin' }, 'invalid_scope'],
      [{ code_challenge_method: 'plain' }, 'invalid_request'],
      [{ resource: ['https://nowhere.example/'] }, 'invalid_target'],
      [{ registration: {} }, 'registration_not_supported'],
    ] as const) {
      const answer = received(await browser.visit(signedAddress(web, web.object(claims))))
      assert.deepEqual([answer.get('error'), answer.get('state')], [error, 'a state'])
    }
  })

  test('AZ-01: goes to no address that is not registered, however well it is signed', async () => {
    const object = web.object({ redirect_uri: 'https://evil.example/' })
    isRefused(await browser.visit(signedAddress(web, object)), /invalid_request/)
  })

  test('carries numbers, objects and lists', async () => {
    const object = web.object({
      max_age: 3600,
      claims: { id_token: { email: null } },
      resource: ['https://bank.example/api'],
    })
    assert.ok((await consented(await browser.visit(signedAddress(web, object)))).searchParams.has('code'))
    house.runtime.advance(20)
    const answer = await browser.visit(signedAddress(web, web.object({ max_age: 10 })))
    assert.match(answer.location ?? '', /^\/sign-in/)
    await house.signIn(browser)
  })

  test('waits like any other while its person signs in, and longer than it was good', async () => {
    const newcomer = house.visitor()
    const { location = '' } = await newcomer.visit(signedAddress(web, web.object()))
    assert.match(location, /^\/sign-in/)
    const page = await newcomer.visit(signedAddress(strict, strict.object()))
    assert.match(page.location ?? '', /^\/sign-in/)
  })
})

describe('A request object is refused', () => {
  const now = () => house.runtime.now()
  const faults: Readonly<Record<string, (client: Signer) => string>> = {
    'that says a past end': (client) => client.object({ iat: now() - 120, exp: now() - 16 }),
    'that says no end': (client) => client.object({ exp: undefined }),
    'that lives for more than an hour': (client) => client.object({ exp: now() + 70 * 60 }),
    'that begins later': (client) => client.object({ nbf: now() + 60 }),
    'that began more than an hour ago': (client) => client.object({ nbf: now() - 70 * 60 }),
    'that was made for another server': (client) => client.object({ aud: 'https://other.example' }),
    'that was made for nobody': (client) => client.object({ aud: undefined }),
    'of another issuer': (client) => client.object({ iss: 'other' }),
    'of no issuer': (client) => client.object({ iss: undefined }),
    'of another client': (client) => client.object({ iss: 'strict', client_id: 'strict' }),
    'that was signed by another client': (client) =>
      strict.object({ iss: client.id, client_id: client.id, redirect_uri: client.redirectUri }),
    'that holds another (RFC 9101 §4)': (client) => client.object({ request: client.object() }),
    'that holds a request_uri': (client) => client.object({ request_uri: 'https://rp.example/' }),
    'that is a client assertion (RFC 9101 §10.8)': (client) => client.object({ sub: client.id }),
    'of another type': (client) => client.object({}, { typ: 'at+jwt' }),
    'with a critical member': (client) => client.object({}, { crit: ['b64'], b64: false }),
    'with a key of its own (CVE-2018-0114)': (client) => {
      const evil = specimen('ES256', 'evil')
      return client.object({}, { jwk: evil.key.members, kid: evil.key.kid }, evil)
    },
    'that nobody signed': (client) => unsigned(client, 'none'),
    'that nobody signed, in other letters': (client) => unsigned(client, 'nOnE'),
    'that was changed': (client) => {
      const [head, , signature] = client.object().split('.')
      const payload = JSON.stringify({ iss: client.id, aud: house.issuer.url, ...client.asks() })
      return [head, encodeBase64url(payload), signature].join('.')
    },
    'with a claim of another type': (client) => client.object({ scope: ['openid'] }),
    'that is encrypted': () => 'eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0..aaaa.bbbb.cccc',
    'that is none': () => 'not a JWT',
    'that is longer than any': (client) => client.object({ state: 'x'.repeat(9000) }),
  }
  const unsigned = (client: Signer, alg: string) => {
    const payload = { iss: client.id, aud: house.issuer.url, exp: now() + 60, ...client.asks() }
    return `${encodeBase64url(JSON.stringify({ alg }))}.${encodeBase64url(JSON.stringify(payload))}.`
  }

  for (const [fault, make] of Object.entries(faults)) {
    test(`JW-01 AZ-02: ${fault}, on a page`, async () => {
      isRefused(await browser.visit(signedAddress(web, make(web))))
    })

    test(`JW-01: ${fault}, when it is pushed`, async () => {
      const form = { client_id: page.id, request: make(page) }
      const answer = await post(house.visitor(), '/oauth/par', form)
      assert.deepEqual([answer.status, answer.json()['error']], [400, 'invalid_request_object'])
    })
  }

  test('OpenID Connect Core §3.1.2.6: and the client hears of it, where the request says its address', async () => {
    const beside = { redirect_uri: web.redirectUri, state: 'beside' }
    const answer = received(await browser.visit(signedAddress(web, unsigned(web, 'none'), beside)))
    assert.deepEqual([answer.get('error'), answer.get('state')], ['invalid_request_object', 'beside'])
    assert.equal(answer.get('iss'), house.issuer.url)
    const evil = { ...beside, redirect_uri: 'https://evil.example/' }
    isRefused(await browser.visit(signedAddress(web, unsigned(web, 'none'), evil)))
  })

  test('RFC 9101 §10.5: and nobody hears of it whose unsigned word counts for nothing', async () => {
    const object = web.object({ iss: strict.id, client_id: strict.id })
    isRefused(await browser.visit(signedAddress(strict, object, { redirect_uri: strict.redirectUri })))
  })

  test('RFC 9101 §5: beside a request_uri', async () => {
    const beside = { request_uri: 'https://rp.example/' }
    isRefused(await browser.visit(signedAddress(web, web.object(), beside)), /invalid_request/)
  })

  test('AZ-11: that stands there twice', async () => {
    const twice = `${signedAddress(web, web.object())}&request=${web.object()}`
    isRefused(await browser.visit(twice), /invalid_request/)
  })

  test('of an unknown client, or without one beside it', async () => {
    isRefused(await browser.visit(signedAddress({ id: 'nobody' }, web.object())), /invalid_request/)
    isRefused(await browser.visit(`/oauth/authorize?request=${web.object()}`), /client_id/)
  })

  test('of a client that has no keys', async () => {
    const beside = { redirect_uri: 'https://web.example/callback' }
    const answer = await browser.visit(signedAddress({ id: 'web' }, web.object(), beside))
    assert.equal(received(answer).get('error'), 'request_not_supported')
  })

  test('for several servers, this one among them, is no fault', async () => {
    const object = web.object({ aud: ['https://other.example', house.issuer.url] })
    assert.equal((await browser.visit(signedAddress(web, object))).status, 303)
    isRefused(await browser.visit(signedAddress(web, web.object({ aud: ['https://other.example'] }))))
  })
})

describe('A client that registered how it signs', () => {
  test('RFC 9101 §10.5: gets no code for a request that it did not sign', async () => {
    const address = `/oauth/authorize?${new URLSearchParams(strict.asks())}`
    assert.equal(received(await browser.visit(address)).get('error'), 'invalid_request')
    const posted = await browser.visit('/oauth/authorize', { form: strict.asks() })
    assert.equal(received(await browser.visit(posted.location ?? '')).get('error'), 'invalid_request')
  })

  test('signs with that algorithm and no other of its keys', async () => {
    const second = (client: Signer) => client.object({}, {}, specimen('RS256', `${client.id} second`))
    assert.equal((await browser.visit(signedAddress(web, second(web)))).status, 303)
    isRefused(await browser.visit(signedAddress(strict, second(strict))))
    isRefused(await browser.visit(signedAddress(page, second(page))))
  })

  test('JW-13: signs with its new key from the next second on, and no more with the old', async () => {
    const client = await clientById(house.database, 'signing')
    assert.ok(client)
    const before = client.jwks ?? assert.fail()
    const fresh = specimen('ES256', 'fresh')
    const { d: _, ...publicKey } = fresh.jwk
    assert.deepEqual(await changeKeys(house, client, { jwks: { keys: [publicKey] } }), [])
    isRefused(await browser.visit(signedAddress(web, web.object())))
    assert.equal((await browser.visit(signedAddress(web, web.object({}, {}, fresh)))).status, 303)
    await changeKeys(house, client, { jwks: before })
  })

  test('needs a key for it, and keeps one', async () => {
    const described = { name: 'x', redirectUris: ['https://x.example/cb'], authentication: 'none' as const }
    const wrong = async (requests: object, jwks?: Record<string, unknown>) => {
      const made = await createClient(house, { ...described, requests, ...(jwks && { jwks }) })
      return made.ok ? [] : made.findings.map(({ path, code }) => `${path} ${code}`)
    }
    const { d: _, ...publicKey } = specimen('ES256').jwk
    assert.deepEqual(await wrong({ mustSign: true }), ['jwks missing'])
    assert.deepEqual(await wrong({ signingAlg: 'RS256' }, { keys: [publicKey] }), ['jwks missing'])
    assert.deepEqual(await wrong({ signingAlg: 'none' }), ['requests.signingAlg unknown'])
    assert.deepEqual(await wrong({ signingAlg: 'HS256' }), ['requests.signingAlg unknown'])
    assert.deepEqual(await wrong({}, { keys: [publicKey] }), [])
    const client = await clientById(house.database, 'page')
    assert.ok(client)
    const findings = await changeKeys(house, client, { jwks: { keys: [] } })
    assert.deepEqual(
      findings.map(({ path, code }) => `${path} ${code}`),
      ['jwks missing'],
    )
  })
})

describe('A signed request that is pushed', () => {
  const push = (client: Signer, form: Record<string, string>) =>
    post(house.visitor(), '/oauth/par', { client_id: client.id, ...form })

  test('FAPI2 Message Signing §5.3: comes to a code, and only what is signed counts', async () => {
    const object = page.object({ state: 'inside' })
    const answer = await push(page, {
      request: object,
      state: 'beside',
      redirect_uri: 'https://evil.example/',
    })
    assert.equal(answer.status, 201, answer.body)
    const uri = String(answer.json()['request_uri'])
    const { searchParams } = await allow(browser, uri, { client_id: page.id })
    assert.ok(searchParams.has('code'))
    assert.equal(searchParams.get('state'), 'inside')
    assert.equal((await browser.visit(addressOf(uri, { client_id: page.id }))).status, 400)
  })

  test('is refused when another client pushes it', async () => {
    const form = { client_id: 'web', client_secret: secret, request: page.object() }
    const answer = await post(house.visitor(), '/oauth/par', form)
    assert.deepEqual([answer.status, answer.json()['error']], [400, 'request_not_supported'])
  })

  test('is asked for where the client must sign', async () => {
    const made = await signer(house, 'signing-page', { authentication: 'none', requests: { mustSign: true } })
    const unsigned = await push(made, made.asks())
    assert.deepEqual([unsigned.status, unsigned.json()['error']], [400, 'invalid_request'])
    assert.equal((await push(made, { request: made.object() })).status, 201)
  })
})

test('the metadata says what is taken', async () => {
  const metadata = (await house.visitor().visit('/.well-known/openid-configuration')).json()
  assert.equal(metadata['request_parameter_supported'], true)
  const algorithms = metadata['request_object_signing_alg_values_supported'] as string[]
  for (const alg of ['ES256', 'PS256', 'RS256']) assert.ok(algorithms.includes(alg))
  for (const alg of ['none', 'HS256']) assert.equal(algorithms.includes(alg), false)
  assert.equal(metadata['request_uri_parameter_supported'], true)
  assert.equal(metadata['require_request_uri_registration'], true)
})

test('C30: an object that is refused stands in no log', async () => {
  const object = web.object({ nonce: 'nobody-else-has-this' }, { typ: 'at+jwt' })
  await browser.visit(signedAddress(web, object))
  await codeFor(browser)
  for (const text of [object, 'nobody-else-has-this']) assert.equal(house.logged.join().includes(text), false)
})
