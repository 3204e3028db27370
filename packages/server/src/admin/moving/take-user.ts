// A person who is brought: what is written of them.
import { digest } from '@countersign/protocol'
import { defineRole, giveRole } from '../../access/roles.store.ts'
import { kindOf, likenessOf } from '../../accounts/credentials/hashes/likeness.ts'
import { changePassword, rememberKind } from '../../accounts/credentials/passwords.store.ts'
import { linkIdentity } from '../../accounts/identities/identities.store.ts'
import { roleOfAdministrators } from '../../accounts/sessions/session.ts'
import {
  credentialsOfUsers,
  linkedSubjects,
  movedByIds,
  numbersTaken,
  usersByEmails,
  usersByUsernames,
} from '../../accounts/users/here.store.ts'
import { identityThing, rememberMoved, roleThing, takenFrom } from '../../accounts/users/moved.store.ts'
import { putNumber } from '../../accounts/users/numbers.store.ts'
import {
  changeDetails,
  changeEmail,
  changeUsername,
  disableUser,
  insertUser,
  takeTurn,
  type User,
} from '../../accounts/users/users.store.ts'
import type { WriteSet } from '../../platform/db/database.ts'
import { event } from '../../platform/events/events.ts'
import type { Platform } from '../../platform/platform.ts'
import type { Instant } from '../../platform/runtime.ts'
import {
  type Conflict,
  decideUser,
  type Here,
  isVerified,
  missed,
  type Names,
  namesOf,
  type Password,
  strangerThere,
} from './decide.ts'
import type { MovedUser } from './records.ts'
import { allOf, conflict, counted, countPassword, type Tally } from './report.ts'
import { numbersIn } from './source-name.ts'
import { type Factors, factorsToCome, isAnything, planFactors } from './take-factors.ts'
import { endSessionsSince } from './take-held.store.ts'
import { type Plan, roleFor, roleNameOf, type World } from './world.ts'

/** What is here of a person. */
export interface Around extends Here {
  /** The password that any change of it has to find. */
  readonly sealedHash: string | null
  /** Their accounts elsewhere that are nobody's here, and were not unlinked here. */
  readonly identities: MovedUser['identities']
  /** Roles by their names there that were withdrawn from them here. */
  readonly withdrawn: ReadonlySet<string>
  readonly factors: Factors
  /** The numbers by which programs may know them: those that are nobody's. */
  readonly numbers: readonly (readonly [name: string, number: number])[]
  /** Whether one of them is somebody else's. */
  readonly hasTakenNumber: boolean
}

/** Decides what becomes of a person, and writes it down as a plan. */
export function planUser(world: World, read: MovedUser, here: Around): Plan {
  const { platform, options } = world
  const whole = digest(JSON.stringify(read))
  const password = read.passwordHash === null ? null : digest(read.passwordHash)
  const hasMore = isAnything(here.factors)
  const decision = decideUser(read, here, { whole, password, hasMore }, options)
  if (decision.do === 'skip') return { writes: [], tally: counted('same') }
  if (decision.do === 'refuse') {
    if (decision.because === strangerThere) world.strangers.add(read.id)
    return { writes: [], tally: conflict(read.id, decision.because) }
  }
  // Under another number they would be somebody else to every program that holds theirs (C4).
  if (decision.do === 'create' && here.hasTakenNumber)
    return { writes: [], tally: conflict(read.id, 'the number is somebody else’s here') }
  const lost = claimNames(world, read.id, decision.names)
  if (lost !== null) return { writes: [], tally: conflict(read.id, lost) }

  const now = platform.runtime.now()
  const isNew = decision.do === 'create'
  const user = isNew ? userOf(world, read, decision.names, now) : decision.user
  const identities = planIdentities(world, now, user, here)
  const roles = planRoles(world, user, read, here.withdrawn)
  const factors = planFactors(world, user, read, here.factors)
  const { take } = decision.password
  return {
    writes: [
      isNew
        ? createWrites(platform, now, user, read)
        : updateWrites(platform, now, user, read, decision.names),
      passwordWrites(world, passwordSince(read, now), user, here.sealedHash, decision.password),
      take && here.moved !== null && here.sealedHash !== null
        ? [
            takeTurn(platform.database, user.id),
            // What came from there is ended by what comes from there: see take-sessions.
            endSessionsSince(platform.database, { user: user.id, since: here.moved.movedAt, now }),
          ]
        : null,
      identities.writes,
      roles.writes,
      factors.writes,
      isNew ? here.numbers.map(([name, number]) => putNumber(platform.database, name, number, user.id)) : [],
      rememberMoved(platform.database, options.source, read.id, {
        userId: user.id,
        digest: whole,
        passwordDigest: take ? password : (here.moved?.passwordDigest ?? null),
        movedAt: take || here.moved === null ? now : here.moved.movedAt,
      }),
    ],
    tally: (report) => {
      if (isNew) report.created += 1
      else report.updated += 1
      countPassword(report, decision.password)
      for (const because of missed(read, decision.names, decision.password))
        conflict(read.id, because)(report)
      identities.tally(report)
      roles.tally(report)
      factors.tally(report)
    },
  }
}

