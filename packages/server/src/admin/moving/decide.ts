// What becomes of a person who is brought: decided from what was read and what is here, and from nothing else.
import { judgeHash } from '../../accounts/credentials/hashes/hashes.ts'
import { type Canonical, canonicalEmail, canonicalForeignUsername } from '../../accounts/users/identifiers.ts'
import type { Moved } from '../../accounts/users/moved.store.ts'
import type { User } from '../../accounts/users/users.store.ts'
import type { MovedUser } from './records.ts'

/** What is here already that has to do with a person. */
export interface Here {
  /** Who they became when they were brought before, and whether their password was changed here since. */
  readonly moved: (Moved & { readonly user: User | null; readonly hasOwnPassword: boolean }) | null
  readonly byEmail: User | null
  readonly byUsername: User | null
}

/** What is taken of a person: their names, made canonical. */
export interface Names {
  readonly email: Canonical | null
  readonly username: Canonical | null
}

/** What becomes of a person. */
export type Decision =
  | { readonly do: 'create'; readonly names: Names; readonly password: Password }
  | { readonly do: 'update'; readonly user: User; readonly names: Names; readonly password: Password }
  /** Nothing is new. */
  | { readonly do: 'skip' }
  | { readonly do: 'refuse'; readonly because: Conflict }

/** What becomes of a password. */
export type Password =
  | { readonly take: true; readonly hash: string; readonly format: string }
  | { readonly take: false; readonly because: WhyNot }

/** Why a password is not taken. */
export type WhyNot = 'none' | 'unusable' | 'unknown' | 'costly' | 'broken' | 'changed here' | 'same'

/** Why nothing is done of a person whose id is that of another one who was brought: two systems were taken for one. */
export const strangerThere =
  'is somebody else than who was brought under this id: name a second system with --source'

/** Why a person is not taken. */
export type Conflict =
  | 'neither a user name nor an e-mail address that can be used here'
  | 'the e-mail address is somebody else’s here'
  | 'the user name is somebody else’s here'
  | 'the number is somebody else’s here'
  | 'is there twice'
  | 'is one role here with another: whoever has one has both'
  | 'was brought before and deleted here since'
  | typeof strangerThere
  | 'something here changed meanwhile'

/** What an operator allows. */
export interface Leniency {
  /** Whether hashes that are guessed in no time are taken. */
  readonly broken: boolean
}

/**
 * Decides. Pure.
 *
 * @param digests of the person and of the hash, to know whether they are as they were, and whether anything of theirs
 * is not here
 */
export function decideUser(
  read: MovedUser,
  here: Here,
  digests: { readonly whole: string; readonly password: string | null; readonly hasMore: boolean },
  leniency: Leniency,
): Decision {
  const names = namesOf(read)
  const { moved } = here
  const password = passwordOf(read, leniency)
  // What was not taken before may be by now: an operator insists, or its form is known since.
  const lacksPassword = password.take && moved?.passwordDigest !== digests.password && !moved?.hasOwnPassword
  const isMissing = lacksPassword || lacksName(moved?.user ?? null, names)
  if (moved?.digest === digests.whole && !isMissing && !digests.hasMore) return { do: 'skip' }
  if (moved !== null && moved.user === null) return refuse('was brought before and deleted here since')
  if (names.email === null && names.username === null) {
    return refuse('neither a user name nor an e-mail address that can be used here')
  }
  if (moved?.user && isStranger(moved.user, read, names)) return refuse(strangerThere)
  const own = moved?.userId
  if (here.byEmail !== null && here.byEmail.id !== own)
    return refuse('the e-mail address is somebody else’s here')
  if (here.byUsername !== null && here.byUsername.id !== own)
    return refuse('the user name is somebody else’s here')
  if (moved === null || moved.user === null) return { do: 'create', names, password }
  const kept: Password | null = moved.hasOwnPassword
    ? { take: false, because: 'changed here' }
    : moved.passwordDigest === digests.password
      ? { take: false, because: 'same' }
      : null
  return { do: 'update', user: moved.user, names, password: kept ?? password }
}

/**
 * Whether somebody has the id alone in common with who was brought under it: whoever changes all their names began at the same
 * time. An address is one person's; the first user of every system is called `admin`.
 */
function isStranger(user: User, { createdAt }: MovedUser, { email, username }: Names): boolean {
  if (createdAt === null || createdAt === user.createdAt) return false
  if (email !== null && user.email !== null) return email !== user.email
  return username === null || username !== user.username
}

/** Whether they came without the name that they have there, and are otherwise known by what they were. */
function lacksName(user: User | null, { username, email }: Names): boolean {
  return user !== null && username !== null && user.username === null && user.email === email
}

/**
 * An address that stands where a user name belongs is taken as what it is; and where people have addresses alone, one that is
 * none here (`root@localhost`) as the name that they sign in with.
 */
export function namesOf({ username, email }: Pick<MovedUser, 'username' | 'email'>): Names {
  const address = filled(email) === null ? null : canonicalEmail(email ?? '')
  const name = filled(username) ?? (address === null ? filled(email) : null)
  const asAddress = name === null ? null : canonicalEmail(name)
  return {
    email: address ?? asAddress,
    username: name === null || asAddress !== null ? null : canonicalForeignUsername(name),
  }
}

/** A text that says something; null for one of spaces alone, as for none. */
function filled(text: string | null): string | null {
  return text === null || text.trim() === '' ? null : text
}

/** Whether the address that is taken is the one that was verified there: not one that merely served as a user name. */
export function isVerified({ email, emailVerified }: MovedUser, names: Names): boolean {
  return emailVerified && email !== null && names.email !== null && canonicalEmail(email) === names.email
}

/** What somebody who is taken will miss when they come: each of them has to be told, or their names changed there. */
export function missed(read: MovedUser, names: Names, password: Password): string[] {
  const [username, email] = [filled(read.username), filled(read.email)]
  const asAddress = username === null ? null : canonicalEmail(username)
  const hasLostName = username !== null && names.username === null && asAddress !== names.email
  const lost = hasLostName ? ['the user name can’t be used here: they sign in by their e-mail address'] : []
  if (email !== null && canonicalEmail(email) === null)
    lost.push('the e-mail address is none that can be used here: they come without it')
  const lostHash = password.take ? undefined : lostHashes[password.because]
  return lostHash === undefined ? lost : [...lost, lostHash]
}

/** Of a hash that says something there, and is not taken. */
const lostHashes: { readonly [B in WhyNot]?: string } = {
  costly: 'the password hash costs too much: they choose a new password',
  unknown: 'nobody knows the password hash: they choose a new password',
  broken:
    'the password hash is guessed in no time: they choose a new password, unless --take-broken-hashes is said',
}

function passwordOf({ passwordHash }: MovedUser, leniency: Leniency): Password {
  if (passwordHash === null || passwordHash === '') return { take: false, because: 'none' }
  // Django's sign for nobody's password.
  if (passwordHash.startsWith('!')) return { take: false, because: 'unusable' }
  const judged = judgeHash(passwordHash)
  if (!judged.ok) return { take: false, because: judged.because }
  if (judged.isBroken && !leniency.broken) return { take: false, because: 'broken' }
  return { take: true, hash: passwordHash, format: judged.format }
}

function refuse(because: Conflict): Decision {
  return { do: 'refuse', because }
}
