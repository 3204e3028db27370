import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { availableAlgorithms, publicPart, specimen } from '../../../../tests/harness/specimens.ts'
import { asymmetricAlgorithms } from './advertised.ts'
import { type JwsAlgorithm, jwsAlgorithms } from './algorithms.ts'
import { signJws, verifyJws } from './jws.ts'
import { KeyError } from './key-error.ts'
import { importJwkSet, KeySet } from './key-set.ts'
import { importPrivateJwk, importPublicJwk, importSecretJwk, publicJwk, thumbprint } from './keys.ts'

const ec = specimen('ES256').jwk
const rsa = specimen('RS256').jwk
const okp = specimen('EdDSA').jwk

function refusal(run: () => unknown): string {
  try {
    run()
  } catch (error) {
    assert.ok(error instanceof KeyError, String(error))
    return error.code
  }
  return 'accepted'
}

test('a key of every algorithm signs what its public part verifies', () => {
  for (const alg of availableAlgorithms) {
    const { key } = specimen(alg)
    const verifying = alg.startsWith('HS') ? key : importPublicJwk(publicJwk(key), alg)
    const { header } = verifyJws(signJws({ typ: 'JWT' }, { a: 1 }, key), () => verifying)
    assert.deepEqual(header, { alg, typ: 'JWT', kid: `${alg}-1` })
  }
})

test('what is published of a key is public, and says what the key is for', () => {
  for (const alg of asymmetricAlgorithms) {
    const { key, jwk } = specimen(alg)
    const { kid, use, alg: named, ...members } = publicJwk(key)
    assert.deepEqual({ kid, use, named }, { kid: `${alg}-1`, use: 'sig', named: alg })
    for (const [name, value] of Object.entries(members)) assert.equal(value, jwk[name])
    assert.deepEqual(
      Object.keys(members).sort(),
      {
        EC: ['crv', 'kty', 'x', 'y'],
        OKP: ['crv', 'kty', 'x'],
        RSA: ['e', 'kty', 'n'],
        AKP: ['kty', 'pub'],
        oct: [],
      }[jwsAlgorithms[alg].kty],
    )
  }
  assert.equal(
    refusal(() => publicJwk(specimen('HS256').key)),
    'unsupported',
  )
})

test('a printed key shows no secret', () => {
  const { key, jwk } = specimen('ES256')
  assert.ok(!inspect(key, { depth: 9, showHidden: true }).includes(String(jwk['d'])))
  assert.ok(!JSON.stringify(key).includes(String(jwk['d'])))
  const secret = specimen('HS256')
  assert.ok(!inspect(secret.key, { depth: 9, showHidden: true }).includes(String(secret.jwk['k'])))
})

test('a key without an algorithm of its own takes that of its curve, or RS256', () => {
  const { alg: _alg, ...bare } = publicPart(specimen('ES384').jwk)
  assert.equal(importPublicJwk(bare).alg, 'ES384')
  const { alg: _rsa, ...bareRsa } = publicPart(rsa)
  assert.equal(importPublicJwk(bareRsa).alg, 'RS256')
  assert.equal(importPublicJwk(bareRsa, 'PS512').alg, 'PS512')
})

