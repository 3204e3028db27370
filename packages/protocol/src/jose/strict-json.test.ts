import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { anyText } from '../../../../tests/harness/texts.ts'
import { decodeStrictJson, JsonError } from './strict-json.ts'

const bytes = (...parts: (string | number[])[]) =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : Buffer.from(part))))

function refusal(source: string | Uint8Array): string {
  try {
    decodeStrictJson(source)
  } catch (error) {
    assert.ok(error instanceof JsonError)
    return error.code
  }
  return 'accepted'
}

test('what JSON.stringify writes is read back, as text and as bytes', () => {
  fc.assert(
    fc.property(fc.oneof(fc.jsonValue({ maxDepth: 5 }), fc.dictionary(anyText(), anyText())), (value) => {
      const text = JSON.stringify(value)
      fc.pre(!text.includes('__proto__'))
      assert.deepEqual(decodeStrictJson(text), JSON.parse(text))
      assert.deepEqual(decodeStrictJson(Buffer.from(text)), JSON.parse(text))
    }),
  )
})

test('a member that is named twice is refused, however it is spelled', () => {
  for (const text of [
    '{"a":1,"a":1}',
    '{"a":1,"\\u0061":2}',
    '{"a":1,"b":{"c":1,"c":2}}',
    '[{"":1,"":2}]',
    '{"a:":1,"a:":2}',
    '{"a\\"":1,"a\\"":2}',
    '{"\\\\":1,"\\\\":2}',
    '{"1":1,"1":2}',
  ]) {
    assert.equal(refusal(text), 'duplicate_member', text)
  }
  assert.deepEqual(decodeStrictJson('{"a":":","b:":"\\":\\\\"}'), { a: ':', 'b:': '":\\' })
})

test('any duplicated member in any object is found', () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 2 }), { minKeys: 1, maxKeys: 5 }),
      fc.nat(),
      fc.nat(3),
      (members, pick, wraps) => {
        const names = Object.keys(members)
        const name = names[pick % names.length] ?? ''
        const written = [...names, name].map(
          (each) => `${JSON.stringify(each)}:${JSON.stringify(members[each])}`,
        )
        const text = `${'['.repeat(wraps)}{${written.join(',')}}${']'.repeat(wraps)}`
        fc.pre(!text.includes('__proto__'))
        assert.equal(refusal(text), 'duplicate_member')
      },
    ),
  )
})

test('__proto__ is refused as a member and allowed as a value', () => {
  assert.equal(refusal('{"__proto__":{"admin":true}}'), 'forbidden_member')
  assert.equal(refusal('{"a":[{"\\u005f_proto__":1}]}'), 'forbidden_member')
  assert.deepEqual(decodeStrictJson('{"a":"__proto__"}'), { a: '__proto__' })
})

test('only UTF-8 without a byte order mark is read', () => {
  assert.equal(refusal(bytes([0xef, 0xbb, 0xbf], '{}')), 'byte_order_mark')
  assert.equal(refusal('\ufeff{}'), 'byte_order_mark')
  assert.equal(refusal(bytes('{"a":"', [0xff], '"}')), 'not_utf8')
  assert.equal(refusal(bytes('"', [0xc0, 0x80], '"')), 'not_utf8')
  assert.equal(refusal(bytes('"', [0xed, 0xa0, 0x80], '"')), 'not_utf8')
  assert.equal(refusal(Buffer.from('{}', 'utf16le')), 'syntax')
})

test('lone surrogates are refused, pairs are not', () => {
  assert.equal(refusal('"\\ud800"'), 'lone_surrogate')
  assert.equal(refusal('{"\\udc00":1}'), 'lone_surrogate')
  assert.equal(refusal('[["\\ud800\\u0020"]]'), 'lone_surrogate')
  assert.equal(refusal('"\ud800"'), 'lone_surrogate')
  assert.equal(decodeStrictJson('"\\ud83d\\ude00"'), '😀')
  assert.equal(decodeStrictJson('"\\\\ud800"'), '\\ud800')
  assert.deepEqual(decodeStrictJson('{"\\u0061":[null,true,7,{"b":null}]}'), {
    a: [null, true, 7, { b: null }],
  })
})

test('numbers beyond a double are refused', () => {
  for (const text of ['1e400', '-1e400', '{"exp":1e999}', '[[1e309]]'])
    assert.equal(refusal(text), 'number_range')
  for (const text of ['NaN', 'Infinity', '01', '1.', '0x1', '+1']) assert.equal(refusal(text), 'syntax')
})

test('nesting ends at twenty', () => {
  assert.notEqual(refusal(`${'['.repeat(20)}${']'.repeat(20)}`), 'too_deep')
  assert.equal(refusal(`${'['.repeat(21)}${']'.repeat(21)}`), 'too_deep')
  assert.equal(refusal('{"a":'.repeat(21)), 'too_deep')
  assert.equal(refusal('['.repeat(100_000)), 'too_deep')
})

test('anything that is not JSON is refused and nothing else is thrown', () => {
  for (const text of [
    '',
    ' ',
    '{',
    '}',
    '{"a"}',
    '{"a":1,}',
    '[1,]',
    "{'a':1}",
    '{a:1}',
    '"',
    '"\\"',
    '{}{}',
    '//',
    '\0',
  ])
    assert.equal(refusal(text), 'syntax', text)
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom(...'{}[]",:\\u0a1e-. é\ud800\ufeff'), maxLength: 40 }),
      (text) => {
        refusal(text)
      },
    ),
    { numRuns: 1000 },
  )
  fc.assert(fc.property(fc.uint8Array({ maxLength: 40 }), (raw) => void refusal(raw)))
})

test('the refusal does not quote the text', () => {
  assert.throws(
    () => decodeStrictJson('{"secret-value'),
    (error: Error) => !error.message.includes('secret'),
  )
})