/** Looks up all that the decisions about people depend on: of `mostAtOnce` together. */
export async function lookAround(world: World, all: readonly MovedUser[]): Promise<Around[]> {
  const { platform, options } = world
  const { database } = platform
  const names = all.map(namesOf)
  const [moved, byEmail, byUsername, linked, numbers] = await Promise.all([
    movedByIds(
      database,
      options.source,
      all.map(({ id }) => id),
    ),
    usersByEmails(
      database,
      names.flatMap(({ email }) => email ?? []),
    ),
    usersByUsernames(
      database,
      names.flatMap(({ username }) => username ?? []),
    ),
    linkedSubjects(
      database,
      all.flatMap(({ identities }) => identities),
    ),
    freeNumbers(
      platform,
      all.map((read) => numbersFor(read, options)),
    ),
  ])
  const users = await credentialsOfUsers(
    database,
    [...moved.values()].map(({ userId }) => userId),
  )
  const isTaken = await whatWasTaken(platform, all, moved)
  const factors = await Promise.all(
    all.map((read) => factorsToCome(world, read, moved.get(read.id)?.userId ?? null)),
  )
  return all.map((read, at) => {
    const { email = null, username = null } = names[at] ?? {}
    const before = moved.get(read.id)
    const credential = before === undefined ? undefined : users.get(before.userId)
    const around = {
      byEmail: email === null ? null : (byEmail.get(email) ?? null),
      byUsername: username === null ? null : (byUsername.get(username) ?? null),
      identities: read.identities.filter(
        (one) =>
          !linked.has(`${one.upstream} ${one.issuer} ${one.subject}`) && !isTaken(read, identityThing(one)),
      ),
      withdrawn: new Set(read.roles.filter((role) => isTaken(read, thingOfRole(role)))),
      numbers: numbers[at] ?? [],
      hasTakenNumber: numbersFor(read, options).length > (numbers[at] ?? []).length,
      factors: factors[at] as Factors,
    }
    if (before === undefined) return { ...around, moved: null, sealedHash: null }
    const hasOwnPassword = (credential?.password?.changedAt ?? before.movedAt) > before.movedAt
    return {
      ...around,
      moved: { ...before, user: credential?.user ?? null, hasOwnPassword },
      sealedHash: credential?.password?.sealedHash ?? null,
    }
  })
}

/** What of theirs was taken from these people here since they were brought, by an operator or by themselves. */
async function whatWasTaken(
  { database }: Platform,
  all: readonly MovedUser[],
  moved: Awaited<ReturnType<typeof movedByIds>>,
): Promise<(read: MovedUser, thing: string) => boolean> {
  const wanted = all.flatMap(({ id, identities, roles }) => {
    const userId = moved.get(id)?.userId
    const things = [...identities.map(identityThing), ...roles.map(thingOfRole)]
    return userId === undefined ? [] : things.map((thing) => ({ userId, thing }))
  })
  const isTaken = await takenFrom(database, wanted)
  return ({ id }, thing) => isTaken(moved.get(id)?.userId ?? '', thing)
}

function thingOfRole(given: string): string {
  return roleThing(roleNameOf(given) ?? '')
}

/** Under which names programs hold which number of a person: those that were exported, or the id that is one. */
function numbersFor(
  { id, numbers }: MovedUser,
  { source, numbers: names }: Pick<World['options'], 'source' | 'numbers'>,
): [name: string, number: number][] {
  const own = /^[1-9]\d{0,14}$/.test(id) ? names.map((name): [string, number] => [name, Number(id)]) : []
  return [...Object.entries(numbers), ...own].map(([name, number]) => [numbersIn(name, source), number])
}

/** Those of the numbers that are nobody's. */
async function freeNumbers(
  { database }: Platform,
  wanted: readonly (readonly [name: string, number: number][])[],
): Promise<(readonly [name: string, number: number][])[]> {
  const byName = new Map<string, number[]>()
  for (const [name, number] of wanted.flat()) byName.set(name, [...(byName.get(name) ?? []), number])
  const taken = new Map<string, ReadonlySet<number>>()
  for (const [name, numbers] of byName) taken.set(name, await numbersTaken(database, name, numbers))
  return wanted.map((own) => own.filter(([name, number]) => !taken.get(name)?.has(number)))
}

