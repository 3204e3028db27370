// RFC 9126 §4: what a browser gets for the name of a pushed request, and what it is never good for.
import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { Parameters } from '@countersign/protocol'
import type { Answer, Visitor } from '../../platform/house.ts'
import { deleteClient, disableClient } from '../clients/clients.store.ts'
import { createClient } from '../clients/registration.ts'
import {
  authorizeUrl,
  claimsIn,
  codeFor,
  exchange,
  type OAuthHouse,
  openOAuthHouse,
  received,
} from '../house.ts'
import { sweep } from '../sweep.store.ts'
import { addressOf, allow, nameOf, push } from './pushed.fixture.ts'

let house: OAuthHouse
beforeEach(async () => {
  house = await openOAuthHouse()
})
afterEach(() => house.close())

/** A page that says no, and nothing that the browser could follow. */
function isRefused(answer: Answer): void {
  assert.equal(answer.status, 400)
  assert.equal(answer.location, undefined)
  assert.match(answer.header('content-type') ?? '', /^text\/html/)
  assert.match(answer.body, /invalid_request_uri/)
}

describe('The name of a pushed request', () => {
  test('brings the person to the question, and the client to its code', async () => {
    const browser = await house.signedIn()
    const { href, searchParams } = await allow(browser, await nameOf(house, { state: 'pushed state' }))
    assert.ok(href.startsWith('https://web.example/callback?'))
    assert.equal(searchParams.get('state'), 'pushed state')
    assert.equal(searchParams.get('iss'), house.issuer.url)
    assert.equal((await exchange(house.visitor(), searchParams.get('code'))).status, 200)
  })

  test('RFC 9126 §4: is all that counts beside client_id', async () => {
    const browser = await house.signedIn()
    const name = await nameOf(house, { state: 'pushed' })
    const { href, searchParams } = await allow(browser, name, {
      state: 'added',
      redirect_uri: 'https://evil.example/',
      scope: 'openid transfers:write',
      response_type: 'token',
      prompt: 'none',
      nonce: 'added',
    })
    assert.ok(href.startsWith('https://web.example/callback?'))
    assert.equal(searchParams.get('state'), 'pushed')
    const tokens = (await exchange(house.visitor(), searchParams.get('code'))).json()
    assert.equal(tokens['scope'], 'openid accounts:read')
    assert.equal('nonce' in claimsIn(tokens['id_token']), false)
  })

  test('may be POSTed, and its code comes all the same', async () => {
    const browser = await house.signedIn()
    await codeFor(browser)
    const request_uri = await nameOf(house)
    const answer = await browser.visit('/oauth/authorize', {
      form: { client_id: 'web', request_uri, state: 'x' },
    })
    assert.equal(answer.location, addressOf(request_uri).replaceAll('+', '%20'))
    assert.ok(received(await browser.visit(answer.location ?? '')).has('code'))
  })

  test('AZ-23 (FAPI2 PARAttemptReuseRequestUri): is good for one answer', async () => {
    const browser = await house.signedIn()
    const name = await nameOf(house)
    assert.ok((await allow(browser, name)).searchParams.has('code'))
    isRefused(await browser.visit(addressOf(name)))
    isRefused(await (await house.signedIn()).visit(addressOf(name)))
  })

  test('AZ-23: is good for one answer also where nothing is asked', async () => {
    const browser = await house.signedIn()
    await codeFor(browser)
    const name = await nameOf(house)
    assert.ok(received(await browser.visit(addressOf(name))).has('code'))
    isRefused(await browser.visit(addressOf(name)))
  })

  test('AZ-23: a denied request is answered too', async () => {
    const browser = await house.signedIn()
    const name = await nameOf(house)
    const { location = '' } = await browser.visit(addressOf(name))
    const page = await browser.visit(location)
    const denied = await browser.submit('/oauth/authorize', {
      flow: page.field('flow') ?? '',
      decision: 'deny',
    })
    assert.equal(received(denied).get('error'), 'access_denied')
    isRefused(await browser.visit(addressOf(name)))
  })

  test('AZ-23: is good for a minute', async () => {
    const browser = await house.signedIn()
    const [early, late] = [await nameOf(house), await nameOf(house)]
    house.runtime.advance(59)
    assert.equal((await browser.visit(addressOf(early))).status, 303)
    house.runtime.advance(1)
    isRefused(await browser.visit(addressOf(late)))
    await sweep(house.database, house.runtime.now() + 1)
    isRefused(await browser.visit(addressOf(late)))
  })

  test('AZ-23: is worth nothing to another client', async () => {
    const browser = await house.signedIn()
    const name = await nameOf(house)
    isRefused(await browser.visit(addressOf(name, { client_id: 'other' })))
    isRefused(await browser.visit(addressOf(name, { client_id: 'nobody' })))
    const without = await browser.visit(addressOf(name, { client_id: undefined }))
    assert.deepEqual([without.status, without.location], [400, undefined])
    // Whoever tried it did not use it up.
    assert.ok((await allow(browser, name)).searchParams.has('code'))
  })

  test('AZ-25: belongs to the first browser that brings it', async () => {
    const name = await nameOf(house)
    const browser = await house.signedIn()
    const { location = '' } = await browser.visit(addressOf(name))
    const other = await house.signedIn()
    isRefused(await other.visit(addressOf(name)))
    assert.equal((await other.visit(location)).status, 400)
    assert.ok((await allow(browser, name)).searchParams.has('code'))
  })

  test('is not good as the reference of a flow before a browser has brought it', async () => {
    const name = await nameOf(house)
    const browser = await house.signedIn()
    const reference = name.slice(name.lastIndexOf(':') + 1)
    const answer = await browser.visit(`/oauth/authorize?flow=${reference}`)
    assert.deepEqual([answer.status, answer.location], [400, undefined])
    assert.ok((await allow(browser, name)).searchParams.has('code'))
  })

  test('the reference of a flow that was not pushed is no name', async () => {
    const browser = await house.signedIn()
    const { location = '' } = await browser.visit(authorizeUrl())
    const reference = new URLSearchParams(location.split('?')[1]).get('flow')
    isRefused(await browser.visit(addressOf(`urn:ietf:params:oauth:request_uri:${reference}`)))
  })

  test('AZ-22: that nobody gave out is refused, whatever it looks like', async () => {
    const browser = await house.signedIn()
    const prefix = 'urn:ietf:params:oauth:request_uri:'
    for (const end of [
      '',
      'x',
      'A'.repeat(43),
      `${'A'.repeat(42)}B`,
      'A'.repeat(4000),
      "'--",
      '../flow',
      '%00',
    ])
      isRefused(await browser.visit(addressOf(prefix + end)))
  })

  test('AZ-11: given twice, or beside a request object, is refused', async () => {
    const browser = await house.signedIn()
    const name = await nameOf(house)
    for (const more of [`&request_uri=${name}`, '&client_id=web', '&request=x.y.z']) {
      const answer = await browser.visit(addressOf(name) + more)
      assert.deepEqual([answer.status, answer.location], [400, undefined], more)
    }
    assert.ok((await allow(browser, name)).searchParams.has('code'))
  })

  test('AZ-22: any other request_uri is not supported, and nothing is fetched for it', async () => {
    const browser = await house.signedIn()
    for (const request_uri of [
      'https://rp.example/request',
      'http://169.254.169.254/',
      'urn:other:x',
      'file:///etc/passwd',
    ])
      assert.equal(
        received(await browser.visit(authorizeUrl({ request_uri }))).get('error'),
        'request_uri_not_supported',
      )
  })
})

