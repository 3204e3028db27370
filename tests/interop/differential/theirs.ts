// The other side: npm's oidc-provider, configured alike, behind a socket of this process. Its own models make the codes
// and tokens, so that no page of its has to be walked through.
import { generateKeyPairSync } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { codeChallenge } from '@countersign/protocol'
import { errors, type Minted, Provider } from 'oidc-provider'
import type { Asked, Endpoint } from './asked.ts'
import { basicOf, redirects, secret, verifier } from './bases.ts'
import type { Side, Stuff } from './side.ts'

const deviceGrant = 'urn:ietf:params:oauth:grant-type:device_code'
const bank = 'https://bank.example/api'
const paths: Readonly<Record<Endpoint, string>> = {
  authorize: '/auth',
  pushed: '/request',
  token: '/token',
  userinfo: '/me',
  introspection: '/token/introspection',
  revocation: '/token/revocation',
  logout: '/session/end',
  device: '/device/auth',
}

function configuration() {
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const key = { ...pair.privateKey.export({ format: 'jwk' }), alg: 'ES256', use: 'sig', kid: 'one' }
  const confidential = (id: string, redirectUri: string) => ({
    client_id: id,
    client_secret: secret,
    token_endpoint_auth_method: 'client_secret_basic',
    redirect_uris: [redirectUri],
    post_logout_redirect_uris: [redirectUri.replace('callback', 'bye')],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    id_token_signed_response_alg: 'ES256',
  })
  const open = { token_endpoint_auth_method: 'none', id_token_signed_response_alg: 'ES256' }
  const people = { grant_types: ['authorization_code', 'refresh_token'], response_types: ['code'] }
  return {
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
    clients: [
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
        client_id: 'machine',
        client_secret: secret,
        grant_types: ['client_credentials'],
        redirect_uris: [],
        response_types: [],
        id_token_signed_response_alg: 'ES256',
      },
      {
        ...open,
        client_id: 'tv',
        grant_types: [deviceGrant, 'refresh_token'],
        redirect_uris: [],
        response_types: [],
      },
    ],
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      introspection: { enabled: true },
      revocation: { enabled: true },
      deviceFlow: { enabled: true },
      claimsParameter: { enabled: true },
      requestObjects: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: ({ oidc }: { oidc: { params?: { scope?: string } } }) =>
          /accounts|transfers/.test(oidc.params?.scope ?? '') ? bank : undefined,
        useGrantedResource: () => true,
        getResourceServerInfo: (_: unknown, resource: string) => {
          if (resource !== bank) throw new errors.InvalidTarget()
          return { scope: 'accounts:read transfers:write', audience: bank, accessTokenFormat: 'opaque' }
        },
      },
    },
  }
}

export async function openTheirs(): Promise<Side> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve))
  const issuer = `http://localhost:${(server.address() as AddressInfo).port}`
  const provider = new Provider(issuer, configuration())
  server.on('request', provider.callback())
  const mint = mintsOf(provider, issuer)
  return {
    name: 'theirs',
    get: (stuff, client) => mint[stuff](client),
    async send({ endpoint, method }: Asked, query, body, headers) {
      const url = `${issuer}${paths[endpoint]}${query === '' ? '' : `?${query}`}`
      const answer = await fetch(url, { method, headers, body, redirect: 'manual' })
      const text = await answer.text()
      return { status: answer.status, header: (name) => answer.headers.get(name), body: text }
    },
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

const everything = 'openid email offline_access'

function mintsOf(
  provider: Provider,
  issuer: string,
): Readonly<Record<Stuff, (client: string) => Promise<string>>> {
  async function granted(clientId: string): Promise<string> {
    const grant = new provider.Grant({ accountId: 'usr_ada', clientId })
    grant.addOIDCScope(everything)
    grant.addResourceScope(bank, 'accounts:read')
    return grant.save()
  }
  async function make(Model: Minted, clientId: string, scope: string, more: object = {}): Promise<string> {
    const client = await provider.Client.find(clientId)
    const grantId = await granted(clientId)
    const basics = {
      accountId: 'usr_ada',
      client,
      grantId,
      scope,
      gty: 'authorization_code',
      authTime: now(),
    }
    return new Model({ ...basics, expiresWithSession: false, ...more }).save()
  }
  async function post(path: string, form: Record<string, string>, client: string) {
    const headers = client === 'spa' || client === 'tv' ? {} : { authorization: basicOf(client) }
    const own = client === 'spa' || client === 'tv' ? { client_id: client } : {}
    const body = new URLSearchParams({ ...form, ...own })
    const answer = await fetch(`${issuer}${path}`, { method: 'POST', headers, body })
    return (await answer.json()) as Record<string, string>
  }
  const redirectOf = (client: string): string =>
    client === 'other' ? 'https://other.example/callback' : redirects[client === 'spa' ? 'spa' : 'web']
  const code = (client: string) =>
    make(provider.AuthorizationCode, client, `${everything} accounts:read`, {
      redirectUri: redirectOf(client),
      codeChallenge: codeChallenge(verifier),
      codeChallengeMethod: 'S256',
      resource: bank,
    })
  const exchanged = async (client: string, own: string) =>
    post(
      '/token',
      {
        grant_type: 'authorization_code',
        code: own,
        redirect_uri: redirectOf(client),
        code_verifier: verifier,
      },
      client,
    )
  const refreshed = async (client: string) =>
    (await exchanged(client, await code(client)))['refresh_token'] ?? ''
  const waiting = async () =>
    (await post('/device/auth', { scope: 'openid accounts:read', resource: bank }, 'tv'))['device_code'] ?? ''
  return {
    code,
    used: async (client) => {
      if (client === 'tv') return ''
      const used = await code(client)
      await exchanged(client, used)
      return used
    },
    refresh: refreshed,
    'used refresh': async (client) => {
      const used = await refreshed(client)
      await post('/token', { grant_type: 'refresh_token', refresh_token: used }, client)
      return used
    },
    access: (client) => make(provider.AccessToken, client, 'accounts:read', { aud: bank }),
    person: (client) => make(provider.AccessToken, client, 'openid email'),
    id: async (client) => (await exchanged(client, await code(client)))['id_token'] ?? '',
    waiting,
    allowed: async () => {
      const value = await waiting()
      const device = await provider.DeviceCode.find(value)
      Object.assign(device, {
        accountId: 'usr_ada',
        grantId: await granted('tv'),
        authTime: now(),
        scope: 'openid accounts:read',
        resource: bank,
      })
      await device.save()
      return value
    },
    pushed: async (client) => {
      const form = {
        response_type: 'code',
        client_id: client,
        redirect_uri: redirectOf(client),
        scope: 'openid',
        code_challenge: codeChallenge(verifier),
        code_challenge_method: 'S256',
      }
      return (await post('/request', form, client))['request_uri'] ?? ''
    },
  }
}

const now = (): number => Math.floor(Date.now() / 1000)
