// Answers that are tokens, and tokens for assertions, in the hands of `openid-client` and `oauth4webapi` as they come from
// npm: userinfo and introspection signed and encrypted, the JWT bearer grant, and an ID-JAG's way from here to there.
import { deepEqual, equal, ok, rejects } from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import * as jose from 'jose'
import * as oauth from 'oauth4webapi'
import * as client from 'openid-client'
import { Person } from '../harness/person.ts'
import { password, type Server, serverOfThisFile } from '../harness/server.ts'

const http = { [oauth.allowInsecureRequests]: true }
const redirectUri = 'http://localhost:4402/callback'
const secret = 'demo-web-secret-0123456789abcdef'
const partner = 'https://partner.example'
const jwtBearer = 'urn:ietf:params:oauth:grant-type:jwt-bearer'

const site = await jose.generateKeyPair('RSA-OAEP-256', { extractable: true })
const theirs = await jose.generateKeyPair('ES256', { extractable: true })
const jwks = async (key: jose.CryptoKey, more: object) => ({
  keys: [{ ...(await jose.exportJWK(key)), ...more }],
})

const on = serverOfThisFile({ env: { COUNTERSIGN_ENCRYPTED_TOKENS: 'on' }, prepare: register })
const secrets: Record<string, string> = {}

async function register(server: Server): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-answers-'))
  const file = (name: string, value: unknown) => {
    writeFileSync(join(folder, name), JSON.stringify(value))
    return join(folder, name)
  }
  const encrypted = await jwks(site.publicKey, { kid: 'site', use: 'enc', alg: 'RSA-OAEP-256' })
  const sealed = (what: string) => ({
    [`${what}_encrypted_response_alg`]: 'RSA-OAEP-256',
    [`${what}_encrypted_response_enc`]: 'A256GCM',
  })
  const web = {
    jwks: encrypted,
    userinfo_signed_response_alg: 'ES256',
    ...sealed('userinfo'),
    ...sealed('id_token'),
  }
  await server.countersign('client', 'update', 'demo-web', '--metadata', file('web.json', web))
  const bank = {
    client_id: 'bank-api',
    client_name: 'Bank',
    api: server.api,
    grant_types: [],
    jwks: encrypted,
    ...sealed('introspection'),
  }
  const importer = {
    client_id: 'importer',
    client_name: 'Importer',
    grant_types: [jwtBearer],
    scope: 'accounts:read',
  }
  for (const made of [bank, importer]) {
    const created = await server.countersign('client', 'create', '--metadata', file('new.json', made))
    secrets[made.client_id] = String(created['client_secret'])
  }
  const keys = file('partner.json', await jwks(theirs.publicKey, { kid: 'p', alg: 'ES256' }))
  const trust = [
    '--jwks',
    keys,
    '--subjects',
    'email:example.test',
    '--client',
    'importer',
    '--scope',
    'accounts:read',
  ]
  await server.countersign('issuer', 'add', partner, ...trust)
  await server.advance(1)
  rmSync(folder, { recursive: true })
}

async function configured(
  id: string,
  metadata: Partial<client.ClientMetadata> = {},
): Promise<client.Configuration> {
  const insecure = { execute: [client.allowInsecureRequests] }
  const config = await client.discovery(
    new URL(on.issuer),
    id,
    { client_secret: secrets[id] ?? secret, ...metadata },
    undefined,
    insecure,
  )
  client.enableDecryptingResponses(config, ['A256GCM'], {
    key: site.privateKey,
    alg: 'RSA-OAEP-256',
    kid: 'site',
  })
  client.enableNonRepudiationChecks(config)
  return config
}

async function signedIn(config: client.Configuration) {
  const pkceCodeVerifier = client.randomPKCECodeVerifier()
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: redirectUri,
    scope: 'openid email accounts:read',
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
    state: 'a state',
  })
  const { left } = await new Person(redirectUri).walk(url, { username: 'ada', password })
  ok(left)
  return client.authorizationCodeGrant(config, left, {
    pkceCodeVerifier,
    expectedState: 'a state',
    idTokenExpected: true,
  })
}

