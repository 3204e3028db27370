import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AuthorizationRequest } from '@countersign/protocol'
import type { Api } from '../apis/api.ts'
import { apisOf } from '../apis/catalogue.ts'
import { aClient } from '../clients/client.fixture.ts'
import type { Client } from '../clients/client.ts'
import { profiles } from '../profiles/rules.ts'
import { askedFor } from './asked.ts'

const api = (identifier: string, ...scopes: string[]): Api => ({
  identifier,
  name: identifier,
  scopes: scopes.map((name) => ({ name, description: '' })),
  tokenFormat: 'jwt',
  accessTokenSeconds: 300,
  encryption: null,
  details: [],
})
const apis = apisOf([
  api('urn:bank', 'accounts:read', 'transfers:write'),
  api('urn:ledger', 'ledger:read'),
  api('urn:bare'),
])

const client = aClient({
  grants: ['authorization_code', 'refresh_token'],
  scopes: ['openid', 'email', 'accounts:read', 'ledger:read'],
})
const request: AuthorizationRequest = {
  clientId: 'web',
  redirectUri: 'https://web.example/cb',
  redirectUriWasSent: true,
  responseMode: 'query',
  scope: [],
  codeChallenge: 'c',
  prompt: [],
  uiLocales: [],
  acrValues: [],
  resources: [],
}

function asked(more: Partial<AuthorizationRequest>, by: Partial<Client> = {}) {
  return askedFor({ ...request, ...more }, { ...client, ...by }, apis, profiles.default)
}

function refusal(more: Partial<AuthorizationRequest>): string {
  try {
    asked(more)
  } catch (error) {
    return (error as { code: string }).code
  }
  return 'none'
}

test('scopes tell which APIs are asked for', () => {
  assert.deepEqual(asked({ scope: ['openid', 'accounts:read', 'ledger:read'] }), {
    scope: ['openid', 'accounts:read', 'ledger:read'],
    resources: ['urn:bank', 'urn:ledger'],
    disclosed: [],
  })
})

test('a scope that nobody knows is ignored, one that the client may not have is refused', () => {
  assert.deepEqual(asked({ scope: ['openid', 'unknown'] }).scope, ['openid'])
  assert.equal(refusal({ scope: ['openid', 'transfers:write'] }), 'invalid_scope')
  assert.equal(refusal({ scope: ['openid', 'phone'] }), 'invalid_scope')
  assert.equal(refusal({ scope: ['unknown'] }), 'invalid_scope')
})

test('RT-11: offline_access is ignored where it can not be granted', () => {
  assert.deepEqual(asked({ scope: ['openid', 'offline_access'] }).scope, ['openid'])
  const allowed = { scopes: [...client.scopes, 'offline_access'] }
  assert.deepEqual(asked({ scope: ['openid', 'offline_access'] }, allowed).scope, [
    'openid',
    'offline_access',
  ])
})

test('without a scope the client gets what it may have of APIs', () => {
  assert.deepEqual(asked({}).scope, ['accounts:read', 'ledger:read'])
  assert.deepEqual(asked({ resources: ['urn:ledger'] }).scope, ['ledger:read'])
})

test('a named resource leaves the scopes of others out', () => {
  const { scope, resources } = asked({
    scope: ['openid', 'accounts:read', 'ledger:read'],
    resources: ['urn:bank'],
  })
  assert.deepEqual(scope, ['openid', 'accounts:read'])
  assert.deepEqual(resources, ['urn:bank'])
})

test('a resource that is unknown, or that the client has nothing to do with, is refused', () => {
  assert.equal(refusal({ scope: ['openid'], resources: ['urn:elsewhere'] }), 'invalid_target')
  const nothingThere = { scopes: ['openid'] }
  assert.throws(() => asked({ resources: ['urn:bank'] }, nothingThere), { code: 'invalid_target' })
  assert.deepEqual(asked({ scope: ['openid'], resources: ['urn:bare'] }, nothingThere).resources, [
    'urn:bare',
  ])
})

test('claims asked for by name need the scope that they belong to, and consent is about them too', () => {
  const claims = { userinfo: { email: null, phone_number: null }, idToken: { acr: null } }
  const { claims: left, disclosed } = asked({ scope: ['openid'], claims })
  assert.deepEqual(left, { userinfo: { email: null }, idToken: { acr: null } })
  assert.deepEqual(disclosed, ['email'])
  assert.equal(asked({ scope: ['accounts:read'], claims }).claims, undefined)
})
