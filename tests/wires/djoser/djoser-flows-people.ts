// What front ends send to djoser about people: signing up, looking at oneself and at others, leaving.
import { asJwt, asKey, jwt, keyed } from './djoser-flows-sign-in.ts'
import { type Flow, flow, one, password, weak } from './flows.ts'

const unique = 'Here an address is one person’s, for people sign in with it.'
const hidden = 'Ours tells nobody which numbers are somebody’s.'
const proven = 'Ours changes an address once the new one is proven, and says until then what holds.'
const lower = 'Names are without case here.'

/** `users/`, `users/me/`, `users/<id>/`. */
export const peopleFlows: readonly Flow[] = [
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
]
