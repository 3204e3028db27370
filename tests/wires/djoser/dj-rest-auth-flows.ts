// What front ends send to dj-rest-auth.
import { bodies, type Flow, flow, mail, one, other, password, type Step, weak } from './flows.ts'

const oldFirst = 'Ours asks for the old password always (PW-06).'
const allow = 'The original lists HEAD, which it doesn’t take, among the methods of this view.'

const rest = (path: string, members: unknown, more: Partial<Step> = {}): Step => ({
  path: `/dj-rest-auth/${path}`,
  members,
  ...more,
})
const restKey = rest('login/', { username: 'ada', password })
const asRest = 'Token $key'
const register = {
  username: 'newton',
  email: 'newton@example.test',
  password1: password,
  password2: password,
}

const restUsual: readonly Flow[] = [
  ...(
    [
      ...bodies,
      ['an address', { email: 'ada@example.test', password }],
      ['an address in capitals', { email: 'Ada@Example.test', password }],
      ['what is no address', { email: 'ada', password }],
      ['both', { username: 'ada', email: 'ada@example.test', password }],
      ['a blank name and an address', { username: '', email: 'ada@example.test', password }],
    ] as const
  ).map(([name, members]) => one('usual', `login with ${name}`, rest('login/', members))),
  ...['GET', 'PUT', 'DELETE'].map((method) =>
    one('usual', `login by ${method}`, { path: '/dj-rest-auth/login/', method }),
  ),
  one('usual', 'login without a slash', rest('login', { username: 'ada', password })),
  one(
    'usual',
    'logout by nobody',
    rest('logout/', {}),
    'As the original by default, with SESSION_LOGIN: whoever has no key is out already.',
  ),
  flow('usual', 'logout', [restKey, rest('logout/', {}, { as: asRest })]),
  flow('usual', 'a key after logout', [
    restKey,
    rest('logout/', {}, { as: asRest }),
    { path: '/dj-rest-auth/user/', as: asRest },
  ]),
  one('usual', 'logout by GET', { path: '/dj-rest-auth/logout/' }),
  one('usual', 'user by nobody', { path: '/dj-rest-auth/user/' }),
  flow('usual', 'user', [restKey, { path: '/dj-rest-auth/user/', as: asRest }]),
  ...(
    [
      ['PUT', {}],
      ['PUT', { username: 'lovelace' }],
      ['PUT', { username: 'lovelace', first_name: 'Augusta', last_name: 'King' }],
      ['PATCH', {}],
      ['PATCH', { first_name: 'Augusta' }],
      ['PATCH', { first_name: '', last_name: '' }],
      ['PATCH', { first_name: 'A'.repeat(151) }],
      ['PATCH', { first_name: null }],
      ['PATCH', { username: 'grace' }],
      ['PATCH', { username: '' }],
      ['PATCH', { email: 'lovelace@example.test', pk: 99 }],
    ] as const
  ).map(([method, members]) =>
    flow('usual', `user by ${method} with ${JSON.stringify(members).slice(0, 60)}`, [
      restKey,
      { path: '/dj-rest-auth/user/', method, members, as: asRest },
    ]),
  ),
  flow('usual', 'user by POST', [
    restKey,
    { path: '/dj-rest-auth/user/', method: 'POST', members: {}, as: asRest },
  ]),
  flow(
    'usual',
    'password/change without the old one',
    [restKey, rest('password/change/', { new_password1: other, new_password2: other }, { as: asRest })],
    oldFirst,
  ),
  ...[
    '{}',
    '{"email":""}',
    '{"email":"x"}',
    '{"email":"nobody@example.test"}',
    '{"email":"ada@example.test"}',
  ].map((text) =>
    one('usual', `password/reset with ${text}`, { path: '/dj-rest-auth/password/reset/', text }),
  ),
  ...(
    [
      ['nothing', {}],
      ['what is no link', { uid: 'x', token: 'y', new_password1: other, new_password2: other }],
    ] as const
  ).map(([name, members]) =>
    one('usual', `password/reset/confirm with ${name}`, rest('password/reset/confirm/', members)),
  ),
  ...(
    [
      ['another token', { uid: '$uid', token: 'other', new_password1: other, new_password2: other }],
      ['two passwords', { uid: '$uid', token: '$token', new_password1: other, new_password2: password }],
      ['short passwords', { uid: '$uid', token: '$token', new_password1: weak, new_password2: weak }],
      ['two short ones', { uid: '$uid', token: '$token', new_password1: weak, new_password2: other }],
      ['the right ones', { uid: '$uid', token: '$token', new_password1: other, new_password2: other }],
    ] as const
  ).map(([name, members]) =>
    flow('usual', `password/reset/confirm with ${name}`, [
      rest('password/reset/', { email: 'ada@example.test' }),
      mail,
      rest('password/reset/confirm/', members),
    ]),
  ),
  ...(
    [
      ['nothing', {}],
      ['blanks', { username: '', email: '', password1: '', password2: '' }],
      ['all', register],
      ['no address', { username: 'newton', password1: password, password2: password }],
      ['two passwords', { ...register, password2: other }],
      ['short passwords', { ...register, password1: weak, password2: weak }],
      ['two short ones', { ...register, password1: weak, password2: other }],
      ['a name that is taken', { ...register, username: 'ada' }],
      ['an address that is taken', { ...register, email: 'ada@example.test' }],
      ['a name and an address that are taken', { ...register, username: 'ada', email: 'ada@example.test' }],
      ['what is no address', { ...register, email: 'newton' }],
    ] as const
  ).map(([name, members]) => one('usual', `registration with ${name}`, rest('registration/', members))),
  one('usual', 'registration by GET', { path: '/dj-rest-auth/registration/' }),
  flow('usual', 'registration, and in', [
    rest('registration/', register),
    { path: '/dj-rest-auth/user/', as: asRest },
  ]),
  one('usual', 'verify-email with nothing', rest('registration/verify-email/', {}), allow),
  one('usual', 'verify-email with what is no link', rest('registration/verify-email/', { key: 'x' }), allow),
  one('usual', 'verify-email by GET', { path: '/dj-rest-auth/registration/verify-email/' }, allow),
  flow(
    'usual',
    'verify-email',
    [rest('registration/', register), mail, rest('registration/verify-email/', { key: '$token' })],
    allow,
  ),
  ...['{}', '{"email":"x"}', '{"email":"nobody@example.test"}', '{"email":"ada@example.test"}'].map((text) =>
    one('usual', `resend-email with ${text}`, { path: '/dj-rest-auth/registration/resend-email/', text }),
  ),
]

