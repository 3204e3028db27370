// Making a person, for sign-up, seeds, the command line and imports alike: what they give is checked as a whole, so
// that every problem is told at once, and only then hashed and stored.
import { standardClaims } from '@countersign/protocol'
import type { WriteSet } from '../../platform/db/database.ts'
import { event } from '../../platform/events/events.ts'
import type { Platform } from '../../platform/platform.ts'
import { passwordFindings, passwordMinimum } from '../credentials/password-policy.ts'
import { putPassword } from '../credentials/passwords.store.ts'
import type { Passwords } from '../credentials/passwords.ts'
import { displayName, nameMessages } from './display-name.ts'
import { type Canonical, canonicalEmail, canonicalUsername } from './identifiers.ts'
import { insertUser, type User, userByIdentifier } from './users.store.ts'

/** What is given of somebody who is to become a user. */
export interface Person {
  /** Chosen when left out; seeds and imports bring their own. */
  readonly id?: string | undefined
  /** An address or a user name, or both. */
  readonly email?: string | undefined
  readonly username?: string | undefined
  readonly name: string
  /** Left out for a person who signs in with an upstream alone. */
  readonly password?: string | undefined
  /** Standard claims beyond name and e-mail, by their wire names. */
  readonly claims?: Readonly<Record<string, unknown>> | undefined
  /** Whether somebody has seen that mail to the address reaches this person. */
  readonly emailVerified: boolean
}

/** Something that speaks against a person as given. */
export interface PersonFinding {
  readonly path: 'email' | 'username' | 'name' | 'password' | 'claims'
  readonly code: string
  readonly message: string
}

/** Checked and hashed, or what speaks against it. */
export type Prepared =
  | {
      readonly ok: true
      readonly user: User
      /** Null for a person without a password. */
      readonly sealedHash: string | null
      readonly writes: WriteSet
    }
  | { readonly ok: false; readonly findings: readonly PersonFinding[] }

/** The new user, or what speaks against them. */
export type Created =
  | { readonly ok: true; readonly user: User }
  | { readonly ok: false; readonly findings: readonly PersonFinding[] }

const largestClaims = 8192

/** Claims that a person may bring: OpenID Connect's standard ones, without those that are kept in columns. */
const claimNames: ReadonlySet<string> = new Set(
  [...standardClaims.profile, ...standardClaims.address, ...standardClaims.phone].filter(
    (claim) => !['name', 'preferred_username', 'updated_at'].includes(claim),
  ),
)

/**
 * Checks a person and hashes the password. The writes lose `user` when a sign-in name is taken; that is found out by
 * committing them and not before, so that a taken name costs as much time as a free one (PW-10).
 * @param minimum fewest characters of a password; as many as this server asks for unless given
 * @throws Busy when no slot becomes free in time
 */
export async function preparePerson(
  platform: Platform,
  passwords: Passwords,
  person: Person,
  minimum = passwordMinimum(platform),
): Promise<Prepared> {
  const checked = await checkPerson(person, minimum)
  if (!checked.ok) return checked
  const now = platform.runtime.now()
  const user: User = {
    id: person.id ?? platform.runtime.id('usr'),
    username: checked.username,
    email: checked.email,
    emailVerified: person.emailVerified && checked.email !== null,
    name: checked.name,
    claims: person.claims ?? {},
    disabledAt: null,
    createdAt: now,
    updatedAt: now,
  }
  const sealedHash = person.password === undefined ? null : await passwords.protect(user.id, person.password)
  return { ok: true, user, sealedHash, writes: newUser(platform, user, sealedHash) }
}

/** The writes that make a user who was checked before; they lose `user` when a sign-in name is taken. */
export function newUser({ database }: Platform, user: User, sealedHash: string | null): WriteSet {
  return [
    insertUser(database, user),
    sealedHash === null ? null : putPassword(database, user.createdAt, user.id, sealedHash),
  ]
}

/**
 * Creates a person.
 * @param also further writes of the same commit, such as roles
 * @throws Busy when no slot becomes free in time
 */
export async function createUser(
  platform: Platform,
  passwords: Passwords,
  person: Person,
  also: (user: User) => WriteSet = () => [],
): Promise<Created> {
  const prepared = await preparePerson(platform, passwords, person)
  if (!prepared.ok) return prepared
  const { user, writes } = prepared
  const created = event(platform.database, platform.runtime, { type: 'user.created', userId: user.id })
  const committed = await platform.database.commit([writes, created, also(user)])
  if (committed.ok) return { ok: true, user }
  if (committed.lost !== 'user') throw new Error(`A new user’s commit lost its guard “${committed.lost}”.`)
  return { ok: false, findings: await takenNames(platform, user) }
}

/** Everything that speaks against a person, short of a name being taken. */
export async function personFindings(person: Person, minimum: number): Promise<readonly PersonFinding[]> {
  const checked = await checkPerson(person, minimum)
  return checked.ok ? [] : checked.findings
}

type Checked =
  | {
      readonly ok: true
      readonly name: string
      readonly email: Canonical | null
      readonly username: Canonical | null
    }
  | { readonly ok: false; readonly findings: readonly PersonFinding[] }

async function checkPerson(person: Person, minimum: number): Promise<Checked> {
  const findings: PersonFinding[] = []
  const name = displayName(person.name)
  if (!name.ok) findings.push({ path: 'name', code: name.because, message: nameMessages[name.because] })
  const email = person.email === undefined ? null : canonicalEmail(person.email)
  if (person.email !== undefined && email === null) {
    findings.push({
      path: 'email',
      code: 'malformed',
      message: 'Enter an e-mail address such as ada@example.com',
    })
  }
  const username = person.username === undefined ? null : canonicalUsername(person.username)
  if (person.username !== undefined && username === null) {
    findings.push({
      path: 'username',
      code: 'malformed',
      message: 'A user name has 2 to 64 letters, digits, dots, hyphens or underscores',
    })
  }
  if (person.email === undefined && person.username === undefined) {
    findings.push({ path: 'email', code: 'missing', message: 'Enter an e-mail address or a user name' })
  }
  findings.push(...claimFindings(person.claims ?? {}))
  if (person.password !== undefined) {
    const { email, username, name } = person
    findings.push(...(await passwordFindings(person.password, { email, username, name }, minimum)))
  }
  if (findings.length > 0 || !name.ok) return { ok: false, findings }
  return { ok: true, name: name.name, email, username }
}

function claimFindings(claims: Readonly<Record<string, unknown>>): PersonFinding[] {
  const unknown = Object.keys(claims).filter((claim) => !claimNames.has(claim))
  const findings: PersonFinding[] = unknown.map((claim) => ({
    path: 'claims',
    code: 'unknown',
    message: `“${claim}” is no standard claim that a person can have`,
  }))
  if (JSON.stringify(claims).length > largestClaims) {
    findings.push({
      path: 'claims',
      code: 'too_long',
      message: `Claims have at most ${largestClaims} characters`,
    })
  }
  return findings
}

async function takenNames(platform: Platform, user: User): Promise<PersonFinding[]> {
  const findings: PersonFinding[] = []
  for (const kind of ['email', 'username'] as const) {
    const value = user[kind]
    if (value !== null && (await userByIdentifier(platform.database, { kind, value })) !== null) {
      findings.push({
        path: kind,
        code: 'taken',
        message: `Another user has this ${kind === 'email' ? 'e-mail address' : 'user name'}`,
      })
    }
  }
  return findings
}
