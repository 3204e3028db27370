// The driver for plain OAuth 2 providers (RFC 6749): no discovery, no ID token. Who the person is comes from the
// provider's profile address, asked with the access token that our own code bought over TLS; the redirect address of
// its own, `state` and PKCE bind that code to this attempt.
import { isJsonObject, type Parameters } from '@countersign/protocol'
import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  ClientSecretPost,
  Configuration,
  customFetch,
  fetchProtectedResource,
} from 'openid-client'
import { type RawClaims, subjectOf } from '../profile.ts'
import type { OauthUpstream } from '../upstreams.ts'
import { fetchThrough, speaking, timeoutSeconds } from './client.ts'
import {
  type Connection,
  type DriverWorld,
  type Expected,
  type ProvenIdentity,
  UpstreamFailure,
} from './connection.ts'

/** A provider without OpenID Connect: the person is asked of its profile address. */
export function connectOauth(upstream: OauthUpstream, world: DriverWorld): Connection {
  const configuration = configurationOf(upstream, world)
  return {
    begin: ({ state, codeChallenge }) =>
      speaking(async () => ({
        location: buildAuthorizationUrl(configuration, {
          redirect_uri: world.redirectUri,
          scope: upstream.scope.join(' '),
          state,
          code_challenge: codeChallenge,
          code_challenge_method: 'S256',
          ...upstream.quirks.authorization,
        }),
        issuer: upstream.issuer,
      })),
    finish: (answer, expected) => speaking(() => redeem(upstream, world, configuration, answer, expected)),
  }
}

async function redeem(
  upstream: OauthUpstream,
  world: DriverWorld,
  configuration: Configuration,
  answer: Parameters,
  expected: Expected,
): Promise<ProvenIdentity> {
  if (upstream.issuer !== expected.issuer)
    throw new UpstreamFailure('invalid', 'The provider is another one now.')
  const current = new URL(world.redirectUri)
  current.search = answer.toString()
  const tokens = await authorizationCodeGrant(configuration, current, {
    expectedState: expected.state,
    pkceCodeVerifier: expected.codeVerifier,
  })
  const address = new URL(upstream.endpoints.profile)
  const more = upstream.quirks.profile?.(tokens.access_token, upstream.clientSecret.reveal()) ?? {}
  for (const [name, value] of Object.entries(more)) address.searchParams.set(name, value)
  const headers = new Headers({ accept: 'application/json' })
  const response = await fetchProtectedResource(
    configuration,
    tokens.access_token,
    address,
    'GET',
    undefined,
    headers,
  )
  const raw = await readProfile(response)
  const subject = subjectOf(raw[upstream.subject])
  if (subject === null) throw new UpstreamFailure('invalid', 'The profile has no subject.')
  return { upstream: upstream.id, issuer: upstream.issuer, subject, profile: upstream.mapProfile(raw) }
}

async function readProfile(response: Response): Promise<RawClaims> {
  if (response.status !== 200) {
    const fault = response.status >= 500 ? 'unreachable' : 'invalid'
    throw new UpstreamFailure(fault, `The profile address answered ${response.status}.`)
  }
  let value: unknown
  try {
    value = await response.json()
  } catch (cause) {
    throw new UpstreamFailure('invalid', 'The profile is not JSON.', { cause })
  }
  if (!isJsonObject(value)) throw new UpstreamFailure('invalid', 'The profile is not an object.')
  return value
}

function configurationOf(upstream: OauthUpstream, world: DriverWorld): Configuration {
  const { authorization, token } = upstream.endpoints
  const configuration = new Configuration(
    { issuer: upstream.issuer, authorization_endpoint: authorization, token_endpoint: token },
    upstream.clientId,
    {},
    ClientSecretPost(upstream.clientSecret.reveal()),
  )
  configuration[customFetch] = fetchThrough(world.egress)
  configuration.timeout = timeoutSeconds
  if (upstream.simulated) allowInsecureRequests(configuration)
  return configuration
}
