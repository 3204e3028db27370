// Errors for clients that nobody vouches for (RFC 9700 §4.11.2): our address is no way to lead people anywhere.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { openHouse } from '../../platform/house.ts'
import { authorizeUrl, type OAuthHouse, openOAuthHouse, type Wire } from '../house.ts'
import {
  application,
  openRegistrationHouse,
  type RegistrationHouse,
} from '../registration/registration.fixture.ts'

const evil = 'https://evil.example/cb'
let house: RegistrationHouse
before(async () => {
  house = await openRegistrationHouse({ mode: 'open' })
})
after(() => house.close())

const clientAt = async (redirectUri: string): Promise<Wire> => {
  const { client_id: id } = await house.registered({
    ...application,
    redirect_uris: [redirectUri],
    token_endpoint_auth_method: 'none',
  })
  return { client_id: String(id), redirect_uri: redirectUri, scope: 'openid' }
}

test('AZ-02: whoever arrives with a wrong request of a client that registered itself goes on by hand alone', async () => {
  const asked = await clientAt(evil)
  for (const wrong of [
    { scope: 'no such scope' },
    { response_type: 'token' },
    { max_age: 'soon' },
    { prompt: 'sing' },
  ])
    for (const browser of [house.visitor(), await house.signedIn()]) {
      const answer = await browser.visit(authorizeUrl({ ...asked, ...wrong, state: 'a-state' }))
      assert.deepEqual([answer.status, answer.location], [400, undefined], JSON.stringify(wrong))
      assert.match(answer.body, /sent you here with a request that doesn’t work/)
      const [, way = ''] = /href="(https:\/\/evil\.example\/[^"]*)"/.exec(answer.body) ?? []
      const { searchParams } = new URL(way.replaceAll('&amp;', '&'))
      assert.match(searchParams.get('error') ?? '', /^[a-z_]+$/)
      assert.equal(searchParams.get('state'), 'a-state')
      assert.equal(searchParams.get('iss'), house.issuer.url)
    }
})

test('AZ-02: an answer by form waits for a press as well', async () => {
  const asked = { ...(await clientAt(evil)), response_mode: 'form_post', scope: 'no such scope' }
  const { status, body } = await house.visitor().visit(authorizeUrl(asked))
  assert.equal(status, 400)
  assert.match(body, /<form method="post" action="https:\/\/evil\.example\/cb">/)
  assert.doesNotMatch(body, /<script/)
})

test('AZ-02: a posted request is answered as one that is asked for', async () => {
  const asked = { ...(await clientAt(evil)), request: 'no.token.at-all', response_type: 'code' }
  const { status, location } = await house
    .visitor()
    .visit('/oauth/authorize', { form: asked as Record<string, string> })
  assert.deepEqual([status, location], [400, undefined])
})

test('a denial, a program of this computer and a silent request are answered at once', async () => {
  const asked = await clientAt(evil)
  const silent = await house.visitor().visit(authorizeUrl({ ...asked, prompt: 'none' }))
  assert.match(silent.location ?? '', /^https:\/\/evil\.example\/cb\?error=login_required/)
  const browser = await house.signedIn()
  const question = await browser.visit(authorizeUrl(asked))
  const shown = await browser.visit(question.location ?? '')
  const denied = await browser.submit('/oauth/authorize', {
    flow: shown.field('flow') ?? '',
    decision: 'deny',
  })
  assert.match(denied.location ?? '', /^https:\/\/evil\.example\/cb\?error=access_denied/)
  const local = await clientAt('http://127.0.0.1/cb')
  const wrong = await house.visitor().visit(authorizeUrl({ ...local, scope: 'no such scope' }))
  assert.match(wrong.location ?? '', /^http:\/\/127\.0\.0\.1\/cb\?error=invalid_scope/)
})

test('a client that an operator registered is answered at once, and any in the profile for certification', async () => {
  const wrong = await house.visitor().visit(authorizeUrl({ scope: 'no such scope' }))
  assert.match(wrong.location ?? '', /error=invalid_scope/)
  const tried: OAuthHouse = await openOAuthHouse({ profile: 'conformance', house: await openHouse() })
  const registered = await tried.visitor().visit('/oauth/register', {
    method: 'POST',
    body: JSON.stringify({ ...application, redirect_uris: [evil] }),
    headers: { 'content-type': 'application/json' },
  })
  const id = String(registered.json()['client_id'])
  const asked = { client_id: id, redirect_uri: evil, scope: 'no such scope' }
  const answer = await tried.visitor().visit(authorizeUrl(asked))
  assert.match(answer.location ?? '', /^https:\/\/evil\.example\/cb\?error=/)
  await tried.close()
})
