import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onBothEngines } from '../../../../../tests/harness/engines.ts'
import { openKeyring } from './keyring.ts'
import { allKeys, deleteKeys, resealKey, unpublishNow, unpublishOthers } from './keys.store.ts'
import { checkSecret, WrongSecret } from './secret-check.store.ts'
import { vaultWith } from './vault.ts'

onBothEngines('The store of signing keys', (open) => {
  test('keys come oldest first, with every time of their life', async () => {
    const house = await open()
    const keyring = await openKeyring(house)
    await keyring.ensure('ES256')
    const { kid } = await keyring.rotate('ES256', 60)
    const [first, second] = await allKeys(house.database)
    assert.equal(second?.kid, kid)
    assert.equal(second?.publishedUntil, null)
    assert.equal(second?.activeFrom, house.runtime.now() + 60)
    assert.ok(first?.publishedUntil != null && first.publishedUntil > second.activeFrom)
  })

  test('ending the publication of the others spares other algorithms and what has an end already', async () => {
    const { database, ...house } = await open()
    const keyring = await openKeyring({ ...house, database })
    await keyring.ensure('ES256')
    await keyring.ensure('RS256')
    const es = keyring.signingKey('ES256').kid ?? ''
    await database.commit([unpublishOthers(database, { alg: 'ES256', kid: 'another', until: 99 })])
    await database.commit([unpublishOthers(database, { alg: 'ES256', kid: 'another', until: 100 })])
    const ends = new Map((await allKeys(database)).map((key) => [key.alg, key.publishedUntil]))
    assert.deepEqual([ends.get('ES256'), ends.get('RS256')], [99, null])
    await database.commit([unpublishNow(database, es, 5), deleteKeys(database, 6)])
    assert.deepEqual(
      (await allKeys(database)).map(({ alg }) => alg),
      ['RS256'],
    )
  })

  test('a key is sealed anew only over the very seal that was read', async () => {
    const house = await open()
    const keyring = await openKeyring(house)
    await keyring.ensure('ES256')
    const [key] = await allKeys(house.database)
    assert.ok(key)
    await house.database.commit([resealKey(house.database, key, 'newer')])
    await house.database.commit([resealKey(house.database, key, 'late')])
    assert.equal((await allKeys(house.database))[0]?.sealedPrivateJwk, 'newer')
  })

  test('SC-03: the secret that wrote a database is known again, and no other', async () => {
    const house = await open()
    await checkSecret(house)
    await checkSecret(house)
    const other = vaultWith(['another secret, just as long as the first one'], house.runtime)
    await assert.rejects(checkSecret({ database: house.database, vault: other }), WrongSecret)
  })

  test('SC-02: after a change of the secret the new one alone is enough', async () => {
    const house = await open()
    await checkSecret(house)
    const newer = 'a newer secret, just as long as the first one'
    const both = vaultWith([newer, 'a secret of this test house, long enough'], house.runtime)
    await checkSecret({ database: house.database, vault: both })
    await checkSecret({ database: house.database, vault: vaultWith([newer], house.runtime) })
  })
})
