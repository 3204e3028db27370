// A stand-in for any OpenID provider that keeps to the letter of the specifications: `iss` in its answers (RFC 9207),
// client_secret_basic alone, ES256, and an ID token so lean that name and e-mail come from userinfo (Core §5.4).
import { publicJwk, signToken } from '@countersign/protocol'
import { type Incoming, json, type Outgoing, type Route } from '../../../platform/http/exchange.ts'
import { dialogueRoutes } from './pages.routes.ts'
import { nameOf, people } from './people.ts'
import { type Granted, lazyKey, type Simulator, tokenSeconds } from './simulator.ts'

/** The stand-in’s endpoints. */
export function oidcRoutes(simulator: Simulator): readonly Route[] {
  const { path } = simulator
  const key = lazyKey('ES256', (thumbprint) => `sim-${thumbprint.slice(0, 8)}`)
  const development = (method: 'GET' | 'POST', below: string, run: Route['run']): Route => ({
    method,
    path: path + below,
    caller: 'development',
    run,
  })
  return [
    development('GET', '/.well-known/openid-configuration', () => json(200, metadata(simulator.base))),
    development('GET', '/jwks', async () => json(200, { keys: [publicJwk(await key())] })),
    development('GET', '/userinfo', (request) => {
      const found = simulator.bearer(request)
      return found === null ? refusal(401, 'invalid_token') : json(200, claimsOf(found.granted))
    }),
    development('POST', '/token', async (request) => {
      const granted = redeem(simulator, request)
      if ('status' in granted) return granted
      const now = simulator.platform.runtime.now()
      const claims = {
        iss: simulator.base,
        sub: granted.person.id,
        aud: simulator.upstream.clientId,
        ...(granted.nonce === undefined ? {} : { nonce: granted.nonce }),
        auth_time: now,
        iat: now,
        exp: now + 300,
      }
      return json(200, {
        access_token: simulator.accessToken(granted, 'sim_'),
        token_type: 'Bearer',
        expires_in: tokenSeconds,
        id_token: signToken('id', claims, await key()),
      })
    }),
    ...dialogueRoutes(simulator, {
      path: '/authorize',
      people: people.oidc,
      granted: (person, form) =>
        simulator.back({
          code: simulator.grant(person, form, ''),
          state: form.get('state'),
          iss: simulator.base,
        }),
      refused: (form) =>
        simulator.back({ error: 'access_denied', state: form.get('state'), iss: simulator.base }),
    }),
  ]
}

function redeem(simulator: Simulator, request: Incoming): Granted | Outgoing {
  const { form } = request
  if (form.get('grant_type') !== 'authorization_code') return refusal(400, 'unsupported_grant_type')
  if (!simulator.isClient(request)) return refusal(401, 'invalid_client')
  const granted = simulator.redeem(form.get('code'))
  const isRight =
    granted !== null &&
    form.get('redirect_uri') === granted.redirectUri &&
    granted.codeChallenge !== undefined &&
    simulator.isProven(granted, form.get('code_verifier'))
  return isRight ? granted : refusal(400, 'invalid_grant')
}

function refusal(status: number, error: string): Outgoing {
  return json(status, { error })
}

function claimsOf({ person, emailVerified }: Granted) {
  return {
    sub: person.id,
    name: nameOf(person),
    given_name: person.givenName,
    family_name: person.familyName,
    ...(person.email === null ? {} : { email: person.email, email_verified: emailVerified }),
  }
}

function metadata(base: string) {
  return {
    issuer: base,
    authorization_endpoint: `${base}/authorize`,
    token_endpoint: `${base}/token`,
    userinfo_endpoint: `${base}/userinfo`,
    jwks_uri: `${base}/jwks`,
    scopes_supported: ['openid', 'profile', 'email'],
    response_types_supported: ['code'],
    response_modes_supported: ['query'],
    grant_types_supported: ['authorization_code'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['ES256'],
    token_endpoint_auth_methods_supported: ['client_secret_basic'],
    code_challenge_methods_supported: ['S256'],
    authorization_response_iss_parameter_supported: true,
  }
}
