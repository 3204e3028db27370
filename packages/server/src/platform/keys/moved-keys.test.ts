import assert from 'node:assert/strict'
import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { test } from 'node:test'
import { thumbprint } from '@countersign/protocol'
import { onBothEngines } from '../../../../../tests/harness/engines.ts'
import { openHouse } from '../house.ts'
import { lingerSeconds, openKeyring } from './keyring.ts'
import { allKeys } from './keys.store.ts'
import { adoptKey, type MovedKey, revealKeys } from './moved-keys.ts'

function keyOf(
  more: Record<string, unknown> = {},
  made: { readonly privateKey: KeyObject } = generateKeyPairSync('ec', { namedCurve: 'P-256' }),
): MovedKey {
  const bare = made.privateKey.export({ format: 'jwk' }) as Record<string, unknown>
  const jwk = { ...bare, kid: thumbprint(bare), alg: 'ES256', use: 'sig', ...more }
  return { jwk, createdAt: 1, activeFrom: 1, publishedUntil: null }
}

onBothEngines('Signing keys that come from another server', (open) => {
  test('sign where there are none, and leave as they came', async () => {
    const [from, to] = [await open(), await open()]
    await (await openKeyring(from)).ensure('ES256')
    const keys = await revealKeys(from)
    for (const key of keys) {
      const adopted = await adoptKey(to, key)
      assert.ok(adopted.ok)
      await to.database.commit(adopted.writes)
    }
    assert.deepEqual(await revealKeys(to), keys)
    const ring = await openKeyring(to)
    assert.equal(ring.signingKey().kid, keys[0]?.jwk['kid'])
    assert.deepEqual(await adoptKey(to, keys[0] as MovedKey), { ok: false, because: 'here' })
  })

  test('only verify where this server signs already, until no token of theirs can live, however young they say they are', async () => {
    const to = await open()
    const ring = await openKeyring(to)
    await ring.ensure('ES256')
    const own = ring.signingKey().kid
    const now = to.runtime.now()
    const adopted = await adoptKey(to, { ...keyOf(), createdAt: now, activeFrom: now - 1 })
    assert.ok(adopted.ok)
    await to.database.commit(adopted.writes)
    const later = await adoptKey(to, { ...keyOf(), createdAt: now, activeFrom: now + 60 })
    assert.ok(later.ok)
    await to.database.commit(later.writes)
    to.runtime.advance(3600)
    await ring.refresh()
    assert.equal(ring.signingKey().kid, own)
    assert.equal(ring.jwks().length, 3)
    for (const key of await allKeys(to.database))
      if (key.kid !== own) assert.equal(key.publishedUntil, now + lingerSeconds)
    to.runtime.advance(lingerSeconds)
    await ring.refresh()
    assert.deepEqual(
      ring.jwks().map(({ kid }) => kid),
      [own],
    )
  })
})

test('a key that this server could not have made is not taken', async () => {
  const house = await openHouse()
  const rsa = (bits: number) => generateKeyPairSync('rsa', { modulusLength: bits })
  const weak = keyOf({ alg: 'RS256' }, rsa(1024))
  const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' })
  for (const [what, key] of Object.entries({
    'another name': keyOf({ kid: 'mine' }),
    'another algorithm': keyOf({ alg: 'ES384' }, p384),
    'a secret': { ...keyOf(), jwk: { kty: 'oct', k: 'A'.repeat(43), alg: 'HS256', kid: 'x' } },
    'too short': weak,
    'no private part': keyOf({ d: undefined }),
    'for something else': keyOf({ use: 'enc' }),
  }))
    assert.deepEqual(await adoptKey(house, key), { ok: false, because: 'unusable' }, what)
  const over = { ...keyOf(), publishedUntil: house.runtime.now() }
  assert.deepEqual(await adoptKey(house, over), { ok: false, because: 'over' })
  await house.close()
})
