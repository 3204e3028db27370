import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { anyText, anyTextButNul } from '../../../tests/harness/texts.ts'
import { OAuthError } from './errors.ts'
import { Parameters } from './parameters.ts'

const text = anyTextButNul({ maxLength: 20 })
const pairs = fc.array(fc.tuple(text, text), { maxLength: 20 })

function refusal(run: () => unknown): string {
  try {
    run()
  } catch (error) {
    assert.ok(error instanceof OAuthError, String(error))
    return error.code
  }
  return 'accepted'
}

test('what a browser encodes is read as it was meant, and encoded so that a browser reads the same', () => {
  fc.assert(
    fc.property(pairs, (given) => {
      const encoded = new URLSearchParams(given).toString()
      const parameters = Parameters.parse(encoded)
      assert.deepEqual([...parameters], given)
      assert.deepEqual([...new URLSearchParams(parameters.toString())], given)
      assert.deepEqual([...Parameters.parse(parameters.toString())], given)
      assert.deepEqual([...Parameters.from(given)], given)
    }),
  )
})

test('what is written is read alike by those who take "+" for a space and those who do not', () => {
  fc.assert(
    fc.property(text, (value) => {
      const encoded = Parameters.from({ state: value }).toString().slice('state='.length)
      assert.equal(decodeURIComponent(encoded), value)
      assert.equal(new URLSearchParams(`a=${encoded}`).get('a'), value)
    }),
  )
})

test('any text is read as the platform reads it, or refused as an invalid request', () => {
  const hostile = fc.string({ unit: fc.constantFrom(...'a=&%+ 0f4é\ud800\0;?#/'), maxLength: 30 })
  fc.assert(
    fc.property(fc.oneof(hostile, anyText()), (query) => {
      const code = refusal(() => {
        assert.deepEqual([...Parameters.parse(query)], [...new URLSearchParams(`&${query}`)])
      })
      assert.ok(['accepted', 'invalid_request'].includes(code))
    }),
    { numRuns: 1000 },
  )
})

test('broken escapes, bytes that are not UTF-8 and NUL are refused', () => {
  const broken = [
    '%',
    '%4',
    '%zz',
    'a=%',
    'a=%e',
    '%c3%28=1',
    'a=%ff',
    'a=%c0%80',
    'a=%ed%a0%80',
    'a=%F4%90%80%80',
    'a=%00',
    'a\0=1',
    'a=\ud800',
    'a=%u0041',
  ]
  for (const query of broken)
    assert.equal(
      refusal(() => Parameters.parse(query)),
      'invalid_request',
      query,
    )
})

test('a hundred parameters are read and one more is refused', () => {
  const query = (count: number) => Array.from({ length: count }, (_, n) => `p${n}=1`).join('&')
  assert.equal(Parameters.parse(query(100)).names().length, 100)
  assert.equal(
    refusal(() => Parameters.parse(query(101))),
    'invalid_request',
  )
  assert.equal(
    refusal(() => Parameters.parse('a&'.repeat(1_000_000))),
    'invalid_request',
  )
  assert.equal(Parameters.parse('&'.repeat(5000)).names().length, 0)
})

test('an empty value counts as omitted', () => {
  const parameters = Parameters.parse('scope=&state&nonce=0&resource=&resource=a')
  assert.equal(parameters.get('scope'), undefined)
  assert.equal(parameters.get('state'), undefined)
  assert.equal(parameters.get('nonce'), '0')
  assert.equal(parameters.get('absent'), undefined)
  assert.deepEqual(parameters.all('resource'), ['a'])
  assert.deepEqual(
    [parameters.has('scope'), parameters.has('nonce'), parameters.has('resource')],
    [false, true, true],
  )
  assert.deepEqual(parameters.names(), ['scope', 'state', 'nonce', 'resource'])
})

test('a name that repeats is refused when asked for, even when all but one are empty', () => {
  for (const query of ['a=1&a=2', 'a=1&a=1', 'a=1&a=', 'a=&a=', 'a&%61=1']) {
    assert.equal(
      refusal(() => Parameters.parse(query).get('a')),
      'invalid_request',
      query,
    )
    assert.equal(Parameters.parse(query).repeated(), 'a')
    assert.equal(Parameters.parse(query).repeated(['a']), undefined)
  }
  assert.equal(Parameters.parse('a=1&b=2&A=3').repeated(), undefined)
  assert.equal(Parameters.parse('resource=1&resource=2&b=1&b=2').repeated(['resource']), 'b')
})

test('a parameter that must be given is asked for by its name', () => {
  assert.equal(Parameters.parse('code=a').require('code'), 'a')
  for (const query of ['', 'code=', 'other=a']) {
    assert.throws(
      () => Parameters.parse(query).require('code'),
      (error) => error instanceof OAuthError && error.description === 'The parameter code is missing.',
    )
  }
  assert.equal(
    refusal(() => Parameters.parse('code=a&code=a').require('code')),
    'invalid_request',
  )
})

test('names that objects have by nature are absent unless given', () => {
  const parameters = Parameters.parse('toString=1&__proto__=2')
  assert.equal(parameters.get('constructor'), undefined)
  assert.equal(parameters.get('hasOwnProperty'), undefined)
  assert.equal(parameters.get('toString'), '1')
  assert.equal(parameters.get('__proto__'), '2')
})

test('undefined values are left out when parameters are made', () => {
  assert.equal(
    Parameters.from({ code: 'a b', state: undefined, iss: 'https://i/?a=b&c' }).toString(),
    'code=a%20b&iss=https%3A%2F%2Fi%2F%3Fa%3Db%26c',
  )
  assert.equal(Parameters.from(new Map([['a', '1']])).get('a'), '1')
})

test('a refusal does not quote what was sent', () => {
  assert.throws(
    () => Parameters.parse('password=hunter2%'),
    (error) => error instanceof OAuthError && !`${error.message}${error.description}`.includes('hunter2'),
  )
})
