import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseAuthorizationDetails } from './authorization-details.ts'
import { parseAuthorizationRequest, proveRedirect, readAuthorizationTarget } from './authorization-request.ts'
import { parseDeviceAuthorizationRequest } from './device-authorization.ts'
import { OAuthError } from './errors.ts'
import { Parameters } from './parameters.ts'
import { requestObjectParameters } from './request-object.ts'
import { accessTokenType, tokenExchange } from './token-exchange.ts'
import { deviceGrant, parseTokenRequest } from './token-request.ts'

const payment = { type: 'payment', amount: '12.50', to: { iban: 'DE02' } }
const text = JSON.stringify([payment])
const withDetails = (json: string) => Parameters.from({ authorization_details: json })

function codeOf(run: () => unknown): string {
  try {
    run()
  } catch (error) {
    assert.ok(error instanceof OAuthError, String(error))
    return error.code
  }
  return 'accepted'
}

test('authorization details are a strict JSON list of objects that name their type', () => {
  assert.deepEqual(parseAuthorizationDetails(withDetails(text)), [payment])
  assert.equal(parseAuthorizationDetails(Parameters.from({})), undefined)
  assert.equal(parseAuthorizationDetails(withDetails('')), undefined)
  const wrong = [
    '{}',
    '[]',
    'null',
    '[',
    '[null]',
    '["payment"]',
    '[{}]',
    '[{"type":""}]',
    '[{"type":1}]',
    '[{"type":"a","type":"b"}]',
    '[{"type":"a","__proto__":{}}]',
    '[{"type":"a","text":"\\ud800"}]',
    `[{"type":"a","deep":${'['.repeat(30)}${']'.repeat(30)}}]`,
    JSON.stringify(Array.from({ length: 21 }, () => payment)),
    JSON.stringify([{ type: 'a', text: 'x'.repeat(20_000) }]),
  ]
  for (const json of wrong)
    assert.equal(
      codeOf(() => parseAuthorizationDetails(withDetails(json))),
      'invalid_authorization_details',
      json.slice(0, 60),
    )
  const twice = Parameters.from([
    ['authorization_details', text],
    ['authorization_details', text],
  ])
  assert.equal(
    codeOf(() => parseAuthorizationDetails(twice)),
    'invalid_request',
  )
})

test('whoever asks for tokens may say so in details', () => {
  const common = `authorization_details=${encodeURIComponent(text)}`
  const requests = [
    'grant_type=authorization_code&code=c',
    'grant_type=refresh_token&refresh_token=r',
    'grant_type=client_credentials',
    `grant_type=${deviceGrant}&device_code=d`,
    `grant_type=${tokenExchange}&subject_token=t&subject_token_type=${accessTokenType}`,
  ]
  for (const request of requests) {
    const read = (text: string): { details?: unknown } => parseTokenRequest(Parameters.parse(text))
    assert.deepEqual(read(`${request}&${common}`).details, [payment], request)
    assert.equal(read(request).details, undefined, request)
    const broken = Parameters.parse(`${request}&authorization_details=x`)
    assert.equal(
      codeOf(() => parseTokenRequest(broken)),
      'invalid_authorization_details',
      request,
    )
  }
  assert.deepEqual(parseDeviceAuthorizationRequest(Parameters.parse(common)).details, [payment])
})

test('an authorization request holds them, as a parameter and in a request object', () => {
  const parameters = {
    response_type: 'code',
    client_id: 'web',
    redirect_uri: 'https://web.example/cb',
    code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    code_challenge_method: 'S256',
  }
  const parsed = (params: Parameters) =>
    parseAuthorizationRequest(
      params,
      proveRedirect({ redirectUris: ['https://web.example/cb'] }, readAuthorizationTarget(params)),
    )
  assert.deepEqual(parsed(Parameters.from({ ...parameters, authorization_details: text })).details, [payment])
  assert.equal(parsed(Parameters.from(parameters)).details, undefined)
  const claims = { iss: 'web', aud: 'x', exp: 1, ...parameters, authorization_details: [payment] }
  assert.deepEqual(parsed(requestObjectParameters(claims)).details, [payment])
  for (const wrong of [{}, 1, true, null])
    assert.equal(
      codeOf(() => requestObjectParameters({ ...claims, authorization_details: wrong as never })),
      'invalid_request_object',
    )
})
