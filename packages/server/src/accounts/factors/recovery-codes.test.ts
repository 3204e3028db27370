import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testRuntime } from '../../platform/runtime.ts'
import { codesInSet, drawRecoveryCodes, recoveryCodeDigest } from './recovery-codes.ts'

test('MF-03: a set is ten codes of eighty bits of chance, none of them twice', () => {
  const runtime = testRuntime()
  const drawn = Array.from({ length: 200 }, () => drawRecoveryCodes(runtime)).flat()
  assert.equal(codesInSet, 10)
  assert.equal(drawn.length, 2000)
  assert.equal(new Set(drawn).size, 2000)
  // Sixteen letters of five bits each, all of which occur in every place.
  for (const code of drawn) assert.match(code, /^([0-9a-hjkmnp-tv-z]{4}-){3}[0-9a-hjkmnp-tv-z]{4}$/)
  for (let place = 0; place < 19; place++) {
    const letters = new Set(drawn.map((code) => code[place]))
    assert.equal(letters.size, place % 5 === 4 ? 1 : 32, String(place))
  }
})

test('the bits of a code are those that were drawn', () => {
  const zeros = Buffer.alloc(10).toString('base64url')
  const ones = Buffer.alloc(10, 255).toString('base64url')
  assert.equal(drawRecoveryCodes({ secret: () => zeros })[0], '0000-0000-0000-0000')
  assert.equal(drawRecoveryCodes({ secret: () => ones })[0], 'zzzz-zzzz-zzzz-zzzz')
})

test('a code is known as people copy it from paper, and nothing else is one', () => {
  const digest = recoveryCodeDigest('7k3d-9xqm-4fwt-10ra')
  for (const text of [
    '7K3D-9XQM-4FWT-10RA',
    '7k3d9xqm4fwt10ra',
    ' 7k3d 9xqm 4fwt 10ra ',
    '7k3d-9xqm-4fwt-iora',
    '7k3d-9xqm-4fwt-LORA',
  ]) {
    assert.equal(recoveryCodeDigest(text), digest, text)
  }
  assert.notEqual(recoveryCodeDigest('7k3d-9xqm-4fwt-10rb'), digest)
  for (const text of [
    undefined,
    '',
    '755224',
    '7k3d-9xqm-4fwt',
    '7k3d-9xqm-4fwt-10ra-0',
    '7k3d-9xqm-4fwt-10r!',
    'u'.repeat(16),
  ]) {
    assert.equal(recoveryCodeDigest(text), null, String(text))
  }
})
