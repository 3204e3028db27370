import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseBackchannelRequest } from './backchannel-authentication.ts'
import { OAuthError } from './errors.ts'
import { Parameters } from './parameters.ts'
import { requestObjectParameters } from './request-object.ts'

const parse = (text: string) => parseBackchannelRequest(Parameters.parse(text))
const refuses = (text: string, code: string) =>
  assert.throws(
    () => parse(text),
    (error) => error instanceof OAuthError && error.code === code,
    text,
  )

test('a client names one person, what it asks, and how it hears of the answer', () => {
  assert.deepEqual(
    parse(
      'scope=openid+a&login_hint=ada&binding_message=W4%C3%B8&client_notification_token=a.b~c%3D&requested_expiry=30&resource=urn:a&user_code=1&unknown=x',
    ),
    {
      scope: ['openid', 'a'],
      resources: ['urn:a'],
      hint: { kind: 'login', value: 'ada' },
      bindingMessage: 'W4ø',
      notificationToken: 'a.b~c=',
      requestedExpiry: 30,
    },
  )
  assert.deepEqual(parse('scope=openid&id_token_hint=x').hint, { kind: 'idToken', value: 'x' })
})

test('CIBA §7.1: there is one hint and only one, and no hint token that nobody here trusts', () => {
  for (const hints of [
    '',
    '&login_hint=a&id_token_hint=b',
    '&login_hint_token=a',
    '&login_hint=',
    '&login_hint=a&login_hint=b',
  ])
    refuses(`scope=openid${hints}`, 'invalid_request')
})

test('AZ-11: the scope holds openid, and every other parameter is as it should be or refused', () => {
  refuses('login_hint=a', 'invalid_request')
  refuses('scope=email&login_hint=a', 'invalid_scope')
  refuses('scope=openid&login_hint=a&resource=not+a+uri', 'invalid_target')
  for (const expiry of ['0', '-1', '1.5', '1e3', '+1', '030', '9999999999', 'soon'])
    refuses(`scope=openid&login_hint=a&requested_expiry=${encodeURIComponent(expiry)}`, 'invalid_request')
  for (const token of ['a b', 'a\nb', 'é', '=', 'a'.repeat(1025)])
    refuses(
      `scope=openid&login_hint=a&client_notification_token=${encodeURIComponent(token)}`,
      'invalid_request',
    )
})

test('a signed request says the same, with its expiry as a number or as text', () => {
  const claims = { iss: 'c', aud: 'i', exp: 2, nbf: 1, iat: 1, jti: 'j', scope: 'openid', login_hint: 'ada' }
  for (const expiry of [30, '30'])
    assert.equal(
      parseBackchannelRequest(requestObjectParameters({ ...claims, requested_expiry: expiry }))
        .requestedExpiry,
      30,
    )
  for (const wrong of [{ requested_expiry: 1.5 }, { binding_message: 7 }, { login_hint: ['ada'] }])
    assert.throws(
      () => requestObjectParameters({ ...claims, ...wrong }),
      (error) => error instanceof OAuthError && error.code === 'invalid_request_object',
    )
})
