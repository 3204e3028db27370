// What front ends send to a server that speaks Simple JWT: the same flows are put to the original and to ours.
import { encodeBase64url, importSecretJwk, signJws } from '@countersign/protocol'
import type { Dialect, Group } from './groups.ts'

/** The SECRET_KEY that both sign with. */
export const secretKey = 'django-insecure-7b&c@k!9w4r$2m_qz^x8p0t#v5n1h6j3'
export const password = 'analytical-engine-1843'

/** One request. `$name` in a value stands for what an earlier step of the flow was given under that name. */
export interface Step {
  readonly path: string
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  /** Sent as JSON, unless `text` is there. */
  readonly members?: unknown
  readonly text?: string
  readonly type?: string
}

/** Requests that belong together, and where the two may differ. */
export interface Flow {
  readonly name: string
  /** Settings of SIMPLE_JWT that it needs; the usual ones unless given. */
  readonly settings?: Group
  readonly steps: readonly Step[]
  /** Why ours answers in another way, of every release or of one. A difference that isn't there any more is a failure too. */
  readonly differs?: string | { readonly [D in Dialect]?: string }
}

const key = importSecretJwk({ kty: 'oct', k: encodeBase64url(secretKey) }, 'HS256')
export const now = Math.floor(Date.now() / 1000)
export const minted = (
  claims: Readonly<Record<string, unknown>>,
  header: { typ?: string } = { typ: 'JWT' },
) => signJws(header, named(claims), key)
let count = 0
/** A name of its own for each, or the blacklist of one flow would reach the next. */
const named = (claims: Readonly<Record<string, unknown>>) => {
  count += 1
  return { ...claims, ...('jti' in claims && { jti: count.toString(16).padStart(32, '0') }) }
}
export const usual = { exp: now + 600, iat: now - 5, jti: '', user_id: '1' }
const { exp: _exp, ...endless } = usual
const { jti: _jti, ...nameless } = usual
const { user_id: _id, ...nobodys } = usual

export const obtain: Step = { path: '/api/token/', members: { username: 'ada', password } }
export const refresh = (token: unknown, more: Partial<Step> = {}): Step => ({
  path: '/api/token/refresh/',
  members: { refresh: token },
  ...more,
})
export const verify = (token: unknown): Step => ({ path: '/api/token/verify/', members: { token } })
export const blacklist = (token: unknown): Step => ({
  path: '/api/token/blacklist/',
  members: { refresh: token },
})
const one = (name: string, step: Step, differs?: Flow['differs']): Flow => ({
  name,
  steps: [step],
  ...(differs !== undefined && { differs }),
})

const bodies: readonly (readonly [string, unknown])[] = [
  ['nothing', {}],
  ['no password', { username: 'ada' }],
  ['no name', { password }],
  ['blank', { username: '', password: '' }],
  ['spaces', { username: ' ', password: ' ' }],
  ['null', { username: null, password: null }],
  ['lists', { username: ['ada'], password: [password] }],
  ['objects', { username: {}, password: {} }],
  ['truth values', { username: true, password: false }],
  ['numbers', { username: 1, password: 2.5 }],
  ['a null character', { username: 'a\0', password }],
  ['a wrong password', { username: 'ada', password: 'x' }],
  ['an unknown name', { username: 'nobody', password }],
  ['somebody who is not active', { username: 'idle', password }],
  ['spaces around both', { username: ' ada ', password: ` ${password} ` }],
  ['more members', { username: 'ada', password, is_staff: true }],
  ['an array', [1, 2]],
  ['a text', 'ada'],
  ['a number', 5],
  ['a fraction', 0.5],
  ['a truth value', true],
  ['null alone', null],
]

const part = (named: string, value: string) =>
  `--b\r\nContent-Disposition: form-data; name=${named}\r\n\r\n${value}\r\n`
