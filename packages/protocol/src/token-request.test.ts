import assert from 'node:assert/strict'
import { test } from 'node:test'
import { OAuthError } from './errors.ts'
import { jwtBearerGrant } from './jwt-bearer.ts'
import { Parameters } from './parameters.ts'
import { accessTokenType, tokenExchange } from './token-exchange.ts'
import { cibaGrant, deviceGrant, grantTypes, parseTokenRequest } from './token-request.ts'

const parse = (text: string) => parseTokenRequest(Parameters.parse(text))

function codeOf(text: string): string {
  try {
    parse(text)
  } catch (error) {
    assert.ok(error instanceof OAuthError, String(error))
    return error.code
  }
  return 'accepted'
}

test('a code is presented with what binds it', () => {
  assert.deepEqual(
    parse(
      'grant_type=authorization_code&code=c&redirect_uri=https%3A%2F%2Frp.test%2Fcb&code_verifier=v&resource=urn:a',
    ),
    {
      grantType: 'authorization_code',
      code: 'c',
      redirectUri: 'https://rp.test/cb',
      codeVerifier: 'v',
      resources: ['urn:a'],
    },
  )
  assert.deepEqual(parse('grant_type=authorization_code&code=c&redirect_uri=&x=y'), {
    grantType: 'authorization_code',
    code: 'c',
    resources: [],
  })
})

test('a refresh may name fewer scopes and some resources', () => {
  assert.deepEqual(
    parse('grant_type=refresh_token&refresh_token=r&scope=a+b&resource=urn:a&resource=urn:b'),
    {
      grantType: 'refresh_token',
      refreshToken: 'r',
      scope: ['a', 'b'],
      resources: ['urn:a', 'urn:b'],
    },
  )
  assert.deepEqual(parse('grant_type=refresh_token&refresh_token=r&scope='), {
    grantType: 'refresh_token',
    refreshToken: 'r',
    resources: [],
  })
})

test('a token is exchanged for a resource, an audience or both, each named once', () => {
  const text = new URLSearchParams({
    grant_type: tokenExchange,
    subject_token: 's',
    subject_token_type: accessTokenType,
    requested_token_type: accessTokenType,
    scope: 'a',
  })
  const read = (more: string) => parse(`${text}&${more}`)
  const asked = { grantType: tokenExchange, subjectToken: 's', scope: ['a'] }
  assert.deepEqual(read('resource=urn:a&audience=urn:a&audience=a+name&audience='), {
    ...asked,
    resources: ['urn:a', 'a name'],
  })
  assert.deepEqual(read(`actor_token=t&actor_token_type=${accessTokenType}`), {
    ...asked,
    actorToken: 't',
    resources: [],
  })
  assert.equal(codeOf(`${text}&subject_token=t`), 'invalid_request')
  assert.equal(codeOf(`${text}&resource=not+a+uri`), 'invalid_target')
})

test('a device shows its code, and names resources', () => {
  const text = `grant_type=${encodeURIComponent(deviceGrant)}&client_id=tv&device_code=d`
  assert.deepEqual(parse(`${text}&resource=urn:a&scope=a`), {
    grantType: deviceGrant,
    deviceCode: 'd',
    resources: ['urn:a'],
  })
  assert.equal(codeOf(`grant_type=${deviceGrant}&client_id=tv`), 'invalid_request')
})

test('a client may ask for itself', () => {
  assert.deepEqual(parse('grant_type=client_credentials&scope=a&client_id=c&client_secret=s'), {
    grantType: 'client_credentials',
    scope: ['a'],
    resources: [],
  })
})

test('an assertion is presented with what it is wanted for', () => {
  assert.deepEqual(parse(`grant_type=${jwtBearerGrant}&assertion=a.b.c&scope=x+y&resource=urn:a`), {
    grantType: jwtBearerGrant,
    assertion: 'a.b.c',
    scope: ['x', 'y'],
    resources: ['urn:a'],
  })
  assert.equal(codeOf(`grant_type=${jwtBearerGrant}`), 'invalid_request')
})

test('TK-10: there are seven grants, and neither password nor implicit is one', () => {
  assert.deepEqual(grantTypes, [
    'authorization_code',
    'refresh_token',
    'client_credentials',
    deviceGrant,
    cibaGrant,
    tokenExchange,
    jwtBearerGrant,
  ])
  const others = [
    'password',
    'implicit',
    'Authorization_code',
    'constructor',
    '__proto__',
    'toString',
    'urn:ietf:params:oauth:grant-type:saml2-bearer',
  ]
  for (const type of others)
    assert.equal(codeOf(`grant_type=${type}&username=a&password=b`), 'unsupported_grant_type', type)
})

test('what is missing, repeated or malformed is refused', () => {
  const refused: Record<string, string> = {
    '': 'invalid_request',
    'grant_type=': 'invalid_request',
    'grant_type=authorization_code': 'invalid_request',
    'grant_type=authorization_code&code=': 'invalid_request',
    'grant_type=authorization_code&code=a&code=a': 'invalid_request',
    'grant_type=authorization_code&grant_type=authorization_code&code=a': 'invalid_request',
    'grant_type=client_credentials&x=1&x=2': 'invalid_request',
    'grant_type=refresh_token': 'invalid_request',
    'grant_type=client_credentials&scope=%22': 'invalid_scope',
    'grant_type=client_credentials&resource=relative': 'invalid_target',
    'grant_type=client_credentials&audience=a&audience=b': 'accepted',
  }
  for (const [text, code] of Object.entries(refused)) assert.equal(codeOf(text), code, text)
})
