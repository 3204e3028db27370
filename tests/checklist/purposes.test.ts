// Whatever the server gives out is good for one purpose: everything that it makes, presented in every place that takes
// anything (class C4; JW-09, SE-13, JW-17).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { idJagTokenType, signToken, tokenExchange } from '@countersign/protocol'
import { makeKey } from '../../packages/server/src/oauth/api-keys/keep-keys.ts'
import { changeClient, descriptionOf } from '../../packages/server/src/oauth/clients/change.ts'
import { createClient } from '../../packages/server/src/oauth/clients/registration.ts'
import {
  ada,
  authorizeUrl,
  bank,
  codeFor,
  exchange,
  introspected,
  ledger,
  type OAuthHouse,
  post,
  refresh,
  secret,
} from '../../packages/server/src/oauth/house.ts'
import {
  grantOf,
  idJagOf,
  openPartnerHouse,
  show,
} from '../../packages/server/src/oauth/jwt-bearer/partner.fixture.ts'
import { profiles } from '../../packages/server/src/oauth/profiles/rules.ts'
import { publicPart, specimen } from '../harness/specimens.ts'

const scope = 'openid offline_access accounts:read ledger:read'
const { key, jwk } = specimen('ES256')

/** One of everything, good at this moment. */
async function everything(house: OAuthHouse): Promise<Record<string, string>> {
  const browser = await house.signedIn()
  const tokens = async (resource: string) => {
    const { code } = Object.fromEntries(await codeFor(browser, { scope }))
    return (await exchange(house.visitor(), code ?? '', { resource })).json()
  }
  const [forBank, forLedger] = [await tokens(bank), await tokens(ledger)]
  const now = house.runtime.now()
  const issuer = house.issuer.url
  const signing = house.room.keyring.signingKey('ES256')
  const assertion = { iss: 'signer', sub: 'signer', aud: issuer, jti: `j${now}`, exp: now + 60 }
  const events = { 'http://schemas.openid.net/event/backchannel-logout': {} }
  const logout = { iss: issuer, aud: 'web', iat: now, exp: now + 60, jti: 'l', sub: 'usr_ada', events }
  return {
    'a JWT access token': String(forBank['access_token']),
    'an opaque access token': String(forLedger['access_token']),
    'an ID token': String(forBank['id_token']),
    'a refresh token': String(forBank['refresh_token']),
    'a code': (await codeFor(browser, { scope })).get('code') ?? '',
    'a session cookie': browser.cookies.get('sid') ?? '',
    'a browser cookie': browser.cookies.get('browser') ?? '',
    'a client assertion': signToken('clientAssertion', assertion, key),
    'a logout token': signToken('logout', logout, signing),
    'a client secret': secret,
    'an answer of userinfo': signToken(
      'userinfo',
      { iss: issuer, aud: 'web', iat: now, sub: 'usr_ada' },
      signing,
    ),
    'an answer of introspection': signToken(
      'introspection',
      { iss: issuer, aud: 'web', iat: now, token_introspection: { active: true, sub: 'usr_ada' } },
      signing,
    ),
    'an ID-JAG for others': signToken(
      'idJag',
      { iss: issuer, sub: 'usr_ada', aud: there, client_id: 'web', jti: `o${now}`, iat: now, exp: now + 60 },
      signing,
    ),
    'an API key': await keyOf(house),
    'an ID-JAG for us': idJagOf(house),
    'an authorization grant': grantOf(house),
  }
}

const there = 'https://there.example'

async function keyOf(house: OAuthHouse): Promise<string> {
  const owner = { kind: 'user', userId: ada.id } as const
  const described = { name: 'A key', owner, audience: bank, scopes: ['accounts:read'] }
  const made = await makeKey(house, profiles.default, described)
  assert.ok(made.ok)
  return made.text
}

async function goesElsewhere(house: OAuthHouse, text: string, type: string): Promise<boolean> {
  const answer = await post(house.visitor(), '/oauth/token', {
    grant_type: tokenExchange,
    requested_token_type: idJagTokenType,
    subject_token: text,
    subject_token_type: `urn:ietf:params:oauth:token-type:${type}`,
    audience: there,
    client_id: 'web',
    client_secret: secret,
  })
  return answer.status === 200
}

/** Each place, what it takes, and whether it takes a text. */
const places: Record<
  string,
  readonly [takes: readonly string[], (house: OAuthHouse, text: string) => Promise<boolean>]
