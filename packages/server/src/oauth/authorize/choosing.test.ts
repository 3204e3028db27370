import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, test } from 'node:test'
import type { Answer, Visitor } from '../../platform/house.ts'
import { createClient } from '../clients/registration.ts'
import {
  ada,
  authorizeUrl,
  claimsIn,
  codeFor,
  consentPageOf,
  errorOf,
  exchange,
  introspected,
  type OAuthHouse,
  openOAuthHouse,
  received,
  refresh,
  rowCount,
  secret,
  type Wire,
} from '../house.ts'
import { insertRegistration } from '../registration/registrations.store.ts'
import { connectedClients, withdraw } from './connected.ts'

let house: OAuthHouse
beforeEach(async () => {
  house = await openOAuthHouse()
})
afterEach(() => house.close())

const much = { scope: 'openid email offline_access accounts:read transfers:write' }

/** Presses Allow with these boxes ticked and no others. */
function allow(browser: Visitor, page: Answer, ...ticked: string[]): Promise<Answer> {
  const boxes = Object.fromEntries(ticked.map((key) => [key, 'yes']))
  return browser.submit('/oauth/authorize', {
    flow: page.field('flow') ?? '',
    choose: 'yes',
    decision: 'allow',
    ...boxes,
  })
}

/** The boxes of a page: those that are ticked are named with a plus, those that can't be unticked with an exclamation mark. */
function boxesOf({ body }: Answer): string[] {
  return [...body.matchAll(/<input type="checkbox" id="([^"]*)"([^>]*)>/g)].map(([, id = '', rest = '']) =>
    [id, rest.includes('checked') ? '+' : '', rest.includes('disabled') ? '!' : ''].join(''),
  )
}

async function tokensOf(answer: Answer, more: Wire = {}): Promise<Record<string, unknown>> {
  return (await exchange(house.visitor(), received(answer).get('code'), more)).json()
}

describe('What a person leaves out', () => {
  test('RFC 6749 §5.1: is not in the token, which says so, nor in any that follows', async () => {
    const browser = await house.signedIn()
    const page = await consentPageOf(browser, much)
    assert.deepEqual(boxesOf(page), [
      'scope:openid+!',
      'scope:email+',
      'scope:offline_access+',
      'scope:accounts:read+',
      'scope:transfers:write+',
    ])
    const tokens = await tokensOf(await allow(browser, page, 'scope:offline_access', 'scope:accounts:read'))
    const left = 'openid offline_access accounts:read'
    assert.equal(tokens['scope'], left)
    assert.equal(claimsIn(tokens['access_token'])['scope'], left)
    const next = (await refresh(house.visitor(), tokens['refresh_token'])).json()
    assert.equal(next['scope'], left)
    const wider = await refresh(house.visitor(), next['refresh_token'], { scope: 'openid transfers:write' })
    assert.equal(wider.json()['error'], 'invalid_scope')
  })

  test('is remembered as left out: the client gets the rest without a question, and asks anew when it wants to', async () => {
    const browser = await house.signedIn()
    await allow(browser, await consentPageOf(browser, much), 'scope:accounts:read')
    const again = await tokensOf(await browser.visit(authorizeUrl(much)))
    assert.equal(again['scope'], 'openid accounts:read')
    assert.equal(again['refresh_token'], undefined)
    assert.equal(await errorOf(browser, { ...much, prompt: 'none' }), null)
    const page = await consentPageOf(browser, { ...much, prompt: 'consent' })
    assert.deepEqual(boxesOf(page), [
      'scope:openid+!',
      'scope:email',
      'scope:offline_access',
      'scope:accounts:read+',
      'scope:transfers:write',
    ])
    const more = await tokensOf(await allow(browser, page, 'scope:accounts:read', 'scope:email'))
    assert.equal(more['scope'], 'openid email accounts:read')
  })

  test('takes its claims along, also those that are asked for by name', async () => {
    const browser = await house.signedIn()
    const claims = { id_token: { email: null, phone_number: null, name: null }, userinfo: { email: null } }
    const asked = { scope: 'openid email', claims: JSON.stringify(claims) }
    const page = await consentPageOf(browser, asked)
    const boxes = ['scope:openid+!', 'scope:email+', 'claims:phone+', 'claims:profile+']
    assert.deepEqual(boxesOf(page), boxes)
    const tokens = await tokensOf(await allow(browser, page, 'claims:phone'))
    const told = claimsIn(tokens['id_token'])
    assert.deepEqual(
      [told['email'], told['name'], told['phone_number']],
      [undefined, undefined, '+442079460000'],
    )
  })

  test('AZ-21: and who leaves everything out has said no', async () => {
    const browser = await house.signedIn()
    const asked = { scope: 'accounts:read offline_access' }
    for (const ticked of [[], ['scope:offline_access']]) {
      const denied = received(await allow(browser, await consentPageOf(browser, asked), ...ticked))
      assert.equal(denied.get('error'), 'access_denied')
    }
    assert.equal(await rowCount(house, 'codes'), 0)
    assert.equal(await rowCount(house, 'consents'), 0)
  })

  test('a program that sends the button alone allows all that the page asked', async () => {
    const browser = await house.signedIn()
    const tokens = (await exchange(house.visitor(), (await codeFor(browser, much)).get('code'))).json()
    assert.equal(tokens['scope'], much.scope)
  })
})

