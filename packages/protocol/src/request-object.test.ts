import assert from 'node:assert/strict'
import { test } from 'node:test'
import { OAuthError } from './errors.ts'
import { requestObjectParameters } from './request-object.ts'

const object = {
  iss: 'web',
  aud: 'https://id.example',
  exp: 1,
  nbf: 1,
  iat: 1,
  jti: 'j',
  client_id: 'web',
  response_type: 'code',
}
const read = (more: Record<string, unknown>) => [...requestObjectParameters({ ...object, ...more })]

test('RFC 9101 §4: what is of the token is no parameter, the rest is', () => {
  assert.deepEqual(read({ scope: 'openid', state: '' }), [
    ['client_id', 'web'],
    ['response_type', 'code'],
    ['scope', 'openid'],
    ['state', ''],
  ])
})

test('a number, an object and a list are read where the specifications have them', () => {
  const claims = { userinfo: { email: null } }
  const pairs = read({ max_age: 0, claims, resource: ['https://a.example', 'https://b.example'] }).slice(2)
  assert.deepEqual(pairs, [
    ['max_age', '0'],
    ['claims', '{"userinfo":{"email":null}}'],
    ['resource', 'https://a.example'],
    ['resource', 'https://b.example'],
  ])
  assert.deepEqual(read({ max_age: '10', claims: '{}', resource: 'https://a.example' }).slice(2), [
    ['max_age', '10'],
    ['claims', '{}'],
    ['resource', 'https://a.example'],
  ])
})

test('C10: a claim of another type is refused, not turned into text', () => {
  const wrong: Record<string, unknown>[] = [
    { scope: ['openid'] },
    { scope: null },
    { state: 7 },
    { redirect_uri: ['https://a.example'] },
    { redirect_uri: { toString: 'https://a.example' } },
    { max_age: 1.5 },
    { max_age: [1] },
    { max_age: true },
    { claims: [] },
    { claims: 7 },
    { resource: [7] },
    { resource: { 0: 'https://a.example' } },
    { nonce: 'a\0b' },
    { state: '\ud800' },
  ]
  for (const more of wrong) {
    assert.throws(
      () => read(more),
      (error) => error instanceof OAuthError && error.code === 'invalid_request_object',
      JSON.stringify(more),
    )
  }
})

test('what nobody knows is ignored, whatever it is', () => {
  assert.deepEqual(read({ purposes: [{ type: 'x' }], foo: { bar: 1 }, n: 7, b: true }).length, 2)
  assert.deepEqual(read({ registration: {} }).at(-1), ['registration', '{}'])
})
