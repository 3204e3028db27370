// What front ends send to djoser. Long because it is a table of cases.
import { bodies, type Flow, flow, mail, one, other, password, type Step, weak } from './flows.ts'

const kind =
  'Ours ignores a credential where nobody needs one: a stale key keeps no front end from signing in.'
const order = 'Ours says 405 of what a view doesn’t take, whoever asks.'
const unique = 'Here an address is one person’s, for people sign in with it.'
const hidden = 'Ours tells nobody which numbers are somebody’s.'
const proven = 'Ours changes an address once the new one is proven, and says until then what holds.'
const lower = 'Names are without case here.'
const words = 'The words of the Python parser about where the text went wrong are not ours.'
const unread = 'Where nobody is let in, the original doesn’t read the body.'
const keyed: Step = { path: '/auth/token/login/', members: { username: 'ada', password } }
const asKey = 'Token $auth_token'
const jwt: Step = { path: '/auth/jwt/create/', members: { username: 'ada', password } }
const asJwt = 'JWT $access'

const djoserUsual: readonly Flow[] = [
  ...bodies.map(([name, members]) =>
    one('usual', `token/login with ${name}`, { path: '/auth/token/login/', members }),
  ),
  ...['GET', 'PUT', 'PATCH', 'DELETE'].map((method) =>
    one('usual', `token/login by ${method}`, { path: '/auth/token/login/', method }),
  ),
  one('usual', 'token/login with a stale key', { ...keyed, as: 'Token 0000' }, kind),
  one('usual', 'token/login without a slash', { ...keyed, path: '/auth/token/login' }),
  one('usual', 'token/login as a form', {
    path: '/auth/token/login/',
    text: `username=ada&password=${password}`,
    type: 'application/x-www-form-urlencoded',
  }),
  one('usual', 'token/login with no JSON', { path: '/auth/token/login/', text: '{' }, words),
  one('usual', 'token/login as plain text', { path: '/auth/token/login/', text: 'x', type: 'text/plain' }),
  one('usual', 'token/logout by nobody', { path: '/auth/token/logout/', members: {} }),
  flow('usual', 'token/logout', [keyed, { path: '/auth/token/logout/', method: 'POST', as: asKey }]),
  flow('usual', 'a key after it was signed out', [
    keyed,
    { path: '/auth/token/logout/', method: 'POST', as: asKey },
    { path: '/auth/users/me/', as: asKey },
  ]),
  ...(
    [
      ['nothing', {}],
      ['blanks', { username: '', password: '', email: '' }],
      ['null', { username: null, password: null, email: null }],
      ['no address', { username: 'newton', password }],
      ['an address', { username: 'newton', password, email: 'newton@example.test' }],
      ['what is no address', { username: 'newton', password, email: 'newton' }],
      ['a short password', { username: 'newton', password: weak }],
      ['a short password and no name', { password: weak }],
      ['more members', { username: 'newton', password, is_staff: true, id: 1 }],
      ['spaces around all', { username: ' newton ', password, email: ' newton@example.test ' }],
      ['a name with a slash', { username: 'new/ton', password }],
      ['a long name', { username: 'n'.repeat(151), password }],
      ['a long address', { username: 'newton', password, email: `${'n'.repeat(250)}@example.test` }],
      ['a name that is taken', { username: 'ada', password, email: 'new@example.test' }],
    ] as const
  ).map(([name, members]) =>
    one(
      'usual',
      `users with ${name}`,
      { path: '/auth/users/', members },
      name.includes('slash') ? 'The letters that a name may have are fewer here.' : undefined,
    ),
  ),
  one(
    'usual',
    'users with an address that is taken',
    { path: '/auth/users/', members: { username: 'newton', password, email: 'ada@example.test' } },
    unique,
  ),
  one(
    'usual',
    'users with a name that is taken but for its case',
    { path: '/auth/users/', members: { username: 'ADA', password } },
    lower,
  ),
  flow('usual', 'users, and in', [
    { path: '/auth/users/', members: { username: 'newton', password } },
    { path: '/auth/token/login/', members: { username: 'newton', password } },
    { path: '/auth/users/me/', as: asKey },
  ]),
  one('usual', 'the list of users by nobody', { path: '/auth/users/' }),
  flow('usual', 'the list of users', [keyed, { path: '/auth/users/', as: asKey }]),
  ...['PUT', 'PATCH', 'DELETE'].map((method) =>
    flow('usual', `users by ${method}`, [keyed, { path: '/auth/users/', method, as: asKey }]),
  ),
  one('usual', 'users/me by nobody', { path: '/auth/users/me/' }),
  one('usual', 'users/me with a bad key', { path: '/auth/users/me/', as: 'Token abc' }),
  one('usual', 'users/me with half a key', { path: '/auth/users/me/', as: 'Token' }),
  one('usual', 'users/me with two keys', { path: '/auth/users/me/', as: 'Token a b' }),
  one('usual', 'users/me with another scheme', { path: '/auth/users/me/', as: 'Digest x' }),
  one('usual', 'users/me with a bad token', { path: '/auth/users/me/', as: 'JWT x.y.z' }),
  one('usual', 'users/me with half a token', { path: '/auth/users/me/', as: 'JWT' }),
  flow('usual', 'users/me with a refresh token', [jwt, { path: '/auth/users/me/', as: 'JWT $refresh' }]),
  flow('usual', 'users/me with a token', [jwt, { path: '/auth/users/me/', as: asJwt }]),
  flow('usual', 'users/me with a bearer token', [jwt, { path: '/auth/users/me/', as: 'Bearer $access' }]),
  flow('usual', 'users/me', [keyed, { path: '/auth/users/me/', as: asKey }]),
  flow('usual', 'users/me by POST', [
    keyed,
    { path: '/auth/users/me/', method: 'POST', members: {}, as: asKey },
  ]),
  ...(
    [
      ['PUT', {}],
      ['PATCH', {}],
      ['PATCH', { username: 'lovelace' }],
      ['PATCH', { email: 'ada@example.test' }],
      ['PATCH', { email: 'ada' }],
      ['PATCH', { email: null }],
      ['PATCH', { id: 7 }],
    ] as const
  ).map(([method, members]) =>
    flow('usual', `users/me by ${method} with ${JSON.stringify(members)}`, [
      keyed,
      { path: '/auth/users/me/', method, members, as: asKey },
    ]),
  ),
  flow(
    'usual',
    'users/me with another address',
    [
      keyed,
      { path: '/auth/users/me/', method: 'PATCH', members: { email: 'lovelace@example.test' }, as: asKey },
    ],
    proven,
  ),
  flow('usual', 'users/me deleted without a password', [
    keyed,
    { path: '/auth/users/me/', method: 'DELETE', members: {}, as: asKey },
  ]),
  flow('usual', 'users/me deleted with a wrong password', [
    keyed,
    { path: '/auth/users/me/', method: 'DELETE', members: { current_password: 'x' }, as: asKey },
  ]),
  flow('usual', 'users/me deleted', [
    keyed,
    { path: '/auth/users/me/', method: 'DELETE', members: { current_password: password }, as: asKey },
  ]),
  flow('usual', 'a key of somebody who was deleted', [
    keyed,
    { path: '/auth/users/me/', method: 'DELETE', members: { current_password: password }, as: asKey },
    { path: '/auth/users/me/', as: asKey },
  ]),
  flow('usual', 'a sign-in of somebody who was deleted', [
    keyed,
    { path: '/auth/users/me/', method: 'DELETE', members: { current_password: password }, as: asKey },
    keyed,
  ]),
  one('usual', 'users/<id> by nobody', { path: '/auth/users/1/' }),
  flow('usual', 'users/<id> of one’s own', [
    keyed,
    { path: '/auth/users/me/', as: asKey },
    { path: '/auth/users/$id/', as: asKey },
  ]),
  flow('usual', 'users/<id> of nobody', [keyed, { path: '/auth/users/99999/', as: asKey }]),
  flow('usual', 'users/<id> of somebody else', [keyed, { path: '/auth/users/$other/', as: asKey }], hidden),
  flow(
    'usual',
    'users/<id> of somebody else deleted',
    [
      keyed,
      { path: '/auth/users/$other/', method: 'DELETE', members: { current_password: password }, as: asKey },
    ],
    hidden,
  ),
  one('usual', 'set_password by nobody', { path: '/auth/users/set_password/', members: {} }),
  flow('usual', 'set_password by GET', [keyed, { path: '/auth/users/set_password/', as: asKey }], undefined),
  ...(
    [
      ['nothing', {}],
      ['a wrong password', { current_password: 'x', new_password: other }],
      ['a short password', { current_password: password, new_password: weak }],
      ['blanks', { current_password: '', new_password: '' }],
      ['the right ones', { current_password: password, new_password: other }],
    ] as const
  ).map(([name, members]) =>
    flow('usual', `set_password with ${name}`, [
      keyed,
      { path: '/auth/users/set_password/', members, as: asKey },
    ]),
  ),
  flow('usual', 'a key after set_password', [
    keyed,
    {
      path: '/auth/users/set_password/',
      members: { current_password: password, new_password: other },
      as: asKey,
    },
    { path: '/auth/users/me/', as: asKey },
  ]),
  flow('usual', 'the old password after set_password', [
    keyed,
    {
      path: '/auth/users/set_password/',
      members: { current_password: password, new_password: other },
      as: asKey,
    },
    keyed,
  ]),
  ...(
    [
      ['nothing', {}],
      ['a wrong password', { current_password: 'x', new_username: 'lovelace' }],
      ['a name that is taken', { current_password: password, new_username: 'grace' }],
      ['the right ones', { current_password: password, new_username: 'lovelace' }],
    ] as const
  ).map(([name, members]) =>
    flow('usual', `set_username with ${name}`, [
      keyed,
      { path: '/auth/users/set_username/', members, as: asKey },
    ]),
  ),
  ...[
    '{}',
    '{"email":""}',
    '{"email":"x"}',
    '{"email":"nobody@example.test"}',
    '{"email":"ada@example.test"}',
  ].map((text) => one('usual', `reset_password with ${text}`, { path: '/auth/users/reset_password/', text })),
  ...(
    [
      ['nothing', {}],
      ['blanks', { uid: '', token: '', new_password: '' }],
      ['what is no link', { uid: 'x', token: 'y', new_password: other }],
    ] as const
  ).map(([name, members]) =>
    one('usual', `reset_password_confirm with ${name}`, {
      path: '/auth/users/reset_password_confirm/',
      members,
    }),
  ),
  ...(
    [
      ['another token', { uid: '$uid', token: 'other', new_password: other }],
      ['a short password', { uid: '$uid', token: '$token', new_password: weak }],
      ['the right ones', { uid: '$uid', token: '$token', new_password: other }],
    ] as const
  ).map(([name, members]) =>
    flow('usual', `reset_password_confirm with ${name}`, [
      { path: '/auth/users/reset_password/', members: { email: 'ada@example.test' } },
      mail,
      { path: '/auth/users/reset_password_confirm/', members },
    ]),
  ),
  flow('usual', 'reset_password_confirm twice', [
    { path: '/auth/users/reset_password/', members: { email: 'ada@example.test' } },
    mail,
    {
      path: '/auth/users/reset_password_confirm/',
      members: { uid: '$uid', token: '$token', new_password: other },
    },
    {
      path: '/auth/users/reset_password_confirm/',
      members: { uid: '$uid', token: '$token', new_password: password },
    },
  ]),
  flow('usual', 'the new password after a reset', [
    { path: '/auth/users/reset_password/', members: { email: 'ada@example.test' } },
    mail,
    {
      path: '/auth/users/reset_password_confirm/',
      members: { uid: '$uid', token: '$token', new_password: other },
    },
    { path: '/auth/token/login/', members: { username: 'ada', password: other } },
  ]),
  ...['{}', '{"email":"x"}', '{"email":"nobody@example.test"}', '{"email":"ada@example.test"}'].map((text) =>
    one('usual', `reset_username with ${text}`, { path: '/auth/users/reset_username/', text }),
  ),
  ...(
    [
      ['nothing', {}],
      ['what is no link', { uid: 'x', token: 'y', new_username: 'lovelace' }],
      ['another token', { uid: '$uid', token: 'other', new_username: 'lovelace' }],
      ['a name that is taken', { uid: '$uid', token: '$token', new_username: 'grace' }],
      ['the right ones', { uid: '$uid', token: '$token', new_username: 'lovelace' }],
    ] as const
  ).map(([name, members]) =>
    flow(
      'usual',
      `reset_username_confirm with ${name}`,
      [
        { path: '/auth/users/reset_username/', members: { email: 'ada@example.test' } },
        mail,
        { path: '/auth/users/reset_username_confirm/', members },
      ],
      name === 'nothing' ? 'Ours says so of each field that is missing.' : undefined,
    ),
  ),
  one('usual', 'activation with nothing', { path: '/auth/users/activation/', members: {} }),
  one('usual', 'activation with what is no link', {
    path: '/auth/users/activation/',
    members: { uid: 'x', token: 'y' },
  }),
  one('usual', 'resend_activation while there is none', {
    path: '/auth/users/resend_activation/',
    members: { email: 'idle@example.test' },
  }),
  one('usual', 'activation by GET', { path: '/auth/users/activation/' }, order),
  one('usual', 'jwt/create', jwt),
  one('usual', 'jwt/create with a wrong password', {
    path: '/auth/jwt/create/',
    members: { username: 'ada', password: 'x' },
  }),
  flow('usual', 'jwt/refresh', [jwt, { path: '/auth/jwt/refresh/', members: { refresh: '$refresh' } }]),
  flow('usual', 'jwt/verify', [jwt, { path: '/auth/jwt/verify/', members: { token: '$access' } }]),
  one('usual', 'jwt/verify of nothing', { path: '/auth/jwt/verify/', members: {} }),
  ...(
    [
      ['a name alone', { username: 'newton' }],
      ['nothing', undefined],
    ] as const
  ).map(([name, members]) =>
    one('usual', `set_password by nobody with ${name}`, {
      path: '/auth/users/set_password/',
      method: 'POST',
      ...(members !== undefined && { members }),
    }),
  ),
  one('usual', 'no JSON by nobody', { path: '/auth/users/set_password/', text: '{' }, unread),
]

