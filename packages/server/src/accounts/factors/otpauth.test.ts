import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Secret, TOTP, URI } from 'otpauth'
import { base32, base32Bytes } from './base32.ts'
import { otpauthAddress, readableSecret } from './otpauth.ts'
import { totpAlgorithms, usualShape } from './totp.ts'

const secret = Buffer.from('12345678901234567890')

test('Base32 as RFC 4648 §10 writes it, without padding', () => {
  const vectors = {
    '': '',
    f: 'MY',
    fo: 'MZXQ',
    foo: 'MZXW6',
    foob: 'MZXW6YQ',
    fooba: 'MZXW6YTB',
    foobar: 'MZXW6YTBOI',
  }
  for (const [text, encoded] of Object.entries(vectors)) {
    assert.equal(base32(Buffer.from(text)), encoded)
    assert.deepEqual(Buffer.from(base32Bytes(encoded) ?? []), Buffer.from(text))
    assert.deepEqual(Buffer.from(base32Bytes(encoded.toLowerCase()) ?? []), Buffer.from(text))
  }
  assert.deepEqual(Buffer.from(base32Bytes('MZXW6===') ?? []), Buffer.from('foo'))
  for (const none of ['M', 'MZX', 'MZXW6Y', 'MZXW0', 'MZ XW', 'MZ=XW6', 'Ä'])
    assert.equal(base32Bytes(none), null, none)
})

test('any bytes come back from Base32, and otpauth reads and writes the same', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 100 }), (bytes) => {
      const text = base32(bytes)
      assert.equal(text, new Secret({ buffer: new Uint8Array(bytes).buffer }).base32)
      assert.deepEqual(Buffer.from(base32Bytes(text) ?? []), Buffer.from(bytes))
    }),
  )
})

test('the address says everything that an application needs, whatever people are called', () => {
  const usual = otpauthAddress({ ...usualShape, secret }, 'Countersign id.example.com', 'ada@example.test')
  assert.equal(
    usual,
    'otpauth://totp/Countersign%20id.example.com:ada%40example.test?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Countersign%20id.example.com&algorithm=SHA1&digits=6&period=30',
  )
  const withPort = otpauthAddress({ ...usualShape, secret }, 'Countersign localhost:4500', 'ada')
  assert.ok(withPort.startsWith('otpauth://totp/Countersign%20localhost%204500:ada?'))
  assert.equal(new URL(withPort).searchParams.get('issuer'), 'Countersign localhost 4500')
  const names = fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 40 })
    .filter((text) => text.trim() !== '')
  const shapes = fc.record({
    algorithm: fc.constantFrom(...totpAlgorithms),
    digits: fc.integer({ min: 6, max: 8 }),
    period: fc.integer({ min: 1, max: 300 }),
  })
  fc.assert(
    fc.property(shapes, names, names, (shape, issuer, account) => {
      const read = URI.parse(otpauthAddress({ ...shape, secret }, issuer, account))
      assert.ok(read instanceof TOTP)
      const { algorithm, digits, period } = read
      assert.deepEqual(
        { algorithm, digits, period },
        { ...shape, algorithm: shape.algorithm.replace('-', '') },
      )
      assert.deepEqual(Buffer.from(read.secret.bytes), secret)
      assert.equal(read.issuer, issuer.replaceAll(':', ' '))
      assert.equal(read.label, account.replaceAll(':', ' '))
    }),
  )
})

test('a secret is shown in groups of four', () => {
  assert.equal(readableSecret(secret), 'GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ')
})
