// Signing up with a proven mailbox: what was typed waits, sealed, for the link that only the mailbox has. A free address
// and a taken one get the same answer after the same work, and each a letter of its own (PW-10, C26). The link alone
// makes no account: it takes the browser that asked, or the password that was chosen there. Else whoever asks for an
// account with somebody else’s address would have their own password confirmed by the owner (C16), and whoever sends
// their own link to somebody else would have them signed in to an account that isn’t theirs (login CSRF).
import { takenLetter } from '../accounts/addresses/address.letter.ts'
import { holderOf, takeFrom } from '../accounts/addresses/addresses.ts'
import { rememberDevice } from '../accounts/credentials/device.ts'
import { askedFrom } from '../accounts/letters/asked-from.ts'
import { greetingOf } from '../accounts/letters/greeting.ts'
import { type StoredProof, spendRow } from '../accounts/proofs/proofs.store.ts'
import { drawProof, keptFor, nobodyNamed, proofSeconds, standingProof } from '../accounts/proofs/proofs.ts'
import { byPassword } from '../accounts/sessions/session.ts'
import { newUser } from '../accounts/users/create-user.ts'
import { type Canonical, canonicalUsername } from '../accounts/users/identifiers.ts'
import { type User, userByIdentifier } from '../accounts/users/users.store.ts'
import { event } from '../platform/events/events.ts'
import type { Incoming } from '../platform/http/exchange.ts'
import { reserveAll, settle } from '../platform/limits/limits.ts'
import { networksOf } from '../platform/limits/network.ts'
import type { Platform } from '../platform/platform.ts'
import { type Arrived, arrive } from './arrive.ts'
import type { SignInRoom } from './sign-in.routes.ts'
import { signUpLetter } from './sign-up.letter.ts'

/** An account that waits for its address to be proven. */
interface Waiting {
  readonly user: Pick<User, 'id' | 'name' | 'username'> & { readonly email: Canonical }
  readonly sealedHash: string
  readonly continueTo: string | null
  /** The browser in which it was asked for, by its digest. */
  readonly browser: string
}

/** The same, as it was found by its link. */
export interface FoundSignUp extends Waiting {
  readonly proof: StoredProof
  /** Whether the password has to be given (again). */
  readonly asksPassword: boolean
}

/** How long the browser that asked may finish without the password, in seconds. */
const shortly = 3600

/**
 * Queues the letter: with a link for a free address, with a hint for one that has an account. Nothing tells which it was,
 * nor that too many letters were asked for.
 */
export async function requestSignUp(
  platform: Platform,
  request: Incoming,
  user: User,
  sealedHash: string,
  continueTo: string | undefined,
): Promise<void> {
  const { database, issuer, mail, runtime } = platform
  const { id, name, username, email } = user
  if (email === null || !(await mail.mayPost(email, request.peer))) return
  const holder = await holderOf(platform, email)
  const isTaken = holder !== null && !holder.isFreeable
  const browser = request.browser.digest
  const waiting: Waiting = {
    user: { id, name, username, email },
    sealedHash,
    continueTo: continueTo ?? null,
    browser,
  }
  const { secret, write } = drawProof(platform, {
    purpose: 'sign-up',
    // Not by the address alone: nobody’s link stops working because somebody else asks for the same address.
    subject: `${email}/${browser}`,
    owner: null,
    address: email,
    kept: JSON.stringify(waiting),
  })
  const nobody = nobodyNamed(platform, email)
  const seconds = proofSeconds['sign-up']
  const link = issuer.at(`/sign-up/confirm?secret=${secret}`)
  const letters = {
    free: signUpLetter(issuer, { link, seconds, from: askedFrom(request), isNamed: holder !== null }),
    taken: takenLetter(issuer, { greeting: greetingOf(holder?.user ?? null), asked: 'sign-up' }),
  }
  await database.commit([
    // The secret of a taken address leaves in no letter.
    write,
    mail.post({
      to: email,
      until: runtime.now() + seconds,
      ...(isTaken
        ? { kind: 'account.exists', userId: holder.user.id, ...letters.taken }
        : { kind: 'address.verify', ...letters.free }),
    }),
    event(database, runtime, {
      type: 'user.sign_up_requested',
      userId: holder?.user.id ?? nobody,
      peer: request.peer,
    }),
  ])
}

