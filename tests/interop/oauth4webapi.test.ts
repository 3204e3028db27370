// `oauth4webapi` as it comes from npm: the same flows step by step, where each answer of the server is looked at, and
// what becomes of those who send the wrong thing.
import { deepEqual, equal, match, ok, rejects, throws } from 'node:assert/strict'
import { test } from 'node:test'
import * as oauth from 'oauth4webapi'
import { Person } from '../harness/person.ts'
import { password, serverOfThisFile } from '../harness/server.ts'

const on = serverOfThisFile({ bank: true })
const http = { [oauth.allowInsecureRequests]: true }

// RFC 8252: a program on this computer, at whatever port is free.
const native: oauth.Client = { client_id: 'demo-native' }
const nativeRedirect = 'http://127.0.0.1:51004/callback'
const web: oauth.Client = { client_id: 'demo-web' }
const webRedirect = 'http://localhost:4402/callback'
const webSecret = 'demo-web-secret-0123456789abcdef'

async function discover(): Promise<oauth.AuthorizationServer> {
  const issuer = new URL(on.issuer)
  return oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, http))
}

interface Asked {
  readonly as: oauth.AuthorizationServer
  readonly client: oauth.Client
  readonly redirectUri: string
  readonly verifier: string
  readonly nonce: string
  readonly state: string
  /** The address that the server sent the person back to. */
  readonly answer: URL
}

async function ask(
  client: oauth.Client,
  redirectUri: string,
  extra: Record<string, string> = {},
): Promise<Asked> {
  const as = await discover()
  const verifier = oauth.generateRandomCodeVerifier()
  const nonce = oauth.generateRandomNonce()
  const state = oauth.generateRandomState()
  const url = new URL(as.authorization_endpoint ?? '')
  url.search = new URLSearchParams({
    client_id: client.client_id,
    response_type: 'code',
    redirect_uri: redirectUri,
    scope: 'openid email offline_access accounts:read',
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    nonce,
    state,
    ...extra,
  }).toString()
  const { left } = await new Person(redirectUri).walk(url, { username: 'ada', password })
  ok(left)
  return { as, client, redirectUri, verifier, nonce, state, answer: left }
}

/** The code in the answer, exchanged as `attempt` says; by default as it should be. */
async function exchange(
  asked: Asked,
  attempt: { verifier?: string; redirectUri?: string; auth?: oauth.ClientAuth } = {},
) {
  const { as, client, nonce } = asked
  const parameters = oauth.validateAuthResponse(as, client, asked.answer, asked.state)
  const response = await oauth.authorizationCodeGrantRequest(
    as,
    client,
    attempt.auth ?? oauth.None(),
    parameters,
    attempt.redirectUri ?? asked.redirectUri,
    attempt.verifier ?? asked.verifier,
    http,
  )
  for (const [name, value] of [
    ['cache-control', /no-store/],
    ['content-type', /^application\/json/],
  ] as const)
    match(response.headers.get(name) ?? '', value)
  return oauth.processAuthorizationCodeResponse(as, client, response, {
    expectedNonce: nonce,
    requireIdToken: true,
  })
}

const refresh = async ({ as, client }: Asked, refreshToken: string, auth = oauth.None()) =>
  oauth.processRefreshTokenResponse(
    as,
    client,
    await oauth.refreshTokenGrantRequest(as, client, auth, refreshToken, http),
  )

test('a program on this computer gets tokens at any loopback port, and keeps them fresh', async () => {
  const asked = await ask(native, nativeRedirect)
  const tokens = await exchange(asked)
  equal(oauth.getValidatedIdTokenClaims(tokens)?.sub, 'usr_ada')
  const renewed = await refresh(asked, tokens.refresh_token ?? '')
  ok(renewed.refresh_token && renewed.refresh_token !== tokens.refresh_token)
  const { as, client } = asked
  const claims = await oauth.userInfoRequest(as, client, renewed.access_token, http)
  equal((await oauth.processUserInfoResponse(as, client, 'usr_ada', claims)).email, 'ada@example.test')
  await oauth.processRevocationResponse(
    await oauth.revocationRequest(as, client, oauth.None(), renewed.refresh_token ?? '', http),
  )
  await rejects(refresh(asked, renewed.refresh_token ?? ''), isError('invalid_grant'))
})