const texts: readonly (readonly [string, string, string])[] = [
  ['an empty JSON body', '', 'application/json'],
  ['what is no JSON', '{', 'application/json'],
  ['plain text', 'ada', 'text/plain'],
  ['XML', '<a/>', 'application/xml'],
  ['a form', `username=ada&password=${password}`, 'application/x-www-form-urlencoded'],
  ['a form without a password', 'username=ada', 'application/x-www-form-urlencoded'],
  ['a form of nothing', '', 'application/x-www-form-urlencoded'],
  ['JSON in UTF-8', JSON.stringify({ username: 'ada', password }), 'application/json; charset=utf-8'],
  [
    'JSON with a name twice',
    `{"username":"x","username":"ada","password":"${password}"}`,
    'application/json',
  ],
  ['JSON of an API', '{}', 'application/vnd.api+json'],
  [
    'a form of the last of two names',
    `username=x&username=ada&password=${password}`,
    'application/x-www-form-urlencoded',
  ],
  [
    'multipart',
    `${part('"username"', 'ada')}${part('"password"', password)}--b--\r\n`,
    'multipart/form-data; boundary=b',
  ],
  [
    'multipart with a quoted boundary',
    `${part('"username"', 'ada')}--b--\r\n`,
    'multipart/form-data; boundary="b"',
  ],
  [
    'multipart with a file for a text',
    `${part('"username"; filename="a.txt"', 'ada')}--b--\r\n`,
    'multipart/form-data; boundary=b',
  ],
  ['multipart without a boundary', 'ada', 'multipart/form-data'],
  ['multipart that falls into no parts', 'ada', 'multipart/form-data; boundary=b'],
]

const tokens = (): readonly (readonly [string, unknown])[] => [
  ['garbage', 'x'],
  ['three parts of garbage', 'a.b.c'],
  ['a blank token', ''],
  ['null', null],
  ['a number', 7],
  ['an expired token', minted({ ...usual, token_type: 'refresh', exp: now - 10 })],
  ['a token without an end', minted({ ...endless, token_type: 'refresh' })],
  ['a token without a name', minted({ ...nameless, token_type: 'refresh' })],
  ['a token without a type', minted(usual)],
  ['a token of another type', minted({ ...usual, token_type: 'access' })],
  ['a token of an unknown type', minted({ ...usual, token_type: 'other' })],
  ['a token of tomorrow', minted({ ...usual, token_type: 'refresh', iat: now + 1000 })],
  ['a token not to be used yet', minted({ ...usual, token_type: 'refresh', nbf: now + 1000 })],
  ['a token whose end is no number', minted({ ...usual, token_type: 'refresh', exp: 'soon' })],
  [
    'a token under another key',
    signJws(
      { typ: 'JWT' },
      { ...usual, token_type: 'refresh' },
      importSecretJwk({ kty: 'oct', k: encodeBase64url('y'.repeat(40)) }, 'HS256'),
    ),
  ],
  [
    'an unsigned token',
    `${minted({ ...usual, token_type: 'refresh' })
      .split('.')
      .slice(0, 2)
      .join('.')}.`,
  ],
  ['a token that names nobody', minted({ ...nobodys, token_type: 'refresh' })],
  ['a token without typ', minted({ ...usual, token_type: 'refresh' }, {})],
  ['a token of nobody', minted({ ...usual, token_type: 'refresh', user_id: '4711' })],
  ['a token of somebody who is not active', minted({ ...usual, token_type: 'refresh', user_id: '3' })],
]

const failure = 'The original fails here (500): ours answers as it answers every token that is not valid.'
const stillHere =
  'Ours gives nothing to somebody who is not active, whatever the release: a switch for that there is not.'
const stranger =
  'Ours blacklists nothing for somebody who is not here or not active: the token is worth nothing already.'
const words = 'The words of the Python parser about where the text went wrong are not ours.'
const twice = 'Ours reads no JSON in which a name is there twice: two readers would take it for two things.'
const nothing = 'Ours gives access to nobody: no API could tell whose it is.'
const kind =
  'Ours refuses what the original takes: verify looks also at the blacklist, the person and the password.'

