// A stand-in for Google: the same documents, parameters and errors, as far as signing in sees them, at the same paths
// below its own address. What differs from a plain OpenID provider is Google's doing.
import { createHash } from 'node:crypto'
import { publicJwk, signToken } from '@countersign/protocol'
import { type Incoming, json, type Outgoing, type Route } from '../../../platform/http/exchange.ts'
import { accessTokenHash } from '../../../platform/keys/at-hash.ts'
import { dialogueRoutes } from './pages.routes.ts'
import { nameOf, people } from './people.ts'
import { type Granted, lazyKey, type Simulator, tokenSeconds } from './simulator.ts'

const jsonType = { 'content-type': 'application/json; charset=utf-8' }
const grantedScope =
  'https://www.googleapis.com/auth/userinfo.profile https://www.googleapis.com/auth/userinfo.email openid'

/** The stand-in’s endpoints. */
export function googleRoutes(simulator: Simulator): readonly Route[] {
  const { path } = simulator
  const key = lazyKey('RS256', (thumbprint) => createHash('sha1').update(thumbprint).digest('hex'))
  return [
    open(`${path}/.well-known/openid-configuration`, () => json(200, metadata(simulator.base), jsonType)),
    open(`${path}/oauth2/v3/certs`, async () => {
      const { kid, n, alg, e, use, kty } = publicJwk(await key())
      const headers = { ...jsonType, 'cache-control': 'public, max-age=19800, must-revalidate' }
      return json(200, { keys: [{ kid, n, alg, e, use, kty }] }, headers)
    }),
    open(`${path}/v1/userinfo`, (request) => userinfo(simulator, request)),
    {
      method: 'POST',
      path: `${path}/token`,
      caller: 'development',
      run: async (request) => {
        const granted = redeem(simulator, request)
        if ('status' in granted) return granted
        const accessToken = simulator.accessToken(granted, 'ya29.a0')
        const now = simulator.platform.runtime.now()
        const claims = {
          iss: simulator.base,
          azp: simulator.upstream.clientId,
          aud: simulator.upstream.clientId,
          ...claimsOf(granted),
          at_hash: accessTokenHash(accessToken, 'RS256'),
          ...(granted.nonce === undefined ? {} : { nonce: granted.nonce }),
          iat: now,
          exp: now + 3600,
        }
        const answer = {
          access_token: accessToken,
          expires_in: tokenSeconds,
          scope: grantedScope,
          token_type: 'Bearer',
          id_token: signToken('id', claims, await key()),
        }
        return json(200, answer, jsonType)
      },
    },
    ...dialogueRoutes(simulator, {
      path: '/o/oauth2/v2/auth',
      people: people.google,
      granted: (person, form) =>
        simulator.back({
          state: form.get('state'),
          iss: simulator.base,
          code: simulator.grant(person, form, '4/0A'),
          scope: `email profile ${grantedScope}`,
          authuser: '0',
          ...(person.domain === undefined ? {} : { hd: person.domain }),
          prompt: 'none',
        }),
      refused: (form) => simulator.back({ error: 'access_denied', state: form.get('state') }),
    }),
  ]
}

function open(path: string, run: Route['run']): Route {
  return { method: 'GET', path, caller: 'development', run }
}

function redeem(simulator: Simulator, { form, ...request }: Incoming): Granted | Outgoing {
  if (form.get('grant_type') !== 'authorization_code') {
    return refusal(400, 'unsupported_grant_type', 'Invalid grant_type')
  }
  if (!simulator.isClient({ ...request, form })) return refusal(401, 'invalid_client', 'Unauthorized')
  const granted = simulator.redeem(form.get('code'))
  if (granted === null) return refusal(400, 'invalid_grant', 'Bad Request')
  if (form.get('redirect_uri') !== granted.redirectUri) {
    return refusal(400, 'redirect_uri_mismatch', 'Bad Request')
  }
  const verifier = form.get('code_verifier')
  if (granted.codeChallenge !== undefined && verifier === undefined) {
    return refusal(400, 'invalid_grant', 'Missing code verifier.')
  }
  return simulator.isProven(granted, verifier)
    ? granted
    : refusal(400, 'invalid_grant', 'Invalid code verifier.')
}

function userinfo(simulator: Simulator, request: Incoming): Outgoing {
  const found = simulator.bearer(request)
  return found === null
    ? refusal(401, 'invalid_request', 'Invalid Credentials')
    : json(200, claimsOf(found.granted), jsonType)
}

function refusal(status: number, error: string, description: string): Outgoing {
  return json(status, { error, error_description: description }, jsonType)
}

function claimsOf({ person, emailVerified }: Granted) {
  return {
    sub: person.id,
    ...(person.domain === undefined ? {} : { hd: person.domain }),
    ...(person.email === null ? {} : { email: person.email, email_verified: emailVerified }),
    name: nameOf(person),
    picture: `https://lh3.googleusercontent.com/a/${person.id}=s96-c`,
    given_name: person.givenName,
    family_name: person.familyName,
  }
}

function metadata(base: string) {
  return {
    issuer: base,
    authorization_endpoint: `${base}/o/oauth2/v2/auth`,
    device_authorization_endpoint: `${base}/device/code`,
    token_endpoint: `${base}/token`,
    userinfo_endpoint: `${base}/v1/userinfo`,
    revocation_endpoint: `${base}/revoke`,
    jwks_uri: `${base}/oauth2/v3/certs`,
    response_types_supported: [
      ...['code', 'token', 'id_token', 'code token'],
      ...['code id_token', 'token id_token', 'code token id_token', 'none'],
    ],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
    scopes_supported: ['openid', 'email', 'profile'],
    token_endpoint_auth_methods_supported: ['client_secret_post', 'client_secret_basic'],
    claims_supported: [
      ...['aud', 'email', 'email_verified', 'exp', 'family_name', 'given_name'],
      ...['iat', 'iss', 'name', 'picture', 'sub'],
    ],
    code_challenge_methods_supported: ['plain', 'S256'],
    grant_types_supported: [
      'authorization_code',
      'refresh_token',
      'urn:ietf:params:oauth:grant-type:device_code',
      'urn:ietf:params:oauth:grant-type:jwt-bearer',
    ],
  }
}
