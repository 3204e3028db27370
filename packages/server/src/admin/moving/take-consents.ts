// What people agreed to at another server: nobody is asked again. It comes once, so that what is withdrawn here stays
// withdrawn; and what was agreed to here since is not replaced.
import { rememberThing } from '../../accounts/users/moved.store.ts'
import type { Held } from './records-held.ts'
import { counted } from './report.ts'
import { consentsHere, insertMovedConsent, thingsMoved } from './take-held.store.ts'
import { behind, claim, holdersOf } from './take-standing.ts'
import { nothing, type Plan, type World } from './world.ts'

type MovedConsent = Held<'consent'>

const thingOf = ({ userId, clientId }: MovedConsent): string => `consent ${userId} ${clientId}`

/** Decides what becomes of some consents. */
export async function planConsents(world: World, all: readonly MovedConsent[]): Promise<Plan[]> {
  const { platform, options } = world
  const { database, runtime } = platform
  const [{ person, client }, here, moved] = await Promise.all([
    holdersOf(world, all),
    consentsHere(
      database,
      all.map(({ userId }) => userId),
    ),
    thingsMoved(database, options.source, all.map(thingOf)),
  ])
  const now = runtime.now()
  return all.map((read) => {
    const standing = person(read.userId)
    // A consent lets nobody in: it outlasts what ends a session.
    if (standing === 'gone' || standing === 'another') return behind('consents of people', standing)
    const holder = client(read.clientId)
    if (holder !== 'here' && holder !== 'coming') return behind('consents to clients', holder)
    const thing = thingOf(read)
    if (moved.has(thing) || !claim(world, thing)) return nothing
    const remembered = options.apply ? [rememberThing(database, options.source, thing, now)] : []
    if (here.has(`${read.userId} ${read.clientId}`)) return { ...nothing, writes: remembered }
    return {
      writes: options.apply ? [insertMovedConsent(database, rowOf(read, now)), remembered] : [],
      tally: counted('consents'),
    }
  })
}

function rowOf(read: MovedConsent, now: number) {
  const { details, declined } = read
  return {
    user_id: read.userId,
    client_id: read.clientId,
    redirect_uri: read.redirectUri,
    scopes: JSON.stringify(read.scopes),
    resources: JSON.stringify(read.resources),
    session_id: read.sessionId,
    // Younger than a change of the client’s identity is only what was said after it.
    granted_at: Math.min(read.grantedAt, now),
    details: details.length === 0 ? null : JSON.stringify(details),
    declined: declined.length === 0 ? null : JSON.stringify(declined),
    used_at: read.usedAt,
  }
}
