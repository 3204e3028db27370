import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { anyText, anyTextButNul } from '../../../tests/harness/texts.ts'
import {
  type AuthorizationRequest,
  parseAuthorizationRequest,
  proveRedirect,
  readAuthorizationTarget,
} from './authorization-request.ts'
import { errorParameters, responseRedirect, successParameters } from './authorization-response.ts'
import { OAuthError } from './errors.ts'
import { Parameters } from './parameters.ts'

const client = {
  redirectUris: ['https://rp.test/cb', 'https://rp.test/cb?tenant=1', 'http://127.0.0.1/callback'],
}
const iss = 'https://auth.test'
const good = {
  client_id: 'demo-spa',
  redirect_uri: 'https://rp.test/cb',
  response_type: 'code',
  scope: 'openid accounts:read',
  state: 's1',
  code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
  code_challenge_method: 'S256',
}

type Change = Record<string, string | undefined>

function prove(params: Parameters) {
  return proveRedirect(client, readAuthorizationTarget(params))
}

function parse(change: Change = {}): AuthorizationRequest {
  const params = Parameters.from({ ...good, ...change })
  return parseAuthorizationRequest(params, prove(params))
}

function codeOf(run: () => unknown): string {
  try {
    run()
  } catch (error) {
    assert.ok(error instanceof OAuthError, String(error))
    return error.code
  }
  return 'accepted'
}

/** The error of a request that has got as far as a redirect; a page error fails the test. */
function redirectError(text: string): string {
  const params = Parameters.parse(text)
  const proven = prove(params)
  return codeOf(() => parseAuthorizationRequest(params, proven))
}

const withExtra = (extra: string) => `${Parameters.from(good)}&${extra}`

test('a plain request is read in full', () => {
  assert.deepEqual(parse(), {
    clientId: 'demo-spa',
    redirectUri: 'https://rp.test/cb',
    redirectUriWasSent: true,
    state: 's1',
    responseMode: 'query',
    scope: ['openid', 'accounts:read'],
    codeChallenge: good.code_challenge,
    prompt: [],
    uiLocales: [],
    acrValues: [],
    resources: [],
  })
})

test('every optional parameter is read, and the request survives being stored', () => {
  const params = Parameters.parse(
    withExtra(
      Parameters.from([
        ['nonce', 'n 1'],
        ['prompt', 'login consent login'],
        ['max_age', '0'],
        ['login_hint', 'ada@example.test'],
        ['id_token_hint', 'a.b.c'],
        ['ui_locales', 'fr-CA fr x_y en'],
        ['claims', '{"id_token":{"acr":null}}'],
        ['acr_values', '2 1'],
        ['display', 'popup'],
        ['resource', 'https://api.test/a'],
        ['resource', 'urn:api'],
        ['resource', 'https://api.test/a'],
        ['response_mode', 'form_post'],
        ['unknown', 'ignored'],
      ]).toString(),
    ),
  )
  const request = parseAuthorizationRequest(params, prove(params))
  const { nonce, prompt, maxAge, loginHint, idTokenHint, uiLocales, claims, acrValues, display, resources } =
    request
  assert.deepEqual(
    { nonce, prompt, maxAge, loginHint, idTokenHint, uiLocales, claims, acrValues, display, resources },
    {
      nonce: 'n 1',
      prompt: ['login', 'consent'],
      maxAge: 0,
      loginHint: 'ada@example.test',
      idTokenHint: 'a.b.c',
      uiLocales: ['fr-CA', 'fr', 'en'],
      claims: { idToken: { acr: null } },
      acrValues: ['2', '1'],
      display: 'popup',
      resources: ['https://api.test/a', 'urn:api'],
    },
  )
  assert.equal(request.responseMode, 'form_post')
  assert.deepEqual(JSON.parse(JSON.stringify(request)), request)
})

test('AZ-02: without a client or a proven redirect URI the error is for a page', () => {
  const pages: Change[] = [
    { client_id: undefined },
    { client_id: '' },
    { redirect_uri: 'https://evil.test/cb' },
    { redirect_uri: 'https://rp.test/cb/' },
    { redirect_uri: undefined },
    { redirect_uri: '' },
    { redirect_uri: undefined, scope: 'accounts:read' },
  ]
  for (const change of pages) {
    assert.equal(
      codeOf(() => prove(Parameters.from({ ...good, ...change }))),
      'invalid_request',
      JSON.stringify(change),
    )
  }
  for (const repeated of ['client_id=demo-spa', 'redirect_uri=https://rp.test/cb']) {
    assert.equal(
      codeOf(() => prove(Parameters.parse(withExtra(repeated)))),
      'invalid_request',
    )
  }
})

