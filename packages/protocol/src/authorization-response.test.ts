import assert from 'node:assert/strict'
import { test } from 'node:test'
import { proveRedirect, readAuthorizationTarget } from './authorization-request.ts'
import {
  errorParameters,
  isSignedMode,
  responseModeOf,
  responseModes,
  responseRedirect,
  signedResponseClaims,
  successParameters,
} from './authorization-response.ts'
import { OAuthError } from './errors.ts'
import { Parameters } from './parameters.ts'
import { checkClaims } from './token-kinds.ts'

const iss = 'https://id.example'
const target = (more: Record<string, string> = {}) =>
  proveRedirect(
    { redirectUris: ['https://rp.example/cb'] },
    readAuthorizationTarget(
      Parameters.from({ client_id: 'web', redirect_uri: 'https://rp.example/cb', state: 's', ...more }),
    ),
  )

test('JARM §2.3.4: jwt stands for a signed query, and every other mode for itself', () => {
  const modes = responseModes.map((mode) => [mode, responseModeOf(mode)])
  assert.deepEqual(modes, [
    ['query', 'query'],
    ['form_post', 'form_post'],
    ['jwt', 'query.jwt'],
    ['query.jwt', 'query.jwt'],
    ['form_post.jwt', 'form_post.jwt'],
  ])
  assert.deepEqual(
    responseModes.filter((mode) => isSignedMode(responseModeOf(mode))),
    ['jwt', 'query.jwt', 'form_post.jwt'],
  )
  assert.equal(responseModeOf(undefined), 'query')
  for (const unknown of ['', 'fragment', 'fragment.jwt', 'JWT', 'query.JWT', 'web_message', 'toString'])
    assert.equal(responseModeOf(unknown), 'query', unknown)
})

test('JARM §2.1: a signed answer claims the members of the answer, its client and its end', () => {
  const to = { clientId: 'web', expires: 100 }
  const code = signedResponseClaims(successParameters(target(), { code: 'c', iss }), to)
  assert.deepEqual(code, { code: 'c', state: 's', iss, aud: 'web', exp: 100 })
  const failed = { error: new OAuthError('access_denied', { description: 'No.' }), iss }
  const error = signedResponseClaims(errorParameters(target(), failed), to)
  assert.deepEqual(error, {
    error: 'access_denied',
    error_description: 'No.',
    state: 's',
    iss,
    aud: 'web',
    exp: 100,
  })
  for (const claims of [code, error]) assert.equal(checkClaims('authorizationResponse', claims), null)
})

test('a signed answer is either a code or an error, and nothing that an ID token is', () => {
  const good = { iss, aud: 'web', exp: 100, code: 'c' }
  for (const more of [
    { error: 'x' },
    { code: undefined },
    { code: 7 },
    { sub: 'usr_1' },
    { nonce: 'n' },
    { id_token: 'x' },
  ])
    assert.equal(
      checkClaims('authorizationResponse', { ...good, ...more })?.code,
      'wrong_type',
      JSON.stringify(more),
    )
})

test('a state that would make a signed answer too long is refused, and only there', () => {
  for (const state of ['x'.repeat(4095), '\u0001'.repeat(683), '€'.repeat(1365)]) {
    for (const response_mode of ['jwt', 'query.jwt', 'form_post.jwt'])
      assert.throws(() => target({ state, response_mode }), OAuthError)
    assert.equal(target({ state }).state, state)
  }
  assert.equal(target({ state: 'x'.repeat(4094), response_mode: 'jwt' }).responseMode, 'query.jwt')
})

test('RFC 6749 §3.1.2: an answer is added to the address as it is registered', () => {
  const parameters = Parameters.from({ response: 'a.b.c' })
  assert.equal(responseRedirect(target(), parameters), 'https://rp.example/cb?response=a.b.c')
})
