// Tokens bound to a key (RFC 9449), asked of this server by `openid-client` and `oauth4webapi` as they come from npm, with
// a nonce in every proof, on both engines.
import { deepEqual, equal, match, notEqual, ok, rejects } from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as oauth from 'oauth4webapi'
import * as client from 'openid-client'
import { Person } from '../harness/person.ts'
import { postgresSkip } from '../harness/postgres.ts'
import { password, type Server, serverOfThisFile } from '../harness/server.ts'

// RFC 8252: a program on this computer, at whatever port is free; and one that proves itself besides.
const native = { id: 'demo-native', redirectUri: 'http://127.0.0.1:51004/callback' } as const
const web = {
  id: 'demo-web',
  redirectUri: 'http://localhost:4402/callback',
  secret: 'demo-web-secret-0123456789abcdef',
} as const
const machineSecret = 'demo-machine-secret-0123456789abcdef'
const everything = 'openid email offline_access accounts:read'

for (const engine of ['sqlite', 'postgres'] as const) {
  const skip = engine === 'postgres' ? postgresSkip() : false
  const env = { COUNTERSIGN_DPOP_NONCES: 'on' }
  describe(`bound tokens, the server on ${engine}`, { skip }, () => {
    const on = serverOfThisFile({ engine, skip, bank: true, env })
    withOpenidClient(on)
    withOauth4webapi(on)
  })
}

type Who = typeof native | typeof web

const discovered = (on: Server, who: Who) =>
  client.discovery(new URL(on.issuer), who.id, 'secret' in who ? who.secret : undefined, undefined, {
    execute: [client.allowInsecureRequests],
  })

/** Ada signs in and allows what is asked: where she is sent then, with what the exchange is checked by. */
async function walk(config: client.Configuration, who: Who, asked: Record<string, string> = {}) {
  const pkceCodeVerifier = client.randomPKCECodeVerifier()
  const expectedState = client.randomState()
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: who.redirectUri,
    scope: everything,
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
    state: expectedState,
    ...asked,
  })
  const { left } = await new Person(who.redirectUri).walk(url, { username: 'ada', password })
  ok(left)
  return { left, checks: { pkceCodeVerifier, expectedState, idTokenExpected: true } }
}

function withOpenidClient(on: Server): void {
  test('openid-client: a page’s tokens are its key’s from the code to the API', async () => {
    const config = await discovered(on, native)
    for (const algorithm of ['ES256', 'PS256', 'Ed25519']) {
      ok(config.serverMetadata().dpop_signing_alg_values_supported?.includes(algorithm))
      const DPoP = client.getDPoPHandle(config, await client.randomDPoPKeyPair(algorithm))
      const jkt = await DPoP.calculateThumbprint()
      const { left, checks } = await walk(config, native, { dpop_jkt: jkt })
      const tokens = await client.authorizationCodeGrant(config, left, checks, undefined, { DPoP })
      equal(tokens.token_type, 'dpop')
      const person = await client.fetchUserInfo(config, tokens.access_token, 'usr_ada', { DPoP })
      equal(person.email, 'ada@example.test')

      const accounts = new URL(`${on.api}/accounts`)
      const ask = (token: string) =>
        client.fetchProtectedResource(config, token, accounts, 'GET', undefined, undefined, { DPoP })
      equal((await ask(tokens.access_token)).status, 200)
      const renewed = await client.refreshTokenGrant(config, tokens.refresh_token ?? '', undefined, { DPoP })
      equal(renewed.token_type, 'dpop')
      notEqual(renewed.refresh_token, tokens.refresh_token)
      equal((await ask(renewed.access_token)).status, 200)
      const bearer = { authorization: `Bearer ${renewed.access_token}` }
      for (const address of [accounts, `${on.issuer}/oauth/userinfo`])
        equal((await fetch(address, { headers: bearer })).status, 401)
    }
  })

  test('openid-client: another key gets nothing for the code, and nothing for the refresh token', async () => {
    const config = await discovered(on, native)
    const newHandle = async () => client.getDPoPHandle(config, await client.randomDPoPKeyPair())
    const [mine, thief] = [await newHandle(), await newHandle()]
    const { left, checks } = await walk(config, native, { dpop_jkt: await mine.calculateThumbprint() })
    const redeem = (options: client.DPoPOptions) =>
      client.authorizationCodeGrant(config, left, checks, undefined, options)
    await rejects(redeem({ DPoP: thief }), isError('invalid_grant'))
    await rejects(redeem({}), isError('invalid_grant'))
    const { refresh_token: token = '' } = await redeem({ DPoP: mine })
    const renew = (options: client.DPoPOptions) => client.refreshTokenGrant(config, token, undefined, options)
    await rejects(renew({ DPoP: thief }), isError('invalid_grant'))
    await rejects(renew({}), isError('invalid_dpop_proof'))
    ok((await renew({ DPoP: mine })).access_token)
  })

  test('openid-client: a confidential client changes its key, and introspection says to which', async () => {
    const config = await discovered(on, web)
    const newHandle = async () => client.getDPoPHandle(config, await client.randomDPoPKeyPair())
    const { left, checks } = await walk(config, web)
    let DPoP = await newHandle()
    let tokens = await client.authorizationCodeGrant(config, left, checks, undefined, { DPoP })
    for (let change = 0; change < 2; change++) {
      const told = await client.tokenIntrospection(config, tokens.access_token)
      deepEqual([told.active, told.token_type], [true, 'DPoP'])
      deepEqual(told.cnf, { jkt: await DPoP.calculateThumbprint() })
      DPoP = await newHandle()
      tokens = await client.refreshTokenGrant(config, tokens.refresh_token ?? '', undefined, { DPoP })
    }
  })
}

