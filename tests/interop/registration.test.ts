// Clients as they come from npm register themselves (RFC 7591) with a token of an operator, and take a person to tokens with
// what they are told; then they look after themselves (RFC 7592) over plain fetch, for which neither has a function.
import { equal, match, ok, rejects } from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as oauth from 'oauth4webapi'
import * as client from 'openid-client'
import { Person } from '../harness/person.ts'
import { password, serverOfThisFile } from '../harness/server.ts'

const redirectUri = 'http://localhost:4402/callback'
const application = {
  client_name: 'An Application',
  redirect_uris: [redirectUri],
  grant_types: ['authorization_code', 'refresh_token'],
}

describe('registration by others', () => {
  let token = ''
  const on = serverOfThisFile({
    env: { COUNTERSIGN_REGISTRATION: 'token' },
    prepare: async (server) => {
      token = String((await server.countersign('client', 'initial-token', 'create', '--uses', '2'))['token'])
    },
  })

  test('openid-client registers itself, and takes a person to tokens', async () => {
    const execute = [client.allowInsecureRequests]
    const withToken = { initialAccessToken: token, execute }
    const config = await client.dynamicClientRegistration(
      new URL(on.issuer),
      { ...application, token_endpoint_auth_method: 'client_secret_post' },
      undefined,
      withToken,
    )
    match(String(config.clientMetadata()['registration_access_token']), /^csra_/)
    const pkceCodeVerifier = client.randomPKCECodeVerifier()
    const url = client.buildAuthorizationUrl(config, {
      redirect_uri: redirectUri,
      scope: 'openid offline_access',
      code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
      code_challenge_method: 'S256',
    })
    const { left } = await new Person(redirectUri).walk(url, { username: 'ada', password })
    ok(left)
    const tokens = await client.authorizationCodeGrant(config, left, {
      pkceCodeVerifier,
      idTokenExpected: true,
    })
    const refreshed = await client.refreshTokenGrant(config, tokens.refresh_token ?? '')
    equal(refreshed.claims()?.sub, tokens.claims()?.sub)
    await rejects(
      client.dynamicClientRegistration(new URL(on.issuer), application, undefined, { execute }),
      (error: unknown) => error instanceof client.WWWAuthenticateChallengeError && error.status === 401,
    )
  })

  test('oauth4webapi registers itself, changes its name, and is gone when it says so', async () => {
    const insecure = { [oauth.allowInsecureRequests]: true }
    const issuer = new URL(on.issuer)
    const discovered = await oauth.discoveryRequest(issuer, insecure)
    const as = await oauth.processDiscoveryResponse(issuer, discovered)
    const withToken = { ...insecure, initialAccessToken: token }
    const metadata = { ...application, token_endpoint_auth_method: 'none' }
    const response = await oauth.dynamicClientRegistrationRequest(as, metadata, withToken)
    const registered = await oauth.processDynamicClientRegistrationResponse(response)
    equal(registered['client_secret'], undefined)

    const address = String(registered['registration_client_uri'])
    const manage = async (method: string, held: unknown, body?: object) => {
      const headers = { authorization: `Bearer ${String(held)}`, 'content-type': 'application/json' }
      const init = { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) }
      const answer = await fetch(address, init)
      const text = await answer.text()
      return { status: answer.status, json: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>) }
    }
    const first = registered['registration_access_token']
    const { json: read } = await manage('GET', first)
    equal(read['client_name'], 'An Application')
    const body = { ...metadata, client_id: registered.client_id, client_name: 'Another Name' }
    const { status, json: changed } = await manage('PUT', first, body)
    equal(status, 200, JSON.stringify(changed))
    equal(changed['client_name'], 'Another Name')
    equal((await manage('GET', first)).status, 401)
    equal((await manage('DELETE', changed['registration_access_token'])).status, 204)
    equal((await manage('GET', changed['registration_access_token'])).status, 401)
    const spent = await oauth.dynamicClientRegistrationRequest(as, metadata, withToken)
    equal(spent.status, 401)
  })
})
