// The matrix by `openid-client`: its applications register themselves, and take each way from the code to revocation.
import { deepEqual, equal, notEqual, rejects } from 'node:assert/strict'
import * as client from 'openid-client'
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

const registered = new Map<string, Promise<client.Configuration>>()

/** An application with these features, registered the first time that its kind is asked for. */
async function configured(on: Server, asked: Features, keys: Keys): Promise<client.Configuration> {
  const name = nameOf(registeredOf(asked))
  const authentication = client.PrivateKeyJwt({ key: keys.signing, kid: 'signing' })
  const registering =
    registered.get(name) ??
    client.dynamicClientRegistration(
      new URL(on.issuer),
      metadataFor(registeredOf(asked), keys) as Partial<client.ClientMetadata>,
      authentication,
      { execute: [client.allowInsecureRequests] },
    )
  registered.set(name, registering)
  const known = await registering
  const { client_id: id, ...metadata } = known.clientMetadata()
  const config = new client.Configuration(known.serverMetadata(), id, metadata, authentication)
  client.allowInsecureRequests(config)
  client.enableNonRepudiationChecks(config)
  if (asked.has('encrypted ID token'))
    client.enableDecryptingResponses(config, ['A256GCM'], {
      key: keys.opening,
      alg: 'RSA-OAEP-256',
      kid: 'opening',
    })
  if (asked.has('JARM')) client.useJwtResponseMode(config)
  return config
}

export async function codeFlow(on: Server, asked: Features, keys: Keys): Promise<void> {
  const config = await configured(on, asked, keys)
  const DPoP = asked.has('DPoP') ? client.getDPoPHandle(config, await client.randomDPoPKeyPair()) : undefined
  const options = DPoP === undefined ? {} : { DPoP }
  const pkceCodeVerifier = client.randomPKCECodeVerifier()
  const [expectedState, expectedNonce] = [client.randomState(), client.randomNonce()]
  const parameters = {
    redirect_uri: redirectUri,
    scope,
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
    state: expectedState,
    nonce: expectedNonce,
    ...(asked.has('JARM') && { response_mode: 'jwt' }),
  }
  const signed = asked.has('JAR')
    ? await client.buildAuthorizationUrlWithJAR(config, parameters, { key: keys.signing, kid: 'signing' })
    : client.buildAuthorizationUrl(config, parameters)
  const url = asked.has('PAR')
    ? await client.buildAuthorizationUrlWithPAR(config, signed.searchParams, options)
    : signed
  const left = await answerOf(url)
  deepEqual(left.searchParams.has('response'), asked.has('JARM'))
  const checks = { pkceCodeVerifier, expectedState, expectedNonce, idTokenExpected: true }
  const tokens = await client.authorizationCodeGrant(config, left, checks, undefined, options)
  equal(tokens.token_type, asked.has('DPoP') ? 'dpop' : 'bearer')
  equal(tokens.id_token?.split('.').length, asked.has('encrypted ID token') ? 5 : 3)
  equal(tokens.claims()?.sub, 'usr_ada')
  await tryTokens(config, tokens, options)
}

async function tryTokens(
  config: client.Configuration,
  tokens: client.TokenEndpointResponse,
  options: client.DPoPOptions,
): Promise<void> {
  const person = await client.fetchUserInfo(config, tokens.access_token, 'usr_ada', options)
  equal(person.email, 'ada@example.test')
  const token = tokens.refresh_token ?? ''
  const renewed = await client.refreshTokenGrant(config, token, undefined, options)
  notEqual(renewed.refresh_token, token)
  equal(renewed.claims()?.sub, 'usr_ada')
  equal((await client.tokenIntrospection(config, renewed.access_token)).active, true)
  await client.tokenRevocation(config, renewed.refresh_token ?? '')
  deepEqual(await client.tokenIntrospection(config, renewed.access_token), { active: false })
  const again = client.refreshTokenGrant(config, renewed.refresh_token ?? '', undefined, options)
  await rejects(again, { error: 'invalid_grant' })
}

/** The grants without a redirect, by an application of the operator's. */
export async function otherGrants(on: Server, id: string, secret: string, isBound: boolean): Promise<void> {
  const execute = [client.allowInsecureRequests, client.enableNonRepudiationChecks]
  const metadata = { client_secret: secret, introspection_signed_response_alg: 'ES256' }
  const config = await client.discovery(new URL(on.issuer), id, metadata, undefined, { execute })
  const options = isBound ? { DPoP: client.getDPoPHandle(config, await client.randomDPoPKeyPair()) } : {}
  const type = isBound ? 'dpop' : 'bearer'

  const own = { scope: 'accounts:read', resource: on.api }
  const alone = await client.clientCredentialsGrant(config, own, options)
  equal(alone.token_type, type)
  const seen = await client.tokenIntrospection(config, alone.access_token)
  deepEqual([seen.active, seen.aud, seen.scope], [true, on.api, 'accounts:read'])
  const elsewhere = { scope: 'accounts:read', resource: 'https://nobody.example/' }
  await rejects(client.clientCredentialsGrant(config, elsewhere, options), { error: 'invalid_target' })

  const device = await client.initiateDeviceAuthorization(config, { scope })
  await allowDevice(device.verification_uri_complete ?? '')
  // It is allowed already: the first poll is always in time.
  const patient = { ...device, interval: 1 }
  const shown = await client.pollDeviceAuthorizationGrant(config, patient, undefined, options)
  equal(shown.token_type, type)
  equal(shown.claims()?.sub, 'usr_ada')
  await tryTokens(config, shown, options)

  const request = await client.initiateBackchannelAuthentication(config, { scope, login_hint: 'ada' })
  await approve(on)
  const waiting = { ...request, interval: 1 }
  const approved = await client.pollBackchannelAuthenticationGrant(config, waiting, undefined, options)
  equal(approved.token_type, type)
  equal(approved.claims()?.sub, 'usr_ada')
  await tryTokens(config, approved, options)
}
