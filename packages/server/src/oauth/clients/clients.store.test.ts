import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onBothEngines } from '../../../../../tests/harness/engines.ts'
import type { Client } from './client.ts'
import {
  allClients,
  allRedirectUris,
  clientById,
  clientsWithEncryption,
  deleteClient,
  disableClient,
  insertClient,
  replaceClient,
  replaceSecret,
} from './clients.store.ts'
import { usualExtras } from './extras.ts'
import { jwkSetOf } from './jwk-set.ts'

const whole: Client = {
  id: 'whole',
  name: 'A “whole” client — ✓',
  authentication: 'private_key_jwt',
  secretDigest: 'd',
  jwks: jwkSetOf('{"keys":[]}'),
  redirectUris: ['https://a.example/cb', 'https://a.example/cb?x=1'],
  postLogoutRedirectUris: ['https://a.example/bye'],
  grants: ['authorization_code', 'refresh_token'],
  scopes: ['openid', 'a:b'],
  api: 'https://api.example/',
  idTokenAlg: 'RS256',
  idTokenEncryption: { alg: 'ECDH-ES+A256KW', enc: 'A256GCM' },
  dpopBoundAccessTokens: true,
  signOut: {
    backChannel: { uri: 'https://web.example/backchannel', sessionRequired: true },
    frontChannel: null,
  },
  exchange: { audiences: ['https://b.example/'], scopes: { 'b:c': ['a:b'] }, impersonates: true },
  requests: { mustPush: true, mustSign: true, signingAlg: 'ES256', responseAlg: 'RS256' },
  ...usualExtras,
  firstParty: true,
  logoUri: 'https://a.example/logo',
  policyUri: 'https://a.example/policy',
  tosUri: 'https://a.example/tos',
  revision: 0,
  createdAt: 7,
  disabledAt: null,
}
const bare: Client = {
  ...whole,
  id: 'bare',
  secretDigest: null,
  jwks: null,
  api: null,
  idTokenEncryption: null,
  dpopBoundAccessTokens: false,
  exchange: null,
  firstParty: false,
  logoUri: null,
  policyUri: null,
  tosUri: null,
  redirectUris: ['https://b.example/cb'],
  createdAt: 8,
}

onBothEngines('The store of clients', (open) => {
  test('a client comes back as it was stored', async () => {
    const { database } = await open()
    await database.commit([insertClient(database, whole), insertClient(database, bare)])
    assert.deepEqual(await clientById(database, 'whole'), whole)
    assert.deepEqual(await clientById(database, 'bare'), bare)
    assert.deepEqual(await allClients(database), [whole, bare])
    assert.equal(await clientById(database, 'nobody'), undefined)
  })

  test('its keys are one value however often it is read, and nobody changes them', async () => {
    const { database } = await open()
    const text = JSON.stringify({ keys: [{ kty: 'EC', x5c: ['a'] }] })
    const set = { ...whole, jwks: jwkSetOf(text) }
    await database.commit([insertClient(database, set)])
    const [stored] = await database.read(`select jwks from clients`, [])
    assert.equal(stored?.['jwks'], text)
    const jwks = (await clientById(database, 'whole'))?.jwks ?? assert.fail()
    assert.equal((await clientById(database, 'whole'))?.jwks, jwks)
    const [key] = jwks['keys'] as { x5c: string[] }[]
    assert.throws(() => key?.x5c.push('b'), TypeError)
    assert.throws(() => Object.assign(jwks, { keys: [] }), TypeError)
  })

  test('an id is given once', async () => {
    const { database } = await open()
    await database.commit([insertClient(database, whole)])
    const again = await database.commit([insertClient(database, { ...whole, name: 'Other' })])
    assert.deepEqual(again, { ok: false, lost: 'client id' })
    assert.equal((await clientById(database, 'whole'))?.name, whole.name)
  })

  test('a disabled client is remembered, and its addresses are not', async () => {
    const { database } = await open()
    await database.commit([insertClient(database, whole), insertClient(database, bare)])
    await database.commit([disableClient(database, 'bare', 9)])
    assert.equal((await clientById(database, 'bare'))?.disabledAt, 9)
    assert.deepEqual(await allRedirectUris(database), whole.redirectUris)
    await database.commit([disableClient(database, 'bare', null)])
    assert.deepEqual(
      (await allRedirectUris(database)).toSorted(),
      [...whole.redirectUris, ...bare.redirectUris].toSorted(),
    )
  })

  test('a client that does not exist can not be changed', async () => {
    const house = await open()
    const { database } = house
    const lost = { ok: false, lost: 'client' }
    assert.deepEqual(await database.commit([disableClient(database, 'nobody', 1)]), lost)
    assert.deepEqual(await database.commit([replaceSecret(database, 'nobody', 'd')]), lost)
    assert.deepEqual(await database.commit([replaceClient(database, { ...bare, revision: 1 })]), {
      ok: false,
      lost: 'client revision',
    })
    assert.deepEqual(await database.commit([deleteClient(house, 'nobody')]), lost)
  })

  test('a client is replaced whole by what was made of it last, and who has encrypted ID tokens is known', async () => {
    const { database } = await open()
    await database.commit([insertClient(database, whole), insertClient(database, bare)])
    assert.deepEqual(await clientsWithEncryption(database), ['whole'])
    const { id, createdAt, disabledAt } = whole
    const after: Client = { ...bare, id, redirectUris: ['https://c.example/cb'], revision: 1 }
    assert.deepEqual(await database.commit([replaceClient(database, after)]), { ok: true })
    assert.deepEqual(await clientById(database, 'whole'), { ...after, createdAt, disabledAt })
    const late = await database.commit([replaceClient(database, { ...whole, revision: 1 })])
    assert.deepEqual(late, { ok: false, lost: 'client revision' })
    assert.deepEqual(await clientById(database, 'bare'), bare)
    assert.deepEqual(await clientsWithEncryption(database), [])
  })

  test('of changes made at once from one state, one is stored', async () => {
    const { database } = await open()
    await database.commit([insertClient(database, whole)])
    const changes = Array.from({ length: 20 }, (_, index) =>
      database.commit([replaceClient(database, { ...whole, name: `Number ${index}`, revision: 1 })]),
    )
    assert.equal((await Promise.all(changes)).filter(({ ok }) => ok).length, 1)
    assert.equal((await clientById(database, 'whole'))?.revision, 1)
  })

  test('a deleted client is gone, and a replaced secret too', async () => {
    const house = await open()
    const { database } = house
    await database.commit([insertClient(database, whole)])
    await database.commit([replaceSecret(database, 'whole', 'new')])
    assert.equal((await clientById(database, 'whole'))?.secretDigest, 'new')
    await database.commit([deleteClient(house, 'whole')])
    assert.equal(await clientById(database, 'whole'), undefined)
  })
})
