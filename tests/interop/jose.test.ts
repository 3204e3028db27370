// `jose` as it comes from npm checks our tokens by our published keys, as APIs in the world do, rotation included.
import { deepEqual, equal, match, notEqual, ok, rejects } from 'node:assert/strict'
import { test } from 'node:test'
import * as jose from 'jose'
import { Person } from '../harness/person.ts'
import { password, serverOfThisFile } from '../harness/server.ts'

const on = serverOfThisFile()

const publishedKeys = () =>
  jose.createRemoteJWKSet(new URL(`${on.issuer}/oauth/jwks`), { cooldownDuration: 0 })
const strictly = () => ({ issuer: on.issuer, audience: on.api, typ: 'at+jwt', algorithms: ['ES256'] })

async function machineToken(): Promise<string> {
  const authorization = `Basic ${btoa('demo-machine:demo-machine-secret-0123456789abcdef')}`
  const response = await fetch(`${on.issuer}/oauth/token`, {
    method: 'POST',
    headers: { authorization },
    body: new URLSearchParams({ grant_type: 'client_credentials', scope: 'accounts:read' }),
  })
  return ((await response.json()) as { access_token: string }).access_token
}

async function personTokens(): Promise<{ access_token: string; id_token: string }> {
  const redirectUri = 'http://localhost:4402/callback'
  const verifier = 'a'.repeat(43)
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier))
  const request = new URLSearchParams({
    client_id: 'demo-web',
    response_type: 'code',
    redirect_uri: redirectUri,
    scope: 'openid accounts:read',
    code_challenge: jose.base64url.encode(new Uint8Array(digest)),
    code_challenge_method: 'S256',
    nonce: 'n-0S6_WzA2Mj',
  })
  const tim = { username: 'tim', password }
  const { left } = await new Person(redirectUri).walk(`${on.issuer}/oauth/authorize?${request}`, tim)
  const response = await fetch(`${on.issuer}/oauth/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      client_id: 'demo-web',
      client_secret: 'demo-web-secret-0123456789abcdef',
      redirect_uri: redirectUri,
      code: left?.searchParams.get('code') ?? '',
      code_verifier: verifier,
    }),
  })
  return (await response.json()) as { access_token: string; id_token: string }
}

test('a machine’s token verifies, and says what it is for', async () => {
  const { payload } = await jose.jwtVerify(await machineToken(), publishedKeys(), strictly())
  deepEqual(
    [payload.sub, payload['client_id'], payload['scope']],
    ['demo-machine', 'demo-machine', 'accounts:read'],
  )
  ok(payload.jti && payload.exp && payload.iat && payload.exp - payload.iat === 300)
})

test('a person’s tokens verify, each for its own reader and no other', async () => {
  const { access_token: access, id_token: id } = await personTokens()
  const { payload } = await jose.jwtVerify(access, publishedKeys(), strictly())
  deepEqual([payload.sub, payload['roles'], payload['client_id']], ['usr_tim', ['teller'], 'demo-web'])
  const reader = { issuer: on.issuer, audience: 'demo-web', algorithms: ['ES256'] }
  const { payload: claims } = await jose.jwtVerify(id, publishedKeys(), reader)
  deepEqual([claims.sub, claims['nonce']], ['usr_tim', 'n-0S6_WzA2Mj'])
  await rejects(jose.jwtVerify(id, publishedKeys(), strictly()), { code: 'ERR_JWT_CLAIM_VALIDATION_FAILED' })
  await rejects(jose.jwtVerify(access, publishedKeys(), reader), { code: 'ERR_JWT_CLAIM_VALIDATION_FAILED' })
})

test('a token that was touched verifies nowhere', async () => {
  const [header = '', payload = '', signature = ''] = (await machineToken()).split('.')
  const claims = { ...jose.decodeJwt(`${header}.${payload}.${signature}`), scope: 'transfers:write' }
  const forged = jose.base64url.encode(JSON.stringify(claims))
  await rejects(jose.jwtVerify(`${header}.${forged}.${signature}`, publishedKeys(), strictly()), {
    code: 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED',
  })
})

test('the key set holds public keys alone, each with its algorithm, and may be cached', async () => {
  const response = await fetch(`${on.issuer}/oauth/jwks`)
  match(response.headers.get('cache-control') ?? '', /max-age=[1-9]/)
  match(response.headers.get('content-type') ?? '', /^application\/(?:jwk-set\+)?json/)
  equal(response.headers.get('access-control-allow-origin'), '*')
  const { keys } = (await response.json()) as { keys: Record<string, string>[] }
  ok(keys.length > 0)
  for (const key of keys) {
    ok(key['kid'] && key['alg'] && key['use'] === 'sig')
    deepEqual(
      ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k'].filter((secret) => secret in key),
      [],
    )
  }
})

test('the next key is published a day before it signs, and the old one for a while after', async () => {
  const kidOf = (token: string) => jose.decodeProtectedHeader(token).kid
  const before = await machineToken()
  const { kid } = await on.countersign('keys', 'rotate')
  // Every worker looks again after five seconds.
  await on.advance(6)
  const fetched = await fetch(`${on.issuer}/oauth/jwks`)
  const keys = jose.createLocalJWKSet((await fetched.json()) as jose.JSONWebKeySet)
  const meanwhile = await machineToken()
  equal(kidOf(meanwhile), kidOf(before))
  equal((await jose.jwtVerify(meanwhile, keys, strictly())).payload.sub, 'demo-machine')
  await on.advance(24 * 3600)
  const after = await machineToken()
  equal(kidOf(after), kid)
  notEqual(kidOf(after), kidOf(before))
  // Whoever fetched the keys a day ago knows the new one, and whoever fetches them now still finds the old one.
  equal((await jose.jwtVerify(after, keys, strictly())).payload.sub, 'demo-machine')
  equal((await jose.jwtVerify(before, publishedKeys(), strictly())).payload.sub, 'demo-machine')
})