test('an algorithm that does not fit the key is refused', () => {
  const cases: [Record<string, unknown>, JwsAlgorithm | undefined, string][] = [
    [{ ...publicPart(ec), alg: 'ES384' }, undefined, 'wrong_purpose'],
    [{ ...publicPart(ec), alg: 'RS256' }, undefined, 'wrong_purpose'],
    [{ ...publicPart(rsa), alg: 'RS256' }, 'PS256', 'wrong_purpose'],
    [{ ...publicPart(rsa), alg: 'HS256' }, undefined, 'wrong_purpose'],
    [{ ...publicPart(okp), alg: 'ES256' }, undefined, 'wrong_purpose'],
    [{ ...publicPart(okp), crv: 'X25519' }, undefined, 'wrong_purpose'],
    [{ ...publicPart(ec), alg: 'none' }, undefined, 'unsupported'],
    [{ ...publicPart(ec), alg: 'ES256K' }, undefined, 'unsupported'],
    [{ ...publicPart(ec), alg: 'constructor' }, undefined, 'unsupported'],
    [{ ...publicPart(ec), alg: 7 }, undefined, 'malformed'],
    [{ ...publicPart(ec), kty: 'AKP' }, undefined, 'wrong_purpose'],
    [{ kty: 'AKP', pub: 'AA' }, undefined, 'unsupported'],
    [{ kty: 'AKP', pub: 'AA', alg: 'ES256' }, undefined, 'wrong_purpose'],
    [{ kty: 'AKP', pub: 'AA', alg: 'ML-DSA-44' }, undefined, 'malformed'],
    [{ kty: 'AKP', pub: 'AA' }, 'ML-DSA-44', 'malformed'],
    [{ ...publicPart(okp), alg: 'Ed448' }, undefined, 'wrong_purpose'],
    [{ ...publicPart(ec), kty: '__proto__' }, undefined, 'unsupported'],
    [{}, undefined, 'malformed'],
  ]
  for (const [jwk, alg, code] of cases)
    assert.equal(
      refusal(() => importPublicJwk(jwk, alg)),
      code,
      JSON.stringify(jwk),
    )
})

test('a key for another purpose is refused', () => {
  for (const purpose of [
    { use: 'enc' },
    { use: 1 },
    { key_ops: ['encrypt'] },
    { key_ops: [] },
    { key_ops: ['sign'] },
    { key_ops: ['verify', 'encrypt'] },
    { use: 'sig', key_ops: ['deriveBits'] },
  ]) {
    assert.equal(
      refusal(() => importPublicJwk({ ...publicPart(ec), ...purpose })),
      'wrong_purpose',
    )
  }
  assert.equal(
    refusal(() => importPublicJwk({ ...publicPart(ec), key_ops: ['verify', 'verify'] })),
    'malformed',
  )
  assert.equal(
    refusal(() => importPublicJwk({ ...publicPart(ec), key_ops: 'verify' })),
    'malformed',
  )
  assert.equal(
    refusal(() => importPrivateJwk({ ...ec, key_ops: ['verify'] })),
    'wrong_purpose',
  )
  assert.equal(importPublicJwk({ ...publicPart(ec), key_ops: ['verify'], use: 'sig' }).alg, 'ES256')
})

test('C3.14: a private or secret key is never taken for a public one', () => {
  for (const jwk of [ec, rsa, okp, specimen('HS256').jwk, { ...publicPart(ec), k: 'AA' }]) {
    assert.equal(
      refusal(() => importPublicJwk(jwk)),
      'secret_in_public',
    )
  }
  assert.equal(
    refusal(() => importPrivateJwk(specimen('HS256').jwk)),
    'unsupported',
  )
  assert.equal(
    refusal(() => importSecretJwk(ec)),
    'unsupported',
  )
  assert.equal(
    refusal(() => importPrivateJwk(publicPart(ec))),
    'malformed',
  )
})

test('what is not an object is not a key', () => {
  for (const value of [null, undefined, 7, 'key', [], [ec]]) {
    const jwk = value as unknown as Record<string, unknown>
    for (const read of [importPublicJwk, importPrivateJwk, importSecretJwk, thumbprint]) {
      assert.equal(
        refusal(() => read(jwk)),
        'malformed',
      )
    }
  }
})

