// The driver for OpenID Connect providers: discovery, the code flow with PKCE, and an ID token that is checked in
// full, its signature included although TLS vouches for it already (OpenID Connect Core §3.1.3.7).
import { type Parameters, peekUnverified } from '@countersign/protocol'
import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  type Configuration,
  customFetch,
  discovery,
  enableNonRepudiationChecks,
  fetchUserInfo,
} from 'openid-client'
import type { Instant } from '../../../platform/runtime.ts'
import { type RawClaims, subjectOf } from '../profile.ts'
import type { OidcUpstream } from '../upstreams.ts'
import { clientSecret, fetchThrough, speaking, timeoutSeconds } from './client.ts'
import {
  type Connection,
  type DriverWorld,
  type Expected,
  type ProvenIdentity,
  UpstreamFailure,
} from './connection.ts'
import { idTokenFault } from './id-token.ts'

/** Seconds that discovered metadata is believed. Keys have a cache of their own and are read again when one is unknown. */
const metadataSeconds = 3600

/** A provider with OpenID Connect: the person stands in the ID token. */
export function connectOidc(upstream: OidcUpstream, world: DriverWorld): Connection {
  const configure = cachedConfiguration(upstream, world)
  return {
    begin: ({ state, nonce, codeChallenge }) =>
      speaking(async () => {
        const configuration = await configure()
        const location = buildAuthorizationUrl(configuration, {
          redirect_uri: world.redirectUri,
          scope: upstream.scope.join(' '),
          state,
          nonce,
          code_challenge: codeChallenge,
          code_challenge_method: 'S256',
          ...upstream.quirks.authorization,
        })
        return { location, issuer: configuration.serverMetadata().issuer }
      }),
    finish: (answer, expected) =>
      speaking(async () => redeem(upstream, world, await configure(), answer, expected)),
  }
}

async function redeem(
  upstream: OidcUpstream,
  world: DriverWorld,
  configuration: Configuration,
  answer: Parameters,
  expected: Expected,
): Promise<ProvenIdentity> {
  const { issuer, userinfo_endpoint } = configuration.serverMetadata()
  if (issuer !== expected.issuer) throw new UpstreamFailure('invalid', 'The provider changed its issuer.')
  const current = new URL(world.redirectUri)
  current.search = answer.toString()
  const tokens = await authorizationCodeGrant(configuration, current, {
    expectedState: expected.state,
    expectedNonce: expected.nonce,
    pkceCodeVerifier: expected.codeVerifier,
    idTokenExpected: true,
  })
  const claims: RawClaims | undefined = tokens.claims()
  const subject = subjectOf(claims?.['sub'])
  if (claims === undefined || subject === null) throw new UpstreamFailure('invalid', 'There is no subject.')
  const fault = idTokenFault(claims, {
    alg: peekUnverified(tokens.id_token ?? '')?.header.alg,
    clientId: upstream.clientId,
    accessToken: tokens.access_token,
    now: world.runtime.now(),
  })
  if (fault !== null) throw new UpstreamFailure('invalid', `The ID token failed a check: ${fault}.`)
  // Core §5.4: in the code flow a provider may keep the claims of `email` and `profile` for userinfo.
  const more: RawClaims =
    claims['email'] === undefined && userinfo_endpoint !== undefined
      ? await fetchUserInfo(configuration, tokens.access_token, subject)
      : {}
  const profile = upstream.mapProfile({ ...more, ...claims })
  return { upstream: upstream.id, issuer, subject, profile }
}

/** Discovers on first use, once for all who wait, and again when the answer is old. A failure is not remembered. */
function cachedConfiguration(upstream: OidcUpstream, world: DriverWorld): () => Promise<Configuration> {
  let known: { readonly configuration: Configuration; readonly until: Instant | number } | undefined
  let flight: Promise<Configuration> | undefined
  const discover = async (): Promise<Configuration> => {
    const configuration = await discovery(
      new URL(upstream.issuer),
      upstream.clientId,
      {},
      clientSecret(upstream.clientSecret.reveal()),
      {
        [customFetch]: fetchThrough(world.egress),
        timeout: timeoutSeconds,
        execute: [enableNonRepudiationChecks, ...(upstream.simulated ? [allowInsecureRequests] : [])],
      },
    )
    known = { configuration, until: world.runtime.now() + metadataSeconds }
    return configuration
  }
  return () => {
    if (known !== undefined && world.runtime.now() < known.until) return Promise.resolve(known.configuration)
    flight ??= discover().finally(() => {
      flight = undefined
    })
    return flight
  }
}
