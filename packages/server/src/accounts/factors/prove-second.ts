// The second factor beside a password, for every wire that takes both in one request: whoever has one needs its code, and
// nobody else is asked for any.
import type { WriteSet } from '../../platform/db/database.ts'
import type { Platform } from '../../platform/platform.ts'
import { type Authentication, byPassword, together } from '../sessions/session.ts'
import { hasSecondFactor } from './factors.ts'
import { type CodeAttempt, proveCode } from './prove-code.ts'

/** Why a right password did not let somebody in. */
export type SecondFactorRefusal = 'second_factor_required' | 'second_factor_invalid'

/** What came of a second factor: `ok` also for who has none. */
export type SecondProof =
  | {
      readonly ok: true
      /** What it comes to together with the password. */
      readonly authentication: Authentication
      /** To commit with what follows from it. They lose `factor` when the same code was used meanwhile. */
      readonly writes: WriteSet
    }
  | { readonly ok: false; readonly because: SecondFactorRefusal }
  /** Not tried at all. */
  | { readonly ok: false; readonly because: 'limited'; readonly retryAfter: number }

/** Tries the code of somebody whose password was right. @param attempt `code` is null where none was sent */
export async function proveSecond(
  platform: Platform,
  { code, ...attempt }: Omit<CodeAttempt, 'code'> & { readonly code: string | null },
): Promise<SecondProof> {
  if (!(await hasSecondFactor(platform, attempt.userId))) {
    return { ok: true, authentication: byPassword, writes: [] }
  }
  if (code === null) return { ok: false, because: 'second_factor_required' }
  const proof = await proveCode(platform, { ...attempt, code })
  if (proof.ok) {
    return { ok: true, authentication: together(byPassword, proof.authentication), writes: proof.writes }
  }
  return proof.because === 'limited' ? proof : { ok: false, because: 'second_factor_invalid' }
}
