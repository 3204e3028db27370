// Authorization details on their whole way (RFC 9396), whichever way a client asks.
import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { accessTokenType, deviceGrant, tokenExchange } from '@countersign/protocol'
import type { Answer, Visitor } from '../../platform/house.ts'
import { createApi } from '../apis/registration.ts'
import { connectedClients } from '../authorize/connected.ts'
import { signedAddress, signer } from '../authorize/signer.fixture.ts'
import { type ClientDescription, createClient } from '../clients/registration.ts'
import { ask, decide, enter, poll } from '../device/device.fixture.ts'
import {
  ada,
  authorizeUrl,
  bank,
  claimsIn,
  codeFor,
  consentPageOf,
  errorOf,
  exchange,
  grace,
  ledger,
  type OAuthHouse,
  openOAuthHouse,
  post,
  received,
  refresh,
  secret,
  type Wire,
} from '../house.ts'
import { accountAccess, accounts, anAccess, aPayment, payment } from './bank.fixture.ts'

const entry = {
  type: 'entry',
  words: 'Read the entries of {year}',
  fields: { year: { kind: 'number' } },
} as const
const types = ['payment', 'account_access', 'entry']
const shop = {
  id: 'shop',
  name: 'The Shop',
  secret,
  redirectUris: ['https://shop.example/callback'],
  scopes: ['openid', 'offline_access', 'accounts:read', 'ledger:read'],
  detailsTypes: types,
} as const
const others: readonly ClientDescription[] = [
  shop,
  {
    id: 'tv',
    name: 'The Television',
    authentication: 'none',
    grants: [deviceGrant],
    scopes: [],
    detailsTypes: types,
  },
  { id: 'robot', name: 'The Robot', secret, scopes: ['accounts:read'], detailsTypes: types },
  {
    id: 'teller',
    name: 'The Teller',
    secret,
    api: bank,
    scopes: ['accounts:read', 'ledger:read'],
    detailsTypes: ['account_access'],
    exchange: { audiences: [bank, ledger], scopes: { 'ledger:read': ['accounts:read'] } },
  },
]

let house: OAuthHouse
let browser: Visitor
before(async () => {
  house = await openOAuthHouse()
  const bankScopes = [
    { name: 'accounts:read', description: 'See your accounts' },
    { name: 'transfers:write', description: 'Move money between accounts' },
  ]
  const made = [
    await createApi(house, {
      identifier: bank,
      name: 'The Bank',
      scopes: bankScopes,
      details: [payment, accountAccess],
    }),
    await createApi(house, {
      identifier: ledger,
      scopes: [{ name: 'ledger:read', description: '' }],
      tokenFormat: 'opaque',
      details: [entry],
    }),
    ...(await Promise.all(others.map((client) => createClient(house, client)))),
  ]
  for (const result of made) assert.ok(result.ok, JSON.stringify(result))
  house.runtime.advance(1)
})
after(() => house.close())
beforeEach(async () => {
  browser = await house.signedIn()
})

const wire = (...details: readonly object[]): string => JSON.stringify(details)
const asks = (...details: readonly object[]): Wire => ({
  client_id: 'shop',
  redirect_uri: shop.redirectUris[0],
  scope: 'openid offline_access',
  authorization_details: wire(...details),
})
const asShop = { client_id: 'shop', client_secret: secret }
const pays = (value: string) => ({ ...aPayment, amount: { value, currency: 'EUR' } })

async function tokensFor(...details: readonly object[]): Promise<Record<string, unknown>> {
  const code = (await codeFor(browser, asks(...details))).get('code')
  return (await exchange(house.visitor(), code, asShop)).json()
}

function allow(page: Answer, ...ticked: string[]): Promise<Answer> {
  const boxes = Object.fromEntries(ticked.map((key) => [key, 'yes']))
  return browser.submit('/oauth/authorize', {
    flow: page.field('flow') ?? '',
    choose: 'yes',
    decision: 'allow',
    ...boxes,
  })
}

