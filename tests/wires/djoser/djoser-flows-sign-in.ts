// What front ends send to djoser to sign in and out: for keys, and for tokens.
import { bodies, type Flow, flow, one, password, type Step } from './flows.ts'

const kind =
  'Ours ignores a credential where nobody needs one: a stale key keeps no front end from signing in.'
const words = 'The words of the Python parser about where the text went wrong are not ours.'

/** Signing in for a key, and the header that shows it. */
export const keyed: Step = { path: '/auth/token/login/', members: { username: 'ada', password } }
export const asKey = 'Token $auth_token'
/** Signing in for tokens, and the header that shows one. */
export const jwt: Step = { path: '/auth/jwt/create/', members: { username: 'ada', password } }
export const asJwt = 'JWT $access'

/** Keys, then tokens. */
export const signInFlows: readonly Flow[] = [
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
  one('usual', 'jwt/create', jwt),
  one('usual', 'jwt/create with a wrong password', {
    path: '/auth/jwt/create/',
    members: { username: 'ada', password: 'x' },
  }),
  flow('usual', 'jwt/refresh', [jwt, { path: '/auth/jwt/refresh/', members: { refresh: '$refresh' } }]),
  flow('usual', 'jwt/verify', [jwt, { path: '/auth/jwt/verify/', members: { token: '$access' } }]),
  one('usual', 'jwt/verify of nothing', { path: '/auth/jwt/verify/', members: {} }),
]
