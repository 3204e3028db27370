// A person who is brought: what is written of them.
import { digest } from '@countersign/protocol'
import { defineRole, grantRole } from '../../access/roles.store.ts'
import { changePassword, credentialOfUser } from '../../accounts/credentials/passwords.store.ts'
import { identityBySubject, linkIdentity } from '../../accounts/identities/identities.store.ts'
import { movedById, rememberMoved } from '../../accounts/users/moved.store.ts'
import { putNumber, userByNumber } from '../../accounts/users/numbers.store.ts'
import {
  changeClaims,
  changeEmail,
  changeUsername,
  disableUser,
  insertUser,
  renameUser,
  type User,
  userById,
  userByIdentifier,
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
  type Names,
  namesOf,
  type Password,
} from './decide.ts'
import type { MovedUser } from './records.ts'
import { conflict, counted, countPassword, type Tally } from './report.ts'
import { type Plan, roleFor, type World } from './world.ts'

/** What is here of a person. */
export interface Around extends Here {
  /** The password that any change of it has to find. */
  readonly sealedHash: string | null
  /** Their accounts elsewhere that are nobody's here. */
  readonly identities: MovedUser['identities']
  /** The names under which programs may hold their number: those where it is nobody's. */
  readonly numbers: readonly string[]
}

/** Decides what becomes of a person, and writes it down as a plan. */
export function planUser(world: World, read: MovedUser, here: Around): Plan {
  const { platform, options } = world
  const whole = digest(JSON.stringify(read))
  const password = read.passwordHash === null ? null : digest(read.passwordHash)
  const decision = decideUser(read, here, { whole, password }, options)
  if (decision.do === 'skip') return { writes: [], tally: counted('same') }
  if (decision.do === 'refuse') return { writes: [], tally: conflict(read.id, decision.because) }
  const lost = claimNames(world, read.id, decision.names)
  if (lost !== null) return { writes: [], tally: conflict(read.id, lost) }

  const now = platform.runtime.now()
  const isNew = decision.do === 'create'
  const user = isNew ? userOf(world, read, decision.names, now) : decision.user
  const identities = planIdentities(world, now, user, here)
  const roles = planRoles(world, user, read)
  const { take } = decision.password
  return {
    writes: [
      isNew
        ? createWrites(platform, now, user, read)
        : updateWrites(platform, now, user, read, decision.names),
      passwordWrites(world, now, user, here.sealedHash, decision.password),
      identities.writes,
      roles.writes,
      isNew ? here.numbers.map((name) => putNumber(platform.database, name, Number(read.id), user.id)) : [],
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
      identities.tally(report)
      roles.tally(report)
    },
  }
}

/** Looks up all that the decision about a person depends on. */
export async function lookAround({ platform, options }: World, read: MovedUser): Promise<Around> {
  const { database } = platform
  const { email, username } = namesOf(read)
  const [moved, byEmail, byUsername, identities, numbers] = await Promise.all([
    movedById(database, options.source, read.id),
    email === null ? null : userByIdentifier(database, { kind: 'email', value: email }),
    username === null ? null : userByIdentifier(database, { kind: 'username', value: username }),
    freeIdentities(platform, read),
    freeNumbers(platform, options.numbers, read),
  ])
  const around = { byEmail, byUsername, identities, numbers }
  if (moved === null) return { ...around, moved: null, sealedHash: null }
  const [user, credential] = await Promise.all([
    userById(database, moved.userId),
    credentialOfUser(database, moved.userId),
  ])
  const hasOwnPassword = (credential?.password?.changedAt ?? moved.movedAt) > moved.movedAt
  const sealedHash = credential?.password?.sealedHash ?? null
  return { ...around, moved: { ...moved, user, hasOwnPassword }, sealedHash }
}

async function freeIdentities(
  { database }: Platform,
  { identities }: MovedUser,
): Promise<Around['identities']> {
  const taken = await Promise.all(identities.map((identity) => identityBySubject(database, identity)))
  return identities.filter((_, at) => taken[at] === null)
}

/** What the other system calls them, for programs that hold that number; a number that is taken stays whose it is. */
async function freeNumbers({ database }: Platform, names: readonly string[], { id }: MovedUser) {
  if (!/^[1-9]\d{0,14}$/.test(id)) return []
  const taken = await Promise.all(names.map((name) => userByNumber(database, name, Number(id))))
  return names.filter((_, at) => taken[at] === null)
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
  const plain = name
    .replace(/[\p{Cc}\p{Cf}]/gu, '')
    .trim()
    .slice(0, 100)
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
    user.name === name ? null : renameUser(database, now, user.id, name),
    JSON.stringify(user.claims) === JSON.stringify(read.claims)
      ? null
      : changeClaims(database, now, user.id, read.claims),
    read.disabled && user.disabledAt === null ? disableUser(database, now, user.id) : null,
    event(database, runtime, { type: 'user.updated', userId: user.id, detail: { imported: true } }),
  ]
}

/** Lost where the person has changed their password since it was looked at. */
function passwordWrites(
  { platform, passwords, options }: World,
  now: Instant,
  user: User,
  present: string | null,
  password: Password,
): WriteSet {
  if (!password.take) return []
  const sealed = passwords.adopt(user.id, password.hash, options.broken)
  return sealed === null ? [] : [changePassword(platform.database, now, user.id, present, sealed)]
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

function planRoles(world: World, user: User, read: MovedUser): Plan {
  const { roles } = world
  const { database } = world.platform
  const writes: WriteSet[] = []
  const tallies: Tally[] = []
  for (const given of read.roles) {
    const { name, tally } = roleFor(world, given)
    tallies.push(tally)
    if (name === null) continue
    if (!roles.has(name)) {
      roles.add(name)
      writes.push([defineRole(database, { name, description: given })])
      tallies.push(counted('roles'))
    }
    writes.push([grantRole(database, user.id, name)])
  }
  return {
    writes,
    tally: (report) => {
      for (const tally of tallies) tally(report)
    },
  }
}
