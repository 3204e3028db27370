import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { HOTP, Secret, TOTP } from 'otpauth'
import type { Instant } from '../../platform/runtime.ts'
import { codeAt, stepAt, stepOfCode, totpAlgorithms, typedCode, usualShape } from './totp.ts'

const secret = Buffer.from('12345678901234567890')
const totp = { ...usualShape, secret }
const at = (seconds: number) => seconds as Instant

test('the codes of RFC 4226, appendix D', () => {
  const expected = '755224 287082 359152 969429 338314 254676 287922 162583 399871 520489'.split(' ')
  assert.deepEqual(
    expected.map((_, step) => codeAt(totp, step)),
    expected,
  )
})

test('the codes of RFC 6238, appendix B', () => {
  const vectors: [seconds: number, sha1: string, sha256: string, sha512: string][] = [
    [59, '94287082', '46119246', '90693936'],
    [1111111109, '07081804', '68084774', '25091201'],
    [1111111111, '14050471', '67062674', '99943326'],
    [1234567890, '89005924', '91819424', '93441116'],
    [2000000000, '69279037', '90698825', '38618901'],
    [20000000000, '65353130', '77737706', '47863826'],
  ]
  const seed = '1234567890'.repeat(7)
  const lengths = [20, 32, 64]
  for (const [seconds, ...codes] of vectors) {
    codes.forEach((code, index) => {
      const algorithm = totpAlgorithms[index] ?? 'SHA-1'
      const shape = { algorithm, digits: 8, period: 30, secret: Buffer.from(seed.slice(0, lengths[index])) }
      assert.equal(codeAt(shape, stepAt(shape, at(seconds))), code, `${algorithm} at ${seconds}`)
    })
  }
})

test('any secret, hash, length, period and moment: the code that otpauth makes', () => {
  const bytes = fc.uint8Array({ minLength: 1, maxLength: 80 })
  const shapes = fc.record({
    algorithm: fc.constantFrom(...totpAlgorithms),
    digits: fc.integer({ min: 6, max: 8 }),
    period: fc.integer({ min: 1, max: 300 }),
    secret: bytes,
  })
  fc.assert(
    fc.property(shapes, fc.nat({ max: 2 ** 45 }), (shape, seconds) => {
      const { algorithm, digits, period } = shape
      const theirs = new Secret({ buffer: new Uint8Array(shape.secret).buffer })
      const step = stepAt(shape, at(seconds))
      const given = { secret: theirs, algorithm: algorithm.replace('-', ''), digits }
      assert.equal(codeAt(shape, step), TOTP.generate({ ...given, period, timestamp: seconds * 1000 }))
      assert.equal(codeAt(shape, step), HOTP.generate({ ...given, counter: step }))
    }),
    { numRuns: 300 },
  )
})

test('MF-02: a code is good in its own step, the one before and the one after, and in no other', () => {
  const now = at(1_000_000_000)
  const present = stepAt(totp, now)
  for (const distance of [-3, -2, -1, 0, 1, 2, 3]) {
    const step = stepOfCode(totp, codeAt(totp, present + distance), now, 0)
    assert.equal(step, Math.abs(distance) <= 1 ? present + distance : null, String(distance))
  }
})

test('MF-01: no code is good again, nor is one from before the last that was accepted', () => {
  const now = at(1_000_000_000)
  const present = stepAt(totp, now)
  assert.equal(stepOfCode(totp, codeAt(totp, present), now, present), null)
  assert.equal(stepOfCode(totp, codeAt(totp, present - 1), now, present), null)
  assert.equal(stepOfCode(totp, codeAt(totp, present + 1), now, present), present + 1)
})

test('codes are taken as people type and paste them, and nothing else is', () => {
  for (const text of ['755224', ' 755 224 ', '755-224', '755\u00a0224', '７５５２２４']) {
    assert.equal(typedCode(text), '755224', text)
  }
  for (const text of [undefined, '', '75522', '755224755', '75522a', '+755224', '7552.2e4', '١٢٣٤٥٦']) {
    assert.equal(typedCode(text), null, String(text))
  }
})
