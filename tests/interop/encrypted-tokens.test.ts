// Encrypted tokens in the hands of those who know nothing of us: `openid-client` and `oauth4webapi` as they come from npm
// open their ID tokens, `jose` opens an access token; and our own guard takes what its key opens.
import { deepEqual, equal, ok, rejects } from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { auth } from '@countersign/sdk/express'
import express from 'express'
import * as jose from 'jose'
import * as oauth from 'oauth4webapi'
import * as client from 'openid-client'
import { Person } from '../harness/person.ts'
import { password, type Server, serverOfThisFile } from '../harness/server.ts'

const redirectUri = 'http://localhost:4402/callback'
const secret = 'demo-web-secret-0123456789abcdef'
const machineSecret = 'demo-machine-secret-0123456789abcdef'
const alg = 'ECDH-ES+A256KW'

const site = await jose.generateKeyPair('RSA-OAEP-256', { extractable: true })
const api = await jose.generateKeyPair(alg, { crv: 'P-256', extractable: true })
const stranger = await jose.generateKeyPair(alg, { crv: 'P-256', extractable: true })
const jwkOf = async (key: jose.CryptoKey, more: object) => ({ ...(await jose.exportJWK(key)), ...more })
const apiJwk = await jwkOf(api.privateKey, { kid: 'api', alg })
const strangerJwk = await jwkOf(stranger.privateKey, { kid: 'api', alg })

const on = serverOfThisFile({ env: { COUNTERSIGN_ENCRYPTED_TOKENS: 'on' }, prepare: register })

/** As an operator does it, with the files that the API and the site sent. */
async function register(server: Server): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-keys-'))
  const key = join(folder, 'key.json')
  const jwks = join(folder, 'jwks.json')
  writeFileSync(key, JSON.stringify(await jwkOf(api.publicKey, { kid: 'api' })))
  writeFileSync(
    jwks,
    JSON.stringify({ keys: [await jwkOf(site.publicKey, { kid: 'site', use: 'enc', alg: 'RSA-OAEP-256' })] }),
  )
  const encryption = ['--encryption', `${alg}/A256GCM`, '--key', key]
  await server.countersign('api', 'update', server.api, ...encryption)
  const idToken = ['--id-token-encryption', 'RSA-OAEP-256/A256CBC-HS512', '--jwks', jwks]
  await server.countersign('client', 'update', 'demo-web', ...idToken)
  await server.advance(1)
  rmSync(folder, { recursive: true })
}

async function configured(): Promise<client.Configuration> {
  const insecure = { execute: [client.allowInsecureRequests] }
  const config = await client.discovery(new URL(on.issuer), 'demo-web', secret, undefined, insecure)
  const key = { key: site.privateKey, alg: 'RSA-OAEP-256', kid: 'site' }
  client.enableDecryptingResponses(config, ['A256CBC-HS512'], key)
  client.enableNonRepudiationChecks(config)
  return config
}

/** Ada signs in and allows what is asked; the answer becomes tokens, whose ID token was opened and checked. */
async function walk(config: client.Configuration) {
  const [pkceCodeVerifier, expectedNonce] = [client.randomPKCECodeVerifier(), client.randomNonce()]
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: redirectUri,
    scope: 'openid email offline_access accounts:read',
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
    nonce: expectedNonce,
    state: 'a state',
  })
  const { left } = await new Person(redirectUri).walk(url, { username: 'ada', password })
  ok(left)
  const checks = { pkceCodeVerifier, expectedNonce, expectedState: 'a state', idTokenExpected: true }
  return client.authorizationCodeGrant(config, left, checks)
}

