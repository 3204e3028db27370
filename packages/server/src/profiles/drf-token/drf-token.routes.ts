// The wires of Django that give out keys: DRF's own view, djoser's, and dj-rest-auth's.
import type { User } from '../../accounts/users/users.store.ts'
import { revokeFamily } from '../../oauth/tokens/families.store.ts'
import { event } from '../../platform/events/events.ts'
import type { Incoming, Outgoing, Route } from '../../platform/http/exchange.ts'
import { answer, nothing, type View, viewRoutes } from '../wire/view.routes.ts'
import { holderOf, type KeyHolder, type KeyRoom, login, numberOfUser } from './key.ts'

const credentials = [
  { name: 'username', label: 'Username' },
  { name: 'password', label: 'Password' },
]

/** `{"token"}`, as `rest_framework.authtoken` gives it. */
export function drfTokenRoutes(room: KeyRoom, paths: readonly string[]): readonly Route[] {
  const view: View = {
    name: 'Obtain Auth Token',
    description: '',
    fields: credentials,
    post: (request, members) => login(room, request, members, 'username', (token) => ({ token })),
  }
  return viewRoutes(paths, view)
}

/** djoser: `token/login/`, `token/logout/` and `users/me/` below its base. */
export function djoserRoutes(room: KeyRoom, base: string): readonly Route[] {
  return [
    ...viewRoutes([`${base}token/login/`], {
      name: 'Token Create',
      description: 'Use this endpoint to obtain user authentication token.',
      fields: credentials,
      post: (request, members) => login(room, request, members, 'username', (key) => ({ auth_token: key })),
    }),
    ...viewRoutes([`${base}token/logout/`], {
      name: 'Token Destroy',
      description: 'Use this endpoint to logout user (remove user authentication token).',
      fields: [],
      post: (request) => withKey(room, request, async (holder) => end(room, request, holder, nothing())),
    }),
    ...viewRoutes([`${base}users/me/`], {
      name: 'User',
      description: '',
      fields: [],
      get: (request) =>
        withKey(room, request, async ({ user }) =>
          answer(200, {
            email: user.email ?? '',
            id: await numberOfUser(room, user),
            username: user.username ?? '',
          }),
        ),
    }),
  ]
}

/** dj-rest-auth: `login/`, `logout/` and `user/` below its base. A name or an address signs in. */
export function djRestAuthRoutes(room: KeyRoom, base: string): readonly Route[] {
  const nameIn = (members: Readonly<Record<string, unknown>>): string =>
    Object.hasOwn(members, 'username') && members['username'] !== '' ? 'username' : 'email'
  return [
    ...viewRoutes([`${base}login/`], {
      name: 'Login',
      description: 'Check the credentials and return the REST Token if the credentials are valid.',
      fields: credentials,
      post: (request, members) => login(room, request, members, nameIn(members), (key) => ({ key })),
    }),
    ...viewRoutes([`${base}logout/`], {
      name: 'Logout',
      description: 'Ends the key that is sent along.',
      fields: [],
      post: async (request) => {
        const done = answer(200, { detail: 'Successfully logged out.' })
        // Whoever has no key is out already: no front end is held up by that.
        const held = await holderOf(room, request)
        return held.ok ? end(room, request, held.holder, done) : done
      },
    }),
    ...viewRoutes([`${base}user/`], {
      name: 'User Details',
      description: '',
      fields: [],
      get: (request) =>
        withKey(room, request, async ({ user }) =>
          answer(200, {
            pk: await numberOfUser(room, user),
            username: user.username ?? '',
            email: user.email ?? '',
            ...namesOf(user),
          }),
        ),
    }),
  ]
}

function namesOf({ claims, name }: User): { first_name: string; last_name: string } {
  const { given_name: given, family_name: family } = claims
  return {
    first_name: typeof given === 'string' ? given : name,
    last_name: typeof family === 'string' ? family : '',
  }
}

async function withKey(
  room: KeyRoom,
  request: Incoming,
  work: (holder: KeyHolder) => Promise<Outgoing>,
): Promise<Outgoing> {
  const held = await holderOf(room, request)
  return held.ok ? work(held.holder) : held.refusal
}

/** Ends a key, and with it its family. */
async function end(
  { platform }: KeyRoom,
  request: Incoming,
  { family }: KeyHolder,
  done: Outgoing,
): Promise<Outgoing> {
  const { database, runtime } = platform
  const { id: familyId, userId, clientId, sessionId } = family
  await database.commit([
    revokeFamily(database, familyId, 'revoked by the client', runtime.now()),
    event(database, runtime, {
      type: 'token.revoked',
      userId,
      clientId,
      sessionId,
      familyId,
      peer: request.peer,
    }),
  ])
  return done
}
