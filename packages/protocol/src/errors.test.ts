import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatOAuthError, OAuthError, oauthErrors } from './errors.ts'

const entries = Object.entries(oauthErrors)

test('every description can be sent: RFC 6749 allows no quote, backslash or control in it', () => {
  for (const [code, { description }] of entries) {
    assert.match(code, /^[a-z_]+$/)
    assert.match(description, /^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/, code)
  }
})

test('every status is one that its specification gives', () => {
  const statuses = Object.fromEntries(
    entries.filter(([, row]) => row.status !== 400).map(([code, row]) => [code, row.status]),
  )
  assert.deepEqual(statuses, {
    server_error: 500,
    temporarily_unavailable: 503,
    invalid_client: 401,
    invalid_token: 401,
    insufficient_authorization: 403,
    insufficient_scope: 403,
    redirect_to_web: 403,
    insufficient_user_authentication: 401,
  })
})

test('an error is sent as its code and description, with state and issuer where given', () => {
  const error = new OAuthError('invalid_grant', { detail: 'code c1 was spent' })
  assert.deepEqual(formatOAuthError(error), {
    error: 'invalid_grant',
    error_description: oauthErrors.invalid_grant.description,
  })
  assert.deepEqual(formatOAuthError(error, { state: 's', iss: 'https://i' }), {
    error: 'invalid_grant',
    error_description: oauthErrors.invalid_grant.description,
    state: 's',
    iss: 'https://i',
  })
  assert.equal(error.status, 400)
  assert.ok(!JSON.stringify(formatOAuthError(error)).includes('c1'))
})

test('a description of our own replaces the table’s and is kept sendable', () => {
  const error = new OAuthError('invalid_request', { description: 'A "quoted"\r\n\\ é text.', status: 429 })
  assert.equal(formatOAuthError(error).error_description, "A 'quoted'''' ' text.")
  assert.equal(error.status, 429)
})

test('an error carries its headers for the answer, and its detail and cause for the log', () => {
  const cause = new Error('inner')
  const error = new OAuthError('invalid_client', {
    headers: { 'Retry-After': '5' },
    detail: 'unknown client',
    cause,
  })
  assert.deepEqual(error.headers, { 'Retry-After': '5' })
  assert.equal(error.detail, 'unknown client')
  assert.equal(error.message, 'invalid_client: unknown client')
  assert.equal(error.cause, cause)
  const plain = new OAuthError('invalid_client')
  assert.deepEqual([plain.headers, plain.detail, plain.message], [undefined, undefined, 'invalid_client'])
})