test('openid-client opens an encrypted ID token, and userinfo that is signed and encrypted', async () => {
  const config = await configured('demo-web', { userinfo_signed_response_alg: 'ES256' })
  const tokens = await signedIn(config)
  const subject = tokens.claims()?.sub
  ok(subject)
  equal(tokens.id_token?.split('.').length, 5, 'it came encrypted')
  const told = await client.fetchUserInfo(config, tokens.access_token, subject)
  equal(told.email, 'ada@example.test')
  equal(told['aud'], 'demo-web')
})

test('openid-client and oauth4webapi ask for introspection as a token, open it and check who signed it', async () => {
  const { access_token: token } = await signedIn(
    await configured('demo-web', { userinfo_signed_response_alg: 'ES256' }),
  )
  const config = await configured('bank-api', { introspection_signed_response_alg: 'RS256' })
  const told = await client.tokenIntrospection(config, token)
  deepEqual([told.active, told.client_id, told.aud], [true, 'demo-web', on.api])

  const as = await oauth.processDiscoveryResponse(
    new URL(on.issuer),
    await oauth.discoveryRequest(new URL(on.issuer), http),
  )
  const bank: oauth.Client = { client_id: 'bank-api' }
  const auth = oauth.ClientSecretBasic(secrets['bank-api'] ?? '')
  const response = await oauth.introspectionRequest(as, bank, auth, token, {
    ...http,
    requestJwtResponse: true,
  })
  equal(response.headers.get('content-type'), 'application/token-introspection+jwt')
  const copy = response.clone()
  const answer = await oauth.processIntrospectionResponse(as, bank, response, {
    [oauth.jweDecrypt]: async (jwe) =>
      new TextDecoder().decode((await jose.compactDecrypt(jwe, site.privateKey)).plaintext),
  })
  deepEqual([answer.active, answer.client_id], [true, 'demo-web'])
  const opened = await jose.compactDecrypt(await copy.text(), site.privateKey)
  const signed = new TextDecoder().decode(opened.plaintext)
  const keys = jose.createRemoteJWKSet(new URL(String(as.jwks_uri)))
  const { payload } = await jose.jwtVerify(signed, keys, {
    issuer: on.issuer,
    audience: 'bank-api',
    typ: 'token-introspection+jwt',
  })
  equal(payload.sub, undefined)
})

test('openid-client and oauth4webapi show what a partner says of somebody', async () => {
  const says = (more: Record<string, unknown> = {}) =>
    new jose.SignJWT({ email: 'ada@example.test', email_verified: true, ...more })
      .setProtectedHeader({ alg: 'ES256', kid: 'p', typ: 'authorization-grant+jwt' })
      .setIssuer(partner)
      .setSubject('ada there')
      .setAudience(on.issuer)
      .setIssuedAt()
      .setExpirationTime('1 minute')
      .setJti(crypto.randomUUID())
      .sign(theirs.privateKey)
  const insecure = { execute: [client.allowInsecureRequests] }
  const config = await client.discovery(
    new URL(on.issuer),
    'importer',
    secrets['importer'],
    undefined,
    insecure,
  )
  const assertion = await says()
  const tokens = await client.genericGrantRequest(config, jwtBearer, { assertion, scope: 'accounts:read' })
  equal(tokens.scope, 'accounts:read')
  equal(jose.decodeJwt(tokens.access_token).aud, on.api)
  equal(tokens.refresh_token, undefined)
  await rejects(client.genericGrantRequest(config, jwtBearer, { assertion }), { error: 'invalid_grant' })

  const as = await oauth.processDiscoveryResponse(
    new URL(on.issuer),
    await oauth.discoveryRequest(new URL(on.issuer), http),
  )
  ok(as.grant_types_supported?.includes(jwtBearer))
  const importer: oauth.Client = { client_id: 'importer' }
  const response = await oauth.genericTokenEndpointRequest(
    as,
    importer,
    oauth.ClientSecretPost(secrets['importer'] ?? ''),
    jwtBearer,
    new URLSearchParams({ assertion: await says() }),
    http,
  )
  const answer = await oauth.processGenericTokenEndpointResponse(as, importer, response)
  equal(answer.token_type, 'bearer')
})
