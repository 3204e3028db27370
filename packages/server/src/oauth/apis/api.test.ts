import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'
import { onBothEngines } from '../../../../../tests/harness/engines.ts'
import { jwkOf, ownKey } from '../../../../../tests/harness/own-key.ts'
import { payment } from '../details/bank.fixture.ts'
import { detailsTypeOf } from '../details/declare.ts'
import type { Jwk } from '../tokens/encryption.ts'
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
  details: [],
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

test('encrypted tokens and a key to encrypt them to go together', () => {
  const encryption = { alg: 'ECDH-ES', enc: 'A256GCM', jwk: {} } as const
  const encrypted = { tokenFormat: 'encrypted', encryption } as const
  assert.deepEqual(codes(encrypted), [])
  assert.deepEqual(codes({ tokenFormat: 'encrypted' }), ['encryption missing'])
  assert.deepEqual(codes({ encryption }), ['encryption unused'])
  for (const wrong of [{ alg: 'A256KW' }, { alg: 'dir' }, { alg: 'RSA1_5' }, { enc: 'A192GCM' }]) {
    const told = codes({ ...encrypted, encryption: { ...encryption, ...(wrong as object) } })
    assert.deepEqual(told, ['encryption unknown'], JSON.stringify(wrong))
  }
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

test('a type of details belongs to one API, and is declared so that it can be checked', () => {
  const details = [detailsTypeOf(payment)]
  assert.deepEqual(codes({ details }), [])
  assert.deepEqual(codes({ details }, [{ ...bank, identifier: 'urn:x', scopes: [], details }]), [
    'details.0.type taken',
  ])
  assert.deepEqual(codes({ details: [{ type: 'x' }] as never }), [
    'details.0.fields type',
    'details.0.words length',
  ])
})

onBothEngines('APIs', (open) => {
  test('an API comes back as it was saved, and saving again replaces it', async () => {
    const { database } = await open()
    await database.commit([saveApi(database, bank)])
    assert.deepEqual(await allApis(database), [bank])
    const encryption = { alg: 'RSA-OAEP-256', enc: 'A128GCM', jwk: { kty: 'RSA' } } as const
    const changes: Partial<Api>[] = [
      { name: 'Other', tokenFormat: 'opaque', scopes: [] },
      { tokenFormat: 'encrypted', encryption },
      { details: [detailsTypeOf(payment)] },
      {},
    ]
    for (const change of changes) {
      await database.commit([saveApi(database, { ...bank, ...change })])
      assert.deepEqual(await allApis(database), [{ ...bank, ...change }])
    }
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

  test('a key is tried before it is stored, and of it only the public part is kept', async () => {
    const house = await open()
    const [own, { privateKey }] = [
      await ownKey('ECDH-ES'),
      generateKeyPairSync('ec', { namedCurve: 'P-256' }),
    ]
    const save = async (jwk: Jwk, encryptedTokens = true) => {
      const made = await createApi(
        house,
        { ...bank, tokenFormat: 'encrypted', encryption: { ...own.encryption, jwk } },
        { encryptedTokens },
      )
      return made.ok ? 'saved' : made.findings.map(({ path, code }) => `${path} ${code}`).join()
    }
    const { y, ...half } = own.jwk
    assert.equal(await save(own.jwk, false), 'tokenFormat off')
    assert.equal(await save(jwkOf(privateKey)), 'encryption secret_in_public')
    assert.equal(await save({ kty: 'oct', k: 'A'.repeat(43) }), 'encryption secret_in_public')
    assert.equal(await save({ ...own.jwk, use: 'sig' }), 'encryption wrong_purpose')
    assert.equal(await save({ ...own.jwk, alg: 'ECDH-ES+A128KW' }), 'encryption wrong_purpose')
    assert.equal(await save(half), 'encryption malformed')
    assert.equal(await save({ ...half, y: own.jwk['x'] }), 'encryption malformed')
    assert.deepEqual(await allApis(house.database), [])
    assert.equal(await save({ ...own.jwk, note: 'ours', x5u: 'https://x.example' }), 'saved')
    assert.deepEqual((await allApis(house.database))[0]?.encryption?.jwk, { ...half, y })
  })

  test('an API with findings is not stored', async () => {
    const house = await open()
    const made = await createApi(house, { ...bank, identifier: 'bank' })
    assert.equal(made.ok, false)
    assert.deepEqual(await allApis(house.database), [])
  })
})