test('numbers that do not make a key are refused', () => {
  const x = String(ec['x'])
  for (const change of [
    { x: undefined },
    { x: '' },
    { x: 7 },
    { x: `${x}=` },
    { x: `AA${x}` },
    { x: x.slice(0, -2) },
    { x: String(specimen('ES256', 'other').jwk['x']) },
    { x: ec['y'], y: ec['x'] },
    { x: 'A'.repeat(43), y: 'A'.repeat(43) },
    { x: Buffer.concat([Buffer.alloc(1), Buffer.from(x, 'base64url')]).toString('base64url') },
  ]) {
    assert.equal(
      refusal(() => importPublicJwk({ ...publicPart(ec), ...change })),
      'malformed',
      JSON.stringify(change),
    )
  }
  assert.equal(
    refusal(() => importPublicJwk({ ...publicPart(okp), x: 'AAAA' })),
    'malformed',
  )
  assert.equal(
    refusal(() => importPublicJwk({ ...publicPart(rsa), n: 'A'.repeat(6000) })),
    'malformed',
  )
  assert.equal(
    refusal(() => importPublicJwk({ ...publicPart(ec), kid: 7 })),
    'malformed',
  )
  assert.equal(
    refusal(() => importPublicJwk({ ...publicPart(ec), kid: 'k'.repeat(513) })),
    'malformed',
  )
  assert.equal(
    refusal(() => importPrivateJwk({ ...rsa, oth: [] })),
    'unsupported',
  )
})

test('a private part that belongs to another public part is refused', () => {
  const other = specimen('ES256', 'other').jwk
  assert.notEqual(
    refusal(() => importPrivateJwk({ ...ec, d: other['d'] })),
    'accepted',
  )
  assert.notEqual(
    refusal(() => importPrivateJwk({ ...okp, x: specimen('EdDSA', 'other-okp').jwk['x'] })),
    'accepted',
  )
  const { n } = specimen('RS256', 'other-rsa').jwk
  assert.notEqual(
    refusal(() => importPrivateJwk({ ...rsa, n })),
    'accepted',
  )
})

test('weak RSA keys are refused: short, even, of exponent one, written with leading zeros', () => {
  const short = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({ format: 'jwk' })
  assert.equal(
    refusal(() => importPublicJwk({ ...short })),
    'weak',
  )
  const n = Buffer.from(String(rsa['n']), 'base64url')
  const even = Buffer.from(n)
  even[even.length - 1] = 0
  const padded = Buffer.concat([Buffer.from([0]), n])
  for (const modulus of [even, padded, Buffer.alloc(1100, 0xff)]) {
    assert.equal(
      refusal(() => importPublicJwk({ ...publicPart(rsa), n: modulus.toString('base64url') })),
      'weak',
    )
  }
  for (const e of ['AQ', 'Ag', 'AAEAAQ', 'AQAAAAAB']) {
    assert.equal(
      refusal(() => importPublicJwk({ ...publicPart(rsa), e })),
      'weak',
      e,
    )
  }
})

test('C3.18: an HMAC secret is at least as long as its hash', () => {
  for (const [alg, size] of [
    ['HS256', 32],
    ['HS384', 48],
    ['HS512', 64],
  ] as const) {
    const k = (length: number) => Buffer.alloc(length, 7).toString('base64url')
    assert.equal(importSecretJwk({ kty: 'oct', k: k(size), alg }).alg, alg)
    assert.equal(
      refusal(() => importSecretJwk({ kty: 'oct', k: k(size - 1), alg })),
      'weak',
    )
  }
  for (const k of ['', undefined, 7, 'é'.repeat(80)]) {
    assert.equal(
      refusal(() => importSecretJwk({ kty: 'oct', k, alg: 'HS256' })),
      'weak',
    )
  }
  assert.equal(
    refusal(() => importSecretJwk({ kty: 'oct', k: 'A'.repeat(86) })),
    'unsupported',
  )
})