> = {
  userinfo: [
    ['a JWT access token', 'an opaque access token'],
    async (house, text) =>
      (await house.visitor().visit('/oauth/userinfo', { headers: { authorization: `Bearer ${text}` } }))
        .status === 200,
  ],
  'userinfo, by form': [
    ['a JWT access token', 'an opaque access token'],
    async (house, text) =>
      (await post(house.visitor(), '/oauth/userinfo', { access_token: text })).status === 200,
  ],
  'userinfo, in the query': [
    [],
    async (house, text) =>
      (await house.visitor().visit(`/oauth/userinfo?access_token=${encodeURIComponent(text)}`)).status ===
      200,
  ],
  introspection: [
    ['a JWT access token', 'an opaque access token', 'a refresh token'],
    async (house, text) => (await introspected(house, text))['active'] === true,
  ],
  'introspection by an API': [
    ['a JWT access token', 'an API key'],
    async (house, text) => (await introspected(house, text, 'bank-api'))['active'] === true,
  ],
  'an ID token hint': [
    ['an ID token'],
    async (house, text) => {
      const asked = authorizeUrl({ prompt: 'none', id_token_hint: text })
      const { location } = await house.visitor().visit(asked)
      return new URL(location ?? '').searchParams.get('error') === 'login_required'
    },
  ],
  'a sign-out hint': [
    ['an ID token'],
    async (house, text) => {
      const query = new URLSearchParams({ id_token_hint: text })
      return (await house.visitor().visit(`/oauth/logout?${query}`)).status === 303
    },
  ],
  'a session cookie': [
    ['a session cookie'],
    async (house, text) => {
      const browser = house.visitor()
      browser.cookies.set('sid', text)
      const { location } = await browser.visit(authorizeUrl({ scope, prompt: 'none' }))
      return new URL(location ?? '').searchParams.get('error') !== 'login_required'
    },
  ],
  'client authentication by assertion': [
    ['a client assertion'],
    async (house, text) => {
      const type = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
      const form = { client_assertion: text, client_assertion_type: type }
      const grant = { grant_type: 'client_credentials', scope: 'accounts:read' }
      return (await post(house.visitor(), '/oauth/token', { ...grant, ...form })).status === 200
    },
  ],
  'client authentication by secret': [
    ['a client secret'],
    async (house, text) => {
      const form = { grant_type: 'client_credentials', client_id: 'machine', scope: 'accounts:read' }
      return (await post(house.visitor(), '/oauth/token', { ...form, client_secret: text })).status === 200
    },
  ],
  'the refresh grant': [
    ['a refresh token'],
    async (house, text) => (await refresh(house.visitor(), text, { resource: bank })).status === 200,
  ],
  'the grant of assertions': [
    ['an ID-JAG for us', 'an authorization grant'],
    async (house, text) => (await show(house, text, { scope: 'accounts:read' })).status === 200,
  ],
  'the exchange of ID tokens for ID-JAGs': [
    ['an ID token'],
    async (house, text) => goesElsewhere(house, text, 'id_token'),
  ],
  'the exchange of refresh tokens for ID-JAGs': [
    ['a refresh token'],
    async (house, text) => goesElsewhere(house, text, 'refresh_token'),
  ],
  'the code grant': [
    ['a code'],
    async (house, text) => (await exchange(house.visitor(), text, { resource: bank })).status === 200,
  ],
}

for (const [place, [takes, accepts]] of Object.entries(places)) {
  test(`C4, JW-09, SE-13 (CVE-2026-55669): what ${place} takes is ${takes.join(', ') || 'nothing at all'}`, async () => {
    const house = await openPartnerHouse()
    const place = { audience: there, clientId: 'w', scopes: [], resources: [], namesOf: null, email: false }
    const changed = await changeClient(house, 'web', (client) => {
      const { grants = [], ...rest } = descriptionOf(client)
      return { ...rest, grants: [...grants, tokenExchange], elsewhere: [place] }
    })
    assert.ok(changed?.ok)
    const keys = { keys: [publicPart(jwk)] }
    const signer = { id: 'signer', name: 'Signer', authentication: 'private_key_jwt', jwks: keys } as const
    assert.ok((await createClient(house, { ...signer, scopes: ['accounts:read'] })).ok)
    const accepted: string[] = []
    for (const [name, text] of Object.entries(await everything(house))) {
      assert.notEqual(text, '', name)
      if (await accepts(house, text)) accepted.push(name)
    }
    assert.deepEqual(accepted, takes)
    await house.close()
  })
}
