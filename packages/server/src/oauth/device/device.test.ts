// What people see: entering a code, being asked, deciding; and what others can't do in their place.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { digest } from '@countersign/protocol'
import fc from 'fast-check'
import { onBothEngines } from '../../../../../tests/harness/engines.ts'
import { endAllSessions, endSession } from '../../accounts/sessions/sessions.store.ts'
import { cookieName } from '../../platform/http/cookies.ts'
import { openReturn } from '../../platform/http/return.ts'
import { clientById, deleteClient, disableClient } from '../clients/clients.store.ts'
import { createClient } from '../clients/registration.ts'
import { ada, authorizeUrl, claimsIn, codeFor, grace, introspected, type OAuthHouse } from '../house.ts'
import {
  decide,
  deviceTokens,
  enter,
  openDeviceHouse,
  poll,
  polled,
  press,
  waiting,
} from './device.fixture.ts'
import { guessCharges, requestCharges } from './pace.ts'
import { isSameNetwork } from './question.ts'

let house: OAuthHouse
before(async () => {
  house = await openDeviceHouse()
})
after(() => house.close())

/** Past every limit that an earlier test may have reached. */
const rest = () => house.runtime.advance(600)
const noDevice = /No device waits with this code/

test('whoever is not signed in signs in first, and comes back to the code that they brought', async () => {
  for (const path of ['/device', '/device?user_code=wdjb+mjht', '/device?user_code=%22%3E%3Cscript%3E']) {
    const answer = await house.visitor().visit(path)
    assert.equal(answer.status, 303)
    assert.match(answer.location ?? '', /^\/sign-in\?continue=/)
  }
  const visitor = house.visitor()
  const { location = '' } = await visitor.visit('/device?user_code=wdjb+mjht')
  const secret = visitor.cookies.get(cookieName(house.issuer, 'browser')) ?? ''
  const sealed = new URL(location, 'http://localhost').searchParams.get('continue') ?? ''
  const browser = { digest: digest(secret), formToken: '', nonce: '' }
  assert.equal(openReturn(house.vault, browser, sealed), '/device?user_code=WDJB-MJHT')
})

test('RFC 8628 §3.3.1: a link with a code fills it in, and neither asks nor allows by itself', async () => {
  const device = await waiting(house)
  const browser = await house.signedIn()
  const page = await browser.visit(device.verification_uri_complete)
  assert.equal(page.status, 200)
  assert.equal(page.field('user_code'), device.user_code)
  assert.match(page.body, /Is this the code that your device shows\?/)
  assert.equal(page.body.includes('decision'), false)
  assert.equal(await polled(house, device.device_code), 'authorization_pending')
  const question = await enter(browser, device.user_code)
  assert.match(question.body, /value="allow".*value="deny"/s)
  house.runtime.advance(5)
  assert.equal(await polled(house, device.device_code), 'authorization_pending')
  await press(browser, question, 'allow')
  assert.equal(await polled(house, device.device_code), 'tokens')
})

test('TK-21 AZ-21: the question names the client, the code, where it was asked from, the scopes in words, the account, and warns', async () => {
  rest()
  const asked = await house.visitor().visit('/oauth/device', {
    form: { client_id: 'tv', scope: 'openid email offline_access accounts:read' },
    headers: { 'user-agent': 'curl/8.5.0' },
    peer: '198.51.100.4',
  })
  house.runtime.advance(60)
  const code = String(asked.json()['user_code'])
  const question = await enter(await house.signedIn(), code.toLowerCase().replace('-', ' '))
  for (const words of [
    'The Television',
    code,
    '198.51.100.4',
    '1 minute ago',
    'curl',
    'another network than yours',
    'See your e-mail address',
    'See your accounts',
    'Stay connected',
    'Ada Lovelace',
    'Did somebody send you the code?',
    'up to 30 days',
  ])
    assert.ok(question.body.includes(words), words)
})

test('a device in the same network is said to be in it; of an IPv4 and an IPv6 address nobody can tell', () => {
  assert.equal(isSameNetwork('203.0.113.7', '203.0.113.7'), true)
  assert.equal(isSameNetwork('2001:db8:1:2::1', '2001:db8:1:2:ffff::9'), true)
  assert.equal(isSameNetwork('::ffff:203.0.113.7', '203.0.113.7'), true)
  assert.equal(isSameNetwork('203.0.113.7', '203.0.113.8'), false)
  assert.equal(isSameNetwork('2001:db8:1:2::1', '2001:db8:1:3::1'), false)
  assert.equal(isSameNetwork('2001:db8:1:2::1', '203.0.113.7'), null)
})

