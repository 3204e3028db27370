// The other side's clients, scopes and features: as they are here, in the words of oidc-provider.
import { generateKeyPairSync } from 'node:crypto'
import { errors } from 'oidc-provider'
import { deviceGrant, redirects, secret } from './bases.ts'

export const bank = 'https://bank.example/api'

const open = { token_endpoint_auth_method: 'none', id_token_signed_response_alg: 'ES256' }
const people = { grant_types: ['authorization_code', 'refresh_token'], response_types: ['code'] }
const nobody = { redirect_uris: [], response_types: [] }

const confidential = (id: string, redirectUri: string) => ({
  ...people,
  client_id: id,
  client_secret: secret,
  token_endpoint_auth_method: 'client_secret_basic',
  redirect_uris: [redirectUri],
  post_logout_redirect_uris: [redirectUri.replace('callback', 'bye')],
  id_token_signed_response_alg: 'ES256',
})

const clients = [
  confidential('web', redirects.web),
  confidential('other', 'https://other.example/callback'),
  { ...open, ...people, client_id: 'spa', redirect_uris: [redirects.spa] },
  {
    ...open,
    ...people,
    client_id: 'native',
    application_type: 'native',
    redirect_uris: ['http://127.0.0.1/callback', 'com.example.program:/callback'],
  },
  {
    ...nobody,
    client_id: 'machine',
    client_secret: secret,
    grant_types: ['client_credentials'],
    id_token_signed_response_alg: 'ES256',
  },
  { ...open, ...nobody, client_id: 'tv', grant_types: [deviceGrant, 'refresh_token'] },
]

const resourceIndicators = {
  enabled: true,
  defaultResource: ({ oidc }: { oidc: { params?: { scope?: string } } }) =>
    /accounts|transfers/.test(oidc.params?.scope ?? '') ? bank : undefined,
  useGrantedResource: () => true,
  getResourceServerInfo: (_: unknown, resource: string) => {
    if (resource !== bank) throw new errors.InvalidTarget()
    return { scope: 'accounts:read transfers:write', audience: bank, accessTokenFormat: 'opaque' }
  },
}

const on = { enabled: true }

export function configuration() {
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const key = { ...pair.privateKey.export({ format: 'jwk' }), alg: 'ES256', use: 'sig', kid: 'one' }
  return {
    clients,
    jwks: { keys: [key] },
    cookies: { keys: ['a key of the cookies'], long: { sameSite: 'none' } },
    scopes: ['openid', 'offline_access', 'profile', 'email', 'address', 'phone'],
    claims: {
      email: ['email', 'email_verified'],
      profile: ['name'],
      address: ['address'],
      phone: ['phone_number'],
    },
    pkce: { required: () => true },
    enableHttpPostMethods: true,
    rotateRefreshToken: () => true,
    findAccount: (_: unknown, id: string) => ({
      accountId: id,
      claims: () => ({ sub: id, email: 'ada@example.test' }),
    }),
    features: {
      devInteractions: { enabled: false },
      clientCredentials: on,
      introspection: on,
      revocation: on,
      deviceFlow: on,
      claimsParameter: on,
      requestObjects: on,
      resourceIndicators,
    },
  }
}
