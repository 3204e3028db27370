// A server that speaks dj-rest-auth, for its tests.
import { password } from './flows.ts'
import { addPeople, links, openAccounts } from './ours.fixture.ts'

/** `profiles['dj-rest-auth']`, as an operator states it. */
export type RestAuthConfig = Exclude<NonNullable<Parameters<typeof openAccounts>[0]['dj-rest-auth']>, boolean>

/** The origin of the front end. */
export const app = 'https://app.example.test'

/** A server that speaks dj-rest-auth alone, with people in it, and one front end with cookies. */
export async function openRestAuth(
  settings: RestAuthConfig = {},
  options: Parameters<typeof openAccounts>[1] = {},
) {
  const config = {
    djoser: false,
    'dj-rest-auth': { ...links.restAuth, ...settings },
    origins: [app],
  } as const
  const accounts = await openAccounts(config, options)
  const visitor = accounts.visitor()
  const send = (path: string, members?: unknown, headers: Record<string, string> = {}, method?: string) =>
    visitor.visit(`/dj-rest-auth/${path}`, {
      method: method ?? (members === undefined ? 'GET' : 'POST'),
      ...(members !== undefined && { body: JSON.stringify(members) }),
      headers: { ...(members !== undefined && { 'content-type': 'application/json' }), ...headers },
    })
  return Object.assign(accounts, await addPeople(accounts), { jar: visitor.cookies, ask: send })
}

export const right = { username: 'ada', password }
/** Settings of a front end that keeps no token. */
export const cookies = { useJwt: true, jwtAuthCookie: 'access', jwtAuthRefreshCookie: 'refresh' } as const
/** Somebody who is not here yet. */
export const newton = {
  username: 'newton',
  email: 'newton@example.test',
  password1: password,
  password2: password,
}
