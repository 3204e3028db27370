import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openHouse } from '../house.ts'
import { makePrivateJwk } from './key-pair.ts'
import {
  lingerSeconds,
  openKeyring,
  prepublishSeconds,
  serviceSeconds,
  signingAlgorithms,
} from './keyring.ts'
import { vaultWith } from './vault.ts'

test('no key has a name that a command line takes for an option', async () => {
  // One thumbprint of 64 would.
  const keys = await Promise.all(Array.from({ length: 500 }, () => makePrivateJwk('ES256')))
  for (const { kid } of keys) assert.doesNotMatch(kid, /^-/)
})

test('JW-15: a new key is published before it signs, and the old one stays until its last token has died', async () => {
  const house = await openHouse()
  const keyring = await openKeyring(house)
  await keyring.ensure('ES256')
  const old = keyring.signingKey()
  const { kid } = await keyring.rotate('ES256')
  assert.equal(keyring.jwks().length, 2)
  assert.equal(keyring.signingKey().kid, old.kid)
  house.runtime.advance(prepublishSeconds)
  assert.equal(keyring.signingKey().kid, kid)
  assert.ok(keyring.find({ alg: 'ES256', kid: old.kid }))
  house.runtime.advance(lingerSeconds)
  assert.equal(keyring.find({ alg: 'ES256', kid: old.kid }), undefined)
  assert.deepEqual(
    keyring.jwks().map((jwk) => jwk.kid),
    [kid],
  )
  await house.close()
})

test('JW-14: the JWKS holds public parts only, and a database dump no usable private key', async () => {
  const house = await openHouse()
  const keyring = await openKeyring(house)
  await keyring.ensure('ES256')
  await keyring.ensure('RS256')
  for (const jwk of keyring.jwks()) {
    for (const secret of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k']) assert.ok(!(secret in jwk), secret)
    assert.equal(jwk.use, 'sig')
  }
  const rows = await house.database.read('select * from signing_keys', [])
  for (const row of rows) assert.doesNotMatch(JSON.stringify(row), /"d":/)
  await house.close()
})

test('another worker’s rotation is noticed, at once when a token names an unknown key', async () => {
  const house = await openHouse()
  const one = await openKeyring(house)
  await one.ensure('ES256')
  const two = await openKeyring(house)
  const { kid } = await one.rotate('ES256', 0)
  assert.equal(two.find({ alg: 'ES256', kid }), undefined)
  house.runtime.advance(1)
  assert.ok(await two.findFresh({ alg: 'ES256', kid }))
  await house.close()
})

test('a key that has served its time is replaced without an operator', async () => {
  const house = await openHouse()
  const keyring = await openKeyring(house)
  await keyring.maintain()
  assert.equal(
    keyring.jwks().length,
    signingAlgorithms.length,
    'one for every algorithm, before it is asked for',
  )
  await keyring.maintain()
  assert.equal(keyring.jwks().length, signingAlgorithms.length)
  house.runtime.advance(serviceSeconds)
  await keyring.maintain()
  assert.equal(keyring.jwks().length, 2 * signingAlgorithms.length)
  await house.close()
})

test('an algorithm of another key type is never found under a key’s name', async () => {
  const house = await openHouse()
  const keyring = await openKeyring(house)
  await keyring.ensure('ES256')
  const { kid } = keyring.signingKey()
  assert.equal(keyring.find({ alg: 'HS256', kid }), undefined)
  assert.equal(keyring.find({ alg: 'ES256' }), undefined)
  await house.close()
})

test('SC-02: a key sealed under an older secret is sealed under the newest, and still signs', async () => {
  const house = await openHouse()
  const before = await openKeyring(house)
  await before.ensure('ES256')
  const secrets = [
    'a newer secret of this test house, long enough',
    'a secret of this test house, long enough',
  ]
  const renewed = { ...house, vault: vaultWith(secrets, house.runtime) }
  const keyring = await openKeyring(renewed)
  await keyring.maintain()
  const onlyNew = await openKeyring({ ...house, vault: vaultWith(secrets.slice(0, 1), house.runtime) })
  assert.equal(onlyNew.signingKey().kid, before.signingKey().kid)
  await house.close()
})
