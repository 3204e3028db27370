// Signed requests (RFC 9101) and signed answers (JARM) by `openid-client` and `oauth4webapi` as they come from npm: in an
// address, and pushed.
import { deepEqual, equal, ok, rejects } from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import * as oauth from 'oauth4webapi'
import * as client from 'openid-client'
import { Person } from '../harness/person.ts'
import { postgresSkip } from '../harness/postgres.ts'
import { password, type Server, serverOfThisFile } from '../harness/server.ts'

const redirectUri = 'http://localhost:4402/callback'
const http = { [oauth.allowInsecureRequests]: true }
const ada = { username: 'ada', password }
const algorithms = {
  ES256: { name: 'ECDSA', namedCurve: 'P-256' },
  PS256: { name: 'RSA-PSS', hash: 'SHA-256' },
  Ed25519: { name: 'Ed25519' },
} as const
type Alg = keyof typeof algorithms

for (const engine of ['sqlite', 'postgres'] as const) {
  const skip = engine === 'postgres' ? postgresSkip() : false
  describe(`signed requests, the server on ${engine}`, { skip }, () => {
    const keys = new Map<Alg, client.PrivateKey>()
    const on = serverOfThisFile({
      engine,
      skip,
      prepare: async (server) => {
        for (const alg of Object.keys(algorithms) as Alg[]) keys.set(alg, await register(server, alg))
      },
    })
    const keyOf = (alg: Alg): client.PrivateKey => {
      const key = keys.get(alg)
      if (key === undefined) throw new Error(`No client signs with ${alg}.`)
      return key
    }
    withOpenidClient(on, keyOf)
    withOauth4webapi(on, keyOf)
  })
}