const signsUp: Step = {
  path: '/auth/users/',
  members: { username: 'newton', email: 'newton@example.test', password, re_password: password },
}

const djoserStrict: readonly Flow[] = [
  ...(
    [
      ['nothing', {}],
      ['one password', { username: 'newton', email: 'newton@example.test', password }],
      ['two passwords', { username: 'newton', email: 'newton@example.test', password, re_password: other }],
      [
        'two short ones',
        { username: 'newton', email: 'newton@example.test', password: weak, re_password: other },
      ],
    ] as const
  ).map(([name, members]) =>
    one(
      'strict',
      `users with ${name}, twice asked`,
      { path: '/auth/users/', members },
      name === 'nothing' ? 'With activation an address is required.' : undefined,
    ),
  ),
  one('strict', 'users who have to be activated', signsUp),
  flow('strict', 'a sign-in before activation', [
    signsUp,
    { path: '/auth/jwt/create/', members: { username: 'newton', password } },
  ]),
  flow('strict', 'activation', [
    signsUp,
    mail,
    { path: '/auth/users/activation/', members: { uid: '$uid', token: '$token' } },
  ]),
  flow('strict', 'activation twice', [
    signsUp,
    mail,
    { path: '/auth/users/activation/', members: { uid: '$uid', token: '$token' } },
    { path: '/auth/users/activation/', members: { uid: '$uid', token: '$token' } },
  ]),
  flow('strict', 'activation with another token', [
    signsUp,
    mail,
    { path: '/auth/users/activation/', members: { uid: '$uid', token: 'other' } },
  ]),
  flow('strict', 'activation with a token of nobody', [
    signsUp,
    mail,
    { path: '/auth/users/activation/', members: { uid: 'MTIzNDU2', token: '$token' } },
  ]),
  flow('strict', 'a sign-in after activation', [
    signsUp,
    mail,
    { path: '/auth/users/activation/', members: { uid: '$uid', token: '$token' } },
    { path: '/auth/jwt/create/', members: { username: 'newton', password } },
  ]),
  flow('strict', 'activation by a link that was sent again', [
    signsUp,
    { path: '/auth/users/resend_activation/', members: { email: 'newton@example.test' } },
    mail,
    { path: '/auth/users/activation/', members: { uid: '$uid', token: '$token' } },
  ]),
  ...['nobody@example.test', 'ada@example.test'].map((email) =>
    one('strict', `resend_activation for ${email}`, {
      path: '/auth/users/resend_activation/',
      members: { email },
    }),
  ),
  ...(
    [
      ['one password', { current_password: password, new_password: other }],
      ['two passwords', { current_password: password, new_password: other, re_new_password: password }],
      ['two short ones', { current_password: password, new_password: weak, re_new_password: other }],
      ['the same twice', { current_password: password, new_password: other, re_new_password: other }],
    ] as const
  ).map(([name, members]) =>
    flow('strict', `set_password with ${name}`, [
      jwt,
      { path: '/auth/users/set_password/', members, as: asJwt },
    ]),
  ),
  flow('strict', 'a token after set_password', [
    jwt,
    {
      path: '/auth/users/set_password/',
      members: { current_password: password, new_password: other, re_new_password: other },
      as: asJwt,
    },
    { path: '/auth/users/me/', as: asJwt },
  ]),
  ...(
    [
      ['one name', { current_password: password, new_username: 'lovelace' }],
      ['two names', { current_password: password, new_username: 'lovelace', re_new_username: 'byron' }],
      [
        'the same twice',
        { current_password: password, new_username: 'lovelace', re_new_username: 'lovelace' },
      ],
    ] as const
  ).map(([name, members]) =>
    flow('strict', `set_username with ${name}`, [
      jwt,
      { path: '/auth/users/set_username/', members, as: asJwt },
    ]),
  ),
  flow('strict', 'reset_password_confirm with two passwords', [
    { path: '/auth/users/reset_password/', members: { email: 'ada@example.test' } },
    mail,
    {
      path: '/auth/users/reset_password_confirm/',
      members: { uid: '$uid', token: '$token', new_password: other, re_new_password: password },
    },
  ]),
]

/** Every flow. */
export const djoserFlows: readonly Flow[] = [...djoserUsual, ...djoserStrict]
