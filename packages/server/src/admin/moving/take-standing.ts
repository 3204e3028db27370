// Whether those are here, and as they were, to whom something belongs that is brought: looked up for many at once.
import { credentialsOfUsers, movedByIds } from '../../accounts/users/here.store.ts'
import type { WriteSet } from '../../platform/db/database.ts'
import { basic } from '../../profiles/basic/basic.routes.ts'
import { drfToken } from '../../profiles/drf-token/key.ts'
import { knock } from '../../profiles/knock/knock.routes.ts'
import { ensureProfileClients } from '../../profiles/profile-client.ts'
import { simpleJwt } from '../../profiles/simplejwt/room.ts'
import { leftBehind } from './report.ts'
import { clientsHere, peopleStand, thingsMoved } from './take-held.store.ts'
import type { Plan, World } from './world.ts'

/** `coming` is who would be here after a run that is only tried. */
export type Standing = 'here' | 'coming' | 'gone' | 'disabled' | 'changed' | 'another'

const reasons = {
  gone: 'who are not here',
  disabled: 'who are disabled',
  changed: 'who have changed their password here',
  another: 'who are others here',
} as const satisfies Partial<Record<Standing, string>>

/** What is told of something whose owner does not stand. @param things in the plural, such as `sessions of people` */
export function behind(things: string, standing: keyof typeof reasons): Plan {
  return { writes: [], tally: leftBehind(`${things} ${reasons[standing]}`) }
}

/** How each of these people stands: `changed` means that they changed their password here, which ended all that was theirs. */
export async function peopleOf(
  { platform: { database }, options, claimed }: World,
  ids: readonly string[],
): Promise<(id: string) => Standing> {
  const moved = await movedByIds(database, options.source, [...new Set(ids)])
  const here = await credentialsOfUsers(
    database,
    [...moved.values()].map(({ userId }) => userId),
  )
  return (id) => {
    const before = moved.get(id)
    if (before === undefined) return claimed.has(`p ${id}`) && !options.apply ? 'coming' : 'gone'
    const credential = here.get(before.userId)
    if (credential === undefined) return 'gone'
    // Tokens name people by their ids.
    if (before.userId !== id) return 'another'
    if (credential.user.disabledAt !== null) return 'disabled'
    return (credential.password?.changedAt ?? 0) > before.movedAt ? 'changed' : 'here'
  }
}

/** That people stand as they were looked up, for whatever brings them what lets somebody in. */
export function standingWrites({ platform, options }: World, ids: readonly string[]): WriteSet {
  const all = [...new Set(ids)]
  return all.length === 0 || !options.apply ? [] : [peopleStand(platform.database, options.source, all)]
}

/** Those that stand for the wires of others: nobody registers them. */
const wires = [basic, drfToken, knock, simpleJwt]

/**
 * How each of these clients stands: `another` is one that got the id of a client that was deleted here (C22). Clients that
 * stand for wires are made where they are missing.
 */
export async function clientsOf(
  { platform, options, claimed }: World,
  ids: readonly string[],
): Promise<(id: string) => Standing> {
  const { database } = platform
  const wanted = wires.filter(({ id }) => ids.includes(id))
  if (options.apply && wanted.length > 0) await ensureProfileClients(platform, wanted)
  const [here, moved] = await Promise.all([
    clientsHere(database, ids),
    thingsMoved(
      database,
      options.source,
      ids.map((id) => `client ${id}`),
    ),
  ])
  return (id) => {
    const madeAt = here.get(id)
    if (madeAt !== undefined) return madeAt > (moved.get(`client ${id}`) ?? madeAt) ? 'another' : 'here'
    const comes = claimed.has(`c ${id}`) || wires.some((wire) => wire.id === id)
    return comes && !options.apply ? 'coming' : 'gone'
  }
}

/** Gives a name away, once in a file. @returns whether it was free */
export function claim({ claimed }: World, name: string): boolean {
  if (claimed.has(name)) return false
  claimed.add(name)
  return true
}

/** How the people and the clients of some records stand here: of each, asked for at once. */
export async function holdersOf(
  world: World,
  all: readonly { readonly userId: string; readonly clientId: string }[],
): Promise<{ readonly person: (id: string) => Standing; readonly client: (id: string) => Standing }> {
  const [users, clients] = [all.map(({ userId }) => userId), all.map(({ clientId }) => clientId)]
  const [person, client] = await Promise.all([peopleOf(world, users), clientsOf(world, clients)])
  return { person, client }
}