describe('A person on the way', () => {
  const signInPage = async (browser: Visitor, name: string) => {
    const { location = '' } = await browser.visit(addressOf(name))
    assert.match(location, /^\/sign-in\?/)
    return new URLSearchParams(location.split('?')[1]).get('continue')
  }

  test('FAPI2 reused-request-uri-prior-to-auth-completion: may reload the first page', async () => {
    const browser = house.visitor()
    const name = await nameOf(house)
    for (let time = 0; time < 3; time++) await signInPage(browser, name)
    await house.signIn(browser)
    assert.ok((await allow(browser, name)).searchParams.has('code'))
  })

  test('may take their time once they have arrived', async () => {
    const browser = await house.signedIn()
    const { location = '' } = await browser.visit(addressOf(await nameOf(house)))
    house.runtime.advance(1800)
    const page = await browser.visit(location)
    const answer = await browser.submit('/oauth/authorize', {
      flow: page.field('flow') ?? '',
      decision: 'allow',
    })
    assert.ok(received(answer).has('code'))
  })

  test('who takes longer than a request waits starts again at the client', async () => {
    const browser = await house.signedIn()
    const { location = '' } = await browser.visit(addressOf(await nameOf(house)))
    house.runtime.advance(3600)
    await house.signIn(browser)
    const answer = await browser.visit(location)
    assert.deepEqual([answer.status, answer.location], [400, undefined])
    assert.match(answer.body, /Go back to the application/)
  })

  test('AZ-14: signs in again where the request says so, once', async () => {
    const browser = await house.signedIn()
    await codeFor(browser)
    const name = await nameOf(house, { prompt: 'login' })
    await signInPage(browser, name)
    house.runtime.advance(2)
    await house.signIn(browser)
    assert.ok(received(await browser.visit(addressOf(name))).has('code'))
  })

  test('AZ-14: max_age counts from when the person came, not from when the client pushed', async () => {
    const browser = await house.signedIn()
    await codeFor(browser)
    const name = await nameOf(house, { max_age: '10' })
    house.runtime.advance(11)
    await signInPage(browser, name)
  })

  test('AZ-13: prompt=none is answered without a page', async () => {
    const browser = house.visitor()
    const answer = await browser.visit(addressOf(await nameOf(house, { prompt: 'none' })))
    assert.equal(received(answer).get('error'), 'login_required')
  })
})

