import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onBothEngines } from '../../../../../tests/harness/engines.ts'
import { type Api, checkApi } from './api.ts'
import { allApis, deleteApi, saveApi } from './apis.store.ts'
import { apiCatalogue } from './catalogue.ts'
import { createApi } from './registration.ts'

const bank: Api = {
  identifier: 'https://bank.example/api',
  name: 'Bank',
  scopes: [{ name: 'accounts:read', description: 'See “accounts”' }],
  tokenFormat: 'jwt',
  accessTokenSeconds: 300,
  encryption: null,
}

function codes(api: Partial<Api>, others: readonly Api[] = []): string[] {
  return checkApi({ ...bank, ...api }, others).map(({ path, code }) => `${path} ${code}`)
}

test('an API is described by an absolute URI, its own scopes and a sensible life of its tokens', () => {
  assert.deepEqual(codes({}), [])
  assert.deepEqual(codes({ identifier: 'urn:example:api' }), [])
  assert.deepEqual(codes({ identifier: 'bank' }), ['identifier not_a_uri'])
  assert.deepEqual(codes({ identifier: 'https://bank.example/#x' }), ['identifier not_a_uri'])
  assert.deepEqual(codes({ name: ' ' }), ['name length'])
  assert.deepEqual(codes({ tokenFormat: 'saml' as never }), ['tokenFormat unknown'])
  assert.deepEqual(codes({ accessTokenSeconds: 29 }), ['accessTokenSeconds range'])
  assert.deepEqual(codes({ accessTokenSeconds: 1.5 * 86_400 }), ['accessTokenSeconds range'])
})

test('a scope belongs to one API, and never is one of OpenID Connect’s', () => {
  const scope = (name: string) => ({ scopes: [{ name, description: '' }] })
  assert.deepEqual(codes(scope('profile')), ['scopes.0.name reserved'])
  assert.deepEqual(codes(scope('two words')), ['scopes.0.name character'])
  assert.deepEqual(codes({ ...scope('accounts:read'), identifier: 'urn:x:y' }, [bank]), [
    'scopes.0.name taken',
  ])
  const twice = [...scope('a').scopes, ...scope('a').scopes]
  assert.deepEqual(codes({ scopes: twice }), ['scopes.1.name repeated'])
})

onBothEngines('APIs', (open) => {
  test('an API comes back as it was saved, and saving again replaces it', async () => {
    const { database } = await open()
    await database.commit([saveApi(database, bank)])
    assert.deepEqual(await allApis(database), [bank])
    const changed: Api = { ...bank, name: 'Other', tokenFormat: 'opaque', scopes: [] }
    await database.commit([saveApi(database, changed)])
    assert.deepEqual(await allApis(database), [changed])
    await database.commit([deleteApi(database, bank.identifier)])
    assert.deepEqual(await allApis(database), [])
  })

  test('the catalogue knows an added API at once, and a changed one within a second', async () => {
    const house = await open()
    const catalogue = apiCatalogue(house)
    assert.equal((await catalogue.look({ scope: ['accounts:read'] })).ofScope('accounts:read'), undefined)
    await createApi(house, bank)
    assert.equal((await catalogue.look({ scope: ['accounts:read'] })).ofScope('accounts:read')?.name, 'Bank')
    await createApi(house, { ...bank, name: 'Renamed' })
    house.runtime.advance(1)
    const apis = await catalogue.look({ resources: [bank.identifier] })
    assert.equal(apis.withIdentifier(bank.identifier)?.name, 'Renamed')
  })

  test('an API with findings is not stored', async () => {
    const house = await open()
    const made = await createApi(house, { ...bank, identifier: 'bank' })
    assert.equal(made.ok, false)
    assert.deepEqual(await allApis(house.database), [])
  })
})
