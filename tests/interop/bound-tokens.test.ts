// Tokens bound to a key (RFC 9449), sent by `openid-client` as it comes from npm to an API that our SDK guards: other
// people's proofs are understood here, and our challenges and nonces there.
import { deepEqual, equal, fail, ok, rejects } from 'node:assert/strict'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { auth } from '@countersign/sdk/express'
import { testIssuer } from '@countersign/sdk/testing'
import type { DpopOptions } from '@countersign/sdk/verify'
import express from 'express'
import * as client from 'openid-client'
import { serverOfThisFile } from '../harness/server.ts'

const on = serverOfThisFile()
const machine = { clientId: 'demo-machine', clientSecret: 'demo-machine-secret-0123456789abcdef' }

/** An application that listens, and where. */
async function listening(t: TestContext) {
  const app = express()
  const server = app.listen(0, '127.0.0.1')
  t.after(() => server.close().closeAllConnections())
  await once(server, 'listening')
  return { app, origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

for (const mode of ['local', 'database'] as const) {
  test(`a token that our server bound to a key is taken with a proof of it alone, mode ${mode}`, async (t) => {
    const { app, origin } = await listening(t)
    const place = { issuer: on.issuer, audience: on.api, baseUrl: origin, mode, ...machine }
    app.all('/accounts', auth({ ...place, dpop: 'required' }), (request, response) => {
      response.json({ subject: request.auth.subject })
    })
    const config = await client.discovery(
      new URL(on.issuer),
      machine.clientId,
      machine.clientSecret,
      undefined,
      { execute: [client.allowInsecureRequests] },
    )
    const holders = [0, 1].map(async () => client.getDPoPHandle(config, await client.randomDPoPKeyPair()))
    const [own = fail(), other = fail()] = await Promise.all(holders)
    const scope = { scope: 'accounts:read' }
    const tokens = await client.clientCredentialsGrant(config, scope, { DPoP: own })
    equal(tokens.token_type, 'dpop')
    const ask = (token: string, options?: client.DPoPOptions) =>
      client.fetchProtectedResource(
        config,
        token,
        new URL('/accounts', origin),
        'GET',
        null,
        undefined,
        options,
      )
    const response = await ask(tokens.access_token, { DPoP: own })
    deepEqual(await response.json(), { subject: 'demo-machine' })
    deepEqual(await challenged(ask(tokens.access_token, { DPoP: other })), [['dpop', 'invalid_token']])
    deepEqual(await challenged(ask(tokens.access_token)), [['dpop', 'invalid_token']])
    const plain = await client.clientCredentialsGrant(config, scope)
    deepEqual(await challenged(ask(plain.access_token)), [['dpop', 'invalid_token']])
  })
}

/** An API that takes bound tokens, and a client with a key of its own. */
async function guarded(t: TestContext, dpop: DpopOptions, algorithm = 'ES256') {
  const { app, origin } = await listening(t)
  const issuer = await testIssuer({ audience: `${origin}/v1` })
  const reached: string[] = []
  app.use((request, _, next) => {
    reached.push(request.method)
    next()
  })
  app.all('/v1/me', auth({ ...issuer.options, dpop }), (request, response) => {
    response.json({ subject: request.auth.subject })
  })
  app.all('/v1/transfers', auth({ ...issuer.options, dpop, scope: 'transfers:write' }), () => undefined)

  const config = new client.Configuration({ issuer: issuer.issuer }, 'demo-native')
  client.allowInsecureRequests(config)
  const keys = await client.randomDPoPKeyPair(algorithm)
  const holder = client.getDPoPHandle(config, keys)
  const token = issuer.token({ subject: 'usr_ada', boundTo: await holder.calculateThumbprint() })
  const ask = (path: string, options: client.DPoPOptions = { DPoP: holder }, sent = token, method = 'GET') =>
    client.fetchProtectedResource(config, sent, new URL(path, origin), method, null, undefined, options)
  return { ask, token, issuer, reached }
}

test('a client’s proofs open the door, for every algorithm that it makes keys of', async (t) => {
  for (const algorithm of ['ES256', 'PS256', 'RS256', 'Ed25519']) {
    const { ask } = await guarded(t, {}, algorithm)
    for (const path of ['/v1/me', '/v1/me?page=2', '/v1/me']) {
      const response = await ask(path)
      deepEqual(await response.json(), { subject: 'usr_ada' }, algorithm)
    }
    equal((await ask('/v1/me', undefined, undefined, 'POST')).status, 200)
  }
})

test('a client that is asked for a nonce sends it, and takes over the next one', async (t) => {
  const { ask, reached } = await guarded(t, { nonces: true })
  for (let time = 0; time < 3; time++) equal((await ask('/v1/me')).status, 200)
  equal(reached.length, 4, 'one refusal, and then no more')
})

/** What the client understood of a refusal: the challenges by scheme, with their errors. */
async function challenged(answer: Promise<Response>) {
  const understood: [string, string | undefined][] = []
  await rejects(answer, (error) => {
    ok(error instanceof client.WWWAuthenticateChallengeError)
    for (const { scheme, parameters } of error.cause) understood.push([scheme, parameters['error']])
    return true
  })
  return understood
}

test('a client understands what it did wrong', async (t) => {
  const { ask, token, issuer } = await guarded(t, { use: 'allowed' })
  deepEqual(await challenged(ask('/v1/me', {})), [
    ['bearer', 'invalid_token'],
    ['dpop', undefined],
  ])
  deepEqual(await challenged(ask('/v1/me', undefined, issuer.token())), [
    ['dpop', 'invalid_token'],
    ['bearer', undefined],
  ])
  deepEqual(await challenged(ask('/v1/transfers', undefined, token)), [
    ['dpop', 'insufficient_scope'],
    ['bearer', undefined],
  ])
  const required = await guarded(t, { use: 'required' })
  deepEqual(await challenged(required.ask('/v1/me', {}, required.issuer.token())), [
    ['dpop', 'invalid_token'],
  ])
})
