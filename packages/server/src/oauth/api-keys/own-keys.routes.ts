// A person's own keys on their account page: what is shown of them, and the button that ends one.
import { doneAt } from '../../accounts/account-deed.ts'
import type { OwnKey } from '../../accounts/api-keys.page.ts'
import { type Deed, signedInRoutes } from '../../accounts/signed-in.routes.ts'
import { type Route, redirect } from '../../platform/http/exchange.ts'
import { Refusal } from '../../platform/http/failure.ts'
import type { Platform } from '../../platform/platform.ts'
import { allApis } from '../apis/apis.store.ts'
import { paths } from '../paths.ts'
import { keysOfUser } from './api-keys.store.ts'
import { endKey } from './keep-keys.ts'

/** The keys of a person that have not run out, oldest first, with what they may in words. */
export async function ownKeys(
  { database, runtime }: Pick<Platform, 'database' | 'runtime'>,
  userId: string,
): Promise<OwnKey[]> {
  const keys = await keysOfUser(database, userId)
  const now = runtime.now()
  const living = keys.filter(({ expiresAt }) => expiresAt === null || expiresAt > now)
  if (living.length === 0) return []
  const apis = new Map((await allApis(database)).map((api) => [api.identifier, api]))
  return living.map(({ id, name, audience, scopes, createdAt, expiresAt, lastUsedAt }) => {
    const api = apis.get(audience)
    const may = scopes.map((scope) => api?.scopes.find((known) => known.name === scope)?.description || scope)
    return { id, name, api: api?.name ?? audience, may, createdAt, expiresAt, lastUsedAt }
  })
}

/** POST from the account page: the key is refused from the next request on. */
export function ownKeysRoutes(platform: Platform): readonly Route[] {
  return [signedInRoutes(platform, null)('POST', paths.endKey, endOwnKey)]
}

const endOwnKey: Deed = async ({ platform, request, signedIn }) => {
  const { database } = platform
  const keys = await keysOfUser(database, signedIn.user.id)
  const key = keys.find(({ id }) => id === request.form.get('key'))
  if (key === undefined) throw new Refusal(404)
  await database.commit(endKey(platform, key, request.peer))
  return redirect(doneAt('key-ended'))
}
