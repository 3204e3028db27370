// The matrix by `oauth4webapi`: the same ways as by openid-client, with each answer looked at step by step.
import { deepEqual, equal, notEqual, rejects } from 'node:assert/strict'
import * as jose from 'jose'
import * as oauth from 'oauth4webapi'
import type { Server } from '../harness/server.ts'
import {
  allowDevice,
  answerOf,
  approve,
  type Features,
  type Keys,
  metadataFor,
  nameOf,
  redirectUri,
  registeredOf,
  scope,
} from './matrix.ts'

const http = { [oauth.allowInsecureRequests]: true }
type Options = typeof http & { DPoP?: oauth.DPoPHandle }

/** An application at a server, with how it proves itself and what it opens answers with. */
interface At {
  readonly as: oauth.AuthorizationServer
  readonly client: oauth.Client
  readonly auth: oauth.ClientAuth
  readonly options: Options
  readonly opening: { [oauth.jweDecrypt]?: oauth.JweDecryptFunction }
}

const registered = new Map<string, Promise<oauth.Client>>()

async function discover({ issuer }: Server): Promise<oauth.AuthorizationServer> {
  const at = new URL(issuer)
  return oauth.processDiscoveryResponse(at, await oauth.discoveryRequest(at, http))
}

async function register(as: oauth.AuthorizationServer, asked: Features, keys: Keys): Promise<oauth.Client> {
  const metadata = metadataFor(asked, keys) as Partial<oauth.Client>
  const answer = await oauth.dynamicClientRegistrationRequest(as, metadata, http)
  return oauth.processDynamicClientRegistrationResponse(answer)
}

async function applicationAt(on: Server, asked: Features, keys: Keys): Promise<At> {
  const as = await discover(on)
  const kind = registeredOf(asked)
  const registering = registered.get(nameOf(kind)) ?? register(as, kind, keys)
  registered.set(nameOf(kind), registering)
  const client = await registering
  const decrypt: oauth.JweDecryptFunction = async (jwe) => {
    const { plaintext } = await jose.compactDecrypt(jwe, keys.opening)
    return new TextDecoder().decode(plaintext)
  }
  return {
    as,
    client,
    auth: oauth.PrivateKeyJwt({ key: keys.signing, kid: 'signing' }),
    options: asked.has('DPoP')
      ? { ...http, DPoP: oauth.DPoP(client, await oauth.generateKeyPair('ES256')) }
      : http,
    opening: asked.has('encrypted ID token') ? { [oauth.jweDecrypt]: decrypt } : {},
  }
}

/** Asks once more with the nonce that a refusal brought, as a client is to do. */
async function withNonce<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask()
  } catch (error) {
    if (!oauth.isDPoPNonceError(error)) throw error
    return ask()
  }
}

export async function codeFlow(on: Server, asked: Features, keys: Keys): Promise<void> {
  const at = await applicationAt(on, asked, keys)
  const { as, client, auth, options } = at
  const verifier = oauth.generateRandomCodeVerifier()
  const [state, nonce] = [oauth.generateRandomState(), oauth.generateRandomNonce()]
  const parameters = new URLSearchParams({
    client_id: client.client_id,
    response_type: 'code',
    redirect_uri: redirectUri,
    scope,
    state,
    nonce,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    ...(asked.has('JARM') && { response_mode: 'jwt' }),
  })
  const left = await answerOf(await addressOf(at, asked, keys, parameters))
  const answer = asked.has('JARM')
    ? await oauth.validateJwtAuthResponse(as, client, left, state, http)
    : oauth.validateAuthResponse(as, client, left, state)
  const tokens = await withNonce(async () => {
    const response = await oauth.authorizationCodeGrantRequest(
      as,
      client,
      auth,
      answer,
      redirectUri,
      verifier,
      options,
    )
    const checks = { expectedNonce: nonce, requireIdToken: true, ...at.opening }
    const processed = await oauth.processAuthorizationCodeResponse(as, client, response, checks)
    await oauth.validateApplicationLevelSignature(as, response, http)
    return processed
  })
  equal(tokens.token_type, asked.has('DPoP') ? 'dpop' : 'bearer')
  equal(tokens.id_token?.split('.').length, asked.has('encrypted ID token') ? 5 : 3)
  equal(oauth.getValidatedIdTokenClaims(tokens)?.sub, 'usr_ada')
  await tryTokens(at, tokens)
}