describe('Authorization details', () => {
  test('RFC 9396 §7, §9.1, §9.2: are in the answer, in the token and in what introspection says', async () => {
    const tokens = await tokensFor(aPayment)
    assert.deepEqual(tokens['authorization_details'], [aPayment])
    const claims = claimsIn(tokens['access_token'])
    assert.deepEqual([claims['aud'], claims['authorization_details']], [bank, [aPayment]])
    for (const token of [tokens['access_token'], tokens['refresh_token']]) {
      const told = (
        await post(house.visitor(), '/oauth/introspect', { token: String(token), ...asShop })
      ).json()
      assert.deepEqual(told['authorization_details'], [aPayment])
    }
  })

  test('RFC 9396 §5: that nobody declares, that the client may not use, or that are none of their type are refused', async () => {
    const wrong: [string, Wire][] = [
      ['unknown type', asks({ type: 'unheard' })],
      ['unknown member', asks({ ...aPayment, note: '' })],
      ['wrong type', asks({ ...aPayment, creditor: 7 })],
      ['invalid value', asks(pays('-1'))],
      ['missing member', asks({ type: 'payment' })],
      ['one of several', asks(aPayment, { type: 'unheard' })],
      ['no JSON', { ...asks(), authorization_details: 'x' }],
      ['no list', { ...asks(), authorization_details: '{}' }],
      [
        'not of this client',
        { ...asks(aPayment), client_id: 'web', redirect_uri: 'https://web.example/callback' },
      ],
    ]
    for (const [named, more] of wrong)
      assert.equal(await errorOf(browser, more), 'invalid_authorization_details', named)
    assert.equal(await errorOf(browser, { ...asks(aPayment), resource: ledger }), 'invalid_target')
    const pushed = await post(house.visitor(), '/oauth/par', {
      ...parametersOf(asks({ type: 'unheard' })),
      ...asShop,
    })
    assert.equal(pushed.json()['error'], 'invalid_authorization_details')
    assert.doesNotMatch(pushed.body, /unheard/)
  })

  test('AZ-21: are read aloud at consent, with all that they hold, and can be left out', async () => {
    const page = await consentPageOf(browser, asks(aPayment, anAccess))
    for (const words of [
      'Pay 123.50 EUR to Merchant A',
      aPayment.iban,
      'Order 7',
      'See the balances, transactions',
      ...accounts,
    ])
      assert.ok(page.body.includes(words), words)
    const answer = await allow(page, 'detail:1', 'detail:1:accounts:2', 'scope:offline_access')
    const tokens = (await exchange(house.visitor(), received(answer).get('code'), asShop)).json()
    const left = [{ ...anAccess, accounts: [accounts[2]] }]
    assert.deepEqual(tokens['authorization_details'], left)
    const next = (await refresh(house.visitor(), tokens['refresh_token'], asShop)).json()
    assert.deepEqual(next['authorization_details'], left)
  })

  test('a list that is left empty takes its detail along, and nothing left at all is a no', async () => {
    const { scope: _, ...only } = asks(anAccess)
    const page = await consentPageOf(browser, { ...only, scope: undefined, prompt: 'consent' })
    const denied = received(await allow(page, 'detail:0'))
    assert.equal(denied.get('error'), 'access_denied')
  })

  test('without a scope the token has none, and is for the API of the details', async () => {
    const code = (await codeFor(browser, { ...asks(aPayment), scope: undefined })).get('code')
    const tokens = (await exchange(house.visitor(), code, asShop)).json()
    assert.deepEqual([tokens['scope'], claimsIn(tokens['access_token'])['aud']], ['', bank])
  })

  test('C36: a payment is asked about each time; what is remembered is not asked again, nor is less of it', async () => {
    const visitor = await house.signedIn(grace)
    const words = /(You’ll be asked each time|Except for what says so|You won’t be asked again)/
    const saidOf = async (asked: Wire) => words.exec((await consentPageOf(visitor, asked)).body)?.[1]
    assert.equal(await saidOf(asks(anAccess)), 'You won’t be asked again')
    assert.equal(await saidOf(asks(aPayment, anAccess)), 'Except for what says so')
    assert.ok((await codeFor(visitor, asks(aPayment, anAccess))).has('code'))
    assert.equal(await saidOf(asks(aPayment)), 'You’ll be asked each time')
    assert.equal(await errorOf(visitor, { ...asks(aPayment), prompt: 'none' }), 'consent_required')
    assert.equal(await errorOf(visitor, { ...asks(anAccess), prompt: 'none' }), null)
    assert.equal(
      await errorOf(visitor, { ...asks({ ...anAccess, accounts: [accounts[1]] }), prompt: 'none' }),
      null,
    )
    assert.equal(
      await errorOf(visitor, {
        ...asks({ ...anAccess, accounts: ['GB33BUKB20201555555555'] }),
        prompt: 'none',
      }),
      'consent_required',
    )
    const [app] = await connectedClients(house, house.room.apis, grace.id)
    assert.ok(app?.may.includes(`See the balances, transactions of these accounts: ${accounts.join(', ')}`))
  })

  test('what was agreed to is what was shown: another amount is another question', async () => {
    const page = await consentPageOf(browser, asks(pays('1')))
    const other = await consentPageOf(browser, asks(pays('1000')))
    assert.notEqual(page.field('flow'), other.field('flow'))
    const code = received(await allow(page, 'detail:0')).get('code')
    const tokens = (await exchange(house.visitor(), code, asShop)).json()
    assert.deepEqual(tokens['authorization_details'], [pays('1')])
  })
})