/** What a link of sign-up leads to; null when it is good for nothing (any more). Uses nothing up. */
export async function findSignUp(
  platform: Platform,
  request: Incoming,
  secret: string | undefined,
): Promise<FoundSignUp | null> {
  const proof = await standingProof(platform, 'sign-up', secret)
  const kept = proof === null ? null : keptFor(platform, proof)
  if (proof === null || kept === null) return null
  const waiting = JSON.parse(kept) as Waiting
  const isHere = waiting.browser === request.browser.digest
  const isShortly = platform.runtime.now() < proof.createdAt + shortly
  return { ...waiting, proof, asksPassword: !isHere || !isShortly }
}

/** What came of following the link. */
export type SignedUp =
  | Extract<Arrived, { readonly ok: true }>
  | { readonly ok: false; readonly because: 'over' | 'password missing' | 'password wrong' }
  | { readonly ok: false; readonly because: 'address taken' | 'username taken' | 'username malformed' }
  | { readonly ok: false; readonly because: 'limited'; readonly retryAfter: number }

/**
 * Makes the account, its address proven, and signs the person in.
 *
 * @throws Busy when a password was given and no slot becomes free in time
 */
export async function finishSignUp(
  platform: Platform,
  room: SignInRoom,
  request: Incoming,
  found: FoundSignUp,
): Promise<SignedUp> {
  const username = usernameIn(request, found)
  if (username === undefined) return { ok: false, because: 'username malformed' }
  const proven = await provenPassword(platform, room, request, found)
  if (proven !== 'proven') return proven
  const { database, runtime } = platform
  const now = runtime.now()
  const { email } = found.user
  const user: User = {
    ...found.user,
    username,
    emailVerified: true,
    claims: {},
    disabledAt: null,
    createdAt: now,
    updatedAt: now,
  }
  const arrived = await arrive(platform, request, {
    userId: user.id,
    method: 'password',
    authentication: byPassword,
    remember: false,
    continueTo: found.continueTo ?? undefined,
    writes: [
      spendRow(database, now, found.proof),
      takeFrom(platform, await holderOf(platform, email), email),
      newUser(platform, user, found.sealedHash),
      event(database, runtime, { type: 'user.signed_up', userId: user.id, peer: request.peer }),
    ],
    cookies: [rememberDevice(platform, request, { userId: user.id, passwordChangedAt: now })],
  })
  if (arrived.ok) return arrived
  if (arrived.lost !== 'user') return { ok: false, because: 'over' }
  const holder = await userByIdentifier(database, { kind: 'email', value: email })
  return { ok: false, because: holder === null ? 'username taken' : 'address taken' }
}

/** The user name to have: another one than was asked for, if the form gives one; undefined for none that could be. */
function usernameIn(request: Incoming, { user }: FoundSignUp): Canonical | null | undefined {
  const typed = request.form.get('username')
  if (typed === undefined) return request.form.names().includes('username') ? null : user.username
  return canonicalUsername(typed) ?? undefined
}

async function provenPassword(
  platform: Platform,
  room: SignInRoom,
  request: Incoming,
  { user, sealedHash, proof, asksPassword }: FoundSignUp,
): Promise<'proven' | Extract<SignedUp, { readonly ok: false }>> {
  if (!asksPassword) return 'proven'
  const password = request.form.get('password')
  if (password === undefined) return { ok: false, because: 'password missing' }
  const charges = [
    { bucket: `sign-up/password/${proof.digest}`, policy: room.limits.account },
    { bucket: `sign-in/tries/${networksOf(request.peer).near}`, policy: room.limits.tries },
  ]
  const reserved = await reserveAll(platform, charges)
  if (!reserved.ok) return { ok: false, because: 'limited', retryAfter: reserved.retryAfter }
  const match = await room.passwords.matches({ userId: user.id, sealedHash }, password)
  if (!match.ok) return { ok: false, because: 'password wrong' }
  await platform.database.commit([settle(platform, charges.slice(0, 1))])
  return 'proven'
}