describe('A client that was changed meanwhile', () => {
  test('C22: a disabled or deleted client’s names are dead', async () => {
    const browser = await house.signedIn()
    const { database, runtime } = house
    const [first, second] = [await nameOf(house), await nameOf(house)]
    await database.commit([disableClient(database, 'web', runtime.now())])
    assert.equal((await browser.visit(addressOf(first))).status, 400)
    await database.commit([deleteClient(house, 'web')])
    isRefused(await browser.visit(addressOf(second)))
  })
})

describe('A client that must push', () => {
  const must = { client_id: 'pusher', redirect_uri: 'https://pusher.example/callback', scope: 'openid' }
  beforeEach(async () => {
    const made = await createClient(house, {
      id: 'pusher',
      name: 'Pusher',
      authentication: 'none',
      redirectUris: [must.redirect_uri],
      requests: { mustPush: true },
    })
    assert.ok(made.ok)
  })

  test('RFC 9126 §6 (FAPI2 unsigned-authorization-request-without-using-par-fails): gets no code for another request', async () => {
    const browser = await house.signedIn()
    assert.equal(received(await browser.visit(authorizeUrl(must))).get('error'), 'invalid_request')
    const form = Object.fromEntries(Parameters.parse(authorizeUrl(must).split('?')[1] ?? ''))
    const posted = await browser.visit('/oauth/authorize', { form })
    assert.equal(received(await browser.visit(posted.location ?? '')).get('error'), 'invalid_request')
  })

  test('gets one for a request that it pushed', async () => {
    const browser = await house.signedIn()
    const name = String((await push(house, must)).json()['request_uri'])
    assert.ok((await allow(browser, name, { client_id: 'pusher' })).searchParams.has('code'))
  })

  test('has to have somewhere for people to come back to', async () => {
    const made = await createClient(house, { name: 'Machine', requests: { mustPush: true } })
    assert.deepEqual(made.ok ? [] : made.findings.map(({ path, code }) => [path, code]), [
      ['requests', 'useless'],
    ])
  })
})