test('a client with one redirect URI may leave it out, but not in an OpenID request', () => {
  const single = { redirectUris: ['https://rp.test/only'] }
  const params = Parameters.from({ ...good, scope: 'accounts:read', redirect_uri: undefined })
  const request = parseAuthorizationRequest(params, proveRedirect(single, readAuthorizationTarget(params)))
  assert.equal(request.redirectUri, 'https://rp.test/only')
  assert.equal(request.redirectUriWasSent, false)
  const openid = Parameters.from({ ...good, redirect_uri: undefined })
  assert.equal(
    codeOf(() => readAuthorizationTarget(openid)),
    'invalid_request',
  )
  assert.equal(
    codeOf(() => proveRedirect({ redirectUris: [] }, readAuthorizationTarget(params))),
    'invalid_request',
  )
})

test('the loopback port asked for is the one answered to', () => {
  const request = parse({ redirect_uri: 'http://127.0.0.1:49152/callback' })
  assert.equal(request.redirectUri, 'http://127.0.0.1:49152/callback')
  assert.equal(
    responseRedirect(request, successParameters(request, { code: 'c', iss })).split('?')[0],
    'http://127.0.0.1:49152/callback',
  )
})

test('AZ-07, AZ-24: only a code, in a query or a form', () => {
  for (const type of ['token', 'id_token', 'code token', 'code id_token', 'none', 'CODE', 'code ']) {
    assert.equal(
      codeOf(() => parse({ response_type: type })),
      'unsupported_response_type',
      type,
    )
  }
  assert.equal(
    codeOf(() => parse({ response_type: undefined })),
    'invalid_request',
  )
  for (const mode of ['fragment', 'fragment.jwt', 'JWT', 'web_message', 'Query']) {
    assert.equal(
      codeOf(() => parse({ response_mode: mode })),
      'invalid_request',
      mode,
    )
  }
  assert.equal(parse({ response_mode: 'query' }).responseMode, 'query')
})

test('AZ-08, AZ-09: PKCE with S256, always', () => {
  const without: Change[] = [
    { code_challenge: undefined },
    { code_challenge: undefined, code_challenge_method: undefined },
    { code_challenge_method: undefined },
    { code_challenge_method: 'plain' },
    { code_challenge_method: 's256' },
    { code_challenge: 'short' },
    { code_challenge: `${good.code_challenge}=` },
    { code_challenge: 'a'.repeat(128) },
  ]
  for (const change of without)
    assert.equal(
      codeOf(() => parse(change)),
      'invalid_request',
      JSON.stringify(change),
    )
})

test('the error says which parameter is missing', () => {
  for (const name of ['response_type', 'code_challenge']) {
    assert.throws(
      () => parse({ [name]: undefined }),
      (error) => error instanceof OAuthError && error.description === `The parameter ${name} is missing.`,
    )
  }
})

test('AZ-11: a parameter that repeats is refused, also one that is unknown; resource and audience may', () => {
  for (const extra of [
    'scope=openid',
    'state=s1',
    'response_type=code',
    'x=1&x=1',
    'nonce=&nonce=',
    'code_challenge=a',
    'response_mode=query&response_mode=query',
  ]) {
    assert.equal(redirectError(withExtra(extra)), 'invalid_request', extra)
  }
  assert.equal(
    redirectError(withExtra('resource=urn:a&resource=urn:b&audience=a&audience=b&x=1')),
    'accepted',
  )
})

test('what the server does not take by reference or value is refused by its own name', () => {
  assert.equal(
    codeOf(() => parse({ request: 'a.b.c' })),
    'request_not_supported',
  )
  assert.equal(
    codeOf(() => parse({ request_uri: 'https://rp.test/request' })),
    'request_uri_not_supported',
  )
  assert.equal(
    codeOf(() => parse({ registration: '{}' })),
    'registration_not_supported',
  )
  assert.equal(
    codeOf(() => parse({ request: '', request_uri: '' })),
    'accepted',
  )
})