describe('What was given before', () => {
  test('is shown, and only what is new is asked', async () => {
    const browser = await house.signedIn()
    await codeFor(browser, { scope: 'openid accounts:read' })
    const page = await consentPageOf(browser, { scope: 'openid accounts:read transfers:write' })
    assert.deepEqual(boxesOf(page), ['scope:transfers:write+'])
    assert.match(page.body, /You have allowed before:<\/strong> Know that it’s you · See your accounts</)
    const tokens = await tokensOf(await allow(browser, page))
    assert.equal(tokens['scope'], 'openid accounts:read')
  })

  test('and is withdrawn while the question is open, is not given on the strength of the page', async () => {
    const browser = await house.signedIn()
    await codeFor(browser, { scope: 'openid accounts:read' })
    const page = await consentPageOf(browser, { scope: 'openid accounts:read transfers:write' })
    await withdraw(house, { userId: ada.id, clientId: 'web', peer: '' })
    const answer = await allow(browser, page, 'scope:transfers:write')
    assert.match(answer.location ?? '', /^\/oauth\/authorize\?flow=/)
    assert.deepEqual(boxesOf(await browser.visit(answer.location ?? '')), [
      'scope:openid+!',
      'scope:accounts:read+',
      'scope:transfers:write+',
    ])
  })

  test('RT-09: and is left out when asked anew, ends the tokens that hold it', async () => {
    const browser = await house.signedIn()
    const before = (await exchange(house.visitor(), (await codeFor(browser, much)).get('code'))).json()
    const unused = (await codeFor(browser, much)).get('code')
    const page = await consentPageOf(browser, { ...much, prompt: 'consent' })
    const after = await tokensOf(await allow(browser, page, 'scope:offline_access', 'scope:accounts:read'))
    assert.deepEqual(await introspected(house, before['access_token']), { active: false })
    assert.equal((await refresh(house.visitor(), before['refresh_token'])).json()['error'], 'invalid_grant')
    assert.equal((await exchange(house.visitor(), unused)).json()['error'], 'invalid_grant')
    assert.equal((await introspected(house, after['access_token']))['active'], true)
    const [app] = await connectedClients(house, house.room.apis, ada.id)
    assert.deepEqual(app?.may, ['See your accounts'])
  })

  test('stays when as much or more is given anew', async () => {
    const browser = await house.signedIn()
    const before = (await exchange(house.visitor(), (await codeFor(browser, much)).get('code'))).json()
    await codeFor(browser, { ...much, prompt: 'consent' })
    assert.equal((await introspected(house, before['access_token']))['active'], true)
  })

  test('AZ-20: counts for nothing at a program of this computer, and what is left out there touches nobody else', async () => {
    const browser = await house.signedIn()
    const asked = { client_id: 'native', redirect_uri: 'http://127.0.0.1:49152/callback', ...much }
    const program = { client_id: 'native' }
    const before = await tokensOf(
      await allow(browser, await consentPageOf(browser, asked), 'scope:accounts:read', 'scope:email'),
      program,
    )
    const page = await consentPageOf(browser, asked)
    assert.equal(boxesOf(page).length, 5)
    const after = await tokensOf(await allow(browser, page, 'scope:accounts:read'), program)
    assert.equal(after['scope'], 'openid accounts:read')
    const form = { token: String(before['access_token']), client_id: 'bank-api', client_secret: secret }
    const told = await house.visitor().visit('/oauth/introspect', { form })
    assert.equal(told.json()['active'], true)
  })
})