/** Gives a person their id and names in this run. @returns what somebody of the same run has already, if anything */
function claimNames({ claimed }: World, id: string, { email, username }: Names): Conflict | null {
  const wanted: [string, Conflict][] = [[`p ${id}`, 'is there twice']]
  if (email !== null) wanted.push([`e ${email}`, 'the e-mail address is somebody else’s here'])
  if (username !== null) wanted.push([`u ${username}`, 'the user name is somebody else’s here'])
  const lost = wanted.find(([name]) => claimed.has(name))
  if (lost !== undefined) return lost[1]
  for (const [name] of wanted) claimed.add(name)
  return null
}

function userOf({ platform, options }: World, read: MovedUser, names: Names, now: Instant): User {
  return {
    id: options.keepsIds && /^usr_[a-z0-9]{1,64}$/.test(read.id) ? read.id : platform.runtime.id('usr'),
    ...names,
    emailVerified: isVerified(read, names),
    name: shownName(read, names),
    claims: read.claims,
    disabledAt: null,
    createdAt: (read.createdAt ?? now) as Instant,
    updatedAt: now,
  }
}

function shownName({ name }: MovedUser, { username, email }: Names): string {
  const letters = [
    ...name
      .toWellFormed()
      .replace(/[\p{Cc}\p{Cf}]/gu, '')
      .trim(),
  ]
  const plain = letters.slice(0, 200).join('').trim()
  return plain === '' ? (username ?? email ?? '') : plain
}

function createWrites({ database, runtime }: Platform, now: Instant, user: User, read: MovedUser): WriteSet {
  return [
    insertUser(database, user),
    read.disabled ? disableUser(database, now, user.id) : null,
    event(database, runtime, { type: 'user.created', userId: user.id, detail: { imported: true } }),
  ]
}

function updateWrites(
  { database, runtime }: Platform,
  now: Instant,
  user: User,
  read: MovedUser,
  names: Names,
): WriteSet {
  const { email, username } = names
  const name = shownName(read, names)
  // An address that was proven, here or there, stays so.
  const verified = isVerified(read, names)
  const isProven = verified && !user.emailVerified
  return [
    user.email === email && !isProven ? null : changeEmail(database, now, user.id, email, verified),
    user.username === username ? null : changeUsername(database, now, user.id, username),
    user.name === name && JSON.stringify(user.claims) === JSON.stringify(read.claims)
      ? null
      : changeDetails(database, now, user, { name, claims: read.claims }),
    read.disabled && user.disabledAt === null ? disableUser(database, now, user.id) : null,
    event(database, runtime, { type: 'user.updated', userId: user.id, detail: { imported: true } }),
  ]
}

/** Since when they have it: what was brought earlier from elsewhere tells by that whether it is their own. */
function passwordSince({ passwordChangedAt }: MovedUser, now: Instant): Instant {
  return Math.min(passwordChangedAt ?? now, now) as Instant
}

/** Lost where the person has changed their password since it was looked at. */
function passwordWrites(
  { platform, passwords, options, claimed }: World,
  changedAt: Instant,
  user: User,
  present: string | null,
  password: Password,
): WriteSet {
  if (!password.take) return []
  const sealed = passwords.adopt(user.id, password.hash, options.broken)
  if (sealed === null) return []
  const likeness = likenessOf(password.hash)
  const kind = likeness === null ? null : kindOf(likeness)
  const isNew = kind !== null && !claimed.has(`h ${kind}`)
  if (isNew) claimed.add(`h ${kind}`)
  return [
    isNew && likeness !== null ? rememberKind(platform.database, kind, likeness) : null,
    changePassword(platform.database, changedAt, user.id, { from: present, to: sealed, kind }),
  ]
}

function planIdentities(
  { platform, claimed }: World,
  now: Instant,
  user: User,
  { identities }: Around,
): Plan {
  const { database, runtime } = platform
  const writes: WriteSet[] = []
  for (const identity of identities) {
    const name = `i ${identity.upstream} ${identity.issuer} ${identity.subject}`
    if (claimed.has(name)) continue
    claimed.add(name)
    writes.push([
      linkIdentity(database, { ...identity, id: runtime.id('idn'), userId: user.id, createdAt: now }),
    ])
  }
  return { writes, tally: counted('identities', writes.length) }
}

function planRoles(world: World, user: User, read: MovedUser, withdrawn: ReadonlySet<string>): Plan {
  const { roles } = world
  const { database } = world.platform
  const writes: WriteSet[] = []
  const tallies: Tally[] = []
  for (const given of read.roles) {
    const { name, tally } = roleFor(world, given)
    tallies.push(tally)
    if (name === null || withdrawn.has(given)) continue
    if (!roles.has(name)) {
      roles.add(name)
      writes.push([defineRole(database, { name, description: given })])
      tallies.push(counted('roles'))
    }
    if (name === roleOfAdministrators) tallies.push(counted('administrators'))
    writes.push([giveRole(database, user.id, name)])
  }
  return { writes, tally: allOf(tallies) }
}
