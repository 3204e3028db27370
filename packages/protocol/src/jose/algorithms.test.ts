import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { availableAlgorithms, publicPart, specimen } from '../../../../tests/harness/specimens.ts'
import { asymmetricAlgorithms } from './advertised.ts'
import { jwsAlgorithms } from './algorithms.ts'
import { signJws, verifyJws } from './jws.ts'
import { KeyError } from './key-error.ts'
import { importJwkSet } from './key-set.ts'
import {
  importPrivateJwk,
  importPublicJwk,
  importSecretJwk,
  privateJwk,
  publicJwk,
  thumbprint,
} from './keys.ts'

const withoutMlDsa = availableAlgorithms.includes('ML-DSA-44') ? false : 'this runtime has no ML-DSA'
const codeOf = (code: string) => (error: unknown) => error instanceof KeyError && error.code === code

test('ES256K is off until the importer asks for it by name, and never advertised', () => {
  const { jwk, key } = specimen('ES256K')
  const { alg: _alg, ...bare } = publicPart(jwk)
  for (const asked of [publicPart(jwk), bare]) {
    assert.throws(() => importPublicJwk(asked), codeOf('unsupported'))
    assert.equal(importPublicJwk(asked, 'ES256K').alg, 'ES256K')
  }
  assert.throws(() => importPrivateJwk(jwk), codeOf('unsupported'))
  assert.throws(() => importPublicJwk(bare, 'ES256'), codeOf('wrong_purpose'))
  assert.deepEqual(importJwkSet({ keys: [publicPart(jwk)] }).keys, [])
  assert.equal(asymmetricAlgorithms.includes('ES256K'), false)
  assert.throws(() => verifyJws(signJws({}, {}, key), () => specimen('ES256').key), /unknown_key/)
})

test('EdDSA is of both curves; the names of RFC 9864 are of one each', () => {
  const on25519 = publicPart(specimen('EdDSA').jwk)
  const on448 = publicPart(specimen('Ed448').jwk)
  const bare = { kty: 'OKP', crv: 'Ed448', x: on448['x'] }
  assert.equal(importPublicJwk(bare).alg, 'EdDSA')
  assert.equal(importPublicJwk(bare, 'Ed448').alg, 'Ed448')
  assert.equal(importPublicJwk({ ...bare, alg: 'EdDSA' }).alg, 'EdDSA')
  assert.equal(importPublicJwk({ ...on25519, alg: 'Ed25519' }).alg, 'Ed25519')
  assert.throws(() => importPublicJwk(bare, 'Ed25519'), codeOf('wrong_purpose'))
  assert.throws(() => importPublicJwk({ ...on25519, alg: 'Ed448' }), codeOf('wrong_purpose'))
  const { alg: _alg, ...unnamed } = specimen('Ed448').jwk
  const signing = importPrivateJwk(unnamed, 'EdDSA')
  const token = signJws({}, { a: 1 }, signing)
  assert.equal(Buffer.from(token.split('.')[2] ?? '', 'base64url').byteLength, 114)
  assert.equal(verifyJws(token, () => importPublicJwk(bare)).header.alg, 'EdDSA')
  assert.throws(() => verifyJws(token, () => importPublicJwk(on25519)), /bad_signature/)
  assert.throws(() => verifyJws(token, () => importPublicJwk(bare, 'Ed448')), /unknown_key/)
})

test('a key of ML-DSA has the length of its set, names it, and signs with it alone', {
  skip: withoutMlDsa,
}, () => {
  for (const alg of ['ML-DSA-44', 'ML-DSA-65', 'ML-DSA-87'] as const) {
    const { key, jwk } = specimen(alg)
    const token = signJws({}, { a: 1 }, key)
    const signature = Buffer.from(token.split('.')[2] ?? '', 'base64url')
    assert.equal(signature.byteLength, jwsAlgorithms[alg].signatureBytes)
    assert.equal(verifyJws(token, () => importPublicJwk(publicJwk(key))).header.alg, alg)
    const other = importPublicJwk(publicJwk(specimen(alg, `${alg}-other`).key))
    assert.throws(() => verifyJws(token, () => other), /bad_signature/)
    const { alg: _alg, ...unnamed } = publicPart(jwk)
    assert.throws(() => importPublicJwk(unnamed), codeOf('unsupported'))
    assert.throws(() => importPublicJwk(unnamed, alg), codeOf('malformed'))
    assert.throws(
      () => importPrivateJwk({ ...jwk, priv: specimen(alg, `${alg}-other`).jwk['priv'] }),
      KeyError,
    )
    assert.throws(() => importPrivateJwk({ ...jwk, priv: 'AAAA' }), codeOf('malformed'))
  }
  const { jwk } = specimen('ML-DSA-44')
  assert.throws(() => importPublicJwk({ ...publicPart(jwk), alg: 'ML-DSA-65' }), codeOf('malformed'))
  assert.equal(asymmetricAlgorithms.includes('ML-DSA-44'), true)
})

test('the thumbprint of an ML-DSA key is over alg, kty and pub', { skip: withoutMlDsa }, () => {
  const { jwk } = specimen('ML-DSA-44')
  const named = { pub: jwk['pub'], kty: 'AKP', alg: 'ML-DSA-44' }
  assert.equal(thumbprint(jwk), thumbprint(named))
  assert.notEqual(thumbprint({ ...named, alg: 'ML-DSA-65' }), thumbprint(named))
})

test('a key written for storage comes back as the same key, secret members and all', () => {
  for (const alg of availableAlgorithms) {
    const { key, jwk } = specimen(alg)
    const stored = privateJwk(key)
    assert.deepEqual(stored, { ...jwk, use: 'sig' }, alg)
    const again = alg.startsWith('HS') ? importSecretJwk(stored) : importPrivateJwk(stored, alg)
    assert.deepEqual(verifyJws(signJws({}, { alg }, again), () => key).header, { alg, kid: key.kid })
    assert.equal(
      inspect(again, { depth: 9, showHidden: true }).includes(String(jwk['d'] ?? jwk['k'] ?? jwk['priv'])),
      false,
    )
  }
})

test('what is advertised has a public part, is on by default, and is there', () => {
  assert.deepEqual(
    asymmetricAlgorithms,
    availableAlgorithms.filter((alg) => !alg.startsWith('HS') && alg !== 'ES256K'),
  )
})