describe('A token request', () => {
  test('RFC 9396 §6: may ask for less, with the code and with every refresh, and never for more', async () => {
    const code = (await codeFor(browser, asks(aPayment, anAccess))).get('code')
    const less = { ...anAccess, accounts: [accounts[0]] }
    const tokens = (
      await exchange(house.visitor(), code, { ...asShop, authorization_details: wire(less) })
    ).json()
    assert.deepEqual(tokens['authorization_details'], [less])
    const ends = async (...details: object[]) => {
      const answer = await refresh(house.visitor(), token, {
        ...asShop,
        authorization_details: wire(...details),
      })
      if (answer.status === 200) token = answer.json()['refresh_token']
      return answer.json()['error'] ?? answer.json()['authorization_details']
    }
    let token = tokens['refresh_token']
    // What was granted is more than what the first token held.
    assert.deepEqual(await ends(pays('100')), [pays('100')])
    assert.deepEqual(await ends(aPayment, anAccess), [aPayment, anAccess])
    for (const more of [
      pays('123.51'),
      { ...aPayment, creditor: 'B' },
      { type: 'unheard' },
      { ...anAccess, accounts: [] },
    ])
      assert.equal(await ends(more), 'invalid_authorization_details', JSON.stringify(more))
    assert.equal(await ends(pays('60'), pays('60')), 'invalid_authorization_details')
  })

  test('RFC 9396 §9.1: gets the details of the one API that it names', async () => {
    const code = (await codeFor(browser, asks(aPayment, { type: 'entry', year: 2026 }))).get('code')
    const both = await exchange(house.visitor(), code, asShop)
    assert.equal(both.json()['error'], 'invalid_target')
    const again = (await codeFor(browser, asks(aPayment, { type: 'entry', year: 2026 }))).get('code')
    const tokens = (await exchange(house.visitor(), again, { ...asShop, resource: ledger })).json()
    assert.deepEqual(tokens['authorization_details'], [{ type: 'entry', year: 2026 }])
    const form = { token: String(tokens['access_token']), ...asShop }
    const told = (await post(house.visitor(), '/oauth/introspect', form)).json()
    assert.deepEqual([told['aud'], told['authorization_details']], [ledger, [{ type: 'entry', year: 2026 }]])
    const other = await refresh(house.visitor(), tokens['refresh_token'], { ...asShop, resource: bank })
    assert.deepEqual(other.json()['authorization_details'], [aPayment])
  })

  test('by a client for itself gets what its type lets clients have without a person', async () => {
    const asked = (...details: object[]) =>
      post(house.visitor(), '/oauth/token', {
        grant_type: 'client_credentials',
        client_id: 'robot',
        client_secret: secret,
        authorization_details: wire(...details),
      })
    const tokens = (await asked(anAccess)).json()
    assert.deepEqual([tokens['authorization_details'], tokens['scope']], [[anAccess], ''])
    assert.equal((await asked(aPayment)).json()['error'], 'invalid_authorization_details')
    assert.equal((await asked({ type: 'unheard' })).json()['error'], 'invalid_authorization_details')
  })

  test('RFC 8693: to exchange keeps details at their own API, for clients that may use them, and narrows them', async () => {
    const code = (await codeFor(browser, { ...asks(aPayment, anAccess), scope: 'openid accounts:read' })).get(
      'code',
    )
    const subject = (await exchange(house.visitor(), code, asShop)).json()['access_token']
    const change = (more: Wire) =>
      post(house.visitor(), '/oauth/token', {
        grant_type: tokenExchange,
        subject_token: String(subject),
        subject_token_type: accessTokenType,
        client_id: 'teller',
        client_secret: secret,
        ...more,
      })
    assert.deepEqual((await change({ resource: bank })).json()['authorization_details'], [anAccess])
    const less = { ...anAccess, accounts: [accounts[0]] }
    const narrowed = await change({ resource: bank, authorization_details: wire(less) })
    assert.deepEqual(narrowed.json()['authorization_details'], [less])
    const elsewhere = (await change({ resource: ledger })).json()
    assert.deepEqual([elsewhere['scope'], elsewhere['authorization_details']], ['ledger:read', undefined])
    const more = { ...anAccess, accounts: ['GB33BUKB20201555555555'] }
    for (const wrong of [more, aPayment])
      assert.equal(
        (await change({ resource: bank, authorization_details: wire(wrong) })).json()['error'],
        'invalid_authorization_details',
      )
  })
})

