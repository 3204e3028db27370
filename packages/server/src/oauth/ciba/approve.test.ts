// What people see of CIBA: the list, the question, and who may answer it.
import assert from 'node:assert/strict'
import { before, beforeEach, test } from 'node:test'
import { cibaGrant } from '@countersign/protocol'
import { createApi } from '../apis/registration.ts'
import { disableClient } from '../clients/clients.store.ts'
import { createClient } from '../clients/registration.ts'
import { aPayment, payment } from '../details/bank.fixture.ts'
import { ada, bank, claimsIn, grace, type OAuthHouse, secret } from '../house.ts'
import { ask, asked, decide, openCibaHouse, poll, polled, press, question } from './ciba.fixture.ts'

let house: OAuthHouse
before(async () => {
  house = await openCibaHouse()
})
beforeEach(() => house.runtime.advance(3600))

test('a person sees who asks, the very words to compare, what for, from where, and when not to go on', async () => {
  const words = 'Zahlung 12,50 € · <W4>'
  await asked(house, { binding_message: words, scope: 'openid email offline_access accounts:read' })
  house.runtime.advance(120)
  const page = await question(await house.signedIn())
  for (const text of [
    'Let <bdi>The Counter</bdi> use your account?',
    '<bdi>Zahlung 12,50 € · &lt;W4&gt;</bdi>',
    '2 minutes ago',
    'See your e-mail address',
    'See your accounts',
    'Stay connected',
    'Ada Lovelace',
    'Did you start this?',
    'ends by itself in 3 minutes',
  ])
    assert.ok(page.body.includes(text), text)
})

test('a page without words to compare says so', async () => {
  await asked(house)
  const page = await question(await house.signedIn())
  assert.match(page.body, /It sent no words to compare/)
  assert.equal(page.body.includes('These words must stand'), false)
})

test('several requests are a list, each with its words; one that is over is on it no more', async () => {
  const [one, other] = [
    await asked(house, { binding_message: 'ONE' }),
    await asked(house, {
      client_id: 'kiosk',
      scope: 'openid',
      binding_message: 'OTHER',
      requested_expiry: '60',
    }),
  ]
  const browser = await house.signedIn()
  const list = await browser.visit('/approve')
  assert.equal(list.status, 200)
  assert.ok(list.body.indexOf('OTHER') > 0 && list.body.indexOf('ONE') > 0)
  await decide(house, 'allow', { browser, words: 'ONE' })
  assert.equal(await polled(house, one.auth_req_id), 'tokens')
  const kiosk = { client_id: 'kiosk', client_secret: secret }
  assert.equal(await polled(house, other.auth_req_id, kiosk), 'authorization_pending')
  house.runtime.advance(60)
  assert.match((await browser.visit('/approve')).body, /Nobody waits for you/)
})

test('every page says how it ended, again and again, and a second press changes nothing', async () => {
  const { auth_req_id } = await asked(house)
  const browser = await house.signedIn()
  const page = await question(browser)
  assert.match((await press(browser, page, 'allow')).body, /go back to where you started/)
  assert.match((await press(browser, page, 'deny')).body, /go back to where you started/)
  assert.equal(await polled(house, auth_req_id), 'tokens')
  await asked(house)
  const denied = await question(browser)
  assert.match((await press(browser, denied, 'deny')).body, /Denied/)
  const late = await asked(house)
  const tooLate = await question(browser)
  house.runtime.advance(300)
  assert.match((await press(browser, tooLate, 'allow')).body, /This request has ended/)
  assert.equal(await polled(house, late.auth_req_id), 'expired_token')
})

test('SE-09: a yes needs a proof that is at most ten minutes old, a no needs none', async () => {
  const browser = await house.signedIn()
  house.runtime.advance(601)
  const { auth_req_id } = await asked(house)
  const page = await question(browser)
  assert.match(page.body, /confirm that it’s you before anything is allowed/)
  const sent = await browser.submit('/approve', { request: page.field('request') ?? '', decision: 'allow' })
  assert.match(sent.location ?? '', /^\/sign-in\?reason=confirm&continue=/)
  assert.equal(await polled(house, auth_req_id), 'authorization_pending')
  await house.signIn(browser)
  assert.match((await press(browser, await question(browser), 'allow')).body, /go back to where you started/)
  assert.equal(await polled(house, auth_req_id), 'tokens')
  house.runtime.advance(601)
  const other = await asked(house)
  await decide(house, 'deny', { browser })
  assert.equal(await polled(house, other.auth_req_id), 'access_denied')
})

test('C36: nobody but the person who is asked sees the question or answers it', async () => {
  const { auth_req_id } = await asked(house)
  const hers = await house.signedIn(ada)
  const { location = '' } = await hers.visit('/approve')
  const page = await hers.visit(location)
  const his = await house.signedIn(grace)
  assert.match((await his.visit('/approve')).body, /Nobody waits for you/)
  assert.equal((await his.visit(location)).location, '/approve')
  for (const decision of ['allow', 'deny']) {
    const stolen = await his.submit('/approve', { request: page.field('request') ?? '', decision })
    assert.equal(stolen.status, 403)
  }
  // Somebody else in the very same browser.
  await house.signIn(hers, grace)
  assert.equal((await hers.visit(location)).location, '/approve')
  const stale = await hers.submit('/approve', { request: page.field('request') ?? '', decision: 'allow' })
  assert.equal(stale.status, 403)
  assert.match((await house.visitor().visit('/approve')).location ?? '', /^\/sign-in\?continue=/)
  assert.equal(await polled(house, auth_req_id), 'authorization_pending')
})

