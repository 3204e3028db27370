// Requests as they should be, one list for each endpoint: what the changes are made to.
import { codeChallenge } from '@countersign/protocol'
import type { Asked, Endpoint } from './asked.ts'

export type Base = Omit<Asked, 'changes'>

export const verifier = 'a-verifier-that-is-long-enough-to-be-one-0123456789'
export const secret = 'a-secret-of-thirty-two-characters'

/** The clients that both servers know, with where their answers go to. */
export const redirects = {
  web: 'https://web.example/callback',
  spa: 'https://spa.example/callback',
  native: 'http://127.0.0.1:51004/callback',
} as const

export const basicOf = (id: string, password: string = secret): string =>
  `Basic ${Buffer.from(`${encodeURIComponent(id)}:${encodeURIComponent(password)}`).toString('base64')}`

const form = (
  endpoint: Endpoint,
  base: string,
  fields: Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>> = {},
  method: 'GET' | 'POST' = 'POST',
): Base => ({ endpoint, base, method, fields: Object.entries(fields), headers })

const authorization = (client: keyof typeof redirects, scope: string) => ({
  response_type: 'code',
  client_id: client,
  redirect_uri: redirects[client],
  scope,
  state: 'a state',
  code_challenge: codeChallenge(verifier),
  code_challenge_method: 'S256',
})

const asWeb = { authorization: basicOf('web') }
const codeOf = (client: 'web' | 'spa') => ({
  grant_type: 'authorization_code',
  code: `{code ${client}}`,
  redirect_uri: redirects[client],
  code_verifier: verifier,
})
export const deviceGrant = 'urn:ietf:params:oauth:grant-type:device_code'

export const bases: Readonly<Record<Endpoint, readonly Base[]>> = {
  authorize: [
    form('authorize', 'code of web', authorization('web', 'openid email'), {}, 'GET'),
    form('authorize', 'code of web by POST', authorization('web', 'openid')),
    form('authorize', 'code of spa', authorization('spa', 'openid profile'), {}, 'GET'),
    form('authorize', 'code of native', authorization('native', 'openid'), {}, 'GET'),
    form('authorize', 'pushed request of web', { client_id: 'web', request_uri: '{pushed web}' }, {}, 'GET'),
  ],
  pushed: [
    form('pushed', 'pushed by web', authorization('web', 'openid email'), asWeb),
    form('pushed', 'pushed by spa', authorization('spa', 'openid')),
  ],
  token: [
    form('token', 'code of web', codeOf('web'), asWeb),
    form('token', 'code of spa', { ...codeOf('spa'), client_id: 'spa' }),
    form('token', 'refresh by web', { grant_type: 'refresh_token', refresh_token: '{refresh web}' }, asWeb),
    form('token', 'refresh by spa', {
      grant_type: 'refresh_token',
      refresh_token: '{refresh spa}',
      client_id: 'spa',
    }),
    form(
      'token',
      'machine',
      { grant_type: 'client_credentials', scope: 'accounts:read' },
      { authorization: basicOf('machine') },
    ),
    form(
      'token',
      'machine with a code that it does not need',
      { grant_type: 'client_credentials', scope: 'accounts:read', code: 'x' },
      { authorization: basicOf('machine') },
    ),
    form('token', 'allowed device', {
      grant_type: deviceGrant,
      device_code: '{allowed tv}',
      client_id: 'tv',
    }),
    form('token', 'waiting device', {
      grant_type: deviceGrant,
      device_code: '{waiting tv}',
      client_id: 'tv',
    }),
  ],
  userinfo: [
    form('userinfo', 'header', {}, { authorization: 'Bearer {person web}' }, 'GET'),
    form('userinfo', 'header by POST', {}, { authorization: 'Bearer {person web}' }),
    form('userinfo', 'body', { access_token: '{person web}' }),
  ],
  introspection: [
    form('introspection', 'access token', { token: '{access web}', token_type_hint: 'access_token' }, asWeb),
    form('introspection', 'refresh token', { token: '{refresh web}' }, asWeb),
  ],
  revocation: [
    form('revocation', 'refresh token', { token: '{refresh web}' }, asWeb),
    form('revocation', 'refresh token of spa', { token: '{refresh spa}', client_id: 'spa' }),
  ],
  logout: [
    form(
      'logout',
      'with a hint',
      { id_token_hint: '{id web}', post_logout_redirect_uri: 'https://web.example/bye', state: 'bye' },
      {},
      'GET',
    ),
    form(
      'logout',
      'with a client',
      { client_id: 'web', post_logout_redirect_uri: 'https://web.example/bye' },
      {},
      'GET',
    ),
    form('logout', 'bare', {}, {}, 'GET'),
  ],
  device: [form('device', 'device', { client_id: 'tv', scope: 'openid accounts:read' })],
}
