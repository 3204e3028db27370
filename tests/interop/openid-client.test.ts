// `openid-client` as it comes from npm, over the wire, on both engines: the whole of its flows that this server has.
import { deepEqual, equal, match, notEqual, ok, rejects } from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import * as client from 'openid-client'
import { Person } from '../harness/person.ts'
import { postgresSkip } from '../harness/postgres.ts'
import { password, type Server, serverOfThisFile } from '../harness/server.ts'

const redirectUri = 'http://localhost:4402/callback'
const secrets = {
  'demo-web': 'demo-web-secret-0123456789abcdef',
  'demo-machine': 'demo-machine-secret-0123456789abcdef',
} as const
const insecure = { execute: [client.allowInsecureRequests] }

for (const engine of ['sqlite', 'postgres'] as const) {
  const skip = engine === 'postgres' ? postgresSkip() : false
  // Every start of the command line takes a moment, and the keys know nothing of the engine.
  const algorithms =
    engine === 'sqlite' ? (['ES256', 'RS256', 'PS256', 'Ed25519'] as const) : (['ES256'] as const)
  describe(`openid-client, the server on ${engine}`, { skip }, () =>
    suite(serverOfThisFile({ engine, skip }), algorithms),
  )
}

const configured = (on: Server, id: keyof typeof secrets, authentication?: client.ClientAuth) =>
  client.discovery(new URL(on.issuer), id, secrets[id], authentication, insecure)

interface Walk {
  readonly ada: Person
  readonly tokens: client.TokenEndpointResponse & client.TokenEndpointResponseHelpers
}

/** Ada signs in and allows what is asked; the answer becomes tokens. */
async function walk(config: client.Configuration, asked: Record<string, string>): Promise<Walk> {
  const ada = new Person(redirectUri)
  const pkceCodeVerifier = client.randomPKCECodeVerifier()
  const expectedNonce = client.randomNonce()
  const expectedState = client.randomState()
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: redirectUri,
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
    nonce: expectedNonce,
    state: expectedState,
    ...asked,
  })
  const { left } = await ada.walk(url, { username: 'ada', password })
  ok(left)
  const checks = { pkceCodeVerifier, expectedNonce, expectedState, idTokenExpected: true }
  return { ada, tokens: await client.authorizationCodeGrant(config, left, checks) }
}

const everything = 'openid profile email offline_access accounts:read'