test('C3.6, C3.14: a set finds a key by kid and algorithm together, and never guesses', () => {
  const one = specimen('ES256').key
  const two = specimen('ES256', 'other').key
  const { kid: _kid, ...bare } = publicPart(rsa)
  const set = importJwkSet({ keys: [publicJwk(one), publicJwk(two), bare] })
  assert.equal(set.find({ alg: 'ES256', kid: 'ES256-1' })?.kid, 'ES256-1')
  assert.equal(set.find({ alg: 'RS256', kid: 'ES256-1' }), undefined)
  assert.equal(set.find({ alg: 'ES256', kid: 'ES256-2' }), undefined)
  assert.equal(set.find({ alg: 'ES256' }), undefined)
  assert.equal(set.find({ alg: 'RS256' })?.alg, 'RS256')
  assert.equal(set.find({ alg: 'RS256', kid: 'any' }), undefined)
  for (const kid of ['__proto__', 'constructor', '']) assert.equal(set.find({ alg: 'ES256', kid }), undefined)
  for (const alg of ['none', '__proto__', 'constructor']) assert.equal(set.find({ alg }), undefined)
})

test('C3.14: a set leaves out keys that it can not use, and is refused whole for secrets and shared kids', () => {
  const usable = publicPart(ec)
  const set = importJwkSet({
    keys: [
      usable,
      { ...publicPart(rsa), use: 'enc', kid: 'enc' },
      { kty: 'AKP', alg: 'ML-DSA-44', pub: 'AA', kid: 'pq' },
      { ...publicPart(okp), alg: 'Ed448', kid: 'odd' },
      { ...usable, x: 'AA', kid: 'broken' },
    ],
  })
  assert.deepEqual(
    set.keys.map((key) => key.kid),
    ['ES256-1'],
  )
  assert.equal(
    refusal(() => importJwkSet({ keys: [usable, ec] })),
    'secret_in_public',
  )
  assert.equal(
    refusal(() => importJwkSet({ keys: [usable, specimen('HS256').jwk] })),
    'secret_in_public',
  )
  assert.equal(
    refusal(() => importJwkSet({ keys: [usable, usable] })),
    'duplicate_kid',
  )
  assert.equal(
    refusal(() => new KeySet([specimen('ES256').key, specimen('ES256').key])),
    'duplicate_kid',
  )
  for (const value of [
    null,
    7,
    'keys',
    [],
    {},
    { keys: {} },
    { keys: [7] },
    { keys: [null] },
    { keys: Array(101).fill(usable) },
  ]) {
    assert.equal(
      refusal(() => importJwkSet(value)),
      'malformed',
      JSON.stringify(value)?.slice(0, 40),
    )
  }
})

test('RSA keys of a set that name no algorithm get the one that was agreed', () => {
  const { alg: _alg, ...bare } = publicPart(rsa)
  assert.equal(importJwkSet({ keys: [bare] }).keys[0]?.alg, 'RS256')
  assert.equal(importJwkSet({ keys: [bare] }, 'PS256').keys[0]?.alg, 'PS256')
  assert.equal(importJwkSet({ keys: [publicPart(rsa)] }, 'PS256').keys[0]?.alg, 'RS256')
  const { alg: _es256, ...bareEc } = publicPart(ec)
  assert.equal(importJwkSet({ keys: [bareEc] }, 'PS256').keys[0]?.alg, 'ES256')
  assert.equal(importJwkSet({ keys: Array(100).fill({ kty: 'AKP' }) }).keys.length, 0)
})

test('thumbprints are those of RFC 7638 §3.1 and RFC 8037 appendix A.3', () => {
  const rfc7638 = {
    kty: 'RSA',
    n: '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw',
    e: 'AQAB',
    alg: 'RS256',
    kid: '2011-04-29',
  }
  assert.equal(thumbprint(rfc7638), 'NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs')
  const rfc8037 = { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' }
  assert.equal(thumbprint(rfc8037), 'kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k')
  assert.equal(thumbprint(ec), thumbprint(publicPart(ec)))
  assert.equal(
    refusal(() => thumbprint({ kty: 'EC', crv: 'P-256', x: 'AA' })),
    'malformed',
  )
})
