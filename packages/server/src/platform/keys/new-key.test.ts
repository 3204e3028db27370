import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  importPrivateJwk,
  importSecretJwk,
  isJwsAlgorithm,
  type JwsAlgorithm,
  jwsAlgorithms,
  signJws,
  verifyJws,
} from '@countersign/protocol'
import {
  contentEncryptions,
  decryptJwe,
  encryptJwe,
  importDecryptionJwk,
  importSecretEncryptionJwk,
  type KeyManagementAlgorithm,
  keyManagement,
} from '@countersign/protocol/jwe'
import { systemRuntime } from '../runtime.ts'
import { KeyNotMade, makeKey } from './new-key.ts'

const runtime = systemRuntime()

test('a key of every signature algorithm signs what it then verifies', async (t) => {
  for (const alg of Object.keys(jwsAlgorithms) as JwsAlgorithm[]) {
    const jwk = await makeKey({ alg }, runtime).catch((error: unknown) => {
      if (alg.startsWith('ML-DSA') && error instanceof KeyNotMade) return null
      throw error
    })
    if (jwk === null) {
      t.diagnostic(`this Node.js has no ${alg}`)
      continue
    }
    assert.deepEqual([jwk.alg, jwk['use']], [alg, 'sig'])
    const key = jwk['kty'] === 'oct' ? importSecretJwk(jwk) : importPrivateJwk(jwk, alg)
    const { header } = verifyJws(signJws({}, { a: 1 }, key), () => key)
    assert.equal(header.kid, jwk.kid)
  }
})

test('a key of every encryption algorithm, curve and cipher opens what is encrypted to it', async () => {
  const wishes = [
    ...(Object.keys(keyManagement) as KeyManagementAlgorithm[]).map((alg) => ({ alg })),
    ...['P-256', 'P-384', 'P-521', 'X25519'].map((crv) => ({ alg: 'ECDH-ES' as const, crv })),
    ...(Object.keys(contentEncryptions) as (keyof typeof contentEncryptions)[]).map((enc) => ({
      alg: 'dir' as const,
      enc,
    })),
  ]
  for (const wish of wishes) {
    const jwk = await makeKey(wish, runtime)
    assert.equal(jwk['use'], 'enc')
    const key = await (jwk['kty'] === 'oct' ? importSecretEncryptionJwk(jwk) : importDecryptionJwk(jwk))
    const token = await encryptJwe({}, new Uint8Array([1, 2, 3]), key)
    assert.deepEqual([...(await decryptJwe(token, () => key)).plaintext], [1, 2, 3], JSON.stringify(wish))
  }
})

test('a secret is as long as its hash at least, and its name tells nothing of it', async () => {
  for (const [alg, bytes] of [
    ['HS256', 32],
    ['HS384', 48],
    ['HS512', 64],
  ] as const) {
    const { k, kid } = await makeKey({ alg }, runtime)
    assert.equal(Buffer.from(String(k), 'base64url').length, bytes)
    assert.notEqual(kid.length, 43)
  }
})

test('a curve of another algorithm makes no key', async () => {
  assert.ok(isJwsAlgorithm('EdDSA'))
  await assert.rejects(makeKey({ alg: 'EdDSA', crv: 'P-256' }, runtime), /over Ed25519 or Ed448/)
  await assert.rejects(makeKey({ alg: 'ES256', crv: 'P-384' }, runtime), KeyNotMade)
})