function suite(on: Server, algorithms: readonly (keyof typeof keyPairs)[]): void {
  test('discovery finds what the flows need', async () => {
    for (const algorithm of ['oidc', 'oauth2'] as const) {
      const config = await client.discovery(new URL(on.issuer), 'demo-web', secrets['demo-web'], undefined, {
        ...insecure,
        algorithm,
      })
      const metadata = config.serverMetadata()
      equal(metadata.issuer, on.issuer)
      ok(metadata.supportsPKCE())
      equal(metadata.authorization_response_iss_parameter_supported, true)
    }
  })

  test('a code becomes tokens, refreshed tokens, claims, and nothing once revoked', async () => {
    const config = await configured(on, 'demo-web')
    client.enableNonRepudiationChecks(config)
    const { tokens } = await walk(config, { scope: everything, max_age: '3600' })
    const claims = tokens.claims()
    equal(claims?.sub, 'usr_ada')
    equal(claims?.iss, on.issuer)
    equal(tokens.expires_in, 300)
    equal(tokens.token_type, 'bearer')

    const person = await client.fetchUserInfo(config, tokens.access_token, 'usr_ada')
    deepEqual([person.name, person.email, person.email_verified], ['Ada Lovelace', 'ada@example.test', true])

    const renewed = await client.refreshTokenGrant(config, tokens.refresh_token ?? '')
    notEqual(renewed.refresh_token, tokens.refresh_token)
    equal(renewed.claims()?.sub, 'usr_ada')

    const seen = await client.tokenIntrospection(config, renewed.access_token)
    deepEqual([seen.active, seen.sub, seen.client_id, seen.aud], [true, 'usr_ada', 'demo-web', on.api])
    await client.tokenRevocation(config, renewed.refresh_token ?? '')
    equal((await client.tokenIntrospection(config, renewed.access_token)).active, false)
    await rejects(client.refreshTokenGrant(config, renewed.refresh_token ?? ''), isError('invalid_grant'))
    await rejects(client.fetchUserInfo(config, renewed.access_token, 'usr_ada'))
  })

  test('a revoked access token is no longer active, and its refresh token lives on', async () => {
    const config = await configured(on, 'demo-web')
    const { tokens } = await walk(config, { scope: everything })
    await client.tokenRevocation(config, tokens.access_token)
    equal((await client.tokenIntrospection(config, tokens.access_token)).active, false)
    ok((await client.refreshTokenGrant(config, tokens.refresh_token ?? '')).access_token)
  })

  test('a refresh may ask for less, and never for more', async () => {
    const config = await configured(on, 'demo-web')
    const { tokens } = await walk(config, { scope: everything })
    const less = await client.refreshTokenGrant(config, tokens.refresh_token ?? '', { scope: 'openid email' })
    deepEqual(less.scope?.split(' ').sort(), ['email', 'openid'])
    await rejects(
      client.refreshTokenGrant(config, less.refresh_token ?? '', { scope: 'openid transfers:write' }),
      isError('invalid_scope'),
    )
  })

  test('a stolen refresh token that is used late ends the whole family', async () => {
    const config = await configured(on, 'demo-web')
    const { tokens } = await walk(config, { scope: everything })
    const stolen = tokens.refresh_token ?? ''
    const { refresh_token: current = '' } = await client.refreshTokenGrant(config, stolen)
    await on.advance(31)
    await rejects(client.refreshTokenGrant(config, stolen), isError('invalid_grant'))
    await rejects(client.refreshTokenGrant(config, current), isError('invalid_grant'))
  })

  test('prompt=none answers at once for who is signed in and has allowed it, and refuses others', async () => {
    const config = await configured(on, 'demo-web')
    const { ada, tokens } = await walk(config, { scope: 'openid email' })
    const silently = async (person: Person, extra: Record<string, string>) => {
      const pkceCodeVerifier = client.randomPKCECodeVerifier()
      const url = client.buildAuthorizationUrl(config, {
        redirect_uri: redirectUri,
        scope: 'openid',
        prompt: 'none',
        code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
        code_challenge_method: 'S256',
        ...extra,
      })
      const { left } = await person.open(url)
      ok(left)
      return client.authorizationCodeGrant(config, left, {
        pkceCodeVerifier,
        expectedState: client.skipStateCheck,
      })
    }
    const again = await silently(ada, { id_token_hint: tokens.id_token ?? '', scope: 'openid email' })
    equal(again.claims()?.sub, 'usr_ada')
    await rejects(silently(ada, { scope: 'openid phone' }), isError('consent_required'))
    await rejects(silently(new Person(redirectUri), {}), isError('login_required'))
  })

  test('client credentials give a token for the API, by either way of sending the secret', async () => {
    for (const authentication of [undefined, client.ClientSecretPost(), client.ClientSecretBasic()]) {
      const config = await configured(on, 'demo-machine', authentication)
      const tokens = await client.clientCredentialsGrant(config, { scope: 'accounts:read' })
      equal(tokens.refresh_token, undefined)
      const seen = await client.tokenIntrospection(config, tokens.access_token)
      deepEqual([seen.active, seen.sub, seen.aud], [true, 'demo-machine', on.api])
    }
    const config = await configured(on, 'demo-machine')
    await rejects(client.clientCredentialsGrant(config, { scope: 'openid' }), isError('invalid_scope'))
    const wrong = await client.discovery(
      new URL(on.issuer),
      'demo-machine',
      'not the secret',
      undefined,
      insecure,
    )
    await rejects(client.clientCredentialsGrant(wrong), isError('invalid_client'))
  })

  test('a client that signs assertions needs no secret, and one assertion counts once', async (t) => {
    for (const algorithm of algorithms) {
      const { id, key } = await register(on, t, algorithm)
      const assertions: string[] = []
      const config = await client.discovery(
        new URL(on.issuer),
        id,
        undefined,
        client.PrivateKeyJwt(key),
        insecure,
      )
      config[client.customFetch] = (url, options) => {
        const assertion = new URLSearchParams(String(options.body)).get('client_assertion')
        if (assertion) assertions.push(assertion)
        return fetch(url, options as RequestInit)
      }
      const tokens = await client.clientCredentialsGrant(config)
      match(tokens.access_token, /^ey/)
      ok((await client.tokenIntrospection(config, tokens.access_token)).active)
      const replay = await fetch(`${on.issuer}/oauth/token`, {
        method: 'POST',
        body: new URLSearchParams({
          grant_type: 'client_credentials',
          client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
          client_assertion: assertions[0] ?? '',
        }),
      })
      equal(replay.status, 401)
    }
  })
}

function isError(code: string): (error: unknown) => boolean {
  return (error) => {
    equal((error as { error?: unknown }).error, code)
    return true
  }
}

const keyPairs = {
  ES256: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  RS256: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
  PS256: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
  Ed25519: () => generateKeyPairSync('ed25519'),
} as const
const imports = {
  ES256: { name: 'ECDSA', namedCurve: 'P-256' },
  RS256: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
  PS256: { name: 'RSA-PSS', hash: 'SHA-256' },
  Ed25519: { name: 'Ed25519' },
} as const

/** Registers a client with a public key of this algorithm, by the command line. */
async function register(on: Server, t: TestContext, alg: keyof typeof keyPairs) {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-keys-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const { publicKey, privateKey } = keyPairs[alg]()
  const file = join(folder, 'jwks.json')
  const key = { ...publicKey.export({ format: 'jwk' }), kid: 'one', alg, use: 'sig' }
  writeFileSync(file, JSON.stringify({ keys: [key] }))
  const id = `signer-${alg.toLowerCase()}`
  await on.countersign(
    ...['client', 'create', `Signer ${alg}`, '--id', id, '--jwks', file],
    ...['--grant', 'client_credentials', '--scope', 'accounts:read'],
  )
  const jwk = privateKey.export({ format: 'jwk' })
  return {
    id,
    key: { key: await crypto.subtle.importKey('jwk', jwk, imports[alg], false, ['sign']), kid: 'one' },
  }
}
