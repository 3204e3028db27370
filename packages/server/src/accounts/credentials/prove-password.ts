// The one place where a password is tried, whoever asks: the sign-in form, the account page, and any profile. Limits
// are charged on the person, not on the name that was typed, and before anything is hashed (C14, PW-11
// to PW-18); a name that nobody has is treated exactly like one that somebody has (PW-08, PW-09).
import type { WriteSet } from '../../platform/db/database.ts'
import { event } from '../../platform/events/events.ts'
import type { Incoming } from '../../platform/http/exchange.ts'
import { Busy } from '../../platform/http/failure.ts'
import { type Charge, giveBack, reserveAll, settle } from '../../platform/limits/limits.ts'
import { networksOf } from '../../platform/limits/network.ts'
import type { Platform } from '../../platform/platform.ts'
import { canonicalIdentifier } from '../users/identifiers.ts'
import type { User } from '../users/users.store.ts'
import { knownDevice, ownerOf, rememberDevice } from './device.ts'
import type { Elsewhere } from './elsewhere.ts'
import type { LimitPolicies } from './limit-policies.ts'
import {
  type Credential,
  credentialByIdentifier,
  credentialOfUser,
  passwordStands,
  refreshHash,
} from './passwords.store.ts'
import type { Match, Passwords } from './passwords.ts'

/** What every way in by password needs. */
export interface PasswordDoor {
  readonly passwords: Passwords
  readonly limits: LimitPolicies
  /** Asked where a password is not right here; nobody unless people still come from another system. */
  readonly elsewhere?: Elsewhere | undefined
}

/** Who is said to be there: by a name that was typed, or the user who is signed in. */
export type Claimed = { readonly name: string } | { readonly userId: string }

/** What came of trying a password. */
export type PasswordProof =
  | {
      readonly ok: true
      readonly user: User
      readonly credential: Credential
      /**
       * To commit with what follows from the proof: the limits settled, the hash brought up to date. They lose `password`
       * when it was changed meanwhile.
       */
      readonly writes: WriteSet
      /** The first of these alone, for who replaces the hash anyway. */
      readonly settled: WriteSet
      /** `Set-Cookie` values: the browser is known from now on. */
      readonly cookies: readonly string[]
    }
  /** Wrong, unknown, disabled, without a password: nobody is told which. */
  | {
      readonly ok: false
      readonly because: 'refused'
      /** Where people of an earlier system can't be asked about right now: it may have been right there. */
      readonly isUnsure?: true
    }
  /** Not tried at all. */
  | { readonly ok: false; readonly because: 'limited'; readonly retryAfter: number }

type Attempt = Pick<Incoming, 'cookies' | 'peer'>

/** Stands for the person in every step that a missing person would skip. */
const nobody = { userId: 'nobody', passwordChangedAt: 0 }

/**
 * Tries a password. INVARIANT: at most as many attempts are hashed as the limits allow, in parallel too; an attempt
 * that was not hashed costs nothing.
 * @throws Busy when no slot becomes free in time
 */
export async function provePassword(
  platform: Platform,
  door: PasswordDoor,
  request: Attempt,
  claimed: Claimed,
  password: string,
): Promise<PasswordProof> {
  const known = await credentialOf(platform, claimed)
  if (!door.passwords.hasRoom) throw new Busy('No slot for another password.')
  const reserved = await reserveAttempt(platform, door.limits, request, claimed, known)
  if (!reserved.ok) return { ok: false, because: 'limited', retryAfter: reserved.retryAfter }

  const tried = await tryPassword(platform, door, claimed, known, password).catch(async (error: unknown) => {
    await platform.database.commit([giveBack(platform, reserved.charges)])
    throw error
  })
  if (tried === null) {
    await platform.database.commit([
      event(platform.database, platform.runtime, {
        type: 'user.sign_in_failed',
        userId: known?.user.id,
        peer: request.peer,
      }),
    ])
    return { ok: false, because: 'refused', ...(door.elsewhere?.isSilent() === true && { isUnsure: true }) }
  }
  const { credential, match } = tried
  const { user } = credential
  const settled = settle(platform, reserved.whenProven)
  return {
    ok: true,
    user,
    credential,
    settled,
    writes: [
      settled,
      credential.password && passwordStands(platform.database, user.id, credential.password),
      credential.password !== null && match.replacement !== null
        ? refreshHash(platform.database, user.id, credential.password.sealedHash, match.replacement)
        : null,
    ],
    cookies: [rememberDevice(platform, request, ownerOf(credential))],
  }
}