test('a web application authenticates either way, and its ID token is signed by a published key', async () => {
  for (const auth of [oauth.ClientSecretBasic(webSecret), oauth.ClientSecretPost(webSecret)]) {
    const asked = await ask(web, webRedirect)
    const { as, client } = asked
    const parameters = oauth.validateAuthResponse(as, client, asked.answer, asked.state)
    const response = await oauth.authorizationCodeGrantRequest(
      as,
      client,
      auth,
      parameters,
      webRedirect,
      asked.verifier,
      http,
    )
    const tokens = await oauth.processAuthorizationCodeResponse(as, client, response, {
      expectedNonce: asked.nonce,
      requireIdToken: true,
    })
    await oauth.validateApplicationLevelSignature(as, response, http)
    const introspection = await oauth.introspectionRequest(as, client, auth, tokens.access_token, http)
    equal((await oauth.processIntrospectionResponse(as, client, introspection)).active, true)
  }
})

test('form_post brings the answer in the body, not in an address', async () => {
  const { as, redirectUri, verifier, nonce, state } = await ask(web, webRedirect)
  const person = new Person(redirectUri)
  const url = new URL(as.authorization_endpoint ?? '')
  url.search = new URLSearchParams({
    client_id: web.client_id,
    response_type: 'code',
    response_mode: 'form_post',
    redirect_uri: redirectUri,
    scope: 'openid',
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    nonce,
    state,
  }).toString()
  const page = await person.walk(url, { username: 'ada', password })
  const [form] = page.forms
  equal(form?.action, redirectUri)
  const parameters = oauth.validateAuthResponse(
    as,
    web,
    new URLSearchParams([...(form?.fields ?? [])]),
    state,
  )
  const auth = oauth.ClientSecretBasic(webSecret)
  const response = await oauth.authorizationCodeGrantRequest(
    as,
    web,
    auth,
    parameters,
    redirectUri,
    verifier,
    http,
  )
  const tokens = await oauth.processAuthorizationCodeResponse(as, web, response, { expectedNonce: nonce })
  equal(oauth.getValidatedIdTokenClaims(tokens)?.sub, 'usr_ada')
})

test('every answer names its issuer, so that one of another server is noticed', async () => {
  const asked = await ask(native, nativeRedirect)
  const { as, client, answer, state } = asked
  equal(answer.searchParams.get('iss'), on.issuer)
  const of = (issuer: string | null): URL => {
    const changed = new URL(answer)
    if (issuer === null) changed.searchParams.delete('iss')
    else changed.searchParams.set('iss', issuer)
    return changed
  }
  for (const iss of ['https://evil.example', `${on.issuer}/`, null])
    throws(() => oauth.validateAuthResponse(as, client, of(iss), state), { name: 'OperationProcessingError' })
  const denied = await ask(native, nativeRedirect, { prompt: 'none' })
  equal(denied.answer.searchParams.get('iss'), on.issuer)
  throws(() => oauth.validateAuthResponse(as, client, denied.answer, denied.state), isError('login_required'))
})

test('a code is good once, for its verifier, its redirect URI and its client', async () => {
  const fresh = () => ask(native, nativeRedirect)
  await rejects(
    exchange(await fresh(), { verifier: oauth.generateRandomCodeVerifier() }),
    isError('invalid_grant'),
  )
  await rejects(
    exchange(await fresh(), { redirectUri: 'http://127.0.0.1:51005/callback' }),
    isError('invalid_grant'),
  )
  const stolen = { ...(await fresh()), client: web }
  await rejects(exchange(stolen, { auth: oauth.ClientSecretPost(webSecret) }), isError('invalid_grant'))

  const asked = await fresh()
  const tokens = await exchange(asked)
  await rejects(exchange(asked), isError('invalid_grant'))
  // RFC 6749 §4.1.2: what the code gave the first time is over too.
  await rejects(refresh(asked, tokens.refresh_token ?? ''), isError('invalid_grant'))

  const late = await fresh()
  await on.advance(61)
  await rejects(exchange(late), isError('invalid_grant'))
})

