// The scope `roles` and its claim: what a client is told of what its person is here (decision 50).
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { defineRole, grantRole, withdrawRole } from '../../access/roles.store.ts'
import { insertUser, type User } from '../../accounts/users/users.store.ts'
import { saveApi } from '../apis/apis.store.ts'
import { apiCatalogue, apisOf } from '../apis/catalogue.ts'
import { changeClient, descriptionOf } from '../clients/change.ts'
import { createClient } from '../clients/registration.ts'
import {
  ada,
  claimsIn,
  codeFor,
  consentPageOf,
  errorOf,
  exchange,
  type OAuthHouse,
  openOAuthHouse,
  refresh,
  type Wire,
} from '../house.ts'
import { described } from '../metadata-documents/description.ts'
import { application, openRegistrationHouse } from '../registration/registration.fixture.ts'

const desk = { client_id: 'desk', redirect_uri: 'https://desk.example/callback' }

let house: OAuthHouse
before(async () => {
  house = await openOAuthHouse()
  const described = {
    id: 'desk',
    name: 'The Desk',
    authentication: 'none',
    redirectUris: [desk.redirect_uri],
    scopes: ['openid', 'profile', 'offline_access', 'roles', 'accounts:read'],
  } as const
  assert.ok((await createClient(house, described)).ok)
  const { database } = house
  await database.commit([defineRole(database, { name: 'teller', description: '' })])
  await database.commit([grantRole(database, ada.id, 'teller')])
})
after(() => house.close())

async function tokens(more: Wire, user: User = ada): Promise<Record<string, unknown>> {
  const answered = await codeFor(await house.signedIn(user), { ...desk, ...more })
  return (await exchange(house.visitor(), answered.get('code'), desk)).json()
}

async function userinfo(token: unknown): Promise<Record<string, unknown>> {
  const headers = { authorization: `Bearer ${token}` }
  return (await house.visitor().visit('/oauth/userinfo', { headers })).json()
}

test('a client with the scope is told its person’s roles as they are now, by the ID token and by userinfo', async () => {
  const { database } = house
  const given = await tokens({ scope: 'openid offline_access roles' })
  assert.deepEqual(claimsIn(given['id_token'])['roles'], ['teller'])
  assert.deepEqual((await userinfo(given['access_token']))['roles'], ['teller'])
  await database.commit([withdrawRole(database, ada.id, 'teller')])
  const renewed = (await refresh(house.visitor(), given['refresh_token'], { client_id: 'desk' })).json()
  assert.deepEqual(claimsIn(renewed['id_token'])['roles'], [])
  assert.deepEqual((await userinfo(renewed['access_token']))['roles'], [])
  await database.commit([grantRole(database, ada.id, 'teller')])
})

test('a client that asks for one place by name is told there, and nowhere else', async () => {
  const claims = JSON.stringify({ userinfo: { roles: null } })
  const given = await tokens({ scope: 'openid', claims })
  assert.equal(claimsIn(given['id_token'])['roles'], undefined)
  assert.deepEqual((await userinfo(given['access_token']))['roles'], ['teller'])
})

test('people are asked before a client is told their roles', async () => {
  const asked = { ...desk, scope: 'openid roles profile', prompt: 'consent' }
  const page = await consentPageOf(await house.signedIn(), asked)
  assert.match(page.body, /See your roles/)
})

test('C34: nothing that is stored with a person passes for a role', async () => {
  const claimed = { ...ada.claims, roles: ['admin'] }
  const eve = { ...ada, id: 'usr_eve', username: null, email: null, claims: claimed }
  await house.database.commit([insertUser(house.database, { ...eve, createdAt: house.runtime.now() })])
  for (const claims of [undefined, JSON.stringify({ id_token: { roles: { value: ['admin'] } } })]) {
    const given = await tokens({ scope: 'openid roles profile', claims }, eve)
    assert.deepEqual(claimsIn(given['id_token'])['roles'], [])
    assert.deepEqual((await userinfo(given['access_token']))['roles'], [])
  }
})

test('no client has the scope unless an operator gave it, nor is told for having named the claim', async () => {
  const usual = await createClient(house, { name: 'Usual', redirectUris: ['https://usual.example/callback'] })
  assert.ok(usual.ok && usual.client.scopes.includes('openid') && !usual.client.scopes.includes('roles'))
  assert.equal(await errorOf(await house.signedIn(), { scope: 'openid roles' }), 'invalid_scope')
  const claims = JSON.stringify({ id_token: { roles: null }, userinfo: { roles: null } })
  const answered = await codeFor(await house.signedIn(), { scope: 'openid', claims })
  const given = (await exchange(house.visitor(), answered.get('code'))).json()
  assert.equal(claimsIn(given['id_token'])['roles'], undefined)
  assert.equal((await userinfo(given['access_token']))['roles'], undefined)
})

test('a client that registers itself has the scope no more than one that a document describes', async () => {
  const open = await openRegistrationHouse({ mode: 'open', scopes: ['all'] })
  const asked = { ...application, scope: 'openid roles' }
  assert.equal((await open.registered(asked))['scope'], 'openid')
  await open.close()
  const address = 'https://app.example/client'
  const read = described(address, { ...asked, client_id: address }, { all: [] })
  assert.deepEqual(read.ok && read.description.scopes, ['openid'])
})

test('a client that an operator takes the scope from is told no more, for what it was granted before neither', async () => {
  const claims = JSON.stringify({ userinfo: { roles: null } })
  const told = await tokens({ scope: 'openid offline_access roles' })
  const named = await tokens({ scope: 'openid', claims })
  const change = (scopes: readonly string[]) =>
    changeClient(house, 'desk', (client) => ({ ...descriptionOf(client), scopes }))
  const before = ['openid', 'profile', 'offline_access', 'roles', 'accounts:read']
  assert.ok((await change(before.filter((scope) => scope !== 'roles')))?.ok)
  house.runtime.advance(1)
  const renewed = (await refresh(house.visitor(), told['refresh_token'], { client_id: 'desk' })).json()
  assert.equal(claimsIn(renewed['id_token'])['roles'], undefined)
  for (const { access_token: token } of [told, named, renewed])
    assert.equal((await userinfo(token))['roles'], undefined)
  assert.ok((await change(before))?.ok)
})

test('an API that has had a scope of that name for long gives it to no client that an operator didn’t name', async () => {
  const open = await openRegistrationHouse({ mode: 'open', scopes: ['all'] })
  const { database, runtime } = open
  const [bankApi] = (await apiCatalogue({ database, runtime }).look()).all
  assert.ok(bankApi)
  const named = { name: 'roles', description: 'Change roles' }
  const old = { ...bankApi, scopes: [...bankApi.scopes, named] }
  assert.ok((await database.commit([saveApi(database, old)])).ok)
  runtime.advance(1)
  const asked = { ...application, scope: 'openid roles' }
  assert.equal((await open.registered(asked))['scope'], 'openid')
  const address = 'https://app.example/client'
  const read = described(address, { ...asked, client_id: address }, apisOf([old]))
  assert.deepEqual(read.ok && read.description.scopes, ['openid'])
  await open.close()
})

test('metadata says the scope and the claim', async () => {
  const metadata = (await house.visitor().visit('/.well-known/openid-configuration')).json()
  for (const list of ['scopes_supported', 'claims_supported'])
    assert.ok((metadata[list] as readonly string[]).includes('roles'), list)
})
