// Families of refresh tokens that are brought from another server: the next refresh works, and a spent token that comes
// again still ends its family, since the line comes with all of its generations or not at all. A family that is here is
// left as it is, but for its end, and for the generations that came to be there since: what is spent there is spent here
// (C9). Its row outlives whatever a file can say of it.
import { type EndOfFamily, revokeFamily } from '../../oauth/tokens/families.store.ts'
import type { Held } from './records-held.ts'
import { conflict, counted } from './report.ts'
import { insertGeneration, insertMovedFamily, newestHere } from './take-grants.store.ts'
import { familiesHere, sessionsHere } from './take-held.store.ts'
import { behind, claim, holdersOf, type Standing, standingWrites } from './take-standing.ts'
import { nothing, type Plan, type World } from './world.ts'

type MovedGrant = Held<'grant'>

interface Around {
  readonly person: (id: string) => Standing
  readonly client: (id: string) => Standing
  readonly sessions: Awaited<ReturnType<typeof sessionsHere>>
  readonly here: Awaited<ReturnType<typeof familiesHere>>
  readonly newest: Awaited<ReturnType<typeof newestHere>>
}

/** Decides what becomes of some families. */
export async function planGrants(world: World, all: readonly MovedGrant[]): Promise<Plan[]> {
  const { database } = world.platform
  const [{ person, client }, sessions, here] = await Promise.all([
    holdersOf(world, all),
    sessionsHere(
      database,
      all.map(({ sessionId }) => sessionId),
    ),
    familiesHere(
      database,
      all.map(({ id }) => id),
    ),
  ])
  const newest = await newestHere(database, [...here.keys()])
  const around: Around = { person, client, sessions, here, newest }
  const plans = all.map((one) => planGrant(world, one, around))
  const people = all.filter((_, at) => plans[at]?.writes.length !== 0).map(({ userId }) => userId)
  const living = people.filter((id) => person(id) === 'here')
  return [{ writes: standingWrites(world, living), tally: () => {} }, ...plans]
}

function planGrant(world: World, read: MovedGrant, around: Around): Plan {
  const { person, client, sessions, here } = around
  const { platform, options, claimed } = world
  const now = platform.runtime.now()
  if (read.expiresAt <= now) return nothing
  const known = here.get(read.id)
  if (known !== undefined) {
    if (known.revokedAt !== null || known.userId !== read.userId || !options.apply) return nothing
    const isEnded = read.ended !== null
    return {
      ...nothing,
      writes: isEnded ? [revocation(world, read, now)] : youngerWrites(world, read, around),
    }
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

/** What came after the newest that is here; nothing where the line went another way here. */
function youngerWrites(world: World, read: MovedGrant, { person, newest }: Around) {
  const last = newest.get(read.id)
  const isSameLine = read.refreshTokens.some(
    ({ generation, digest }) => generation === last?.generation && digest === last.digest,
  )
  if (last === undefined || !isSameLine || person(read.userId) !== 'here') return []
  const younger = read.refreshTokens.filter(({ generation }) => generation > last.generation)
  return younger.length === 0 ? [] : [generationWrites(world, read, younger)]
}

function generationWrites(
  { platform: { database, runtime } }: World,
  { id, expiresAt }: MovedGrant,
  tokens: MovedGrant['refreshTokens'],
) {
  const now = runtime.now()
  return tokens.map((token) =>
    insertGeneration(database, {
      digest: token.digest,
      family_id: id,
      generation: token.generation,
      // From here on its predecessor is spent: a clock that was ahead there makes no grace longer.
      created_at: Math.min(token.createdAt, now),
      expires_at: Math.min(token.expiresAt, expiresAt),
      sealed_token: token.sealed,
      replays: token.replays,
      bound_to: token.boundTo,
    }),
  )
}

function grantWrites(world: World, read: MovedGrant, now: number) {
  const { granted } = read
  const { database } = world.platform
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
      created_at: Math.min(read.createdAt, now),
      expires_at: read.expiresAt,
      revoked_at: read.ended === null ? null : Math.min(read.ended.at, now),
      revoked_because: read.ended?.because ?? null,
    }),
    generationWrites(world, read, read.refreshTokens),
  ]
}
