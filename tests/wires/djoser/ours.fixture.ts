// Our server with the wires of djoser and dj-rest-auth as an operator's configuration turns them on, and people in it.
import { noLimits, openPeople, type People } from '../../../packages/server/src/accounts/people.fixture.ts'
import { disableUser, type User } from '../../../packages/server/src/accounts/users/users.store.ts'
import {
  type ProfilesConfig,
  profileRoutes,
  readProfiles,
} from '../../../packages/server/src/app/profiles.ts'
import type { Finding } from '../../../packages/server/src/app/settings.ts'
import { oauthRoom } from '../../../packages/server/src/oauth/oauth.routes.ts'
import {
  type Answer,
  edgeOf,
  type House,
  type HouseOptions,
  Visitor,
} from '../../../packages/server/src/platform/house.ts'
import type { Route } from '../../../packages/server/src/platform/http/exchange.ts'
import { openKeyring } from '../../../packages/server/src/platform/keys/keyring.ts'

/** What a request has beside its members. */
export interface More {
  readonly method?: string
  readonly headers?: Record<string, string>
  readonly peer?: string
}

export interface Accounts extends People, AsyncDisposable {
  readonly routes: readonly Route[]
  /** A front end with cookies of its own. */
  visitor(): Visitor
  /** Sends JSON as a front end without cookies; a GET where there are no members. */
  send(path: string, members?: unknown, more?: More): Promise<Answer>
  /** What the links of the last letter held; empty texts where none was sent. */
  lastLink(): Promise<{ readonly uid: string; readonly token: string }>
}

/** Addresses of a front end that tests mail. */
export const links = {
  djoser: {
    activationUrl: 'https://app.example.test/activate/{uid}/{token}',
    passwordResetConfirmUrl: 'https://app.example.test/reset/{uid}/{token}',
    usernameResetConfirmUrl: 'https://app.example.test/rename/{uid}/{token}',
  },
  restAuth: {
    passwordResetConfirmUrl: 'https://app.example.test/reset/{uid}/{token}',
    accountConfirmEmailUrl: 'https://app.example.test/account-confirm-email/{key}',
  },
} as const

/** @param options `limited` for the limits that a server has */
export async function openAccounts(
  config: ProfilesConfig,
  options: HouseOptions & {
    readonly house?: House
    readonly limited?: true
    readonly signUpOpen?: boolean
  } = {},
): Promise<Accounts> {
  const people = await openPeople({ ...options, ...(options.limited ? {} : { limits: noLimits }) })
  const { house } = people
  const findings: Finding[] = []
  const profiles = readProfiles(
    { 'drf-token': false, simplejwt: false, knock: false, basic: false, ...config },
    'development',
    findings,
  )
  if (findings.length > 0) throw new Error(JSON.stringify(findings))
  const keyring = await openKeyring(house)
  await keyring.ensure('ES256')
  const room = oauthRoom(house, { keyring, encryptedTokens: false, dpopNonces: false, mutualTls: null })
  const routes = await profileRoutes(room, people, { ...profiles, signUpOpen: options.signUpOpen ?? true })
  const edge = edgeOf(house, routes)
  return {
    ...people,
    routes,
    visitor: () => new Visitor(edge),
    send: (path, members, { method, headers, peer } = {}) =>
      new Visitor(edge).visit(path, {
        method: method ?? (members === undefined ? 'GET' : 'POST'),
        ...(members !== undefined && { body: JSON.stringify(members) }),
        headers: { ...(members !== undefined && { 'content-type': 'application/json' }), ...headers },
        ...(peer !== undefined && { peer }),
      }),
    lastLink: async () => {
      const letters = await house.letters()
      // So that the next letter is the last one then.
      house.runtime.advance(1)
      return linkIn(letters.at(-1)?.text ?? '')
    },
    [Symbol.asyncDispose]: () => house.close(),
  }
}

/** What a link in a mail holds. */
export function linkIn(text: string): { readonly uid: string; readonly token: string } {
  const [, uid = '', token = ''] = /\/(?:reset|activate|rename)\/([^/\s]+)\/([^/\s]+)/.exec(text) ?? []
  const [, key = ''] = /confirm-email\/([^/\s]+)/.exec(text) ?? []
  return { uid, token: token || key }
}

/** The people of oracle.py. */
export async function addPeople({
  add,
  house,
}: Accounts): Promise<{ readonly ada: User; readonly grace: User }> {
  const person = (username: string) => ({ username, email: `${username}@example.test`, name: username })
  const claims = { given_name: 'Ada', family_name: 'Lovelace' }
  const ada = await add({ ...person('ada'), claims, name: 'Ada Lovelace' })
  const grace = await add(person('grace'))
  const { id } = await add(person('idle'))
  await house.database.commit([disableUser(house.database, house.runtime.now(), id)])
  return { ada, grace }
}

/** The status and the body of an answer. */
export const said = (answer: Answer): readonly unknown[] => [answer.status, answer.json()]

/** Does the same so often at once. */
export function many<T>(count: number, ask: () => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: count }, ask))
}
