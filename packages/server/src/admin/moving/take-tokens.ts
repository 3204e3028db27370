// Access tokens that are kept here (opaque and encrypted ones) as another server kept them, and what was ended or accepted
// there once: none of that is good again here.
import { revokeJwt } from '../../oauth/tokens/access-tokens.store.ts'
import type { MovedRecord } from './records.ts'
import type { Held } from './records-held.ts'
import { conflict, counted, leftBehind } from './report.ts'
import { familiesHere, insertMovedToken, insertSeen, revokedHere, tokensHere } from './take-held.store.ts'
import { behind, claim, clientsOf, type Standing } from './take-standing.ts'
import { nothing, type Plan, type World } from './world.ts'

type MovedToken = Held<'access-token'>

/** What a row is made of. */
interface Named {
  readonly name: string
  readonly clientId: string
  readonly familyId: string | null
  readonly audience: string
  readonly issuedAt: number
  readonly expiresAt: number
}

/** Null where a token claims what none of ours does. */
function namedIn({ claims }: MovedToken): Named | null {
  const { jti, client_id: clientId, fam, aud, iat, exp, sub } = claims
  const isText = (value: unknown): value is string =>
    typeof value === 'string' && value.length > 0 && value.length <= 2048
  const isMoment = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0
  if (!isText(jti) || !isText(clientId) || !isText(sub) || !isMoment(iat) || !isMoment(exp)) return null
  if (fam !== undefined && !isText(fam)) return null
  const audience = Array.isArray(aud) ? aud : [aud]
  if (!audience.every(isText)) return null
  return {
    name: jti,
    clientId,
    familyId: fam ?? null,
    audience: String(aud),
    issuedAt: iat,
    expiresAt: exp,
  }
}

interface Around {
  readonly client: (id: string) => Standing
  readonly families: Awaited<ReturnType<typeof familiesHere>>
  readonly here: Awaited<ReturnType<typeof tokensHere>>
}

/** Decides what becomes of some access tokens. */
export async function planAccessTokens(world: World, all: readonly MovedToken[]): Promise<Plan[]> {
  const { database } = world.platform
  const named = all.map(namedIn)
  const [client, families, here] = await Promise.all([
    clientsOf(
      world,
      named.flatMap((one) => one?.clientId ?? []),
    ),
    familiesHere(
      database,
      named.flatMap((one) => one?.familyId ?? []),
    ),
    tokensHere(
      database,
      all.map(({ digest }) => digest),
      named.flatMap((one) => one?.name ?? []),
    ),
  ])
  const around: Around = { client, families, here }
  return all.map((read, at) => planAccessToken(world, read, named[at] ?? null, around))
}

function planAccessToken(
  world: World,
  { digest, userId, claims, idleSeconds }: MovedToken,
  named: Named | null,
  { client, families, here }: Around,
): Plan {
  const { platform, options, claimed } = world
  const { database, runtime, issuer } = platform
  if (named === null) return { writes: [], tally: leftBehind('access tokens that are not understood') }
  const { name, clientId, familyId, audience, issuedAt, expiresAt } = named
  if (expiresAt <= runtime.now() || here.digests.has(digest) || here.names.has(name)) return nothing
  if (claims['iss'] !== issuer.url)
    return { writes: [], tally: leftBehind('access tokens of another address than this server’s') }
  const holder = client(clientId)
  if (holder !== 'here' && holder !== 'coming') return behind('access tokens of clients', holder)
  // A token of a person lives by its family; where that did not come, nothing is left to bring.
  if (familyId !== null) {
    const family = families.get(familyId)
    const comes = !options.apply && claimed.has(`g ${familyId}`)
    if (family === undefined ? !comes : family.userId !== userId || family.revokedAt !== null) return nothing
  } else if (userId !== null) return nothing
  if (!claim(world, `t ${digest}`) || !claim(world, `tn ${name}`))
    return { writes: [], tally: conflict(name, 'is there twice') }
  const row = {
    digest,
    jti: name,
    family_id: familyId,
    client_id: clientId,
    user_id: userId,
    audience,
    claims: JSON.stringify(claims),
    created_at: issuedAt,
    expires_at: expiresAt,
    revoked_at: null,
    idle_seconds: idleSeconds ?? null,
  }
  return { writes: options.apply ? [insertMovedToken(database, row)] : [], tally: counted('accessTokens') }
}

/** Decides what becomes of JWTs that were ended: they are ended here too, and whoever listens hears of it. */
export async function planRevoked(
  world: World,
  all: readonly Extract<MovedRecord, { kind: 'revoked-token' }>[],
): Promise<Plan[]> {
  const { database, runtime } = world.platform
  const now = runtime.now()
  const here = await revokedHere(
    database,
    all.map(({ jti }) => jti),
  )
  return all.map(({ jti, expiresAt }) => {
    if (expiresAt <= now || here.has(jti) || !claim(world, `r ${jti}`)) return nothing
    return {
      writes: world.options.apply ? [revokeJwt(database, { jti, exp: expiresAt }, now)] : [],
      tally: counted('revokedTokens'),
    }
  })
}

/** What was accepted there once is accepted no more here. */
export async function planSeen(
  { platform: { database, runtime }, options }: World,
  all: readonly Held<'seen-assertion'>[],
): Promise<Plan[]> {
  const now = runtime.now()
  return all.map(({ digest, expiresAt }) =>
    options.apply && expiresAt > now
      ? { ...nothing, writes: [insertSeen(database, { digest, expires: expiresAt })] }
      : nothing,
  )
}
