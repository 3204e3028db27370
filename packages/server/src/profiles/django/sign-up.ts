// Accounts that people make by the Django wires. The same rules as on the page for it (PW-10): a taken name is found out
// by the commit, after the same hashing as for a free one, and how often one network may ask is limited, refusals
// counted. These wires say which of the two names is taken, as their front ends show it beside the field.
import { passwordMinimum } from '../../accounts/credentials/password-policy.ts'
import { type PersonFinding, preparePerson } from '../../accounts/users/create-user.ts'
import { type Canonical, canonicalEmail, canonicalUsername } from '../../accounts/users/identifiers.ts'
import { type User, userByIdentifier } from '../../accounts/users/users.store.ts'
import { event } from '../../platform/events/events.ts'
import type { Incoming } from '../../platform/http/exchange.ts'
import { reserve } from '../../platform/limits/limits.ts'
import { networksOf } from '../../platform/limits/network.ts'
import type { ProfileRoom } from '../enter.ts'
import type { FieldProblems, FieldText } from '../wire/fields.ts'
import { type Details, detailProblems, madeUpName, withDetails } from './details.ts'
import { passwordWords } from './policy-words.ts'

/** Where people sign up. */
export interface SignUpRoom extends ProfileRoom {
  readonly signUpOpen: boolean
}

/** Somebody who wants an account, as it was typed. */
export interface Newcomer {
  readonly username: FieldText | undefined
  readonly email: FieldText | undefined
  readonly password: FieldText
  readonly details: Details
}

/** How the wire calls the field of a password, and what it says of a name that is taken. */
export interface SignUpWords {
  readonly password: string
  readonly emailTaken: string
}

/** An account, or why there is none. */
export type SignedUp =
  | { readonly ok: true; readonly user: User }
  | { readonly ok: false; readonly because: 'problems'; readonly problems: FieldProblems }
  | { readonly ok: false; readonly because: 'limited'; readonly retryAfter: number }

/** What is said of a user name that somebody has. */
export const takenUsername = 'A user with that username already exists.'
const usernameUnfit =
  'Enter a valid username. This value may contain only letters, numbers, and ./-/_ characters.'

/** How somebody will be called here: a user name that is an address is taken for the address. */
interface Names {
  readonly username: Canonical | null
  readonly email: Canonical | null
}

/** Reads names that were typed. */
function namesOf(
  username: string | undefined,
  email: string | undefined,
): { readonly names: Names; readonly problems: FieldProblems } {
  const address = email === undefined || email === '' ? null : canonicalEmail(email)
  if (username === undefined || username === '')
    return { names: { username: null, email: address }, problems: {} }
  const asAddress = canonicalEmail(username)
  if (asAddress !== null && (address === null || address === asAddress)) {
    return { names: { username: null, email: asAddress }, problems: {} }
  }
  const canonical = canonicalUsername(username)
  const problems = canonical === null ? { username: [usernameUnfit] } : {}
  return { names: { username: canonical, email: address }, problems }
}

/** What is said of a user name that can't be had; null for one that can be asked for. */
export function usernameProblem(text: string): string | null {
  return canonicalUsername(text) === null ? usernameUnfit : null
}

/** Makes an account. @throws Busy when no slot becomes free in time */
export async function signUp(
  { platform, door }: SignUpRoom,
  request: Incoming,
  { username, email, password, details }: Newcomer,
  words: SignUpWords,
): Promise<SignedUp> {
  const problemsOf = (problems: FieldProblems): SignedUp => ({ ok: false, because: 'problems', problems })
  const { names, problems } = namesOf(username?.trimmed, email?.trimmed)
  const wrong = { ...problems, ...detailProblems(details) }
  if (Object.keys(wrong).length > 0) return problemsOf(wrong)
  const { name, claims } = withDetails({ name: madeUpName(names), claims: {} }, details)
  const { near } = networksOf(request.peer)
  const reserved = await reserve(platform, `sign-up/${near}`, door.limits.signUps)
  if (!reserved.ok) return { ok: false, because: 'limited', retryAfter: reserved.retryAfter }
  const person = {
    username: names.username ?? undefined,
    email: names.email ?? undefined,
    name,
    claims,
    password: password.sent,
    emailVerified: false,
  }
  const prepared = await preparePerson(platform, door.passwords, person, passwordMinimum(platform))
  if (!prepared.ok) return problemsOf(findingWords(platform, prepared.findings, words))
  const { user, writes } = prepared
  const signedUp = { type: 'user.signed_up', userId: user.id, peer: request.peer } as const
  const committed = await platform.database.commit([
    writes,
    event(platform.database, platform.runtime, signedUp),
  ])
  if (committed.ok) return { ok: true, user }
  if (committed.lost !== 'user') throw new Error(`A sign-up’s commit lost its guard “${committed.lost}”.`)
  return problemsOf(await takenOf(platform.database, user, words))
}

function findingWords(
  platform: SignUpRoom['platform'],
  findings: readonly PersonFinding[],
  words: SignUpWords,
): FieldProblems {
  const ofPassword = findings.filter(({ path }) => path === 'password')
  const others = findings.filter(({ path }) => path !== 'password')
  return {
    ...Object.fromEntries(others.map(({ path, message }) => [path, [`${message}.`]])),
    ...(ofPassword.length > 0 && { [words.password]: passwordWords(platform, ofPassword) }),
  }
}

async function takenOf(
  database: SignUpRoom['platform']['database'],
  { username, email }: User,
  { emailTaken }: SignUpWords,
): Promise<FieldProblems> {
  const isTaken = async (kind: 'username' | 'email', value: Canonical | null): Promise<boolean> =>
    value !== null && (await userByIdentifier(database, { kind, value })) !== null
  return {
    ...((await isTaken('username', username)) && { username: [takenUsername] }),
    ...((await isTaken('email', email)) && { email: [emailTaken] }),
  }
}