/** Every flow. */
export const flows: readonly Flow[] = [
  ...bodies.map(([name, members]) => one(`obtain with ${name}`, { path: '/api/token/', members })),
  ...texts.map(([name, text, type]) =>
    one(
      `obtain with ${name}`,
      { path: '/api/token/', text, type },
      name === 'what is no JSON' ? words : name.endsWith('twice') ? twice : undefined,
    ),
  ),
  ...['GET', 'PUT', 'PATCH', 'DELETE'].map((method) =>
    one(`obtain by ${method}`, { path: '/api/token/', method }),
  ),
  one('obtain for a wish for XML', { ...obtain, headers: { accept: 'application/xml' } }),
  one('obtain for a wish for anything', { ...obtain, headers: { accept: '*/*' } }),
  ...tokens().map(([name, token]) =>
    one(
      `refresh with ${name}`,
      refresh(token),
      /of nobody|without a name/.test(name)
        ? failure
        : /names nobody/.test(name)
          ? nothing
          : /not active/.test(name)
            ? { '5.2': stillHere }
            : undefined,
    ),
  ),
  ...tokens().map(([name, token]) =>
    one(`verify of ${name}`, verify(token), /of nobody|not active/.test(name) ? kind : undefined),
  ),
  ...tokens().map(([name, token]) =>
    one(
      `blacklist of ${name}`,
      blacklist(token),
      /without a name/.test(name) ? failure : /of nobody|not active/.test(name) ? stranger : undefined,
    ),
  ),
  ...['refresh', 'verify', 'blacklist'].flatMap((view) => [
    one(`nothing to ${view}`, { path: `/api/token/${view}/`, members: {} }),
    one(`a list to ${view}`, { path: `/api/token/${view}/`, members: [] }),
    one(`${view} by GET`, { path: `/api/token/${view}/`, method: 'GET' }),
  ]),
  { name: 'refresh once', steps: [obtain, refresh('$refresh')] },
  { name: 'refresh twice with one token', steps: [obtain, refresh('$refresh'), refresh('$refresh')] },
  { name: 'refresh with an access token', steps: [obtain, refresh('$access')] },
  {
    name: 'refresh with a stale Authorization header',
    steps: [obtain, refresh('$refresh', { headers: { authorization: 'Bearer nonsense' } })],
  },
  { name: 'verify of a refresh token', steps: [obtain, verify('$refresh')] },
  { name: 'verify of an access token', steps: [obtain, verify('$access')] },
  { name: 'blacklist', steps: [obtain, blacklist('$refresh')] },
  { name: 'blacklist twice', steps: [obtain, blacklist('$refresh'), blacklist('$refresh')] },
  { name: 'refresh after the blacklist', steps: [obtain, blacklist('$refresh'), refresh('$refresh')] },
  {
    name: 'verify after the blacklist',
    steps: [obtain, blacklist('$refresh'), verify('$refresh')],
    differs: kind,
  },
  { name: 'blacklist of an access token', steps: [obtain, blacklist('$access')] },
  { name: 'rotation', settings: 'rotating', steps: [obtain, refresh('$refresh')] },
  {
    name: 'rotation twice in a line',
    settings: 'rotating',
    steps: [obtain, refresh('$refresh'), refresh('$refresh')],
  },
  {
    name: 'rotation that ends the token before it',
    settings: 'blacklisting',
    steps: [obtain, { ...refresh('$refresh') }, refresh('$refresh')],
  },
  {
    name: 'verify of a token that was rotated away',
    settings: 'blacklisting',
    steps: [
      obtain,
      { path: '/api/token/refresh/', members: { refresh: '$refresh', keep: true } },
      verify('$refresh'),
    ],
  },
  { name: 'a sliding token', settings: 'sliding', steps: [obtain] },
  {
    name: 'a sliding token renewed',
    settings: 'sliding',
    steps: [obtain, { path: '/api/token/refresh/', members: { token: '$token' } }],
  },
  {
    name: 'a sliding token of nothing',
    settings: 'sliding',
    steps: [{ path: '/api/token/refresh/', members: {} }],
  },
  {
    name: 'a sliding token without its last day',
    settings: 'sliding',
    steps: [{ path: '/api/token/refresh/', members: { token: minted({ ...usual, token_type: 'sliding' }) } }],
  },
  {
    name: 'a sliding token after its last day',
    settings: 'sliding',
    steps: [
      {
        path: '/api/token/refresh/',
        members: { token: minted({ ...usual, token_type: 'sliding', refresh_exp: now - 5 }) },
      },
    ],
  },
]
