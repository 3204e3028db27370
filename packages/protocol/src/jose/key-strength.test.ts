import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'
import { availableAlgorithms, type Jwk, publicPart, specimen } from '../../../../tests/harness/specimens.ts'
import { encodeBase64url } from './base64url.ts'
import { decryptJwe, encryptJwe } from './jwe.ts'
import { importDecryptionJwk, importEncryptionJwk } from './jwe-keys.ts'
import { KeyError } from './key-error.ts'
import { importPublicJwk } from './keys.ts'
import { TokenError } from './token-error.ts'

async function refusal(read: () => unknown): Promise<string> {
  try {
    await read()
    return 'accepted'
  } catch (error) {
    assert.ok(error instanceof KeyError || error instanceof TokenError, String(error))
    return error.code
  }
}

const bytesOf = (number: bigint, length: number): Buffer =>
  Buffer.from(number.toString(16).padStart(2 * length, '0'), 'hex')
const littleEndian = (number: bigint, length: number): string =>
  encodeBase64url(bytesOf(number, length).reverse())

/** A modulus whose primes would come from the generator: modulo each small prime it is a power of 65537. */
function modulusOfBrokenGenerator(): bigint {
  const small = [11, 13, 17, 19, 37, 53, 61, 71, 73, 79, 97, 103, 107, 109, 127, 151, 157].map(BigInt)
  const product = small.reduce((all, prime) => all * prime, 2n)
  let power = 1n
  for (let exponent = 0; exponent < 1234; exponent++) power = (power * 65537n) % product
  return (2n ** 2047n / product + 5n) * product + power
}

test('C3 (CVE-2017-15361): an RSA key of the broken Infineon generator is weak, a common one is not', async () => {
  const rsa = publicPart(specimen('RS256').jwk)
  const broken = encodeBase64url(bytesOf(modulusOfBrokenGenerator(), 256))
  for (const read of [
    () => importPublicJwk({ ...rsa, n: broken }),
    () => importEncryptionJwk({ ...rsa, alg: 'RSA-OAEP-256', n: broken }),
  ])
    assert.equal(await refusal(read), 'weak')
  for (let made = 0; made < 3; made++) {
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    assert.equal(importPublicJwk({ ...publicKey.export({ format: 'jwk' }) }).alg, 'RS256')
  }
})

test('an RSA key has at least 2048 bits, whichever algorithm it is for', async () => {
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2040 })
  const short: Jwk = { ...publicKey.export({ format: 'jwk' }) }
  for (const alg of ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'] as const)
    assert.equal(await refusal(() => importPublicJwk(short, alg)), 'weak')
  assert.equal(await refusal(() => importEncryptionJwk(short, { alg: 'RSA-OAEP-256' })), 'weak')
})

test('an RSA key of exponent one verifies anything, and is weak', async () => {
  const rsa = publicPart(specimen('RS256').jwk)
  for (const e of ['AQ', 'Ag', 'AA', 'BA'])
    assert.equal(await refusal(() => importPublicJwk({ ...rsa, e })), 'weak', e)
})

test('C3: a point that is not on its curve is no key, on any curve', async () => {
  for (const alg of availableAlgorithms.filter((name) => name.startsWith('ES'))) {
    const jwk = publicPart(specimen(alg).jwk)
    const y = Buffer.from(String(jwk['y']), 'base64url')
    y[y.length - 1] = (y.at(-1) ?? 0) ^ 1
    const zero = encodeBase64url(new Uint8Array(y.length))
    for (const off of [{ y: encodeBase64url(y) }, { x: jwk['y'], y: jwk['x'] }, { x: zero, y: zero }])
      assert.equal(await refusal(() => importPublicJwk({ ...jwk, ...off }, alg)), 'malformed', alg)
  }
})

const p25519 = 2n ** 255n - 19n
const y8 = BigInt(
  `0x${Buffer.from('26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05', 'hex').reverse().toString('hex')}`,
)
const onEd25519 = [0n, 1n, p25519 - 1n, y8, p25519 - y8, p25519, p25519 + 1n]

test('an Ed25519 key of small order, under which anybody can sign where the platform lets them, is weak', async () => {
  for (const y of onEd25519) {
    for (const sign of [0n, 1n]) {
      const x = littleEndian(y + (sign << 255n), 32)
      assert.equal(await refusal(() => importPublicJwk({ kty: 'OKP', crv: 'Ed25519', x })), 'weak', x)
    }
  }
})

test('an Ed448 key of small order is weak', async () => {
  const p448 = 2n ** 448n - 2n ** 224n - 1n
  for (const y of [0n, 1n, p448 - 1n, p448, p448 + 1n]) {
    for (const sign of [0n, 1n]) {
      const x = littleEndian(y + (sign << 455n), 57)
      assert.equal(await refusal(() => importPublicJwk({ kty: 'OKP', crv: 'Ed448', x })), 'weak', x)
    }
  }
})

test('nothing is encrypted to, or opened from, an X25519 point of small order, since everybody could read it', async () => {
  // The other form of each point: u = (1 + y) / (1 - y); and the one at infinity, as 0.
  const inverse = (number: bigint): bigint => {
    let [result, base] = [1n, ((number % p25519) + p25519) % p25519]
    for (let exponent = p25519 - 2n; exponent > 0n; exponent >>= 1n) {
      if (exponent & 1n) result = (result * base) % p25519
      base = (base * base) % p25519
    }
    return result
  }
  const coordinates = [...onEd25519.map((y) => ((1n + y) * inverse(1n - y)) % p25519), p25519, p25519 - 1n]
  const own = { ...generateKeyPairSync('x25519').privateKey.export({ format: 'jwk' }) }
  const key = await importDecryptionJwk(own, { alg: 'ECDH-ES' })
  const token = await encryptJwe({}, new Uint8Array(8), key)
  const [header = '', ...rest] = token.split('.')
  const members = JSON.parse(Buffer.from(header, 'base64url').toString()) as object
  for (const u of coordinates) {
    for (const unused of [0n, 1n]) {
      const epk = {
        kty: 'OKP',
        crv: 'X25519',
        x: littleEndian(((u + p25519) % p25519) + (unused << 255n), 32),
      }
      assert.equal(await refusal(() => importEncryptionJwk(epk, { alg: 'ECDH-ES' })), 'weak', epk.x)
      const spoiled = [encodeBase64url(JSON.stringify({ ...members, epk })), ...rest].join('.')
      assert.equal(await refusal(() => decryptJwe(spoiled, () => key)), 'malformed', epk.x)
    }
  }
})
