// The one place where a second factor's code is tried, whoever asks: the second step, the account page, and every profile.
// A try is charged to the person before anything is looked at, wherever it comes from (C13, MF-02); what was right can be
// committed once (MF-01, MF-03). Whoever gets here has proven a first factor. Where the person never signed in before, that
// may be somebody who has their password: such tries are counted apart, and the person is told of them.
import type { WriteSet } from '../../platform/db/database.ts'
import { event } from '../../platform/events/events.ts'
import type { Incoming } from '../../platform/http/exchange.ts'
import { type Charge, type Ladder, reserve, reserveAll, settle } from '../../platform/limits/limits.ts'
import type { Platform } from '../../platform/platform.ts'
import { knownDevice, ownerOf } from '../credentials/device.ts'
import type { LimitPolicies } from '../credentials/limit-policies.ts'
import { credentialOfUser } from '../credentials/passwords.store.ts'
import { toldOf } from '../letters/told-of.ts'
import { type Authentication, byRecoveryCode, byTotp } from '../sessions/session.ts'
import { userById } from '../users/users.store.ts'
import { acceptStep, recoveryCodesOf, resealTotp, spendRecoveryCode, totpOf } from './factors.store.ts'
import { openTotp, resealed } from './factors.ts'
import { recoveryCodeDigest } from './recovery-codes.ts'
import { stepOfCode, typedCode } from './totp.ts'

/** What came of trying a code. */
export type CodeProof =
  | {
      readonly ok: true
      readonly authentication: Authentication
      /** To commit with what follows from the proof. They lose `factor` when the same code was used meanwhile. */
      readonly writes: WriteSet
      /** How many recovery codes are left then; null where it was none. */
      readonly left: number | null
    }
  | { readonly ok: false; readonly because: 'refused' }
  /** Not tried at all. */
  | { readonly ok: false; readonly because: 'limited'; readonly retryAfter: number }

/** What kinds of code there are. */
export type CodeKind = 'totp' | 'recovery'

/** Who tries a code, and within which limits. */
export interface CodeAttempt {
  readonly limits: Pick<LimitPolicies, 'codes' | 'codesOfDay'>
  readonly request: Pick<Incoming, 'cookies' | 'headers' | 'peer'>
  readonly userId: string
  readonly code: string
}

/** Wrong codes in a day, from where the person never signed in, of which they are not told: those of their own slips. */
const slips: Ladder = { free: 2, delays: [0, 0, 0, 0], cap: 2, seconds: 86_400 }
const lettersOfGuesses: Ladder = { free: 1, delays: [0, 0, 0, 0], cap: 1, seconds: 86_400 }

/** Tries a code of either kind: which it is meant to be, its form says. */
export function proveCode(platform: Platform, attempt: CodeAttempt): Promise<CodeProof> {
  return proveCodeOf(platform, typedCode(attempt.code) === null ? 'recovery' : 'totp', attempt)
}

/**
 * Tries a code of one kind. INVARIANT: of any number of tries at once, no more are looked at than the limits allow; a code
 * that was committed once is refused for ever.
 */
export async function proveCodeOf(
  platform: Platform,
  kind: CodeKind,
  attempt: CodeAttempt,
): Promise<CodeProof> {
  const { limits, request, userId, code } = attempt
  const { database, runtime } = platform
  const credential = await credentialOfUser(database, userId)
  const isKnown = credential !== null && knownDevice(platform, request, ownerOf(credential)) !== null
  // All known devices together, for who has the password may have made many of them known before there was a second factor.
  // Recovery codes, which nobody guesses, have buckets of their own: who wastes the tries of one keeps nobody from the other.
  const whose = isKnown ? `${userId}/known` : userId
  const charges: Charge[] = [
    { bucket: `code/${kind}/${whose}`, policy: limits.codes },
    { bucket: `code-day/${kind}/${whose}`, policy: limits.codesOfDay },
  ]
  const reserved = await reserveAll(platform, charges)
  if (!reserved.ok) return { ok: false, because: 'limited', retryAfter: reserved.retryAfter }
  const found =
    kind === 'totp' ? await tryTotp(platform, userId, code) : await tryRecoveryCode(platform, attempt)
  if (found === null) {
    const failed = event(database, runtime, {
      type: 'second_factor.failed',
      userId,
      peer: request.peer,
      detail: { factor: kind },
    })
    const isTold = credential !== null && !isKnown && (await isGuessed(platform, userId))
    await database.commit([
      failed,
      isTold ? toldOf(platform, credential.user, { what: 'codes.guessed' }, request) : null,
    ])
    return { ok: false, because: 'refused' }
  }
  return { ...found, ok: true, writes: [settle(platform, charges), found.writes] }
}

/** Whether somebody types so many wrong codes that the person is told of it, which they are once a day. */
async function isGuessed(platform: Platform, userId: string): Promise<boolean> {
  const isSlip = (await reserve(platform, `code/wrong/${userId}`, slips)).ok
  return !isSlip && (await reserve(platform, `code/told/${userId}`, lettersOfGuesses)).ok
}

type Found = Omit<Extract<CodeProof, { ok: true }>, 'ok'>

async function tryTotp(platform: Platform, userId: string, text: string): Promise<Found | null> {
  const { database, runtime } = platform
  const stored = await totpOf(database, userId)
  const code = typedCode(text)
  if (stored === null || code === null) return null
  const step = stepOfCode(openTotp(platform, stored), code, runtime.now(), stored.lastStep)
  if (step === null) return null
  const newSeal = resealed(platform, stored)
  const kept = newSeal === null ? null : resealTotp(database, stored, newSeal)
  return { authentication: byTotp, writes: [acceptStep(database, stored, step), kept], left: null }
}

async function tryRecoveryCode(
  platform: Platform,
  { request, userId, code }: CodeAttempt,
): Promise<Found | null> {
  const { database, runtime } = platform
  const digest = recoveryCodeDigest(code)
  const had = await recoveryCodesOf(database, userId)
  if (digest === null || had === null) return null
  if (!had.digests.includes(digest)) return null
  const left = had.digests.length - 1
  const user = await userById(database, userId)
  if (user === null) return null
  return {
    authentication: byRecoveryCode,
    writes: [
      spendRecoveryCode(database, userId, digest),
      event(database, runtime, { type: 'recovery_code.used', userId, peer: request.peer, detail: { left } }),
      toldOf(platform, user, { what: 'recovery_code.used', left }, request),
    ],
    left,
  }
}
