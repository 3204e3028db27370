import assert from 'node:assert/strict'
import { generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { inspect } from 'node:util'
import fc from 'fast-check'
import { CompactEncrypt, importJWK } from 'jose'
import { publicPart } from '../../../../tests/harness/specimens.ts'
import { encodeBase64url } from './base64url.ts'
import { decryptJwe, encryptJwe, maximumEncryptedLength } from './jwe.ts'
import {
  type ContentEncryption,
  contentEncryptions,
  type KeyManagementAlgorithm,
  type KeyManagementRow,
  keyManagement,
} from './jwe-algorithms.ts'
import {
  type DecryptionKey,
  importDecryptionJwk,
  importEncryptionJwk,
  importEncryptionJwkSet,
  importSecretEncryptionJwk,
} from './jwe-keys.ts'
import { KeyError } from './key-error.ts'
import { TokenError } from './token-error.ts'

type Jwk = Record<string, unknown>
const algorithms = Object.keys(keyManagement) as KeyManagementAlgorithm[]
const ciphers = Object.keys(contentEncryptions) as ContentEncryption[]

const jwkOf = (pair: { readonly privateKey: KeyObject }): Jwk => ({
  ...pair.privateKey.export({ format: 'jwk' }),
})
const ec = (namedCurve: string) => jwkOf(generateKeyPairSync('ec', { namedCurve }))
const rsa = jwkOf(generateKeyPairSync('rsa', { modulusLength: 2048 }))
const p256 = ec('P-256')
const secret = (bytes: number): Jwk => ({ kty: 'oct', k: randomBytes(bytes).toString('base64url') })

/** A key of each algorithm for one cipher. */
async function keyOf(
  alg: KeyManagementAlgorithm,
  enc: ContentEncryption = 'A256GCM',
): Promise<DecryptionKey> {
  const row: KeyManagementRow = keyManagement[alg]
  if (row.kty.includes('oct')) {
    const bytes = row.keyBytes ?? contentEncryptions[enc].keyBytes
    return importSecretEncryptionJwk({ ...secret(bytes), kid: alg }, { alg, enc: [enc] })
  }
  return importDecryptionJwk({ ...(alg === 'RSA-OAEP-256' ? rsa : p256), kid: alg }, { alg, enc: [enc] })
}

async function outcome(token: string, key: DecryptionKey | undefined): Promise<string> {
  try {
    await decryptJwe(token, () => key)
    return 'accepted'
  } catch (error) {
    assert.ok(error instanceof TokenError, String(error))
    return error.code
  }
}

async function keyOutcome(read: () => Promise<unknown>): Promise<string> {
  return read().then(
    () => 'accepted',
    (error: unknown) => (error instanceof KeyError ? error.code : String(error)),
  )
}

/** The token with its header changed and nothing else. */
function withHeader(token: string, change: object): string {
  const [header = '', ...rest] = token.split('.')
  const members = JSON.parse(Buffer.from(header, 'base64url').toString()) as object
  return [encodeBase64url(JSON.stringify({ ...members, ...change })), ...rest].join('.')
}

test('every algorithm with every cipher: what is encrypted to the public part, the private part decrypts', async () => {
  const plaintext = new TextEncoder().encode('what nobody on the way may read')
  for (const alg of algorithms) {
    for (const enc of ciphers) {
      const key = await keyOf(alg, enc)
      const theirs = keyManagement[alg].kty.some((kty) => kty === 'oct')
        ? key
        : await importEncryptionJwk({ ...key.members, kid: alg }, { alg, enc: [enc] })
      const token = await encryptJwe({ typ: 'x', cty: 'text' }, plaintext, theirs)
      const opened = await decryptJwe(token, (header) => (header.kid === alg ? key : undefined))
      assert.deepEqual(opened.header, { alg, enc, kid: alg, typ: 'x', cty: 'text' })
      assert.deepEqual(new Uint8Array(opened.plaintext), plaintext)
      assert.equal(Buffer.from(token.split('.')[3] ?? '', 'base64url').includes('nobody'), false)
    }
  }
})

test('an agreement runs over every curve of the table', async () => {
  const curves: Jwk[] = [p256, ec('P-384'), ec('P-521'), jwkOf(generateKeyPairSync('x25519'))]
  for (const jwk of curves) {
    const key = await importDecryptionJwk(jwk, { alg: 'ECDH-ES' })
    assert.equal(
      await outcome(await encryptJwe({}, new Uint8Array(3), key), key),
      'accepted',
      String(jwk['crv']),
    )
  }
})

test('a key of another algorithm, another cipher or another owner opens nothing', async () => {
  const key = await keyOf('ECDH-ES', 'A256GCM')
  const token = await encryptJwe({}, new Uint8Array(8), key)
  assert.equal(await outcome(token, undefined), 'unknown_key')
  assert.equal(await outcome(token, await keyOf('ECDH-ES+A128KW')), 'unknown_key')
  assert.equal(await outcome(token, await keyOf('ECDH-ES', 'A128GCM')), 'unknown_key')
  const other = await importDecryptionJwk(ec('P-256'), { alg: 'ECDH-ES' })
  assert.equal(await outcome(token, other), 'bad_encryption')
  for (const alg of ['A256KW', 'RSA-OAEP-256', 'dir'] as const) {
    assert.equal(await outcome(withHeader(token, { alg }), key), 'unknown_key')
    assert.equal(await outcome(withHeader(token, { alg }), await keyOf(alg)), 'malformed')
  }
})

test('header parameters that change what is done are refused before anything is done', async () => {
  for (const alg of ['RSA-OAEP-256', 'ECDH-ES+A256KW', 'A256KW', 'dir'] as const) {
    const key = await keyOf(alg)
    const token = await encryptJwe({}, new Uint8Array(8), key)
    for (const change of [
      { zip: 'DEF' },
      { crit: ['exp'] },
      { crit: [] },
      { b64: false },
      { p2c: 2 ** 31, p2s: 'AAAAAAAAAAAAAAAAAAAAAA' },
      { p2c: 1000 },
      { iv: 'AA', tag: 'AA' },
      { enc: 7 },
      { enc: undefined },
      { alg: undefined },
      { alg: null },
      { kid: 7 },
      { cty: 7 },
      { apu: 'A'.repeat(300) },
      { apv: '===' },
      { apu: 7 },
      { epk: 'key' },
      { epk: null },
    ]) {
      assert.equal(
        await outcome(withHeader(token, change), key),
        'malformed',
        `${alg} ${JSON.stringify(change)}`,
      )
    }
    for (const enc of ['A192GCM', 'A256CBC+HS512', 'none', '__proto__', '']) {
      assert.equal(await outcome(withHeader(token, { enc }), key), 'unknown_key')
    }
    for (const foreign of ['RSA1_5', 'RSA-OAEP', 'PBES2-HS256+A128KW', 'A256GCMKW', 'none', 'constructor']) {
      assert.equal(await outcome(withHeader(token, { alg: foreign }), key), 'unknown_key')
    }
  }
})

test('the sender’s half of an agreement is a public key of the recipient’s own curve', async () => {
  const key = await keyOf('ECDH-ES')
  const token = await encryptJwe({}, new Uint8Array(8), key)
  const good = publicPart(ec('P-256'))
  for (const epk of [
    { ...good, d: 'AA' },
    publicPart(ec('P-384')),
    { ...good, crv: 'P-384' },
    { ...good, kty: 'OKP' },
    { ...good, x: 'AA' },
    { ...good, x: `${good['x']}=` },
    { ...good, y: undefined },
    [good],
    undefined,
  ]) {
    assert.equal(await outcome(withHeader(token, { epk }), key), 'malformed', JSON.stringify(epk))
  }
  // Off the curve, the platform refuses; the answer is that of any other failure.
  assert.equal(
    await outcome(withHeader(token, { epk: { ...good, x: good['y'], y: good['x'] } }), key),
    'bad_encryption',
  )
  assert.equal(await outcome(withHeader(token, { epk: good }), key), 'bad_encryption')
})

test('no change to any character of an encrypted token goes unseen', async () => {
  const keys = await Promise.all(algorithms.map((alg) => keyOf(alg)))
  const tokens = await Promise.all(keys.map((key) => encryptJwe({}, new Uint8Array(20), key)))
  await fc.assert(
    fc.asyncProperty(
      fc.nat(algorithms.length - 1),
      fc.nat(),
      fc.constantFrom(...'AZaz09-_=. \n'),
      fc.constantFrom(0, 1),
      async (which, at, text, cut) => {
        const token = tokens[which] ?? ''
        const place = at % (token.length + 1)
        const spoiled = token.slice(0, place) + text + token.slice(place + cut)
        assert.equal((await outcome(spoiled, keys[which])) === 'accepted', spoiled === token)
      },
    ),
    { numRuns: 400 },
  )
})

test('sizes are judged before anything is split, and parts before anything is decrypted', async () => {
  const key = await keyOf('dir')
  const token = await encryptJwe({}, new Uint8Array(8), key)
  assert.equal(await outcome('.'.repeat(1_000_000), key), 'too_large')
  assert.equal(await outcome('a'.repeat(maximumEncryptedLength + 1), key), 'too_large')
  for (const text of [
    '',
    '....',
    token.split('.').slice(0, 4).join('.'),
    `${token}.`,
    `${token}.a`,
    'a.b.c',
  ]) {
    assert.equal(await outcome(text, key), 'malformed', text.slice(0, 20))
  }
  const [header, , iv, ciphertext, tag] = token.split('.')
  for (const parts of [
    [header, 'AAAA', iv, ciphertext, tag],
    [header, '', `${iv}AA`, ciphertext, tag],
    [header, '', '', ciphertext, tag],
    [header, '', iv, ciphertext, ''],
    [header, '', iv, ciphertext, tag?.slice(0, -2)],
    [header, '', iv, ciphertext, `${tag}AA`],
  ]) {
    assert.equal(await outcome(parts.join('.'), key), 'malformed')
  }
  assert.equal(await outcome({} as string, key), 'malformed')
})

test('compressed content of another sender is refused', async () => {
  const jwk = { ...secret(32), alg: 'A256KW' }
  const zipped = await new CompactEncrypt(new Uint8Array(5000))
    .setProtectedHeader({ alg: 'A256KW', enc: 'A256GCM', zip: 'DEF' })
    .encrypt(await importJWK(jwk, 'A256KW'))
  assert.equal(await outcome(zipped, await importSecretEncryptionJwk(jwk)), 'malformed')
})

test('C3 (GHSA-jv3g-j58f-9mq9, GHSA-hhhv-q57g-882q): what would cost much is refused for next to nothing', async () => {
  const key = await keyOf('A256KW')
  const token = await encryptJwe({}, new Uint8Array(8), key)
  const bomb = await new CompactEncrypt(new Uint8Array(240_000))
    .setProtectedHeader({ alg: 'A256KW', enc: 'A256GCM', zip: 'DEF' })
    .encrypt(new Uint8Array(32))
  const deep = `{"alg":"A256KW","enc":"A256GCM","a":${'['.repeat(4000)}${']'.repeat(4000)}}`
  for (const hostile of [
    withHeader(token, { alg: 'PBES2-HS512+A256KW', p2c: 2 ** 31 - 1, p2s: 'A'.repeat(22) }),
    withHeader(token, { p2c: Number.MAX_SAFE_INTEGER }),
    withHeader(token, { apu: 'A'.repeat(9000), apv: 'A'.repeat(9000) }),
    [encodeBase64url(deep), ...token.split('.').slice(1)].join('.'),
    '.'.repeat(1_000_000),
    bomb,
  ]) {
    let least = Number.POSITIVE_INFINITY
    for (let round = 0; round < 5 || (round < 200 && least >= 5); round++) {
      const began = performance.now()
      assert.notEqual(await outcome(hostile, key), 'accepted')
      least = Math.min(least, performance.now() - began)
    }
    assert.ok(least < 5, `${least} ms for ${hostile.slice(0, 60)}`)
  }
})

test('a key to encrypt with names its algorithm, and its use, type, curve and size fit', async () => {
  const publicRsa = publicPart(rsa)
  const cases: [Jwk, Parameters<typeof importEncryptionJwk>[1], string][] = [
    [{ ...publicRsa, alg: 'RSA-OAEP-256' }, {}, 'accepted'],
    [{ ...publicRsa, alg: 'RSA-OAEP-256', use: 'enc', key_ops: ['wrapKey'] }, {}, 'accepted'],
    [{ ...publicPart(p256), key_ops: [] }, { alg: 'ECDH-ES' }, 'accepted'],
    [publicRsa, {}, 'unsupported'],
    [publicPart(p256), {}, 'unsupported'],
    [{ ...publicRsa, alg: 'RSA-OAEP' }, {}, 'unsupported'],
    [{ ...publicRsa, alg: 'RSA1_5' }, {}, 'unsupported'],
    [{ ...publicRsa, alg: 'RS256' }, {}, 'unsupported'],
    [{ ...publicRsa, alg: 'RSA1_5' }, { alg: 'RSA-OAEP-256' }, 'wrong_purpose'],
    [{ ...publicRsa, alg: 7 }, {}, 'malformed'],
    [publicRsa, { alg: 'ECDH-ES' }, 'wrong_purpose'],
    [publicRsa, { alg: 'dir' }, 'wrong_purpose'],
    [publicRsa, { alg: 'RSA-OAEP-256', enc: [] }, 'unsupported'],
    [{ ...publicRsa, use: 'sig' }, { alg: 'RSA-OAEP-256' }, 'wrong_purpose'],
    [{ ...publicRsa, key_ops: ['unwrapKey'] }, { alg: 'RSA-OAEP-256' }, 'wrong_purpose'],
    [{ ...publicRsa, key_ops: ['wrapKey', 'verify'] }, { alg: 'RSA-OAEP-256' }, 'wrong_purpose'],
    [{ ...publicRsa, e: 'AQ' }, { alg: 'RSA-OAEP-256' }, 'weak'],
    [{ ...publicPart(p256), crv: 'secp256k1' }, { alg: 'ECDH-ES' }, 'wrong_purpose'],
    [{ ...publicPart(p256), crv: 'X25519' }, { alg: 'ECDH-ES' }, 'wrong_purpose'],
    [{ ...publicPart(p256), x: p256['y'], y: p256['x'] }, { alg: 'ECDH-ES' }, 'malformed'],
    [p256, { alg: 'ECDH-ES' }, 'secret_in_public'],
    [secret(32), { alg: 'A256KW' }, 'secret_in_public'],
  ]
  for (const [jwk, options, expected] of cases) {
    assert.equal(
      await keyOutcome(() => importEncryptionJwk(jwk, options)),
      expected,
      JSON.stringify([jwk, options]),
    )
  }
})

test('a private or shared key is tried, whole, and of the right size', async () => {
  const private_ = (jwk: Jwk, alg: KeyManagementAlgorithm) =>
    keyOutcome(() => importDecryptionJwk(jwk, { alg }))
  assert.equal(await private_({ ...p256, key_ops: ['deriveBits'] }, 'ECDH-ES'), 'accepted')
  assert.equal(await private_({ ...p256, key_ops: [] }, 'ECDH-ES'), 'wrong_purpose')
  assert.notEqual(await private_({ ...p256, d: ec('P-256')['d'] }, 'ECDH-ES'), 'accepted')
  assert.equal(await private_({ ...p256, d: undefined }, 'ECDH-ES'), 'malformed')
  const otherRsa = jwkOf(generateKeyPairSync('rsa', { modulusLength: 2048 }))
  assert.notEqual(await private_({ ...rsa, n: otherRsa['n'] }, 'RSA-OAEP-256'), 'accepted')
  const [one, other] = [generateKeyPairSync('x25519'), generateKeyPairSync('x25519')].map(jwkOf)
  assert.equal(await private_({ ...one }, 'ECDH-ES'), 'accepted')
  assert.notEqual(await private_({ ...one, x: other?.['x'] }, 'ECDH-ES'), 'accepted')
  assert.equal(await private_({ ...rsa, oth: [] }, 'RSA-OAEP-256'), 'unsupported')
  assert.equal(await private_(secret(16), 'A128KW'), 'unsupported')
  const shared = (jwk: Jwk, options: Parameters<typeof importSecretEncryptionJwk>[1]) =>
    keyOutcome(() => importSecretEncryptionJwk(jwk, options))
  assert.equal(await shared(secret(16), { alg: 'A128KW' }), 'accepted')
  assert.equal(await shared(secret(32), { alg: 'A128KW' }), 'malformed')
  assert.equal(await shared({ kty: 'oct', k: '' }, { alg: 'A256KW' }), 'malformed')
  assert.equal(await shared(p256, { alg: 'A256KW' }), 'unsupported')
  assert.equal(await shared(secret(32), { alg: 'dir' }), 'wrong_purpose')
  assert.equal(await shared(secret(32), { alg: 'dir', enc: ['A256GCM'] }), 'accepted')
  assert.equal(await shared({ ...secret(16), alg: 'A128GCM' }, {}), 'accepted')
  assert.equal(await shared({ ...secret(16), alg: 'A128GCM' }, { alg: 'A128KW' }), 'wrong_purpose')
  assert.equal(await shared({ ...secret(16), alg: 'A128GCM' }, { enc: ['A256GCM'] }), 'wrong_purpose')
})

test('a printed key shows no secret, and no key is made by hand', async () => {
  for (const alg of ['ECDH-ES', 'A256KW'] as const) {
    const jwk: Jwk = alg === 'A256KW' ? secret(32) : p256
    const key = await (alg === 'A256KW'
      ? importSecretEncryptionJwk(jwk, { alg })
      : importDecryptionJwk(jwk, { alg }))
    const shown = inspect(key, { depth: 9, showHidden: true }) + JSON.stringify(key)
    assert.equal(shown.includes(String(jwk['d'] ?? jwk['k'])), false)
    const token = await encryptJwe({}, new Uint8Array(1), key)
    await assert.rejects(
      decryptJwe(token, () => ({ ...key })),
      TypeError,
    )
    await assert.rejects(async () => encryptJwe({}, new Uint8Array(1), { ...key }), TypeError)
  }
})

test('of a set, the keys to encrypt to are found; secrets and shared kids refuse it whole', async () => {
  const [one, two] = [publicPart(p256), publicPart(rsa)]
  const set = {
    keys: [
      { ...one, use: 'sig', alg: 'ES256' },
      { ...one, alg: 'ECDH-ES', kid: 'a' },
      { ...two, alg: 'RSA-OAEP-256', kid: 'b' },
      two,
    ],
  }
  const keys = await importEncryptionJwkSet(set, { enc: ['A128GCM'] })
  assert.deepEqual(
    keys.map(({ kid, alg, enc }) => [kid, alg, enc]),
    [
      ['a', 'ECDH-ES', ['A128GCM']],
      ['b', 'RSA-OAEP-256', ['A128GCM']],
    ],
  )
  assert.equal(
    await keyOutcome(() => importEncryptionJwkSet({ keys: [{ ...p256, alg: 'ECDH-ES' }] })),
    'secret_in_public',
  )
  const twice = { ...one, alg: 'ECDH-ES', kid: 'a' }
  assert.equal(await keyOutcome(() => importEncryptionJwkSet({ keys: [twice, twice] })), 'duplicate_kid')
  assert.equal(await keyOutcome(() => importEncryptionJwkSet({})), 'malformed')
})