/** Registers a client that signs all its requests with one key. */
async function register(on: Server, alg: Alg): Promise<client.PrivateKey> {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-keys-'))
  try {
    const { publicKey, privateKey } = pairOf(alg)
    const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'one', alg, use: 'sig' }
    const file = join(folder, 'jwks.json')
    writeFileSync(file, JSON.stringify({ keys: [jwk] }))
    await on.countersign(
      ...['client', 'create', `Signer ${alg}`, '--id', idOf(alg), '--jwks', file],
      ...[
        '--redirect-uri',
        redirectUri,
        '--require-signed-request-object',
        '--request-object-signing-alg',
        alg,
      ],
    )
    const exported = privateKey.export({ format: 'jwk' })
    return {
      key: await crypto.subtle.importKey('jwk', exported, algorithms[alg], false, ['sign']),
      kid: 'one',
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function pairOf(alg: Alg) {
  switch (alg) {
    case 'ES256':
      return generateKeyPairSync('ec', { namedCurve: 'P-256' })
    case 'PS256':
      return generateKeyPairSync('rsa', { modulusLength: 2048 })
    case 'Ed25519':
      return generateKeyPairSync('ed25519')
  }
}

const idOf = (alg: Alg): string => `signer-${alg.toLowerCase()}`

function withOpenidClient(on: Server, keyOf: (alg: Alg) => client.PrivateKey): void {
  const configured = (alg: Alg) =>
    client.discovery(new URL(on.issuer), idOf(alg), undefined, client.PrivateKeyJwt(keyOf(alg)), {
      execute: [client.allowInsecureRequests],
    })

  async function asked() {
    const pkceCodeVerifier = client.randomPKCECodeVerifier()
    const [expectedState, expectedNonce] = [client.randomState(), client.randomNonce()]
    const parameters = {
      redirect_uri: redirectUri,
      scope: 'openid email',
      code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
      code_challenge_method: 'S256',
      state: expectedState,
      nonce: expectedNonce,
      max_age: '3600',
    }
    return { parameters, checks: { pkceCodeVerifier, expectedState, expectedNonce, idTokenExpected: true } }
  }

  for (const alg of Object.keys(algorithms) as Alg[]) {
    test(`openid-client: a request signed with ${alg} becomes tokens, in an address and pushed`, async () => {
      const config = await configured(alg)
      for (const isPushed of [false, true]) {
        const { parameters, checks } = await asked()
        const signed = await client.buildAuthorizationUrlWithJAR(config, parameters, keyOf(alg))
        const url = isPushed ? await client.buildAuthorizationUrlWithPAR(config, signed.searchParams) : signed
        const names = ['client_id', isPushed ? 'request_uri' : 'request']
        deepEqual([...url.searchParams.keys()].sort(), names)
        const { left } = await new Person(redirectUri).walk(url, ada)
        ok(left)
        const tokens = await client.authorizationCodeGrant(config, left, checks)
        equal(tokens.claims()?.sub, 'usr_ada')
      }
    })
  }

  test('openid-client: a request that is signed and pushed is answered by a signature (JARM)', async () => {
    const config = await configured('ES256')
    client.useJwtResponseMode(config)
    const { parameters, checks } = await asked()
    const signed = await client.buildAuthorizationUrlWithJAR(config, parameters, keyOf('ES256'))
    const url = await client.buildAuthorizationUrlWithPAR(config, signed.searchParams)
    const { left } = await new Person(redirectUri).walk(url, ada)
    ok(left)
    deepEqual([...left.searchParams.keys()], ['response'])
    const tokens = await client.authorizationCodeGrant(config, left, checks)
    equal(tokens.claims()?.sub, 'usr_ada')

    const again = await asked()
    const silent = { ...again.parameters, prompt: 'none' }
    const asking = await client.buildAuthorizationUrlWithJAR(config, silent, keyOf('ES256'))
    const stranger = await new Person(redirectUri).open(asking)
    ok(stranger.left)
    await rejects(client.authorizationCodeGrant(config, stranger.left, again.checks), {
      error: 'login_required',
    })
  })

  test('openid-client: a request that is not signed, or by another key, comes to nothing', async () => {
    const config = await configured('ES256')
    const { parameters } = await asked()
    const unsigned = await new Person(redirectUri).walk(client.buildAuthorizationUrl(config, parameters), ada)
    equal(unsigned.left?.searchParams.get('error'), 'invalid_request')
    await rejects(client.buildAuthorizationUrlWithPAR(config, parameters), { error: 'invalid_request' })
    const foreign = await client.buildAuthorizationUrlWithJAR(config, parameters, keyOf('Ed25519'))
    const seen = await new Person(redirectUri).open(foreign)
    deepEqual([seen.status, seen.left], [400, undefined])
    await rejects(client.buildAuthorizationUrlWithPAR(config, foreign.searchParams), {
      error: 'invalid_request_object',
    })
  })
}

function withOauth4webapi(on: Server, keyOf: (alg: Alg) => client.PrivateKey): void {
  test('oauth4webapi: a request object with objects and lists in it is understood', async () => {
    const issuer = new URL(on.issuer)
    const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, http))
    ok(as.request_object_signing_alg_values_supported?.includes('ES256'))
    const web: oauth.Client = { client_id: idOf('ES256') }
    const verifier = oauth.generateRandomCodeVerifier()
    const request = await oauth.issueRequestObject(
      as,
      web,
      {
        response_type: 'code',
        redirect_uri: redirectUri,
        scope: 'openid',
        code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
        max_age: '100',
        claims: JSON.stringify({ id_token: { auth_time: { essential: true } } }),
      },
      keyOf('ES256'),
    )
    const url = new URL(as.authorization_endpoint ?? '')
    url.search = new URLSearchParams({ client_id: web.client_id, request }).toString()
    const { left } = await new Person(redirectUri).walk(url, ada)
    ok(left)
    const answer = oauth.validateAuthResponse(as, web, left, oauth.expectNoState)
    const auth = oauth.PrivateKeyJwt(keyOf('ES256'))
    const response = await oauth.authorizationCodeGrantRequest(
      as,
      web,
      auth,
      answer,
      redirectUri,
      verifier,
      http,
    )
    const tokens = await oauth.processAuthorizationCodeResponse(as, web, response, { requireIdToken: true })
    equal(typeof oauth.getValidatedIdTokenClaims(tokens)?.auth_time, 'number')
  })

  test('oauth4webapi: a signed answer is verified with our keys, RS256 where the client wants it', async () => {
    const issuer = new URL(on.issuer)
    const created = await on.countersign(
      ...['client', 'create', 'Plain', '--id', 'plain', '--public', '--redirect-uri', redirectUri],
      ...['--authorization-signed-response-alg', 'RS256'],
    )
    equal(created['authorizationSignedResponseAlg'], 'RS256')
    for (const [web, alg] of [
      [{ client_id: 'demo-web' }, 'ES256'],
      [{ client_id: 'plain', authorization_signed_response_alg: 'RS256' }, 'RS256'],
    ] as const) {
      // Another one for each client: it remembers the keys that it has seen for a minute.
      const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, http))
      const state = oauth.generateRandomState()
      const url = new URL(as.authorization_endpoint ?? '')
      url.search = new URLSearchParams({
        client_id: web.client_id,
        response_type: 'code',
        redirect_uri: redirectUri,
        scope: 'openid',
        state,
        response_mode: 'jwt',
        code_challenge: await oauth.calculatePKCECodeChallenge(oauth.generateRandomCodeVerifier()),
        code_challenge_method: 'S256',
      }).toString()
      const { left } = await new Person(redirectUri).walk(url, ada)
      ok(left)
      const header = JSON.parse(atob(left.searchParams.get('response')?.split('.')[0] ?? '')) as {
        alg: string
      }
      equal(header.alg, alg)
      const answer = await oauth.validateJwtAuthResponse(as, web, left, state, http)
      ok(answer.get('code'))
      const other = { client_id: 'demo-native' }
      await rejects(oauth.validateJwtAuthResponse(as, other, left, state, http))
    }
  })
}
