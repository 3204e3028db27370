// What a server remembers of the past and another one goes on remembering: numbers that were given, who and what came from
// where, the secret of people’s names, the keys that tokens are signed with, and what happened.
import { movedByIds } from '../../accounts/users/here.store.ts'
import { isThingMoved, rememberThing } from '../../accounts/users/moved.store.ts'
import { userById } from '../../accounts/users/users.store.ts'
import { adoptSubjectSecret, revealSubjectSecret } from '../../oauth/subjects/secret.store.ts'
import { adoptKey } from '../../platform/keys/moved-keys.ts'
import type { Held } from './records-held.ts'
import { conflict, counted, leftBehind } from './report.ts'
import { eventsHere, insertMovedEvent, insertMovedPerson, raiseCounter } from './take-held.store.ts'
import { claim, peopleOf } from './take-standing.ts'
import { nothing, type Plan, type World } from './world.ts'

/** The secret of people’s names for clients with pairwise subjects: never another one than this server has used. */
export async function planSubjectSecret(
  { platform, options }: World,
  [first]: readonly Held<'subject-secret'>[],
): Promise<Plan[]> {
  if (first === undefined) return []
  const own = await revealSubjectSecret(platform)
  if (own === first.value) return [nothing]
  if (own !== null)
    return [
      {
        writes: [],
        tally: conflict(
          'subject-secret',
          'this server has named people to clients with pairwise subjects already: those clients won’t know the people who come',
        ),
      },
    ]
  return [{ ...nothing, writes: options.apply ? [adoptSubjectSecret(platform, first.value)] : [] }]
}

/** Numbers that somebody had are nobody else’s, gone or not (C22). */
export async function planCounters(
  { platform, options }: World,
  all: readonly Held<'number-counter'>[],
): Promise<Plan[]> {
  if (!options.apply) return []
  return all.map(({ name: source, last }) => ({
    ...nothing,
    writes: [raiseCounter(platform.database, { source, last })],
  }))
}

/**
 * Who came from where, so that old tokens find their person, and nobody comes twice. Of somebody who is here it has to be
 * said by where they came from themselves: else a file could give anybody’s account to whom it likes.
 */
export async function planMovedPeople(world: World, all: readonly Held<'moved-person'>[]): Promise<Plan[]> {
  const { platform, options } = world
  const { database, runtime } = platform
  const now = runtime.now()
  const person = await peopleOf(
    world,
    all.map(({ userId }) => userId),
  )
  const plans: Plan[] = []
  for (const [source, some] of Map.groupBy(all, (one) => one.source)) {
    const known = await movedByIds(
      database,
      source,
      some.map(({ foreignId }) => foreignId),
    )
    for (const { foreignId, userId, digest, passwordDigest, at } of some) {
      if (known.has(foreignId) || !claim(world, `m ${source} ${foreignId}`)) continue
      const standing = person(userId)
      const isNobody = standing === 'gone' && (await userById(database, userId)) === null
      if ((standing === 'gone' && !isNobody) || standing === 'another')
        plans.push({ writes: [], tally: leftBehind('origins of people who did not come from there') })
      else if (options.apply)
        plans.push({
          ...nothing,
          writes: [
            insertMovedPerson(database, {
              source,
              foreign_id: foreignId,
              user_id: userId,
              digest,
              password_digest: passwordDigest,
              // A password that is changed from now on is their own.
              moved_at: Math.min(at, now),
            }),
          ],
        })
    }
  }
  return plans
}

/** What came from where beside people. */
export async function planMovedThings(
  { platform, options }: World,
  all: readonly Held<'moved-thing'>[],
): Promise<Plan[]> {
  if (!options.apply) return []
  const now = platform.runtime.now()
  return all.map(({ source, foreignId, at }) => ({
    ...nothing,
    writes: [rememberThing(platform.database, source, foreignId, Math.min(at, now))],
  }))
}

/** Keys that tokens are signed with. One that was retired here does not come back. */
export async function planSigningKeys(world: World, all: readonly Held<'signing-key'>[]): Promise<Plan[]> {
  const { platform, options } = world
  const { database, runtime } = platform
  const plans: Plan[] = []
  for (const { kind: _, ...key } of all) {
    const adopted = await adoptKey(platform, key)
    if (!adopted.ok) {
      const tally = leftBehind('signing keys that this server could not have made')
      plans.push(adopted.because === 'unusable' ? { writes: [], tally } : nothing)
      continue
    }
    const thing = `signing-key ${adopted.kid}`
    if ((await isThingMoved(database, options.source, thing)) || !claim(world, thing)) plans.push(nothing)
    else
      plans.push({
        writes: options.apply
          ? [adopted.writes, rememberThing(database, options.source, thing, runtime.now())]
          : [],
        tally: counted('signingKeys'),
      })
  }
  return plans
}

/** Lines of the audit trail. */
export async function planEvents(world: World, all: readonly Held<'event'>[]): Promise<Plan[]> {
  const { platform, options } = world
  const here = await eventsHere(
    platform.database,
    all.map(({ id }) => id),
  )
  return all.map((read) => {
    if (here.has(read.id) || !claim(world, `e ${read.id}`)) return nothing
    const row = {
      id: read.id,
      at: read.at,
      type: read.type,
      user_id: read.userId,
      client_id: read.clientId,
      session_id: read.sessionId,
      family_id: read.familyId,
      peer: read.peer,
      detail: JSON.stringify(read.detail),
    }
    return {
      writes: options.apply ? [insertMovedEvent(platform.database, row)] : [],
      tally: counted('events'),
    }
  })
}
