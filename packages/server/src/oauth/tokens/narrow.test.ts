import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Api, identityScopes } from '../apis/api.ts'
import { apisOf } from '../apis/catalogue.ts'
import { narrow } from './narrow.ts'

function api(identifier: string, ...scopes: string[]): Api {
  return {
    identifier,
    name: identifier,
    scopes: scopes.map((name) => ({ name, description: '' })),
    tokenFormat: 'jwt',
    accessTokenSeconds: 300,
    encryption: null,
    details: [],
  }
}

const bank = api('urn:bank', 'accounts:read', 'transfers:write')
const ledger = api('urn:ledger', 'ledger:read')
const bare = api('urn:bare')
const apis = apisOf([bank, ledger, bare])
const both = { scope: ['openid', 'accounts:read', 'ledger:read'], resources: ['urn:bank', 'urn:ledger'] }

function refusedAs(code: string) {
  return (error: unknown) => (error as { code?: string }).code === code
}

test('one API’s scopes make tokens for that API, and identity scopes go along', () => {
  const granted = { scope: ['openid', 'accounts:read'], resources: ['urn:bank'] }
  assert.deepEqual(narrow(granted, { resources: [] }, apis), { scope: granted.scope, api: bank })
})

test('identity scopes alone make a token for the issuer', () => {
  const granted = { scope: ['openid', 'email'], resources: [] }
  assert.deepEqual(narrow(granted, { resources: [] }, apis), { scope: granted.scope, api: null })
})

test('TK-20: the resource asked for is the audience, and other APIs’ scopes stay behind', () => {
  assert.deepEqual(narrow(both, { resources: ['urn:ledger'] }, apis), {
    scope: ['openid', 'ledger:read'],
    api: ledger,
  })
})

test('a token has one audience: where two are possible, one must be named', () => {
  assert.throws(() => narrow(both, { resources: [] }, apis), refusedAs('invalid_target'))
  assert.throws(
    () => narrow(both, { resources: ['urn:bank', 'urn:ledger'] }, apis),
    refusedAs('invalid_target'),
  )
  assert.equal(narrow(both, { scope: ['ledger:read'], resources: [] }, apis).api, ledger)
  assert.equal(narrow(both, { scope: ['openid'], resources: [] }, apis).api, null)
})

test('TK-17: neither scope nor resource goes beyond what was granted', () => {
  const granted = { scope: ['accounts:read'], resources: ['urn:bank'] }
  const ask =
    (scope: string[], resources: string[] = []) =>
    () =>
      narrow(granted, { scope, resources }, apis)
  assert.throws(ask(['accounts:read', 'transfers:write']), refusedAs('invalid_scope'))
  assert.throws(ask(['accounts:read'], ['urn:ledger']), refusedAs('invalid_target'))
  assert.throws(ask(['accounts:read'], ['urn:unknown']), refusedAs('invalid_target'))
})

test('an API without scopes is granted by its name', () => {
  const granted = { scope: ['openid'], resources: ['urn:bare'] }
  assert.equal(narrow(granted, { resources: [] }, apis).api, bare)
})

test('an API that was deleted after it was granted gets no more tokens', () => {
  const none = apisOf([])
  assert.throws(() => narrow(both, { resources: ['urn:bank'] }, none), refusedAs('invalid_target'))
  assert.deepEqual(narrow(both, { resources: [] }, none), { scope: ['openid'], api: null })
})

test('TK-17: whatever is asked, the answer is inside the grant or a refusal', () => {
  const names = [
    ...identityScopes,
    ...apis.all.flatMap(({ scopes }) => scopes.map(({ name }) => name)),
    'unknown',
  ]
  const scope = fc.uniqueArray(fc.constantFrom(...names))
  const resources = fc.uniqueArray(
    fc.constantFrom<string[]>('urn:bank', 'urn:ledger', 'urn:bare', 'urn:unknown'),
  )
  fc.assert(
    fc.property(
      scope,
      resources,
      fc.option(scope, { nil: undefined }),
      resources,
      (granted, of, asked, named) => {
        let access: ReturnType<typeof narrow>
        try {
          const wish = { ...(asked !== undefined && { scope: asked }), resources: named }
          access = narrow({ scope: granted, resources: of }, wish, apis)
        } catch (error) {
          const { code } = error as { code?: string }
          return code === 'invalid_scope' || code === 'invalid_target'
        }
        const own = access.api?.scopes.map(({ name }) => name) ?? []
        return (
          access.scope.every((name) => granted.includes(name)) &&
          access.scope.every((name) => identityScopes.includes(name) || own.includes(name)) &&
          (access.api === null || of.includes(access.api.identifier))
        )
      },
    ),
  )
})