test('a client that can’t prove itself learns nothing else, and is asked the way it tried', async () => {
  const asked = await ask(web, webRedirect)
  const { as } = asked
  await rejects(exchange(asked, { auth: oauth.ClientSecretPost('wrong') }), isError('invalid_client'))
  await rejects(exchange(asked, { auth: oauth.None() }), isError('invalid_client'))
  const basic = oauth.ClientSecretBasic('wrong')
  const response = await oauth.clientCredentialsGrantRequest(
    as,
    { client_id: 'demo-machine' },
    basic,
    {},
    http,
  )
  equal(response.status, 401)
  match(response.headers.get('www-authenticate') ?? '', /^Basic /)
  ok(await exchange(asked, { auth: oauth.ClientSecretPost(webSecret) }), 'the code waits for its client')
})

test('protected resources challenge by the rules: without a token, with a bad one, with too little', async () => {
  const asked = await ask(native, nativeRedirect, { scope: 'openid accounts:read' })
  const { as, client } = asked
  const { access_token: token } = await exchange(asked)
  const bad = await oauth.userInfoRequest(as, client, `${token}x`, http)
  const challenges = await rejection(oauth.processUserInfoResponse(as, client, 'usr_ada', bad))
  deepEqual([challenges[0]?.scheme, challenges[0]?.parameters.error], ['bearer', 'invalid_token'])

  const bank = new URL(`${on.api}/accounts`)
  const accounts = await oauth.protectedResourceRequest(token, 'GET', bank, undefined, undefined, http)
  equal(accounts.status, 200)
  const transfer = new URL(`${on.api}/transfers`)
  const [lacking] = await rejection(
    oauth.protectedResourceRequest(token, 'POST', transfer, undefined, null, http),
  )
  deepEqual([lacking?.parameters.error, lacking?.parameters.scope], ['insufficient_scope', 'transfers:write'])
  const forIssuer = await exchange(await ask(native, nativeRedirect, { scope: 'openid' }))
  const [foreign] = await rejection(
    oauth.protectedResourceRequest(forIssuer.access_token, 'GET', bank, undefined, undefined, http),
  )
  equal(foreign?.parameters.error, 'invalid_token')
})

test('the bank says by itself which server its tokens come from', async () => {
  const response = await oauth.resourceDiscoveryRequest(new URL(on.api), http)
  const { authorization_servers: servers } = await oauth.processResourceDiscoveryResponse(
    new URL(on.api),
    response,
  )
  deepEqual(servers, [on.issuer])
})

test('an access token is what RFC 9068 says, for its own audience alone', async () => {
  const asked = await ask(native, nativeRedirect)
  const tokens = await exchange(asked)
  const request = (token: string): Request =>
    new Request(`${on.api}/accounts`, { headers: { authorization: `Bearer ${token}` } })
  const validate = (token: string, audience: string) =>
    oauth.validateJwtAccessToken(asked.as, request(token), audience, http)
  const claims = await validate(tokens.access_token, on.api)
  deepEqual([claims.sub, claims.client_id, claims.iss], ['usr_ada', 'demo-native', on.issuer])
  equal(claims.exp - claims.iat, 300)
  await rejects(validate(tokens.access_token, on.bank), { name: 'OperationProcessingError' })
  await rejects(validate(tokens.access_token, on.issuer), { name: 'OperationProcessingError' })
  await rejects(validate(tokens.id_token ?? '', 'demo-native'), { name: 'OperationProcessingError' })
})

function isError(code: string): (error: unknown) => true {
  return (error) => {
    equal((error as { error?: unknown }).error, code)
    return true
  }
}

/** The challenges that a request was refused with. */
async function rejection(request: Promise<unknown>): Promise<oauth.WWWAuthenticateChallenge[]> {
  const error = await request.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  ok(error instanceof oauth.WWWAuthenticateChallengeError, String(error))
  return error.cause
}