describe('Every way to ask', () => {
  test('takes details: pushed (RFC 9126) and signed (RFC 9101)', async () => {
    const parameters = { ...parametersOf(asks(aPayment)), ...asShop }
    const pushed = (await post(house.visitor(), '/oauth/par', parameters)).json()
    const address = new URLSearchParams({ client_id: 'shop', request_uri: String(pushed['request_uri']) })
    const arrived = await browser.visit(`/oauth/authorize?${address}`)
    assert.match((await browser.visit(arrived.location ?? '')).body, /Pay 123\.50 EUR/)
    const own = await signer(house, 'careful', { detailsTypes: ['payment'] })
    const signed = await browser.visit(signedAddress(own, own.object({ authorization_details: [aPayment] })))
    assert.match((await browser.visit(signed.location ?? '')).body, /Pay 123\.50 EUR/)
  })

  test('takes details: a device (RFC 8628), whose person reads them too', async () => {
    const form = { scope: undefined, authorization_details: wire(anAccess) }
    const device = (await ask(house.visitor(), form)).json()
    const visitor = await house.signedIn(ada)
    await visitor.visit('/device')
    await decide(house, String(device['user_code']), 'allow', visitor)
    const tokens = (await poll(house, device['device_code'])).json()
    assert.deepEqual(tokens['authorization_details'], [anAccess])
    const wrong = await ask(house.visitor(), { ...form, authorization_details: wire({ type: 'unheard' }) })
    assert.equal(wrong.json()['error'], 'invalid_authorization_details')
  })

  test('can be answered in part: a device gets what its person ticked, and nothing ticked is a no', async () => {
    const answered = async (...ticked: string[]) => {
      const form = { scope: undefined, authorization_details: wire(anAccess) }
      const device = (await ask(house.visitor(), form)).json()
      const visitor = await house.signedIn(ada)
      const request = (await enter(visitor, String(device['user_code']))).field('request') ?? ''
      const boxes = Object.fromEntries(ticked.map((key) => [key, 'yes']))
      await visitor.submit('/device', { request, decision: 'allow', choose: 'yes', ...boxes })
      return (await poll(house, device['device_code'])).json()
    }
    const some = await answered('detail:0', 'detail:0:accounts:1')
    assert.deepEqual(some['authorization_details'], [{ ...anAccess, accounts: [accounts[1]] }])
    assert.equal((await answered('detail:0'))['error'], 'access_denied')
    assert.equal((await answered())['error'], 'access_denied')
  })

  test('RFC 9396 §10: metadata names every type that an API declares', async () => {
    const told = (await house.visitor().visit('/.well-known/oauth-authorization-server')).json()
    assert.deepEqual(told['authorization_details_types_supported'], types)
  })
})

/** The parameters of an authorization request. */
function parametersOf(more: Wire): Record<string, string> {
  return Object.fromEntries(new URL(authorizeUrl(more), 'http://x').searchParams)
}
