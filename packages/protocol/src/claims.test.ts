import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseClaimsRequest, standardClaims } from './claims.ts'
import { OAuthError } from './errors.ts'

test('the example of OpenID Connect Core §5.5 is read', () => {
  const json = `{
    "userinfo": {
      "given_name": {"essential": true}, "nickname": null, "email": {"essential": true},
      "email_verified": {"essential": true}, "picture": null, "http://example.info/claims/groups": null
    },
    "id_token": {
      "auth_time": {"essential": true}, "acr": {"values": ["urn:mace:incommon:iap:silver"]}
    }
  }`
  assert.deepEqual(parseClaimsRequest(json), {
    userinfo: {
      given_name: { essential: true },
      nickname: null,
      email: { essential: true },
      email_verified: { essential: true },
      picture: null,
      'http://example.info/claims/groups': null,
    },
    idToken: { auth_time: { essential: true }, acr: { values: ['urn:mace:incommon:iap:silver'] } },
  })
})

test('what is not understood is ignored, at every level', () => {
  assert.deepEqual(parseClaimsRequest('{}'), {})
  assert.deepEqual(
    parseClaimsRequest('{"other":{"a":1},"userinfo":{"a":{"x":1,"value":"v"}},"id_token":null}'),
    {
      userinfo: { a: { value: 'v' } },
    },
  )
})

test('anything else is an invalid request', () => {
  const wrong = [
    '',
    'null',
    '[]',
    '"a"',
    '7',
    '{',
    '{"userinfo":[]}',
    '{"userinfo":7}',
    '{"id_token":{"a":7}}',
    '{"id_token":{"a":[]}}',
    '{"id_token":{"a":{"essential":"yes"}}}',
    '{"id_token":{"a":{"values":"x"}}}',
    '{"id_token":{},"id_token":{}}',
    '{"userinfo":{"__proto__":null}}',
    `{"userinfo":{"a":"${'x'.repeat(5000)}"}}`,
  ]
  for (const json of wrong) {
    assert.throws(
      () => parseClaimsRequest(json),
      (error) => error instanceof OAuthError && error.code === 'invalid_request',
      json.slice(0, 60),
    )
  }
})

test('a request of 4096 characters is read and a longer one is not', () => {
  const sized = (length: number) => JSON.stringify({ userinfo: { [`${'x'.repeat(length - 22)}`]: null } })
  assert.equal(sized(4096).length, 4096)
  assert.ok(parseClaimsRequest(sized(4096)))
  assert.throws(() => parseClaimsRequest(sized(4097)), OAuthError)
})

test('each standard claim belongs to one scope', () => {
  const all = Object.values(standardClaims).flat()
  assert.equal(all.length, 19)
  assert.equal(new Set(all).size, all.length)
})
