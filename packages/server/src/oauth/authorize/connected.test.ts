import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  ada,
  authorizeUrl,
  codeFor,
  exchange,
  grace,
  introspected,
  type OAuthHouse,
  openOAuthHouse,
} from '../house.ts'
import { connectedClients, withdraw } from './connected.ts'

let house: OAuthHouse
before(async () => {
  house = await openOAuthHouse()
})
after(() => house.close())

const offline = { scope: 'openid email offline_access accounts:read' }

test('a person sees what they allowed to whom', async () => {
  await codeFor(await house.signedIn(ada), offline)
  house.runtime.advance(1)
  await codeFor(await house.signedIn(ada), {
    client_id: 'native',
    redirect_uri: 'com.example.program:/callback',
  })
  assert.deepEqual(await connectedClients(house, house.room.apis, ada.id), [
    {
      clientId: 'native',
      name: 'The Program',
      host: null,
      may: ['See your accounts'],
      since: house.runtime.now(),
      lastUsed: house.runtime.now(),
      offline: false,
    },
    {
      clientId: 'web',
      name: 'The Site',
      host: 'web.example',
      may: ['See your e-mail address', 'See your accounts'],
      since: house.runtime.now() - 1,
      lastUsed: house.runtime.now() - 1,
      offline: true,
    },
  ])
  assert.deepEqual(await connectedClients(house, house.room.apis, grace.id), [])
})

test('RT-09: withdrawing ends every token and every code of that client, and of no other person', async () => {
  const browser = await house.signedIn(ada)
  const code = (await codeFor(browser, offline)).get('code')
  const unused = (await codeFor(browser, offline)).get('code')
  const tokens = (await exchange(house.visitor(), code)).json()
  const hers = (await codeFor(await house.signedIn(grace), offline)).get('code')
  const herTokens = (await exchange(house.visitor(), hers)).json()
  await browser.visit(authorizeUrl({ prompt: 'consent' }))
  const page = await browser.visit((await browser.visit(authorizeUrl({ prompt: 'consent' }))).location ?? '')
  assert.equal(page.status, 200)
  const answer = await browser.submit('/account/connected/revoke', { client: 'web' })
  assert.equal(answer.status, 303)
  assert.equal(answer.location, '/account?done=app-removed')
  for (const name of ['access_token', 'refresh_token']) {
    assert.deepEqual(await introspected(house, tokens[name]), { active: false })
    assert.equal((await introspected(house, herTokens[name]))['active'], true)
  }
  assert.equal((await exchange(house.visitor(), unused)).json()['error'], 'invalid_grant')
  const silent = await browser.visit(authorizeUrl({ ...offline, prompt: 'none' }))
  assert.match(silent.location ?? '', /error=consent_required/)
})

test('RT-09: a code that is asked for while consent is being withdrawn is not given on the strength of it', async () => {
  const browser = await house.signedIn(ada)
  const tokens = (await exchange(house.visitor(), (await codeFor(browser, offline)).get('code'))).json()
  const of = { userId: ada.id, clientId: 'web', peer: '' }
  const [answer] = await Promise.all([browser.visit(authorizeUrl(offline)), withdraw(house, of)])
  assert.match(answer.location ?? '', /^\/oauth\/authorize\?flow=/)
  const left = await house.database.read(
    `select 1 from codes where spent_at is null and client_id = 'web' and user_id = '${ada.id}'`,
    [],
  )
  assert.equal(left.length, 0)
  assert.deepEqual(await introspected(house, tokens['refresh_token']), { active: false })
})

test('withdrawing what was never given leaves no trace', async () => {
  const browser = await house.signedIn(ada)
  await browser.visit((await browser.visit(authorizeUrl({ prompt: 'consent' }))).location ?? '')
  const events = () => house.database.read("select 1 from events where type = 'consent.withdrawn'", [])
  const before = (await events()).length
  const answer = await browser.submit('/account/connected/revoke', { client: 'x'.repeat(5000) })
  assert.equal(answer.status, 303)
  assert.equal((await events()).length, before)
})

test('HT-07: withdrawing needs the person’s own page', async () => {
  const browser = await house.signedIn(ada)
  assert.equal((await browser.visit('/account/connected/revoke', { form: { client: 'web' } })).status, 403)
})

test('who is not signed in withdraws nothing, and signs in first', async () => {
  const browser = house.visitor()
  await browser.visit(authorizeUrl())
  const known = await house.signedIn(ada)
  const page = await known.visit((await known.visit(authorizeUrl({ prompt: 'consent' }))).location ?? '')
  known.cookies.delete('sid')
  assert.ok(page.field('form_token'))
  const answer = await known.submit('/account/connected/revoke', { client: 'web' })
  assert.match(answer.location ?? '', /^\/sign-in\?continue=/)
})