test('AZ-19 HT-07: no answer is taken without the form token, from another site, or without the page’s own seal', async () => {
  const { auth_req_id } = await asked(house)
  const browser = await house.signedIn()
  const page = await question(browser)
  const request = page.field('request') ?? ''
  const form = { request, decision: 'allow' }
  const without = await browser.visit('/approve', { form, headers: { 'sec-fetch-site': 'same-origin' } })
  assert.equal(without.status, 403)
  for (const headers of [{ 'sec-fetch-site': 'cross-site' }, { origin: 'https://evil.example' }] as Record<
    string,
    string
  >[])
    assert.equal((await browser.submit('/approve', form, { headers })).status, 403)
  const bent = { ...form, request: `${request.slice(0, -3)}AAA` }
  assert.equal((await browser.submit('/approve', bent)).status, 403)
  assert.equal((await browser.submit('/approve', { decision: 'allow' })).status, 403)
  assert.equal((await browser.submit('/approve', { request, decision: 'perhaps' })).status, 400)
  assert.equal(await polled(house, auth_req_id), 'authorization_pending')
})

test('AZ-17 AZ-18: the pages can’t be framed, tell no referrer, and are not stored', async () => {
  const browser = await house.signedIn()
  const none = await browser.visit('/approve')
  await asked(house)
  for (const page of [none, await question(browser)]) {
    assert.match(page.header('content-security-policy') ?? '', /frame-ancestors 'none'/)
    assert.equal(page.header('referrer-policy'), 'no-referrer')
    assert.equal(page.header('cache-control'), 'no-store')
  }
})

test('what is asked may have changed since the page said it: then it is put again, or nobody waits any more', async () => {
  const { auth_req_id } = await asked(house, { scope: 'openid accounts:read' })
  const browser = await house.signedIn()
  const page = await question(browser)
  const set = (scopes: readonly string[]) =>
    house.database.commit([
      { sql: `update clients set scopes = '${JSON.stringify(scopes)}' where id = 'counter'`, parameters: [] },
    ])
  await set(['openid'])
  assert.match((await press(browser, page, 'allow')).body, /This request has ended/)
  await set(['openid', 'email', 'offline_access', 'accounts:read', 'ledger:read'])
  assert.equal(await polled(house, auth_req_id), 'authorization_pending')
  await house.database.commit([disableClient(house.database, 'counter', house.runtime.now())])
  assert.match((await browser.visit('/approve')).body, /Nobody waits for you/)
  await house.database.commit([disableClient(house.database, 'counter', null)])
  house.runtime.advance(1)
})

test('RT-09: what a person allowed ends when they withdraw the client’s access, fetched or not', async () => {
  const [fetched, waiting] = [await asked(house, { binding_message: 'ONE' }), await asked(house)]
  const browser = await house.signedIn()
  await decide(house, 'allow', { browser, words: 'ONE' })
  assert.equal(await polled(house, fetched.auth_req_id), 'tokens')
  await decide(house, 'allow', { browser })
  await browser.submit('/account/connected/revoke', { client: 'counter' })
  const alive = `select id from families where client_id = 'counter' and revoked_at is null and expires_at > ${house.runtime.now()}`
  assert.deepEqual(await house.database.read(alive, []), [])
  assert.equal(await polled(house, waiting.auth_req_id), 'invalid_grant')
})

test('RFC 9396: a person reads what exactly is to be done, and the client gets that and nothing else', async () => {
  const scopes = [{ name: 'accounts:read', description: 'See your accounts' }]
  const described = { identifier: bank, name: 'The Bank', scopes, details: [payment] }
  assert.ok((await createApi(house, described)).ok)
  const till = { id: 'till', name: 'The Till', secret, scopes: ['openid'], detailsTypes: ['payment'] }
  assert.ok((await createClient(house, { ...till, grants: [cibaGrant] })).ok)
  house.runtime.advance(1)
  const me = { client_id: 'till', client_secret: secret }
  const authorization_details = JSON.stringify([aPayment])
  const { auth_req_id } = await asked(house, { ...me, scope: 'openid', authorization_details })
  const browser = await house.signedIn()
  const page = await question(browser)
  assert.match(page.body, /Pay 123\.50 EUR to Merchant A/)
  await press(browser, page, 'allow')
  const tokens = (await poll(house, auth_req_id, me)).json()
  assert.deepEqual(tokens['authorization_details'], [aPayment])
  assert.deepEqual(claimsIn(tokens['access_token'])['authorization_details'], [aPayment])
  const wrong = JSON.stringify([{ ...aPayment, amount: 'all of it' }])
  const refused = await ask(house.visitor(), { ...me, scope: 'openid', authorization_details: wrong })
  assert.equal(refused.json()['error'], 'invalid_authorization_details')
})