test('every page says how it ended, again and again, and a second press changes nothing', async () => {
  rest()
  const browser = await house.signedIn()
  const device = await waiting(house)
  const question = await enter(browser, device.user_code)
  const allowed = await press(browser, question, 'allow')
  assert.match(allowed.body, /You can go back to your device/)
  assert.match((await press(browser, question, 'deny')).body, /You can go back to your device/)
  assert.equal(await polled(house, device.device_code), 'tokens')
  assert.match((await press(browser, question, 'allow')).body, /You can go back to your device/)
  const other = await waiting(house)
  const denied = await decide(house, other.user_code, 'deny', browser)
  assert.match(denied.body, /Denied/)
  const late = await waiting(house)
  const tooLate = await enter(browser, late.user_code)
  house.runtime.advance(600)
  assert.match((await press(browser, tooLate, 'allow')).body, /This code has expired/)
  assert.equal(await polled(house, late.device_code), 'expired_token')
})

test('C36 (CVE-2023-34246): a device is asked about each time, however often the same client was allowed', async () => {
  rest()
  const browser = await house.signedIn()
  for (let time = 0; time < 3; time++) {
    const device = await waiting(house)
    assert.match((await enter(browser, device.user_code)).body, /value="allow"/)
    await decide(house, device.user_code, 'allow', browser)
    assert.equal(await polled(house, device.device_code), 'tokens')
  }
  assert.deepEqual(await house.database.read(`select * from consents where client_id = 'tv'`, []), [])
})

test('AZ-20: what a device was allowed is no consent for the pages of the same client', async () => {
  const created = await createClient(house, {
    id: 'both',
    name: 'Both',
    authentication: 'none',
    redirectUris: ['https://both.example/callback'],
    grants: ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'],
    scopes: ['openid', 'accounts:read', 'offline_access'],
  })
  assert.ok(created.ok)
  const browser = await house.signedIn()
  await deviceTokens(house, { client_id: 'both', scope: 'openid accounts:read offline_access' }, browser)
  const request = { client_id: 'both', redirect_uri: 'https://both.example/callback' }
  const silent = await browser.visit(authorizeUrl({ ...request, prompt: 'none' }))
  assert.match(silent.location ?? '', /error=consent_required/)
  assert.ok((await codeFor(browser, request)).get('code'))
  const device = await waiting(house, { client_id: 'both', scope: 'openid' })
  assert.match((await enter(browser, device.user_code)).body, /value="allow"/)
})

test('TK-21 PW-18: unknown, malformed, expired, decided and other people’s codes get one answer, and five wrong ones a pause', async () => {
  rest()
  const [late, decided, hers] = [await waiting(house), await waiting(house), await waiting(house)]
  house.runtime.advance(600)
  const [again, his] = [await waiting(house), await waiting(house)]
  await decide(house, again.user_code, 'deny')
  await enter(await house.signedIn(grace), his.user_code)
  const browser = await house.signedIn()
  const answers = []
  for (const code of ['BBBB-BBBB', late.user_code, decided.user_code, again.user_code, his.user_code]) {
    await browser.visit('/device')
    const answer = await browser.submit('/device', { user_code: code })
    answers.push(answer.body.replaceAll(code, 'CODE').replaceAll(/nonce="[^"]*"|continue=[^"]*/g, ''))
    assert.equal(answer.status, 422)
    assert.match(answer.body, noDevice)
  }
  assert.equal(new Set(answers).size, 1)
  const limited = await enter(browser, hers.user_code)
  assert.equal(limited.status, 429)
  assert.match(limited.header('retry-after') ?? '', /^\d+$/)
  assert.match(limited.body, /Too many tries/)
  // Nothing that can't be a code was counted as a guess, and nothing that was refused.
  assert.equal((await enter(browser, 'AEIO-UAEI')).status, 422)
  assert.match(
    (await browser.submit('/device', { user_code: ' ' })).body,
    /Enter the code that your device shows/,
  )
})

test('PW-16 TK-21: guesses in parallel are counted, by network and by person, and right codes cost nothing', async () => {
  rest()
  const browser = await house.signedIn()
  await browser.visit('/device')
  const guess = (at: number, peer: string) =>
    browser.submit(
      '/device',
      { user_code: `BCDFGH${'BCDFGHJKLMNPQRSTVWXZ'[at % 20]}${'BCDFGHJKLM'[at % 10]}` },
      { peer },
    )
  const near = await Promise.all(Array.from({ length: 20 }, (_, at) => guess(at, '198.51.100.30')))
  assert.equal(near.filter(({ status }) => status === 422).length, 5)
  const wide = await Promise.all(Array.from({ length: 20 }, (_, at) => guess(at, `198.51.100.${31 + at}`)))
  assert.equal(wide.filter(({ status }) => status === 422).length, 5)
  assert.equal(wide.filter(({ status }) => status === 429).length, 15)
  rest()
  for (let time = 0; time < 8; time++) {
    const device = await waiting(house)
    assert.match((await decide(house, device.user_code, 'allow', browser)).body, /go back to your device/)
  }
})

