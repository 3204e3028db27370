import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { anyTextButNul } from '../../../tests/harness/texts.ts'
import { readClientCredentials } from './client-authentication.ts'
import { OAuthError } from './errors.ts'
import { Parameters } from './parameters.ts'

const type = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
const basic = (text: string) => `Basic ${Buffer.from(text, 'utf8').toString('base64')}`
const read = (authorization: string | undefined, form: Record<string, string> = {}) =>
  readClientCredentials(authorization, Parameters.from(form))

function refusal(authorization: string | undefined, form: Record<string, string> = {}): OAuthError {
  try {
    read(authorization, form)
  } catch (error) {
    assert.ok(error instanceof OAuthError, String(error))
    return error
  }
  return assert.fail('accepted')
}

test('each method is read from its own place', () => {
  assert.deepEqual(read(undefined, { client_id: 'c' }), { method: 'none', clientId: 'c' })
  assert.deepEqual(read(undefined, { client_id: 'c', client_secret: 's' }), {
    method: 'client_secret_post',
    clientId: 'c',
    secret: 's',
  })
  assert.deepEqual(read(basic('c:s')), { method: 'client_secret_basic', clientId: 'c', secret: 's' })
  assert.deepEqual(read(basic('c:s'), { client_id: 'c' }), {
    method: 'client_secret_basic',
    clientId: 'c',
    secret: 's',
  })
  assert.deepEqual(read(undefined, { client_assertion: 'a.b.c', client_assertion_type: type }), {
    method: 'private_key_jwt',
    assertion: 'a.b.c',
  })
  assert.deepEqual(
    read(undefined, { client_assertion: 'a.b.c', client_assertion_type: type, client_id: 'c' }),
    {
      method: 'private_key_jwt',
      assertion: 'a.b.c',
      clientId: 'c',
    },
  )
})

test('id and secret are form-urlencoded before base64, so any text survives Basic', () => {
  const text = anyTextButNul({ minLength: 1 })
  const encode = (value: string) => new URLSearchParams({ '': value }).toString().slice(1)
  fc.assert(
    fc.property(text, text, (clientId, secret) => {
      assert.deepEqual(read(basic(`${encode(clientId)}:${encode(secret)}`)), {
        method: 'client_secret_basic',
        clientId,
        secret,
      })
    }),
  )
  const { clientId, secret } = read('bAsIc   YSUzQWI6YyUyQmQrZTpm') as { clientId: string; secret: string }
  assert.deepEqual([clientId, secret], ['a:b', 'c+d e:f'])
})

test('TK-11: two methods in one request are refused', () => {
  const both: [string | undefined, Record<string, string>][] = [
    [basic('c:s'), { client_secret: 's' }],
    [basic('c:s'), { client_assertion: 'a.b.c', client_assertion_type: type }],
    [
      undefined,
      { client_id: 'c', client_secret: 's', client_assertion: 'a.b.c', client_assertion_type: type },
    ],
    [basic('c:s'), { client_assertion: 'a.b.c' }],
    [basic('c:s'), { client_assertion_type: type }],
    [basic('c:s'), { client_id: 'other' }],
    ['Bearer abc', { client_secret: 's' }],
  ]
  for (const [authorization, form] of both) assert.equal(refusal(authorization, form).code, 'invalid_request')
})

test('half a method is refused', () => {
  for (const form of [
    { client_secret: 's' },
    { client_assertion: 'a.b.c' },
    { client_assertion_type: type },
  ]) {
    assert.equal(refusal(undefined, form).code, 'invalid_request', JSON.stringify(form))
  }
  const odd = refusal(undefined, { client_assertion: 'a', client_assertion_type: 'saml' })
  assert.equal(odd.code, 'invalid_client')
})

test('no method at all is 401, and asks for Basic only where Authorization was used', () => {
  const none = refusal(undefined)
  assert.deepEqual([none.code, none.status, none.headers], ['invalid_client', 401, undefined])
  assert.equal(refusal(undefined, { client_id: '', client_secret: '' }).code, 'invalid_client')
  const malformed = [
    '',
    'Basic',
    'Basic ',
    'Basic é',
    'Basic YQ',
    `${basic('c:s')} `,
    basic('no colon'),
    basic(':secret'),
    basic('é:s'),
    basic('c:%zz'),
    basic('c:%ff'),
    'Basic YTpi\n',
    'Basic YTpi=',
    'Basic YTp=',
    'Basic YTpj YTpj',
    'Bearer abc',
    'Digest a=b',
    'Basic Yzpz, Basic Yzpz',
    'Basic -_8=',
  ]
  for (const authorization of malformed) {
    const { code, status, headers } = refusal(authorization)
    assert.deepEqual([code, status], ['invalid_client', 401], authorization)
    assert.match(headers?.['WWW-Authenticate'] ?? '', /^Basic realm="/, authorization)
  }
})

test('a repeated parameter is refused', () => {
  const form = Parameters.parse('client_id=a&client_id=b')
  assert.throws(
    () => readClientCredentials(undefined, form),
    (error) => error instanceof OAuthError && error.code === 'invalid_request',
  )
})

test('a refusal never quotes the credentials', () => {
  const error = refusal(basic('client:hunter2%'))
  assert.ok(!`${error.message}${error.stack}${JSON.stringify(error)}`.includes('hunter2'))
})
