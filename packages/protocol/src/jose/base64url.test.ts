import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { decodeBase64url, encodeBase64url, isBase64urlOf32Bytes } from './base64url.ts'

test('bytes come back as they went in', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      assert.deepEqual(new Uint8Array(decodeBase64url(encodeBase64url(bytes)) ?? []), bytes)
    }),
  )
})

test('a view into a larger buffer is encoded as the view alone', () => {
  assert.equal(encodeBase64url(new Uint8Array([1, 2, 3, 4]).subarray(1, 3)), 'AgM')
})

test('a text is encoded as its UTF-8', () => {
  assert.equal(encodeBase64url('{"a":"é"}'), 'eyJhIjoiw6kifQ')
  assert.equal(encodeBase64url(''), '')
})

test('a text that decodes is the only text that decodes to its bytes', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'ABab09-_+/= \n.?é') }), (text) => {
      const bytes = decodeBase64url(text)
      if (bytes !== null) assert.equal(encodeBase64url(bytes), text)
    }),
  )
})

test('padding, white space, plain base64 and stray bits are refused', () => {
  for (const text of [
    'QQ==',
    'QQ=',
    'Q Q',
    'QQ\n',
    ' QQ',
    '+_8',
    '/w',
    'QR',
    'Q',
    'QQQQQ',
    'QUF',
    'é',
    'QUı',
  ]) {
    assert.equal(decodeBase64url(text), null, JSON.stringify(text))
  }
})

test('32 bytes are told by their one text, and no other text passes for them', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 30, maxLength: 34 }),
      fc.constantFrom(...'AQgwBDf_='),
      (bytes, end) => {
        const text = encodeBase64url(bytes)
        assert.equal(isBase64urlOf32Bytes(text), bytes.length === 32)
        const other = text.slice(0, -1) + end
        assert.equal(isBase64urlOf32Bytes(other), decodeBase64url(other)?.length === 32)
      },
    ),
  )
  for (const text of ['', `${'A'.repeat(43)}\n`, ` ${'A'.repeat(42)}`])
    assert.equal(isBase64urlOf32Bytes(text), false)
})
