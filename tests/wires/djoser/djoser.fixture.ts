// A server that speaks djoser, for its tests, and what each of them does.
import { password } from './flows.ts'
import { type Accounts, addPeople, links, openAccounts } from './ours.fixture.ts'

type DjoserConfig = NonNullable<Parameters<typeof openAccounts>[0]['djoser']>

/** A server that speaks djoser alone, with people in it. */
export async function openDjoser(
  settings: Exclude<DjoserConfig, boolean> = {},
  options: Parameters<typeof openAccounts>[1] = {},
) {
  const accounts = await openAccounts(
    { djoser: { ...links.djoser, ...settings }, 'dj-rest-auth': false },
    options,
  )
  return Object.assign(accounts, await addPeople(accounts))
}

/** Somebody who is not here yet. */
export const newton = { username: 'newton', email: 'newton@example.test', password }
/** The header of somebody who has signed in for a key. */
export const keyOf = async (accounts: Accounts, username = 'ada') => {
  const answer = await accounts.send('/auth/token/login/', { username, password })
  return { authorization: `Token ${answer.json()['auth_token']}` }
}
/** The header of Ada, who has signed in for tokens, and her refresh token. */
export const pairOf = async (accounts: Accounts) => {
  const { access, refresh } = (await accounts.send('/auth/jwt/create/', { username: 'ada', password })).json()
  return { authorization: `JWT ${access}`, refresh }
}
/** What somebody reads of themself. */
export const me = (accounts: Accounts, headers: { readonly authorization: string }) =>
  accounts.send('/auth/users/me/', undefined, { headers: { authorization: headers.authorization } })