/** The address of the request: signed, pushed, both or neither. */
async function addressOf(
  { as, client, auth, options }: At,
  asked: Features,
  keys: Keys,
  parameters: URLSearchParams,
) {
  let sent = parameters
  if (asked.has('JAR')) {
    const key = { key: keys.signing, kid: 'signing' }
    const request = await oauth.issueRequestObject(as, client, parameters, key)
    sent = new URLSearchParams({ client_id: client.client_id, request })
  }
  if (asked.has('PAR')) {
    const { request_uri } = await withNonce(async () => {
      const response = await oauth.pushedAuthorizationRequest(as, client, auth, sent, options)
      return oauth.processPushedAuthorizationResponse(as, client, response)
    })
    sent = new URLSearchParams({ client_id: client.client_id, request_uri })
  }
  const url = new URL(as.authorization_endpoint ?? '')
  url.search = sent.toString()
  return url
}

async function tryTokens(at: At, tokens: oauth.TokenEndpointResponse): Promise<void> {
  const { as, client, auth, options } = at
  const person = await withNonce(async () => {
    const response = await oauth.userInfoRequest(as, client, tokens.access_token, options)
    return oauth.processUserInfoResponse(as, client, 'usr_ada', response)
  })
  equal(person.email, 'ada@example.test')
  const refresh = (token: string) =>
    withNonce(async () => {
      const response = await oauth.refreshTokenGrantRequest(as, client, auth, token, options)
      return oauth.processRefreshTokenResponse(as, client, response, at.opening)
    })
  const renewed = await refresh(tokens.refresh_token ?? '')
  notEqual(renewed.refresh_token, tokens.refresh_token)
  equal(oauth.getValidatedIdTokenClaims(renewed)?.sub, 'usr_ada')
  equal((await introspect(at, renewed.access_token)).active, true)
  const revoked = await oauth.revocationRequest(as, client, auth, renewed.refresh_token ?? '', http)
  await oauth.processRevocationResponse(revoked)
  deepEqual((await introspect(at, renewed.access_token)).active, false)
  await rejects(refresh(renewed.refresh_token ?? ''), { error: 'invalid_grant' })
}

async function introspect({ as, client, auth }: At, token: string): Promise<oauth.IntrospectionResponse> {
  const isSigned = client.introspection_signed_response_alg !== undefined
  const options = { ...http, requestJwtResponse: isSigned }
  const response = await oauth.introspectionRequest(as, client, auth, token, options)
  const told = await oauth.processIntrospectionResponse(as, client, response)
  if (isSigned) await oauth.validateApplicationLevelSignature(as, response, http)
  return told
}

/** The grants without a redirect, by an application of the operator's. */
export async function otherGrants(on: Server, id: string, secret: string, isBound: boolean): Promise<void> {
  const as = await discover(on)
  const client: oauth.Client = { client_id: id, introspection_signed_response_alg: 'ES256' }
  const auth = oauth.ClientSecretPost(secret)
  const options = isBound ? { ...http, DPoP: oauth.DPoP(client, await oauth.generateKeyPair('ES256')) } : http
  const at: At = { as, client, auth, options, opening: {} }

  const own = { scope: 'accounts:read', resource: on.api }
  const alone = await withNonce(async () =>
    oauth.processClientCredentialsResponse(
      as,
      client,
      await oauth.clientCredentialsGrantRequest(as, client, auth, own, options),
    ),
  )
  const seen = await introspect(at, alone.access_token)
  deepEqual([seen.active, seen.aud, seen.scope], [true, on.api, 'accounts:read'])

  const device = await oauth.processDeviceAuthorizationResponse(
    as,
    client,
    await oauth.deviceAuthorizationRequest(as, client, auth, { scope }, http),
  )
  await allowDevice(device.verification_uri_complete ?? '')
  const shown = await withNonce(async () =>
    oauth.processDeviceCodeResponse(
      as,
      client,
      await oauth.deviceCodeGrantRequest(as, client, auth, device.device_code, options),
    ),
  )
  equal(oauth.getValidatedIdTokenClaims(shown)?.sub, 'usr_ada')
  await tryTokens(at, shown)

  const request = await oauth.processBackchannelAuthenticationResponse(
    as,
    client,
    await oauth.backchannelAuthenticationRequest(as, client, auth, { scope, login_hint: 'ada' }, http),
  )
  await approve(on)
  const approved = await withNonce(async () =>
    oauth.processBackchannelAuthenticationGrantResponse(
      as,
      client,
      await oauth.backchannelAuthenticationGrantRequest(as, client, auth, request.auth_req_id, options),
    ),
  )
  equal(approved.token_type, isBound ? 'dpop' : 'bearer')
  await tryTokens(at, approved)
}
