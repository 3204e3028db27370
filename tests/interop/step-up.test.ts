// Step-up (RFC 9470) over the whole way: our guard asks for a newer sign-in, `openid-client` reads the challenge and sends
// the person back, our server has her sign in again, and the next token passes. In both modes of the guard.
import { deepEqual, equal, notEqual, ok } from 'node:assert/strict'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { auth } from '@countersign/sdk/express'
import express from 'express'
import * as client from 'openid-client'
import { Person } from '../harness/person.ts'
import { password, serverOfThisFile } from '../harness/server.ts'

const on = serverOfThisFile()
const web = { clientId: 'demo-web', clientSecret: 'demo-web-secret-0123456789abcdef' }
const redirectUri = 'http://localhost:4402/callback'

const clock = { ahead: 0 }
const now = () => Math.floor(Date.now() / 1000) + clock.ahead

/** An API whose transfers want a sign-in of the last minute, by password. Its clock goes with the server's. */
async function api(t: TestContext, mode: 'local' | 'database') {
  const app = express()
  const settings = { issuer: on.issuer, audience: on.api, mode, ...web, now }
  const recent = auth({
    ...settings,
    maxAge: 60,
    acr: 'urn:countersign:acr:password',
    scope: 'accounts:read',
  })
  app.get('/transfers', recent, (request, response) => response.json({ at: request.auth.authenticatedAt }))
  const server = app.listen(0, '127.0.0.1')
  t.after(() => server.close().closeAllConnections())
  await once(server, 'listening')
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/transfers`)
  const advance = async (seconds: number) => {
    await on.advance(seconds)
    clock.ahead += seconds
  }
  return { url, advance }
}

for (const mode of ['local', 'database'] as const) {
  test(`a sign-in that has grown old is renewed as the challenge says, mode ${mode}`, async (t) => {
    const { url, advance } = await api(t, mode)
    const insecure = { execute: [client.allowInsecureRequests] }
    const config = await client.discovery(
      new URL(on.issuer),
      web.clientId,
      web.clientSecret,
      undefined,
      insecure,
    )
    const ada = new Person(redirectUri)

    const tokenFor = async (asked: Record<string, string>) => {
      const pkceCodeVerifier = client.randomPKCECodeVerifier()
      const address = client.buildAuthorizationUrl(config, {
        redirect_uri: redirectUri,
        scope: 'openid accounts:read',
        code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
        code_challenge_method: 'S256',
        ...asked,
      })
      const { left } = await ada.walk(address, { username: 'ada', password })
      ok(left)
      return (await client.authorizationCodeGrant(config, left, { pkceCodeVerifier })).access_token
    }
    /** When she signed in, as the API saw it; or what it asks for. */
    const ask = async (token: string) => {
      try {
        const response = await client.fetchProtectedResource(config, token, url, 'GET')
        return { at: ((await response.json()) as { at: number }).at }
      } catch (error) {
        ok(error instanceof client.WWWAuthenticateChallengeError)
        return { status: error.status, asked: error.cause[0]?.parameters ?? {} }
      }
    }

    const first = await tokenFor({})
    const { at } = await ask(first)
    notEqual(at, undefined)
    await advance(120)
    const { status, asked = {} } = await ask(first)
    equal(status, 401)
    const { error, max_age: maxAge = '', acr_values: acrValues = '' } = asked
    deepEqual([error, maxAge], ['insufficient_user_authentication', '60'])
    const unchanged = await tokenFor({})
    equal((await ask(unchanged)).status, 401, 'another token of the same sign-in is no newer')
    const renewed = await ask(
      await tokenFor({ max_age: maxAge, ...(acrValues !== '' && { acr_values: acrValues }) }),
    )
    ok(renewed.at !== undefined && at !== undefined && renewed.at >= at + 120)
  })
}