test('C36 (CVE-2026-45337): once one person is asked, nobody else finds the code, sees the question or answers it', async () => {
  rest()
  const device = await waiting(house)
  const hers = await house.signedIn(ada)
  const question = await enter(hers, device.user_code)
  const his = await house.signedIn(grace)
  assert.match((await enter(his, device.user_code)).body, noDevice)
  await hers.visit('/device')
  const { location = '' } = await hers.submit('/device', { user_code: device.user_code })
  assert.equal((await his.visit(location)).location, '/device')
  for (const decision of ['allow', 'deny']) {
    await his.visit('/device')
    const stolen = await his.submit('/device', { request: question.field('request') ?? '', decision })
    assert.equal(stolen.status, 403)
  }
  assert.equal(await polled(house, device.device_code), 'authorization_pending')
  // The same person may go on in another browser, which takes the question with it.
  const phone = await house.signedIn(ada)
  const there = await enter(phone, device.user_code)
  assert.match((await press(hers, question, 'allow')).body, /This code has expired/)
  await press(phone, there, 'allow')
  assert.equal(claimsIn((await poll(house, device.device_code)).json()['access_token'])['sub'], ada.id)
})

test('somebody else in the same browser starts again with the same code', async () => {
  const device = await waiting(house)
  const browser = await house.signedIn(ada)
  const question = await enter(browser, device.user_code)
  const { location = '' } = await browser.submit('/device', { user_code: device.user_code })
  await house.signIn(browser, grace)
  assert.equal((await browser.visit(location)).location, `/device?user_code=${device.user_code}`)
  const stale = await browser.submit('/device', {
    request: question.field('request') ?? '',
    decision: 'allow',
  })
  assert.equal(stale.status, 403)
  await decide(house, device.user_code, 'allow', browser)
  assert.equal(claimsIn((await poll(house, device.device_code)).json()['access_token'])['sub'], grace.id)
})

test('AZ-19 HT-07: no answer is taken without the form token, from another site, or without the page’s own seal', async () => {
  const device = await waiting(house)
  const browser = await house.signedIn()
  const question = await enter(browser, device.user_code)
  const request = question.field('request') ?? ''
  const form = { request, decision: 'allow' }
  const without = await browser.visit('/device', { form, headers: { 'sec-fetch-site': 'same-origin' } })
  assert.equal(without.status, 403)
  for (const headers of [{ 'sec-fetch-site': 'cross-site' }, { origin: 'https://evil.example' }] as Record<
    string,
    string
  >[])
    assert.equal((await browser.submit('/device', form, { headers })).status, 403)
  assert.equal(
    (await browser.submit('/device', { ...form, request: `${request.slice(0, -3)}AAA` })).status,
    403,
  )
  assert.equal(
    (await browser.submit('/device', { decision: 'allow', user_code: device.user_code })).status,
    403,
  )
  assert.equal((await browser.submit('/device', { request, decision: 'perhaps' })).status, 400)
  assert.equal(await polled(house, device.device_code), 'authorization_pending')
})

test('AZ-17 AZ-18: the pages can’t be framed, tell no referrer, and are not stored', async () => {
  const browser = await house.signedIn()
  const { user_code } = await waiting(house)
  for (const page of [await browser.visit('/device'), await enter(browser, user_code)]) {
    assert.match(page.header('content-security-policy') ?? '', /frame-ancestors 'none'/)
    assert.equal(page.header('x-frame-options'), 'DENY')
    assert.equal(page.header('referrer-policy'), 'no-referrer')
    assert.equal(page.header('cache-control'), 'no-store')
  }
})

