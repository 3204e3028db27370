import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { digest } from '@countersign/protocol'
import fc from 'fast-check'
import type { Visitor } from '../../platform/house.ts'
import { openReturn } from '../../platform/http/return.ts'
import { deleteClient, disableClient } from '../clients/clients.store.ts'
import {
  ada,
  authorizeUrl,
  claimsIn,
  clients,
  codeFor,
  errorOf,
  exchange,
  grace,
  type OAuthHouse,
  openOAuthHouse,
  received,
  rowCount,
  tokensFor,
  type Wire,
} from '../house.ts'
import { partyAt } from './waiting.ts'

let house: OAuthHouse
beforeEach(async () => {
  house = await openOAuthHouse()
})
afterEach(() => house.close())

/** Puts a request aside and gives the address at which it goes on. */
async function flowOf(browser: Visitor, more: Wire): Promise<string> {
  const { location = '' } = await browser.visit(authorizeUrl(more))
  if (location.startsWith('/oauth/authorize?flow=')) return location
  const sealed = new URL(location, house.issuer.url).searchParams.get('continue') ?? undefined
  const secret = browser.cookies.get('browser') ?? ''
  return openReturn(house.vault, { digest: digest(secret), formToken: '', nonce: '' }, sealed) ?? ''
}

describe('A request that can not be trusted with a redirect', () => {
  test('AZ-02: an unknown or disabled client gets a page', async () => {
    const { database, runtime } = house
    await database.commit([disableClient(database, 'spa', runtime.now())])
    for (const client_id of ['nobody', 'spa']) {
      const answer = await house
        .visitor()
        .visit(authorizeUrl({ client_id, redirect_uri: 'https://spa.example/callback' }))
      assert.equal(answer.status, 400)
      assert.equal(answer.location, undefined)
      assert.match(answer.header('content-type') ?? '', /text\/html/)
    }
  })

  const uri = clients.web.redirectUris[0]
  const near = [
    `${uri}/`,
    `${uri}?x=1`,
    `${uri}#x`,
    `${uri}%2e`,
    uri.toUpperCase(),
    uri.replace('https', 'http'),
    uri.replace('.example', '.example.'),
    uri.replace('.example', '.example:443'),
    uri.replace('.example', '.example:80@evil.example'),
    uri.replace('web.', 'x.web.'),
    uri.replace('/callback', '/x/../callback'),
    uri.replace('/callback', '//callback'),
    uri.replace('/callback', '/\tcallback'),
    `${uri} `,
    ` ${uri}`,
    `//web.example/callback`,
    'javascript:alert(1)',
    'https://evil.example/',
    'data:text/html,x',
  ]
  for (const redirect_uri of near) {
    test(`AZ-01 C5: ${JSON.stringify(redirect_uri)} is not the registered URI`, async () => {
      const answer = await (await house.signedIn()).visit(authorizeUrl({ redirect_uri }))
      assert.equal(answer.status, 400)
      assert.equal(answer.location, undefined)
      assert.doesNotMatch(answer.body, /evil\.|alert\(/)
    })
  }

  test('AZ-01 C5: no mutation of a registered URI is redirected to', async () => {
    const browser = await house.signedIn()
    const mutation = fc.tuple(
      fc.nat(uri.length),
      fc.string({ unit: 'binary', minLength: 1, maxLength: 3 }),
      fc.boolean(),
    )
    await fc.assert(
      fc.asyncProperty(mutation, async ([at, text, instead]) => {
        const redirect_uri = uri.slice(0, at) + text + uri.slice(instead ? at + text.length : at)
        if (redirect_uri === uri || !redirect_uri.isWellFormed()) return
        const answer = await browser.visit(authorizeUrl({ redirect_uri }))
        assert.equal(answer.status, 400)
        assert.equal(answer.location, undefined)
      }),
      { numRuns: 300 },
    )
  })

  test('AZ-04: a loopback address may have any port, and only the port', async () => {
    const browser = await house.signedIn()
    const at = async (redirect_uri: string) =>
      (await browser.visit(authorizeUrl({ client_id: 'native', redirect_uri }))).status
    assert.equal(await at('http://127.0.0.1:49152/callback'), 303)
    assert.equal(await at('http://127.0.0.1:49152/callback2'), 400)
    assert.equal(await at('http://localhost:49152/callback'), 400)
    assert.equal(await at('http://127.0.0.1:99999/callback'), 400)
  })

  test('a repeated redirect_uri or client_id is answered on a page', async () => {
    const answer = await house.visitor().visit(`${authorizeUrl()}&redirect_uri=https://evil.example/`)
    assert.equal(answer.status, 400)
    assert.equal(answer.location, undefined)
  })
})

describe('A request that is wrong', () => {
  const wrong: Record<string, readonly [more: Wire, error: string]> = {
    'AZ-07: response_type=token': [{ response_type: 'token' }, 'unsupported_response_type'],
    'AZ-07: response_type=code id_token': [{ response_type: 'code id_token' }, 'unsupported_response_type'],
    'AZ-07: response_type=id_token': [{ response_type: 'id_token' }, 'unsupported_response_type'],
    'no response_type': [{ response_type: undefined }, 'invalid_request'],
    'AZ-08: no code_challenge': [{ code_challenge: undefined }, 'invalid_request'],
    'AZ-09: plain': [{ code_challenge_method: 'plain' }, 'invalid_request'],
    'AZ-09: no method': [{ code_challenge_method: undefined }, 'invalid_request'],
    'AZ-13: prompt=none login': [{ prompt: 'none login' }, 'invalid_request'],
    'AZ-22: request_uri': [{ request_uri: 'https://canary.example/' }, 'request_uri_not_supported'],
    'a request object': [{ request: 'eyJhbGciOiJub25lIn0.e30.' }, 'request_not_supported'],
    'AZ-24: another response_mode': [{ response_mode: 'fragment' }, 'invalid_request'],
    'a scope that the client may not have': [
      { client_id: 'web', scope: 'nothing that exists' },
      'invalid_scope',
    ],
    'a resource that does not exist': [{ resource: 'https://elsewhere.example/' }, 'invalid_target'],
    'a broken claims parameter': [{ claims: '{' }, 'invalid_request'],
    'JW-09: an access token as id_token_hint': [{ id_token_hint: 'x.y.z' }, 'invalid_request'],
  }
  for (const [name, [more, error]] of Object.entries(wrong)) {
    test(`${name}: the client is told ${error}, with state and iss`, async () => {
      const answer = received(await (await house.signedIn()).visit(authorizeUrl(more)))
      assert.equal(answer.get('error'), error)
      assert.equal(answer.get('state'), 'a state')
      assert.equal(answer.get('iss'), house.issuer.url)
      assert.equal(answer.get('code'), null)
    })
  }

  test('AZ-11: a repeated parameter is refused, an unknown one ignored', async () => {
    const browser = await house.signedIn()
    const twice = await browser.visit(`${authorizeUrl()}&scope=openid`)
    assert.equal(received(twice).get('error'), 'invalid_request')
    assert.ok((await codeFor(browser, { foo: '1', flow: 'x' })).has('code'))
  })

  test('a client without the code grant is told so', async () => {
    await house.database.commit([
      { sql: `update clients set grants = '["client_credentials"]' where id = 'web'`, parameters: [] },
    ])
    assert.equal(await errorOf(await house.signedIn(), {}), 'unauthorized_client')
  })
})

describe('A person on the way to a code', () => {
  test('AZ-10 AZ-12: gets one, with state byte for byte and iss, however long', async () => {
    const state = `${'é/ +%&='.repeat(64)}~`
    const browser = await house.signedIn()
    const answer = await codeFor(browser, { state })
    assert.match(answer.get('code') ?? '', /^csac_/)
    assert.equal(answer.get('state'), state)
    assert.equal(answer.get('iss'), house.issuer.url)
  })

  test('the registered query of a redirect URI stays', async () => {
    const browser = await house.signedIn()
    const answer = await codeFor(browser, { redirect_uri: 'https://web.example/other?with=query' })
    assert.equal(answer.get('with'), 'query')
    assert.ok(answer.has('code'))
  })

  test('a POST is a request like a GET, and goes on where the browser sends its cookies', async () => {
    const browser = await house.signedIn()
    const [path = '', body = ''] = authorizeUrl().split('?')
    const posted = await house.visitor().visit(path, { body, headers: { origin: 'https://web.example' } })
    assert.equal(posted.status, 303)
    assert.equal(posted.header('set-cookie'), undefined)
    const page = await browser.visit((await browser.visit(posted.location ?? '')).location ?? '')
    assert.equal(page.status, 200)
  })

  test('SC-06: what is posted, however long, comes into no address', async () => {
    const state = 'x'.repeat(20_000)
    const tokens = await tokensFor(house)
    const [path = '', body = ''] = authorizeUrl({ state, id_token_hint: String(tokens['id_token']) }).split(
      '?',
    )
    const posted = await house.visitor().visit(path, { body })
    assert.match(posted.location ?? '', /^\/oauth\/authorize\?flow=[\w-]{43}$/)
    const browser = await house.signedIn()
    const answered = await browser.visit(posted.location ?? '')
    assert.equal(received(answered).get('state'), state)
    house.runtime.advance(3600)
    const late = await (await house.signedIn()).visit(posted.location ?? '')
    assert.equal(received(late).get('state'), state)
    const bad = await house.visitor().visit(path, { body: 'client_id=nobody' })
    assert.deepEqual([bad.status, bad.location], [400, undefined])
  })

  test('who is not signed in is sent to sign in, with a hint, and comes back to the same request', async () => {
    const browser = house.visitor()
    const first = await browser.visit(authorizeUrl({ login_hint: 'ada@example.test' }))
    assert.equal(first.status, 303)
    const signIn = new URL(first.location ?? '', house.issuer.url)
    assert.equal(signIn.pathname, '/sign-in')
    assert.equal(signIn.searchParams.get('hint'), 'ada@example.test')
    assert.ok(signIn.searchParams.has('continue'))
  })

  test('whoever signs in can be told which client waits', async () => {
    const at = await flowOf(house.visitor(), {
      client_id: 'native',
      redirect_uri: 'com.example.program:/callback',
    })
    const waiting = await partyAt(house.room, at)
    assert.deepEqual([waiting?.name, waiting?.host, waiting?.runs], ['The Program', null, 'this-computer'])
    assert.equal(await partyAt(house.room, '/account'), null)
    assert.equal(await partyAt(house.room, '/oauth/authorize?flow=unknown'), null)
    await house.database.commit([deleteClient(house, 'native')])
    assert.equal(await partyAt(house.room, at), null)
  })

  test('form_post hands the answer over in a form', async () => {
    const browser = await house.signedIn()
    await codeFor(browser)
    const page = await browser.visit(authorizeUrl({ response_mode: 'form_post', state: '"><script>' }))
    assert.equal(page.status, 200)
    assert.match(page.body, /action="https:\/\/web\.example\/callback"/)
    assert.match(page.field('code') ?? '', /^csac_/)
    assert.equal(page.field('iss'), house.issuer.url)
    assert.doesNotMatch(page.body, /<script>/)
    const denied = await browser.visit(
      authorizeUrl({ response_mode: 'form_post', prompt: 'none', max_age: '0' }),
    )
    assert.equal(denied.field('error'), 'login_required')
  })

  test('AZ-13: with prompt=none nothing is shown', async () => {
    assert.equal(await errorOf(house.visitor(), { prompt: 'none' }), 'login_required')
    const browser = await house.signedIn()
    assert.equal(await errorOf(browser, { prompt: 'none' }), 'consent_required')
    await codeFor(browser)
    assert.equal(await errorOf(browser, { prompt: 'none' }), null)
    assert.equal(await rowCount(house, 'flows'), 1)
  })

  test('AZ-14: prompt=login waits for a new sign-in, and auth_time moves', async () => {
    const browser = await house.signedIn()
    await codeFor(browser)
    house.runtime.advance(100)
    const waiting = await browser.visit(authorizeUrl({ prompt: 'login' }))
    assert.match(waiting.location ?? '', /^\/sign-in\?/)
    const reference = await flowOf(browser, { prompt: 'login' })
    assert.match((await browser.visit(reference)).location ?? '', /^\/sign-in\?/)
    await house.signIn(browser)
    const code = received(await browser.visit(reference)).get('code')
    const claims = claimsIn((await exchange(house.visitor(), code)).json()['id_token'])
    assert.equal(claims['auth_time'], house.runtime.now())
  })

  test('AZ-14: max_age=1 after two seconds waits for a new sign-in, max_age=10000 does not', async () => {
    const browser = await house.signedIn()
    await codeFor(browser)
    house.runtime.advance(2)
    assert.ok(received(await browser.visit(authorizeUrl({ max_age: '10000' }))).has('code'))
    const reference = await flowOf(browser, { max_age: '1' })
    await house.signIn(browser)
    house.runtime.advance(20)
    assert.ok(received(await browser.visit(reference)).has('code'))
  })

  test('an id_token_hint asks for the person it names', async () => {
    const tokens = await tokensFor(house)
    const hint = { id_token_hint: String(tokens['id_token']), prompt: 'none' }
    const ours = await house.signedIn(ada)
    assert.equal(await errorOf(ours, hint), null)
    assert.equal(await errorOf(await house.signedIn(grace), hint), 'login_required')
    house.runtime.advance(3600)
    await house.signIn(ours)
    assert.equal(await errorOf(ours, hint), null, 'a hint may have expired')
    const foreign = { ...hint, client_id: 'other' }
    assert.equal(await errorOf(ours, foreign), 'invalid_request')
    const access = { ...hint, id_token_hint: String(tokens['access_token']) }
    assert.equal(await errorOf(ours, access), 'invalid_request', 'JW-09: an access token is no hint')
  })

  test('display, ui_locales, acr_values and claims_locales change nothing', async () => {
    const more = { display: 'popup', ui_locales: 'de fr', acr_values: 'x y', claims_locales: 'de' }
    assert.ok((await codeFor(await house.signedIn(), more)).has('code'))
  })

  test('AZ-25 C19: a copied address is useless in another browser, and says how to start again', async () => {
    const reference = await flowOf(house.visitor(), {})
    const thief = await house.visitor().visit(reference)
    assert.equal(thief.status, 400)
    assert.equal(thief.location, undefined)
    assert.match(thief.body, /start again/)
    const signedIn = await house.signedIn()
    assert.equal((await signedIn.visit(reference)).status, 400)
  })

  test('a request that waited for too long starts again by itself', async () => {
    const browser = await house.signedIn()
    const reference = await flowOf(browser, {})
    house.runtime.advance(3600)
    assert.match((await browser.visit(reference)).location ?? '', /^\/sign-in\?continue=/)
    await house.signIn(browser)
    const again = await browser.visit(reference)
    assert.match(again.location ?? '', /^\/oauth\/authorize\?flow=/)
    assert.notEqual(again.location, reference)
    assert.equal((await browser.visit(again.location ?? '')).status, 200)
  })

  test('AZ-16: no script of another origin reads this endpoint', async () => {
    const origin = 'https://spa.example'
    const preflight = await house.visitor().visit('/oauth/authorize', {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': 'GET' },
    })
    const answer = await house.visitor().visit(authorizeUrl({ client_id: 'spa' }), { headers: { origin } })
    for (const { header } of [preflight, answer])
      assert.equal(header('access-control-allow-origin'), undefined)
  })
})
