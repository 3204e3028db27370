import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseDeviceAuthorizationRequest } from './device-authorization.ts'
import { OAuthError } from './errors.ts'
import { Parameters } from './parameters.ts'

const parse = (text: string) => parseDeviceAuthorizationRequest(Parameters.parse(text))

test('a device names scopes and resources, or neither', () => {
  assert.deepEqual(parse('client_id=tv&scope=a+b&resource=urn:a&resource=urn:b&unknown=x'), {
    scope: ['a', 'b'],
    resources: ['urn:a', 'urn:b'],
  })
  assert.deepEqual(parse('client_id=tv'), { scope: [], resources: [] })
})

test('AZ-11: a repeated parameter is refused, and so are a malformed scope and resource', () => {
  for (const [text, code] of [
    ['client_id=tv&scope=a&scope=b', 'invalid_request'],
    ['client_id=tv&client_id=tv', 'invalid_request'],
    ['scope=%22', 'invalid_scope'],
    ['resource=not+a+uri', 'invalid_target'],
  ] as const) {
    assert.throws(
      () => parse(text),
      (error) => error instanceof OAuthError && error.code === code,
      text,
    )
  }
})