test('HT-18 C24 (CVE-2026-29191): whatever is typed, linked or sent comes back as a page that holds nothing of it', async () => {
  rest()
  const browser = await house.signedIn()
  await browser.visit('/device')
  const texts = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 80 }),
    fc.constantFrom(
      '"><script>alert(1)</script>',
      '\u0000',
      '__proto__',
      '//evil.example',
      'a\r\nset-cookie: x=y',
    ),
  )
  const told = fc.tuple(texts, fc.constantFrom('user_code', 'request', 'decision'))
  await fc.assert(
    fc.asyncProperty(fc.array(told, { maxLength: 3 }), async (pairs) => {
      const sent = Object.fromEntries(pairs.map(([text, name]) => [name, text.toWellFormed()]))
      const query = new URLSearchParams(sent)
      for (const answer of [await browser.visit(`/device?${query}`), await browser.submit('/device', sent)]) {
        assert.ok([200, 303, 400, 403, 422, 429].includes(answer.status), String(answer.status))
        assert.match(answer.location ?? '/device', /^\/(?:device|sign-in)(?:\?|$)/)
        for (const text of Object.values(sent))
          if (/[<>"]/.test(text) && text.length > 7) assert.equal(answer.body.includes(text), false)
      }
    }),
    { numRuns: 150 },
  )
})

test('RFC 6177: a network’s many addresses count together, at both endpoints', () => {
  const peers = ['2001:db8:1:200::1', '2001:db8:1:200:ffff::2', '2001:db8:1:2ff::1']
  const buckets = (charges: (peer: string) => readonly { readonly bucket: string }[]) =>
    peers.map((peer) => charges(peer).map(({ bucket }) => bucket))
  for (const charges of [requestCharges, (peer: string) => guessCharges(peer, 'usr_x')]) {
    const [one, other, around] = buckets(charges)
    assert.deepEqual(one, other)
    assert.notEqual(one?.[0], around?.[0])
    assert.equal(one?.[1], around?.[1])
  }
})

test('what is asked may have changed since the page said it: then it is put again, or nobody waits any more', async () => {
  rest()
  const made = { id: 'radio', name: 'Radio', authentication: 'none' } as const
  const grants = ['urn:ietf:params:oauth:grant-type:device_code'] as const
  assert.ok((await createClient(house, { ...made, grants, scopes: ['openid', 'accounts:read'] })).ok)
  const device = await waiting(house, { client_id: 'radio', scope: '' })
  const browser = await house.signedIn()
  const question = await enter(browser, device.user_code)
  assert.equal(question.body.includes('Move money'), false)
  const scopes = JSON.stringify(['openid', 'accounts:read', 'transfers:write'])
  await house.database.commit([
    { sql: `update clients set scopes = '${scopes}' where id = 'radio'`, parameters: [] },
  ])
  const anew = await press(browser, question, 'allow')
  assert.match(anew.body, /Move money between accounts/)
  await house.database.commit([disableClient(house.database, 'radio', house.runtime.now())])
  assert.match((await press(browser, anew, 'allow')).body, /This code has expired/)
  assert.match((await enter(await house.signedIn(), device.user_code)).body, noDevice)
  assert.ok(await clientById(house.database, 'radio'))
  await house.database.commit([deleteClient(house, 'radio')])
})

onBothEngines('What ends a device’s access', (open) => {
  let there: OAuthHouse
  before(async () => {
    there = await openDeviceHouse({ house: await open() })
  })
  const isActive = async (tokens: Record<string, unknown>) =>
    (await introspected(there, tokens['access_token'], 'bank-api'))['active']

  test('not the end of the session in which it was allowed: the television goes on when the laptop signs out', async () => {
    const browser = await there.signedIn()
    const tokens = await deviceTokens(there, {}, browser)
    const [session] = await there.database.read(`select id from sessions where held_by is null`, [])
    await there.database.commit([
      endSession(there.database, there.runtime.now(), { id: String(session?.['id']), userId: ada.id }),
    ])
    assert.equal((await browser.visit('/device')).status, 303)
    assert.equal(await isActive(tokens), true)
  })

  test('RT-09 SE-07: a sign-out everywhere, before the device has fetched its tokens and after', async () => {
    const tokens = await deviceTokens(there)
    const device = await waiting(there)
    await decide(there, device.user_code)
    await there.database.commit([endAllSessions(there.database, there.runtime.now(), ada.id)])
    assert.equal(await isActive(tokens), false)
    assert.equal(await polled(there, device.device_code), 'invalid_grant')
  })

  test('SE-04: nothing can be allowed in a session that ends at this moment', async () => {
    for (let round = 0; round < 10; round++) {
      const browser = await there.signedIn(grace)
      const device = await waiting(there)
      const question = await enter(browser, device.user_code)
      await Promise.all([
        press(browser, question, 'allow'),
        there.database.commit([endAllSessions(there.database, there.runtime.now(), grace.id)]),
      ])
      const left = await there.database.read(
        `select id from sessions where user_id = '${grace.id}' and ended_at is null`,
        [],
      )
      assert.deepEqual(left, [])
      assert.notEqual(await polled(there, device.device_code), 'tokens')
      there.runtime.advance(60)
    }
  })
})