test('prompt none stands alone, and unknown prompts are refused', () => {
  assert.deepEqual(parse({ prompt: 'none' }).prompt, ['none'])
  assert.deepEqual(parse({ prompt: 'select_account login' }).prompt, ['select_account', 'login'])
  for (const prompt of ['none login', 'consent none', 'create', 'NONE', 'constructor']) {
    assert.equal(
      codeOf(() => parse({ prompt })),
      'invalid_request',
      prompt,
    )
  }
})

test('ages, claims, scopes and resources that are malformed are refused', () => {
  for (const age of ['-1', '1.5', '1e3', 'x', '0x10', '9999999999', ' 1', '+1']) {
    assert.equal(
      codeOf(() => parse({ max_age: age })),
      'invalid_request',
      age,
    )
  }
  assert.equal(
    codeOf(() => parse({ claims: '{' })),
    'invalid_request',
  )
  assert.equal(
    codeOf(() => parse({ scope: 'a"b' })),
    'invalid_scope',
  )
  for (const resource of [
    'relative',
    '/path',
    'https://api.test/#a',
    '#',
    'https:',
    '://x',
    'https://api.test/ a',
  ]) {
    assert.equal(
      codeOf(() => parse({ resource })),
      'invalid_target',
      resource,
    )
  }
  assert.equal(parse({ display: 'hologram' }).display, undefined)
})

test('AZ-10, AZ-12: an answer carries the code, the issuer and the very state, whatever it is', () => {
  const state = anyTextButNul({ minLength: 1, maxLength: 512 })
  fc.assert(
    fc.property(state, fc.constantFrom('https://rp.test/cb', 'https://rp.test/cb?tenant=1'), (text, uri) => {
      const params = Parameters.parse(
        Parameters.from({ ...good, state: text, nonce: text, redirect_uri: uri }).toString(),
      )
      const proven = prove(params)
      const request = parseAuthorizationRequest(params, proven)
      assert.equal(request.nonce, text)
      const answers = [
        responseRedirect(request, successParameters(request, { code: 'c/1+', iss })),
        responseRedirect(proven, errorParameters(proven, { error: new OAuthError('access_denied'), iss })),
      ]
      for (const answer of answers) {
        assert.ok(answer.startsWith(uri))
        const query = new URL(answer).searchParams
        assert.deepEqual([query.getAll('state'), query.getAll('iss')], [[text], [iss]])
        assert.equal(query.get('tenant'), uri.includes('tenant') ? '1' : null)
      }
      assert.equal(new URL(answers[0] ?? '').searchParams.get('code'), 'c/1+')
    }),
  )
})

test('a state that was not sent is not answered, nor one that was sent twice', () => {
  const none = parse({ state: undefined })
  assert.deepEqual(successParameters(none, { code: 'c', iss }).names(), ['code', 'iss'])
  const twice = prove(Parameters.parse(withExtra('state=s2')))
  assert.ok(
    !responseRedirect(
      twice,
      errorParameters(twice, { error: new OAuthError('invalid_request'), iss }),
    ).includes('state='),
  )
})

test('an error redirect says what RFC 6749 §4.1.2.1 and RFC 9207 say it does', () => {
  const proven = prove(Parameters.from({ ...good, redirect_uri: 'https://rp.test/cb?tenant=1' }))
  const error = new OAuthError('login_required', { detail: 'no session of usr_1' })
  assert.equal(
    responseRedirect(proven, errorParameters(proven, { error, iss })),
    'https://rp.test/cb?tenant=1&error=login_required&error_description=The%20user%20must%20sign%20in%2C%20which%20the%20request%20forbids.&state=s1&iss=https%3A%2F%2Fauth.test',
  )
})

test('no set of parameters makes the stages throw anything but an OAuth error', () => {
  const name = fc.constantFrom(
    ...Object.keys(good),
    'prompt',
    'max_age',
    'claims',
    'resource',
    'request',
    'response_mode',
    'nonce',
    '__proto__',
  )
  const value = fc.oneof(fc.constantFrom(...Object.values(good), 'none', 'form_post', '{}'), anyText())
  fc.assert(
    fc.property(fc.array(fc.tuple(name, value), { maxLength: 6 }), fc.boolean(), (changes, replace) => {
      const entries = replace
        ? Object.entries({ ...good, ...Object.fromEntries(changes) })
        : [...Object.entries(good), ...changes]
      const params = Parameters.from(entries as [string, string][])
      codeOf(() => parseAuthorizationRequest(params, prove(params)))
    }),
    { numRuns: 500 },
  )
})