const restJwt = rest('login/', { username: 'ada', password })

const restStrict: readonly Flow[] = [
  one('strict', 'login into cookies', restJwt),
  flow('strict', 'user by a cookie', [restJwt, { path: '/dj-rest-auth/user/' }]),
  flow('strict', 'user by a header', [restJwt, { path: '/dj-rest-auth/user/', as: 'Bearer $access' }]),
  one('strict', 'user by a bad cookie', { path: '/dj-rest-auth/user/', headers: { cookie: 'access=x.y.z' } }),
  flow('strict', 'token/refresh by a cookie', [restJwt, rest('token/refresh/', {})]),
  one('strict', 'token/refresh of nothing', rest('token/refresh/', {})),
  one('strict', 'token/refresh of a blank', rest('token/refresh/', { refresh: '' })),
  one('strict', 'token/refresh of what is none', rest('token/refresh/', { refresh: 'x' })),
  flow('strict', 'token/verify', [restJwt, rest('token/verify/', { token: '$access' })]),
  flow('strict', 'logout by a cookie', [restJwt, rest('logout/', {})]),
  flow('strict', 'token/refresh after logout', [restJwt, rest('logout/', {}), rest('token/refresh/', {})]),
  one('strict', 'logout without a cookie', rest('logout/', {})),
  one('strict', 'registration that has to be verified', rest('registration/', register)),
  flow('strict', 'login before the address is verified', [
    rest('registration/', register),
    rest('login/', { username: 'newton', password }),
  ]),
  flow('strict', 'login after the address is verified', [
    rest('registration/', register),
    mail,
    rest('registration/verify-email/', { key: '$token' }),
    rest('login/', { username: 'newton', password }),
  ]),
  flow(
    'strict',
    'verify-email twice',
    [
      rest('registration/', register),
      mail,
      rest('registration/verify-email/', { key: '$token' }),
      rest('registration/verify-email/', { key: '$token' }),
    ],
    allow,
  ),
  ...(
    [
      ['nothing', {}],
      ['a wrong password', { old_password: 'x', new_password1: other, new_password2: other }],
      ['two passwords', { old_password: password, new_password1: other, new_password2: password }],
      ['short passwords', { old_password: password, new_password1: weak, new_password2: weak }],
      ['the right ones', { old_password: password, new_password1: other, new_password2: other }],
    ] as const
  ).map(([name, members]) =>
    flow('strict', `password/change with ${name}`, [restJwt, rest('password/change/', members)]),
  ),
  one('strict', 'password/change by nobody', rest('password/change/', {})),
]

const restEmail = rest('login/', { email: 'ada@example.test', password })

const restBody: readonly Flow[] = [
  one('body', 'login with a body', restEmail),
  one(
    'body',
    'login with a name where addresses alone are taken',
    rest('login/', { username: 'ada', password }),
  ),
  flow('body', 'token/refresh with rotation', [restEmail, rest('token/refresh/', { refresh: '$refresh' })]),
  flow('body', 'logout with a refresh token', [restEmail, rest('logout/', { refresh: '$refresh' })]),
  one('body', 'logout with nothing', rest('logout/', {})),
  one('body', 'logout with what is no token', rest('logout/', { refresh: 'x' })),
  flow('body', 'token/refresh after logout, with rotation', [
    restEmail,
    rest('logout/', { refresh: '$refresh' }),
    rest('token/refresh/', { refresh: '$refresh' }),
  ]),
  one('body', 'registration with tokens', rest('registration/', register)),
  one(
    'body',
    'registration by a name alone',
    rest('registration/', { ...register, email: undefined }),
    'Whoever signs in by an address alone has to have one.',
  ),
]

/** Every flow. */
export const restAuthFlows: readonly Flow[] = [...restUsual, ...restStrict, ...restBody]
