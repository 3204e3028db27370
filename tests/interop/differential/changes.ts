// What may be done to a request: to any of its parameters, to how it is sent, to who says that they send it; and what the
// parameters of each endpoint may be that is wrong, or right in another way.
import type { Chance } from '../../faults/chance.ts'
import type { Asked, Endpoint } from './asked.ts'
import { basicOf, redirects, verifier } from './bases.ts'

export interface Change {
  /** As a row of the differences names it. */
  readonly name: string
  make(asked: Asked, chance: Chance): Partial<Asked>
}

type Fields = Asked['fields']

const without = (fields: Fields, name: string): Fields => fields.filter(([one]) => one !== name)
const set = (fields: Fields, name: string, value: string): Fields => [...without(fields, name), [name, value]]
const withHeader = (asked: Asked, name: string, value: string) => ({ ...asked.headers, [name]: value })

/** Changes that can be made to this request. */
export function changesOf(asked: Asked): readonly Change[] {
  return [
    ...asked.fields.flatMap(([name]) => ofParameter(name)),
    ...Object.entries(wrong[asked.endpoint]).flatMap(([name, values]) =>
      values.map((value) => setting(name, value)),
    ),
    ...(asked.headers['authorization']?.startsWith('Basic ') === true ? ofSecret : []),
    ...(asked.headers['authorization']?.startsWith('Bearer ') === true ? ofBearer : []),
    ...(asked.endpoint === 'authorize' || asked.endpoint === 'logout' ? ofNavigation : ofPost),
    unknownParameter,
  ]
}

function ofParameter(name: string): Change[] {
  const changes: Change[] = [
    { name: `no ${name}`, make: ({ fields }) => ({ fields: without(fields, name) }) },
    { name: `empty ${name}`, make: ({ fields }) => ({ fields: set(fields, name, '') }) },
    {
      name: `${name} twice`,
      make: ({ fields }) => ({ fields: [...fields, ...fields.filter(([one]) => one === name)] }),
    },
    { name: `two of ${name}`, make: ({ fields }) => ({ fields: [...fields, [name, 'another']] }) },
    {
      name: `garbage ${name}`,
      make: ({ fields }, chance) => ({ fields: set(fields, name, garbage(chance)) }),
    },
  ]
  return changes
}

function garbage(chance: Chance): string {
  const pieces = ['é', '\u0000', '"', '<b>', '%', ' ', '\n', 'x', '..', '\u2028', "'", '0', '{}']
  return Array.from({ length: 1 + chance.whole(6) }, () => chance.oneOf(pieces)).join('')
}

const setting = (name: string, value: string): Change => ({
  name: `${name}=${value}`,
  make: ({ fields }) => ({ fields: set(fields, name, value) }),
})

const unknownParameter: Change = {
  name: 'an unknown parameter',
  make: ({ fields }) => ({ fields: [...fields, ['something', 'else']] }),
}

const ofSecret: readonly Change[] = [
  { name: 'no secret', make: () => ({ headers: {} }) },
  {
    name: 'wrong secret',
    make: (asked) => ({ headers: withHeader(asked, 'authorization', basicOf('web', 'wrong')) }),
  },
  {
    name: 'unknown client',
    make: (asked) => ({ headers: withHeader(asked, 'authorization', basicOf('nobody')) }),
  },
  {
    name: 'another client',
    make: (asked) => ({ headers: withHeader(asked, 'authorization', basicOf('other')) }),
  },
  {
    name: 'Basic without a colon',
    make: (asked) => ({ headers: withHeader(asked, 'authorization', 'Basic d2Vi') }),
  },
  {
    name: 'Basic that is no base64',
    make: (asked) => ({ headers: withHeader(asked, 'authorization', 'Basic ***') }),
  },
  {
    name: 'basic in small letters',
    make: (asked) => ({
      headers: withHeader(
        asked,
        'authorization',
        (asked.headers['authorization'] ?? '').replace('Basic', 'basic'),
      ),
    }),
  },
  {
    name: 'the same client in the body',
    make: ({ fields }) => ({ fields: set(fields, 'client_id', 'web') }),
  },
  { name: 'another client in the body', make: ({ fields }) => ({ fields: set(fields, 'client_id', 'spa') }) },
  {
    name: 'a second secret in the body',
    make: ({ fields }) => ({ fields: set(fields, 'client_secret', 'wrong') }),
  },
]

const ofBearer: readonly Change[] = [
  { name: 'no token', make: () => ({ headers: {} }) },
  { name: 'bearer in small letters', make: () => ({ headers: { authorization: 'bearer {person web}' } }) },
  { name: 'a token that is garbage', make: () => ({ headers: { authorization: 'Bearer garbage' } }) },
  { name: 'no scheme', make: () => ({ headers: { authorization: '{person web}' } }) },
  { name: 'a refresh token', make: () => ({ headers: { authorization: 'Bearer {refresh web}' } }) },
  { name: 'a token without openid', make: () => ({ headers: { authorization: 'Bearer {access web}' } }) },
  { name: 'as a DPoP token', make: () => ({ headers: { authorization: 'DPoP {person web}' } }) },
  {
    name: 'a second token in the query',
    make: ({ fields }) => ({ fields: set(fields, 'access_token', 'garbage') }),
  },
]

const ofPost: readonly Change[] = [
  { name: 'by GET', make: () => ({ method: 'GET' }) },
  { name: 'by PUT', make: () => ({ method: 'PUT' }) },
  { name: 'as JSON', make: (asked) => ({ headers: withHeader(asked, 'content-type', 'application/json') }) },
  { name: 'as text', make: (asked) => ({ headers: withHeader(asked, 'content-type', 'text/plain') }) },
  { name: 'a proof that is garbage', make: (asked) => ({ headers: withHeader(asked, 'dpop', 'garbage') }) },
]

