import assert from 'node:assert/strict'
import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { test } from 'node:test'
import { KeyError } from '@countersign/protocol'
import fc from 'fast-check'
import { publicJwkOfPem } from './pem.ts'

const pairs: Readonly<Record<string, { readonly publicKey: KeyObject; readonly privateKey: KeyObject }>> = {
  RSA: generateKeyPairSync('rsa', { modulusLength: 2048 }),
  'RSA-PSS': generateKeyPairSync('rsa-pss', { modulusLength: 2048 }),
  'P-256': generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  'P-384': generateKeyPairSync('ec', { namedCurve: 'P-384' }),
  'P-521': generateKeyPairSync('ec', { namedCurve: 'P-521' }),
  secp256k1: generateKeyPairSync('ec', { namedCurve: 'secp256k1' }),
  Ed25519: generateKeyPairSync('ed25519'),
  Ed448: generateKeyPairSync('ed448'),
}

function pair(name: string) {
  const found = pairs[name]
  assert.ok(found !== undefined)
  return found
}

function pemOf(key: KeyObject): string {
  return key.export({ type: 'spki', format: 'pem' }).toString()
}

/** Of an EC key, self-signed, made with `openssl req -x509`. */
const certificate = `-----BEGIN CERTIFICATE-----
MIIBgjCCASegAwIBAgIUTxLBdodK+n4ye4BZzZJ+0b4lh8UwCgYIKoZIzj0EAwIw
FjEUMBIGA1UEAwwLaXNzdWVyLnRlc3QwHhcNMjYxMTIyMDExNzE3WhcNMzYxMTE5
MDExNzE3WjAWMRQwEgYDVQQDDAtpc3N1ZXIudGVzdDBZMBMGByqGSM49AgEGCCqG
SM49AwEHA0IABAffxQ5RDwNBO1/u9iRQOgJuQYijFguYx6bfG8XU/NffmIHK8Tix
0oMniyB6V2mpYTiclT6Hy6OjYO3Hh6Mu36WjUzBRMB0GA1UdDgQWBBSu1mAnpyjH
qHmVPAymdSe0lRnr4jAfBgNVHSMEGDAWgBSu1mAnpyjHqHmVPAymdSe0lRnr4jAP
BgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0kAMEYCIQCXhYMTt6JItW9w3KlQ
ZjmLNlPQ41ATiZL4Qb8RI0UfpAIhAOf7VL0VMNPojlNU4K/IObixb+Jt5rf3j8xt
flnceEEK
-----END CERTIFICATE-----`

function refuses(pem: string, code: string): void {
  assert.throws(
    () => publicJwkOfPem(pem),
    (error) => error instanceof KeyError && error.code === code,
    pem.slice(0, 40),
  )
}

test('every kind of public key is read as the platform reads it', () => {
  for (const [name, { publicKey }] of Object.entries(pairs)) {
    // The platform has no JWK for a key that is for PSS alone; its numbers stand at the same place.
    if (name === 'RSA-PSS') assert.deepEqual(Object.keys(publicJwkOfPem(pemOf(publicKey))), ['kty', 'n', 'e'])
    else assert.deepEqual(publicJwkOfPem(pemOf(publicKey)), publicKey.export({ format: 'jwk' }), name)
  }
})

test('of a certificate the key is read, whatever stands around the block', () => {
  const expected = createPublicKey(certificate).export({ format: 'jwk' })
  assert.deepEqual(publicJwkOfPem(certificate), expected)
  assert.deepEqual(publicJwkOfPem(`subject=CN = issuer.test\n${certificate}\n`), expected)
  assert.deepEqual(publicJwkOfPem(certificate.replaceAll('\n', '\r\n')), expected)
})

test('a private key is refused by name, and so is everything that is no single key', () => {
  const { privateKey, publicKey } = pair('P-256')
  refuses(privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), 'secret_in_public')
  refuses(privateKey.export({ type: 'sec1', format: 'pem' }).toString(), 'secret_in_public')
  refuses(pair('RSA').publicKey.export({ type: 'pkcs1', format: 'pem' }).toString(), 'unsupported')
  refuses(pemOf(generateKeyPairSync('x25519').publicKey), 'unsupported')
  refuses(pemOf(generateKeyPairSync('ec', { namedCurve: 'brainpoolP256r1' }).publicKey), 'unsupported')
  refuses('', 'malformed')
  refuses('-----BEGIN PUBLIC KEY-----\nA\n-----END PUBLIC KEY-----', 'malformed')
  refuses(pemOf(publicKey).replace('END PUBLIC KEY', 'END CERTIFICATE'), 'malformed')
  refuses(`${pemOf(publicKey)}${certificate}`, 'malformed')
})

test('a key with a byte too many, too few or changed is another key or none, and never a crash', () => {
  const der = pair('P-256').publicKey.export({ type: 'spki', format: 'der' })
  const wrap = (bytes: Uint8Array) =>
    `-----BEGIN PUBLIC KEY-----\n${Buffer.from(bytes).toString('base64')}\n-----END PUBLIC KEY-----`
  refuses(wrap(Uint8Array.of(...der, 0)), 'malformed')
  for (let length = 1; length < der.byteLength; length++) refuses(wrap(der.subarray(0, length)), 'malformed')
  fc.assert(
    fc.property(fc.nat(der.byteLength - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
      const altered = Uint8Array.from(der)
      altered[at] = (altered[at] ?? 0) ^ change
      try {
        assert.notDeepEqual(publicJwkOfPem(wrap(altered)), publicJwkOfPem(wrap(der)))
      } catch (error) {
        if (!(error instanceof KeyError)) throw error
      }
    }),
  )
})
