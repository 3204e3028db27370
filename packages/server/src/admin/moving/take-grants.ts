// Families of refresh tokens that are brought from another server: the next refresh works, and a spent token that comes
// again still ends its family, since the line comes with all of its generations or not at all. A family that is here is
// left as it is, but for its end; its row outlives whatever a file can say of it.
import { type EndOfFamily, revokeFamily } from '../../oauth/tokens/families.store.ts'
import type { Held } from './records-held.ts'
import { conflict, counted } from './report.ts'
import { familiesHere, insertGeneration, insertMovedFamily, sessionsHere } from './take-held.store.ts'
import { behind, claim, clientsOf, peopleOf, type Standing, standingWrites } from './take-standing.ts'
import { nothing, type Plan, type World } from './world.ts'

type MovedGrant = Held<'grant'>

interface Around {
  readonly person: (id: string) => Standing
  readonly client: (id: string) => Standing
  readonly sessions: Awaited<ReturnType<typeof sessionsHere>>
  readonly here: Awaited<ReturnType<typeof familiesHere>>
}

/** Decides what becomes of some families. */
export async function planGrants(world: World, all: readonly MovedGrant[]): Promise<Plan[]> {
  const { database } = world.platform
  const [person, client, sessions, here] = await Promise.all([
    peopleOf(
      world,
      all.map(({ userId }) => userId),
    ),
    clientsOf(
      world,
      all.map(({ clientId }) => clientId),
    ),
    sessionsHere(
      database,
      all.map(({ sessionId }) => sessionId),
    ),
    familiesHere(
      database,
      all.map(({ id }) => id),
    ),
  ])
  const around: Around = { person, client, sessions, here }
  const plans = all.map((one) => planGrant(world, one, around))
  const people = all.filter((_, at) => plans[at]?.writes.length !== 0).map(({ userId }) => userId)
  const living = people.filter((id) => person(id) === 'here')
  return [{ writes: standingWrites(world, living), tally: () => {} }, ...plans]
}

function planGrant(world: World, read: MovedGrant, { person, client, sessions, here }: Around): Plan {
  const { platform, options, claimed } = world
  const now = platform.runtime.now()
  if (read.expiresAt <= now) return nothing
  const known = here.get(read.id)
  if (known !== undefined) {
    const endedThere = read.ended !== null && known.revokedAt === null && known.userId === read.userId
    return endedThere && options.apply ? { ...nothing, writes: [revocation(world, read, now)] } : nothing
  }
  const standing = person(read.userId)
  if (standing !== 'here' && standing !== 'coming') return behind('grants of people', standing)
  const holder = client(read.clientId)
  if (holder !== 'here' && holder !== 'coming') return behind('grants to clients', holder)
  const session = sessions.get(read.sessionId)
  const comes = !options.apply && claimed.has(`s ${read.sessionId}`)
  // What was given in a session lives by it: where that has ended here, nothing is left to bring.
  const hasEnded = session !== undefined && session.endedAt !== null && read.ended === null
  if (hasEnded || (session === undefined && !comes)) return nothing
  if (session !== undefined && session.userId !== read.userId)
    return { writes: [], tally: conflict(read.id, 'is of somebody else’s session') }
  if (!claim(world, `g ${read.id}`)) return { writes: [], tally: conflict(read.id, 'is there twice') }
  return {
    writes: options.apply ? grantWrites(world, read, now) : [],
    tally: read.ended === null ? counted('grants') : () => {},
  }
}

function revocation({ platform }: World, { id, ended }: MovedGrant, now: number) {
  return revokeFamily(platform.database, id, (ended?.because ?? '') as EndOfFamily, now)
}

function grantWrites({ platform: { database } }: World, read: MovedGrant, now: number) {
  const { granted } = read
  return [
    insertMovedFamily(database, {
      id: read.id,
      client_id: read.clientId,
      user_id: read.userId,
      session_id: read.sessionId,
      grant_json: JSON.stringify({
        ...granted,
        authenticatedAt: Math.min(granted.authenticatedAt, now),
      }),
      created_at: read.createdAt,
      expires_at: read.expiresAt,
      revoked_at: read.ended === null ? null : Math.min(read.ended.at, now),
      revoked_because: read.ended?.because ?? null,
    }),
    read.refreshTokens.map((token) =>
      insertGeneration(database, {
        digest: token.digest,
        family_id: read.id,
        generation: token.generation,
        created_at: token.createdAt,
        expires_at: Math.min(token.expiresAt, read.expiresAt),
        sealed_token: token.sealed,
        replays: token.replays,
        bound_to: token.boundTo,
      }),
    ),
  ]
}