const ofNavigation: readonly Change[] = [
  { name: 'by the other method', make: ({ method }) => ({ method: method === 'GET' ? 'POST' : 'GET' }) },
  { name: 'by PUT', make: () => ({ method: 'PUT' }) },
]

const scopes = [
  'openid',
  'openid openid',
  'nonsense',
  'openid nonsense',
  'openid\temail',
  'OPENID',
  'accounts:read',
  'openid offline_access',
  'email',
  ' openid',
]

const authorization: Readonly<Record<string, readonly string[]>> = {
  response_type: ['token', 'id_token', 'code id_token', 'code token', 'none', 'Code', 'code code', 'x'],
  response_mode: ['query', 'fragment', 'form_post', 'x', 'web_message'],
  client_id: ['nobody', 'spa', 'machine'],
  redirect_uri: [
    'https://evil.example/callback',
    `${redirects.web}/`,
    `${redirects.web}?x=1`,
    `${redirects.web}#x`,
    'https://WEB.example/callback',
    'http://127.0.0.1:9/callback',
    'http://localhost/callback',
    'javascript:alert(1)',
  ],
  scope: scopes,
  state: ['x'.repeat(1000), 'ä', '<script>'],
  nonce: ['a nonce', 'n'.repeat(300), ''],
  prompt: ['none', 'login', 'consent', 'select_account', 'none login', 'login consent', 'x', 'NONE'],
  max_age: ['0', '1', '10000', '-1', '1.5', 'x', '9'.repeat(30)],
  display: ['page', 'popup', 'x'],
  ui_locales: ['de en', '!!'],
  acr_values: ['x', 'urn:x:y'],
  login_hint: ['ada', ''],
  id_token_hint: ['garbage', '{id web}', '{access web}'],
  claims: [
    '{}',
    'x',
    '[]',
    '{"id_token":1}',
    '{"userinfo":{"email":null}}',
    '{"id_token":{"auth_time":{"essential":true}}}',
    'null',
  ],
  code_challenge: ['x', '', verifier, 'ä'.repeat(43), 'x'.repeat(129)],
  code_challenge_method: ['plain', 'S512', 's256', ''],
  request: ['garbage', 'e30.e30.', 'eyJhbGciOiJub25lIn0.e30.'],
  request_uri: [
    'urn:ietf:params:oauth:request_uri:unknown',
    'https://web.example/request',
    'x',
    '{pushed other}',
  ],
  registration: ['{}'],
  resource: [
    'https://bank.example/api',
    'https://nobody.example/',
    'x',
    'https://bank.example/api#x',
    '/api',
  ],
  dpop_jkt: ['x', 'A'.repeat(43), ''],
  authorization_details: ['[]', 'x', '[{"type":"nothing"}]'],
}

const wrong: Readonly<Record<Endpoint, Readonly<Record<string, readonly string[]>>>> = {
  authorize: authorization,
  pushed: authorization,
  token: {
    grant_type: [
      'password',
      'implicit',
      'x',
      'refresh_token',
      'client_credentials',
      'authorization_code',
      'Authorization_Code',
    ],
    code: ['garbage', '{used web}', '{code other}', '{code spa}', '{refresh web}', '{access web}'],
    code_verifier: ['x', 'y'.repeat(43), `${verifier}x`, 'ä'.repeat(43), 'x'.repeat(129)],
    redirect_uri: ['https://web.example/callback/', 'https://evil.example/', redirects.spa],
    refresh_token: ['garbage', '{refresh other}', '{used refresh web}', '{access web}', '{code web}'],
    scope: [...scopes, 'transfers:write', 'openid accounts:read transfers:write'],
    resource: ['https://bank.example/api', 'https://nobody.example/', 'x', 'https://bank.example/api#x'],
    device_code: ['garbage', '{code web}', '{used tv}'],
    client_id: ['nobody', 'web', 'spa', 'tv', 'machine'],
    client_assertion: ['garbage'],
    client_assertion_type: ['urn:ietf:params:oauth:client-assertion-type:jwt-bearer', 'x'],
  },
  userinfo: { access_token: ['garbage', '{person web}'] },
  introspection: {
    token: [
      'garbage',
      '{access web}',
      '{refresh other}',
      '{person web}',
      '{id web}',
      '{used refresh web}',
      '{code web}',
    ],
    token_type_hint: ['access_token', 'refresh_token', 'x'],
    client_id: ['nobody', 'spa'],
  },
  revocation: {
    token: ['garbage', '{access web}', '{refresh other}', '{id web}', '{used refresh web}', '{code web}'],
    token_type_hint: ['access_token', 'refresh_token', 'x'],
    client_id: ['nobody', 'other'],
  },
  logout: {
    id_token_hint: ['garbage', '{id web}', '{access web}', '{id other}'],
    client_id: ['web', 'other', 'nobody'],
    post_logout_redirect_uri: [
      'https://web.example/bye',
      'https://evil.example/',
      'https://web.example/bye?x=1',
      'x',
    ],
    state: ['bye', 'ä'],
    logout_hint: ['ada'],
  },
  device: {
    client_id: ['nobody', 'web', 'spa'],
    scope: scopes,
    resource: ['https://bank.example/api', 'https://nobody.example/', 'x'],
    max_age: ['x', '10'],
  },
}