function withOauth4webapi(on: Server): void {
  const http = { [oauth.allowInsecureRequests]: true }
  const page: oauth.Client = { client_id: native.id }
  const machine: oauth.Client = { client_id: 'demo-machine' }
  const discover = async (): Promise<oauth.AuthorizationServer> => {
    const issuer = new URL(on.issuer)
    return oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, http))
  }

  test('oauth4webapi: a code, userinfo and a refresh, each asked again with the nonce that the refusal brought', async () => {
    const as = await discover()
    const keys = await oauth.generateKeyPair('ES256')
    const { left, checks } = await walk(await discovered(on, native), native)
    const parameters = oauth.validateAuthResponse(as, page, left, checks.expectedState)
    let DPoP = oauth.DPoP(page, keys)
    const tokens = await again(async () =>
      oauth.processAuthorizationCodeResponse(
        as,
        page,
        await oauth.authorizationCodeGrantRequest(
          as,
          page,
          oauth.None(),
          parameters,
          native.redirectUri,
          checks.pkceCodeVerifier,
          { ...http, DPoP },
        ),
      ),
    )
    equal(tokens.token_type, 'dpop')
    DPoP = oauth.DPoP(page, keys)
    const person = await again(async () =>
      oauth.processUserInfoResponse(
        as,
        page,
        'usr_ada',
        await oauth.userInfoRequest(as, page, tokens.access_token, { ...http, DPoP }),
      ),
    )
    equal(person.email, 'ada@example.test')
    DPoP = oauth.DPoP(page, keys)
    const refreshToken = tokens.refresh_token ?? ''
    const renewed = await again(async () =>
      oauth.processRefreshTokenResponse(
        as,
        page,
        await oauth.refreshTokenGrantRequest(as, page, oauth.None(), refreshToken, { ...http, DPoP }),
      ),
    )
    equal(renewed.token_type, 'dpop')
  })

  test('oauth4webapi: an API’s refusal is understood: a bound token is no bearer token', async () => {
    const as = await discover()
    const DPoP = oauth.DPoP(machine, await oauth.generateKeyPair('ES256'))
    const { access_token: token } = await again(() => machineToken(as, DPoP))
    const accounts = new URL(`${on.api}/accounts`)
    const ask = (options: oauth.DPoPRequestOptions) =>
      oauth.protectedResourceRequest(token, 'GET', accounts, undefined, null, { ...http, ...options })
    equal((await ask({ DPoP })).status, 200)
    const [challenge] = await challengesOf(
      ask({ DPoP: oauth.DPoP(machine, await oauth.generateKeyPair('ES256')) }),
    )
    deepEqual([challenge?.scheme, challenge?.parameters.error], ['dpop', 'invalid_token'])
    match(challenge?.parameters.algs ?? '', /\bES256\b/)
  })

  const machineToken = async (as: oauth.AuthorizationServer, DPoP: oauth.DPoPHandle) => {
    const auth = oauth.ClientSecretBasic(machineSecret)
    const asked = { scope: 'accounts:read' }
    const response = await oauth.clientCredentialsGrantRequest(as, machine, auth, asked, { ...http, DPoP })
    return oauth.processClientCredentialsResponse(as, machine, response)
  }

  // The last one: it moves the clock.
  test('oauth4webapi: a nonce is renewed in passing, and asked for anew only after a pause', async () => {
    const as = await discover()
    let ahead = 0
    const DPoP = oauth.DPoP(machine, await oauth.generateKeyPair('ES256'), {
      [oauth.modifyAssertion]: (_header, claims) => {
        claims['iat'] = Number(claims['iat']) + ahead
      },
    })
    const pass = async (seconds: number): Promise<void> => {
      await on.advance(seconds)
      ahead += seconds
    }
    ok(await again(() => machineToken(as, DPoP)))
    for (let turn = 0; turn < 3; turn++) {
      await pass(90)
      equal((await machineToken(as, DPoP)).token_type, 'dpop')
    }
    await pass(400)
    ok(await again(() => machineToken(as, DPoP)))
  })
}

/** Does what is asked of a client that is told a nonce: the same once more. It must have been told one. */
async function again<T>(deed: () => Promise<T>): Promise<T> {
  await rejects(deed(), (error) => oauth.isDPoPNonceError(error))
  return deed()
}

async function challengesOf(request: Promise<unknown>): Promise<oauth.WWWAuthenticateChallenge[]> {
  const error = await request.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  ok(error instanceof oauth.WWWAuthenticateChallengeError, String(error))
  return error.cause
}

function isError(code: string): (error: unknown) => true {
  return (error) => {
    equal((error as { error?: unknown }).error, code)
    return true
  }
}