interface Tried {
  readonly credential: Credential
  readonly match: Extract<Match, { ok: true }>
}

/** Here, and where it is not right here, elsewhere; what was taken in from there is tried here like any other. */
async function tryPassword(
  platform: Platform,
  { passwords, elsewhere }: PasswordDoor,
  claimed: Claimed,
  known: Credential | null,
  password: string,
): Promise<Tried | null> {
  const name = 'name' in claimed ? claimed.name : claimed.userId
  const here = await tryHere(passwords, known, name, password)
  if (here !== null || elsewhere === undefined || !('name' in claimed)) return here
  const taken = await elsewhere.ask({ name: claimed.name, password, credential: known })
  if (taken === null) return null
  return tryHere(passwords, await credentialOfUser(platform.database, taken.userId), name, taken.password)
}

async function tryHere(
  passwords: Passwords,
  credential: Credential | null,
  name: string,
  password: string,
): Promise<Tried | null> {
  const stored =
    credential?.password == null
      ? null
      : { userId: credential.user.id, sealedHash: credential.password.sealedHash }
  const match = await passwords.matches(stored, password, name)
  return match.ok && credential !== null && credential.user.disabledAt === null ? { credential, match } : null
}

/** Lets a person try again at once, whatever failed before: for who has proven themself by other means. */
export function forgiveFailures(platform: Platform, limits: LimitPolicies, userId: string): WriteSet {
  return settle(platform, [{ bucket: accountBucket(userId), policy: limits.account }])
}

async function credentialOf(platform: Platform, claimed: Claimed): Promise<Credential | null> {
  if ('userId' in claimed) return credentialOfUser(platform.database, claimed.userId)
  const identifier = canonicalIdentifier(claimed.name)
  return identifier === null ? null : credentialByIdentifier(platform.database, identifier)
}

type ReservedAttempt =
  | {
      readonly ok: true
      readonly charges: readonly Charge[]
      /** Those that a right password settles. */
      readonly whenProven: readonly Charge[]
    }
  | { readonly ok: false; readonly retryAfter: number }

async function reserveAttempt(
  platform: Platform,
  limits: LimitPolicies,
  request: Attempt,
  claimed: Claimed,
  credential: Credential | null,
): Promise<ReservedAttempt> {
  const device = knownDevice(platform, request, credential === null ? nobody : ownerOf(credential))
  if (device !== null && credential !== null) {
    // A known device stands apart from its network too: an office behind one address can't be locked out by a neighbour.
    const own: Charge[] = [
      { bucket: `sign-in/device/${credential.user.id}/${device}`, policy: limits.device },
    ]
    if ((await reserveAll(platform, own)).ok) return { ok: true, charges: own, whenProven: own }
  }
  const { near, wide } = networksOf(request.peer)
  const tries: Charge = { bucket: `sign-in/tries/${near}`, policy: limits.tries }
  const failures: Charge[] = [
    { bucket: `sign-in/failures/${near}`, policy: limits.failures },
    { bucket: `sign-in/stuffing/${near}`, policy: limits.stuffing },
    ...(wide === near ? [] : [{ bucket: `sign-in/stuffing/${wide}`, policy: limits.stuffingAround }]),
    { bucket: accountBucket(accountKey(platform, claimed, credential)), policy: limits.account },
  ]
  const charges = [tries, ...failures]
  const reserved = await reserveAll(platform, charges)
  return reserved.ok ? { ok: true, charges, whenProven: failures } : reserved
}

function accountBucket(key: string): string {
  return `sign-in/account/${key}`
}

/** The person where there is one; else a digest of the name, so that a name that nobody has is limited just the same. */
function accountKey(platform: Platform, claimed: Claimed, credential: Credential | null): string {
  if (credential !== null) return credential.user.id
  const name = 'name' in claimed ? claimed.name : claimed.userId
  return platform.vault.mac('unknown account', canonicalIdentifier(name)?.value ?? name.slice(0, 1024))
}