test('openid-client opens its ID tokens, and does all else as ever', async () => {
  const config = await configured()
  const { id_token_encryption_alg_values_supported: advertised } = config.serverMetadata()
  ok(Array.isArray(advertised) && advertised.includes('RSA-OAEP-256'))
  const tokens = await walk(config)
  equal(tokens.id_token?.split('.').length, 5)
  equal(tokens.claims()?.sub, 'usr_ada')
  const renewed = await client.refreshTokenGrant(config, tokens.refresh_token ?? '')
  equal(renewed.claims()?.sub, 'usr_ada')
  const told = await client.fetchUserInfo(config, renewed.access_token, 'usr_ada')
  equal(told.email, 'ada@example.test')
  equal((await client.tokenIntrospection(config, renewed.access_token)).sub, 'usr_ada')
  await client.tokenRevocation(config, renewed.access_token)
  deepEqual(await client.tokenIntrospection(config, renewed.access_token), { active: false })
})

test('oauth4webapi opens them by whatever it is given to open them with', async () => {
  const insecure = { [oauth.allowInsecureRequests]: true }
  const issuer = new URL(on.issuer)
  const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, insecure))
  const own: oauth.Client = { client_id: 'demo-web' }
  const { refresh_token: token = '' } = await walk(await configured())
  const response = await oauth.refreshTokenGrantRequest(
    as,
    own,
    oauth.ClientSecretBasic(secret),
    token,
    insecure,
  )
  const tokens = await oauth.processRefreshTokenResponse(as, own, response, {
    [oauth.jweDecrypt]: async (jwe) => {
      const { plaintext } = await jose.compactDecrypt(jwe, site.privateKey)
      return new TextDecoder().decode(plaintext)
    },
  })
  equal(oauth.getValidatedIdTokenClaims(tokens)?.sub, 'usr_ada')
})

test('jose opens an access token with the API’s key and no other, and inside is a token of RFC 9068', async () => {
  const { access_token: token } = await walk(await configured())
  const { plaintext, protectedHeader } = await jose.compactDecrypt(token, api.privateKey)
  const { epk, ...header } = protectedHeader
  deepEqual(header, { alg, enc: 'A256GCM', cty: 'JWT', kid: 'api' })
  ok(epk)
  const keys = jose.createRemoteJWKSet(new URL(`${on.issuer}/oauth/jwks`))
  const strictly = { issuer: on.issuer, audience: on.api, typ: 'at+jwt', algorithms: ['ES256'] }
  const { payload } = await jose.jwtVerify(plaintext, keys, strictly)
  equal(payload.sub, 'usr_ada')
  await rejects(jose.compactDecrypt(token, stranger.privateKey), { code: 'ERR_JWE_DECRYPTION_FAILED' })
})

/** An API with our guard: what it answers to a token. */
async function answered(token: string, options: Parameters<typeof auth>[0]): Promise<string> {
  const app = express().get('/me', auth({ issuer: on.issuer, audience: on.api, ...options }), (req, res) => {
    res.send(req.auth.subject)
  })
  const server = app.listen(0)
  try {
    await once(server, 'listening')
    const headers = { authorization: `Bearer ${token}`, connection: 'close' }
    const { port } = server.address() as AddressInfo
    const answer = await fetch(`http://localhost:${port}/me`, { headers })
    return answer.ok ? answer.text() : `${answer.status}`
  } finally {
    server.close()
  }
}

test('our guard lets in whoever brings a token that its key opens; with another key it is 401', async () => {
  const config = await configured()
  const { access_token: token } = await walk(config)
  const parts = token.split('.')
  const touched = parts.with(3, `${parts[3]?.slice(0, -4)}AAAA`).join('.')
  equal(await answered(token, { decryption: { keys: apiJwk, required: true } }), 'usr_ada')
  equal(await answered(touched, { decryption: { keys: apiJwk } }), '401')
  equal(await answered(token, { decryption: { keys: strangerJwk } }), '401')
  equal(await answered(token, {}), '401')

  // Who asks on each request needs no key at all: the issuer knows its own.
  const asking = { mode: 'database', clientId: 'demo-machine', clientSecret: machineSecret } as const
  equal(await answered(token, asking), 'usr_ada')
  await client.tokenRevocation(config, token)
  equal(await answered(token, asking), '401')
})
