// Pushed authorization requests (RFC 9126) by `openid-client` and `oauth4webapi` as they come from npm, on both engines.
import { deepEqual, equal, ok, rejects } from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as oauth from 'oauth4webapi'
import * as client from 'openid-client'
import { Person } from '../harness/person.ts'
import { postgresSkip } from '../harness/postgres.ts'
import { password, type Server, serverOfThisFile } from '../harness/server.ts'

const redirectUri = 'http://localhost:4402/callback'
const secret = 'demo-web-secret-0123456789abcdef'
const http = { [oauth.allowInsecureRequests]: true }
const ada = { username: 'ada', password }

for (const engine of ['sqlite', 'postgres'] as const) {
  const skip = engine === 'postgres' ? postgresSkip() : false
  describe(`pushed requests, the server on ${engine}`, { skip }, () => {
    const on = serverOfThisFile({ engine, skip })
    withOpenidClient(on)
    withOauth4webapi(on)
  })
}

function withOpenidClient(on: Server): void {
  test('openid-client: a request is pushed, and its code becomes tokens', async () => {
    const config = await client.discovery(new URL(on.issuer), 'demo-web', secret, undefined, {
      execute: [client.allowInsecureRequests],
    })
    for (const DPoP of [undefined, client.getDPoPHandle(config, await client.randomDPoPKeyPair())]) {
      const pkceCodeVerifier = client.randomPKCECodeVerifier()
      const expectedState = client.randomState()
      const parameters = {
        redirect_uri: redirectUri,
        scope: 'openid email offline_access',
        code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
        code_challenge_method: 'S256',
        state: expectedState,
      }
      const url = await client.buildAuthorizationUrlWithPAR(config, parameters, DPoP && { DPoP })
      deepEqual([...url.searchParams.keys()].sort(), ['client_id', 'request_uri'])
      const { left } = await new Person(redirectUri).walk(url, ada)
      ok(left)
      const checks = { pkceCodeVerifier, expectedState, idTokenExpected: true }
      const exchange = (options?: client.DPoPOptions) =>
        client.authorizationCodeGrant(config, left, checks, undefined, options)
      if (DPoP) await rejects(exchange(), { error: 'invalid_grant' })
      const tokens = await exchange(DPoP && { DPoP })
      equal(tokens.claims()?.sub, 'usr_ada')
      equal(tokens.token_type, DPoP ? 'dpop' : 'bearer')
    }
    await rejects(client.buildAuthorizationUrlWithPAR(config, { redirect_uri: 'https://evil.example/' }), {
      error: 'invalid_request',
    })
  })
}

function withOauth4webapi(on: Server): void {
  test('oauth4webapi: the answer to a push is as it checks it, and so is a refusal', async () => {
    const issuer = new URL(on.issuer)
    const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, http))
    const web: oauth.Client = { client_id: 'demo-web' }
    const verifier = oauth.generateRandomCodeVerifier()
    const push = async (more: Record<string, string> = {}) =>
      oauth.processPushedAuthorizationResponse(
        as,
        web,
        await oauth.pushedAuthorizationRequest(
          as,
          web,
          oauth.ClientSecretPost(secret),
          {
            response_type: 'code',
            redirect_uri: redirectUri,
            scope: 'openid',
            code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
            code_challenge_method: 'S256',
            ...more,
          },
          http,
        ),
      )
    const { request_uri, expires_in } = await push()
    equal(expires_in, 60)
    const url = new URL(as.authorization_endpoint ?? '')
    url.search = new URLSearchParams({ client_id: web.client_id, request_uri }).toString()
    const { left } = await new Person(redirectUri).walk(url, ada)
    ok(left)
    const answer = oauth.validateAuthResponse(as, web, left, oauth.expectNoState)
    const response = await oauth.authorizationCodeGrantRequest(
      as,
      web,
      oauth.ClientSecretPost(secret),
      answer,
      redirectUri,
      verifier,
      http,
    )
    ok((await oauth.processAuthorizationCodeResponse(as, web, response, { requireIdToken: true })).id_token)
    await rejects(push({ scope: 'admin:everything', response_type: 'token' }), {
      error: 'unsupported_response_type',
      status: 400,
    })
  })
}
