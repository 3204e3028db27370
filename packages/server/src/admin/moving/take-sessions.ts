// Sessions that are brought from another server: browsers stay signed in, for what they hold is known by its digest. Not
// those of people who are disabled here or changed their password here since: that ended all of theirs. One that was ended
// here stays ended: its row outlives whatever a file can say of it. One that came before and was used there since is
// as it is there by now: what its browser held before it was proven anew opens nothing there either (C19).
import { endSession } from '../../accounts/sessions/sessions.store.ts'
import type { Held } from './records-held.ts'
import { conflict, counted } from './report.ts'
import {
  insertMember,
  insertMovedSession,
  renewMovedSession,
  sessionDigestsHere,
  sessionsHere,
} from './take-held.store.ts'
import { behind, claim, clientsOf, peopleOf, type Standing, standingWrites } from './take-standing.ts'
import { nothing, type Plan, type World } from './world.ts'

type MovedSession = Held<'session'>

/** Seconds that a session is kept here once it ran out: see sessions.store. */
const keptSeconds = 31 * 86_400

interface Around {
  readonly person: (id: string) => Standing
  readonly client: (id: string) => Standing
  readonly here: Awaited<ReturnType<typeof sessionsHere>>
  readonly digests: ReadonlySet<string>
}

/** Decides what becomes of some sessions. */
export async function planSessions(world: World, all: readonly MovedSession[]): Promise<Plan[]> {
  const { database } = world.platform
  const [person, client, here, digests] = await Promise.all([
    peopleOf(
      world,
      all.map(({ userId }) => userId),
    ),
    clientsOf(
      world,
      all.flatMap(({ heldBy, clients }) => [heldBy ?? [], clients.map(({ clientId }) => clientId)].flat()),
    ),
    sessionsHere(
      database,
      all.map(({ id }) => id),
    ),
    sessionDigestsHere(
      database,
      all.map(({ digest }) => digest),
    ),
  ])
  const around: Around = { person, client, here, digests }
  const plans = all.map((one) => planSession(world, one, around))
  const people = all.filter((_, at) => plans[at]?.writes.length !== 0).map(({ userId }) => userId)
  const living = people.filter((id) => person(id) === 'here')
  return [{ writes: standingWrites(world, living), tally: () => {} }, ...plans]
}

function planSession(world: World, read: MovedSession, { person, client, here, digests }: Around): Plan {
  const { platform, options } = world
  const { database, runtime } = platform
  const now = runtime.now()
  const known = here.get(read.id)
  if (known !== undefined && (known.userId !== read.userId || known.endedAt !== null)) return nothing
  // Its end counts, however its person stands.
  if (known !== undefined && read.endedAt !== null)
    return options.apply ? { ...nothing, writes: [endSession(database, now, read)] } : nothing
  const standing = person(read.userId)
  if (standing !== 'here' && standing !== 'coming') return behind('sessions of people', standing)
  const holder = read.heldBy === null ? 'here' : client(read.heldBy)
  if (holder !== 'here' && holder !== 'coming') return behind('sessions of devices of clients', holder)
  const row = rowOf(read, now)
  if (known !== undefined ? row.last_seen_at <= known.lastSeenAt : read.expiresAt + keptSeconds <= now)
    return nothing
  const isTaken = digests.has(read.digest) && known?.digest !== read.digest
  if (isTaken || !claim(world, `s ${read.id}`) || !claim(world, `sd ${read.digest}`))
    return { writes: [], tally: conflict(read.id, 'is there twice') }
  const members =
    read.endedAt !== null ? [] : read.clients.filter(({ clientId }) => client(clientId) === 'here')
  return {
    writes: options.apply
      ? [
          known === undefined ? insertMovedSession(database, row) : renewMovedSession(database, row),
          members.map(({ clientId, since }) =>
            insertMember(database, { session: read.id, client: clientId, user: read.userId, since }),
          ),
        ]
      : [],
    tally: read.endedAt === null && known === undefined ? counted('sessions') : () => {},
  }
}

/** Nothing of it is to come: a clock that was ahead there proves nothing here. */
function rowOf(read: MovedSession, now: number) {
  return {
    id: read.id,
    digest: read.digest,
    user_id: read.userId,
    created_at: Math.min(read.createdAt, now),
    authenticated_at: Math.min(read.authenticatedAt, now),
    amr: JSON.stringify(read.amr),
    acr: read.acr,
    remembered: read.remembered ? 1 : 0,
    last_seen_at: Math.min(read.lastSeenAt, now),
    idle_seconds: read.idleSeconds,
    expires_at: read.expiresAt,
    peer: read.peer,
    user_agent: read.userAgent,
    ended_at: read.endedAt === null ? null : Math.min(read.endedAt, now),
    held_by: read.heldBy,
  }
}