describe('Who asks', () => {
  test('AZ-21: and registered itself, is shown as nobody’s word but its own', async () => {
    const browser = await house.signedIn()
    assert.doesNotMatch((await consentPageOf(browser)).body, /nobody here has checked/)
    const registered = { clientId: 'web', digest: 'd', initialToken: null, policy: null, at: 1 }
    await house.database.commit([insertRegistration(house.database, registered, 10)])
    assert.match(
      (await consentPageOf(browser)).body,
      /It registered itself: nobody here has checked who runs it/,
    )
  })
})

describe('A client of the house', () => {
  const redirect = 'https://house.example/callback'
  const asks = { client_id: 'house', redirect_uri: redirect, ...much }
  beforeEach(async () => {
    const described = {
      id: 'house',
      name: 'The House',
      firstParty: true,
      authentication: 'none',
      redirectUris: [redirect, 'http://localhost:5002/callback', 'com.example.house:/callback'],
      scopes: much.scope.split(' '),
    } as const
    const made = await createClient(house, described)
    assert.ok(made.ok)
  })

  test('is given what it asks for without a question, and is seen and ended on the account page', async () => {
    const browser = await house.signedIn()
    const tokens = await tokensOf(await browser.visit(authorizeUrl(asks)), { client_id: 'house' })
    assert.equal(tokens['scope'], much.scope)
    assert.equal(await errorOf(browser, { ...asks, prompt: 'none' }), null)
    assert.equal(await rowCount(house, 'consents'), 0)
    const [app] = await connectedClients(house, house.room.apis, ada.id)
    assert.equal(app?.name, 'The House')
    await withdraw(house, { userId: ada.id, clientId: 'house', peer: '' })
    const dead = await refresh(house.visitor(), tokens['refresh_token'], { client_id: 'house' })
    assert.equal(dead.json()['error'], 'invalid_grant')
  })

  test('asks when it wants to, keeps to the answer, and is shown as what it is', async () => {
    const browser = await house.signedIn()
    const page = await consentPageOf(browser, { ...asks, prompt: 'consent' })
    assert.match(page.body, /Run by the same people as this server/)
    await allow(browser, page, 'scope:accounts:read')
    const tokens = await tokensOf(await browser.visit(authorizeUrl(asks)), { client_id: 'house' })
    assert.equal(tokens['scope'], 'openid accounts:read')
  })

  test('AZ-20, RFC 8252 §8.6: asks like any other where anybody could answer in its place', async () => {
    const browser = await house.signedIn()
    for (const uri of ['http://localhost:5002/callback', 'com.example.house:/callback']) {
      const page = await consentPageOf(browser, { ...asks, redirect_uri: uri })
      assert.match(page.body, /asked each time/)
      assert.equal(await errorOf(browser, { ...asks, redirect_uri: uri, prompt: 'none' }), 'consent_required')
    }
  })
})
