// A key for an API that is brought from another server of this kind: by its digest, so that programs go on as they are.
// A key is brought once: one that was ended here stays ended.
import { isThingMoved, movedById, rememberThing } from '../../accounts/users/moved.store.ts'
import { userById } from '../../accounts/users/users.store.ts'
import type { KeyOwner } from '../../oauth/api-keys/api-key.ts'
import { insertKey, keyByDigest } from '../../oauth/api-keys/api-keys.store.ts'
import { allApis } from '../../oauth/apis/apis.store.ts'
import { clientById } from '../../oauth/clients/clients.store.ts'
import { event } from '../../platform/events/events.ts'
import type { MovedRecord } from './records.ts'
import { counted, leftBehind } from './report.ts'
import { clientsOf } from './take-standing.ts'
import { nothing, type Plan, type World } from './world.ts'

type MovedApiKey = Extract<MovedRecord, { kind: 'api-key' }>

/** Decides what becomes of a key. */
export async function planApiKey(world: World, read: MovedApiKey): Promise<Plan> {
  const { platform, options, claimed } = world
  const { database, runtime } = platform
  const going: Plan = { writes: [], tally: counted('keys') }
  const now = runtime.now()
  if (read.expiresAt !== null && read.expiresAt <= now) return nothing
  const thing = `api-key ${read.digest}`
  const isHere =
    (await keyByDigest(database, read.digest)) !== undefined ||
    (await isThingMoved(database, options.source, thing))
  if (isHere) return nothing
  const apiIsHere = (await allApis(database)).some(({ identifier }) => identifier === read.audience)
  if (!apiIsHere && !claimed.has(`a ${read.audience}`))
    return { writes: [], tally: leftBehind('API keys for APIs that are not here') }
  const owner = await ownerOf(world, read)
  if (owner === 'coming') return going
  if (owner === null)
    return { writes: [], tally: leftBehind('API keys of people and clients that are not here') }
  if (!options.apply) return going
  const { id, digest, name, audience, scopes, createdAt, expiresAt, lastUsedAt } = read
  return {
    ...going,
    writes: [
      insertKey(database, { id, name, owner, audience, scopes, createdAt, expiresAt, lastUsedAt }, digest),
      rememberThing(database, options.source, thing, now),
      event(database, runtime, {
        type: 'api_key.created',
        ...(owner.kind === 'user' ? { userId: owner.userId } : { clientId: owner.clientId }),
        detail: { key: id, imported: true },
      }),
    ],
  }
}

/** `coming` for one who would be here after a run that is only tried; null for nobody, or who is disabled. */
async function ownerOf(world: World, { clientId, userId }: MovedApiKey): Promise<KeyOwner | 'coming' | null> {
  const { platform, options, claimed } = world
  const { database } = platform
  if (clientId !== null) {
    const client = await clientById(database, clientId)
    if (client === undefined) return claimed.has(`c ${clientId}`) && !options.apply ? 'coming' : null
    // Not to one that was given its id since (C22).
    const isTheSame = (await clientsOf(world, [clientId]))(clientId) === 'here'
    return isTheSame && client.disabledAt === null ? { kind: 'client', clientId } : null
  }
  if (userId === null) return null
  const moved = await movedById(database, options.source, userId)
  if (moved === null) return claimed.has(`p ${userId}`) && !options.apply ? 'coming' : null
  const user = await userById(database, moved.userId)
  return user === null || user.disabledAt !== null ? null : { kind: 'user', userId: user.id }
}
