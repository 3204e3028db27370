// How surely a person could sign in, with what they have set up.
import { authenticationClasses } from '@countersign/protocol'
import type { Platform } from '../../platform/platform.ts'
import type { SecondFactorRule } from '../credentials/prove-password.ts'
import { usablePasskeysOf } from '../passkeys/usable.ts'
import { isStrong, type Session } from '../sessions/session.ts'
import { totpOf } from './factors.store.ts'

/** What is known of the person behind a session. */
export interface Reach {
  /** The classes that a sign-in of theirs can come to, as `acr` values. */
  readonly reachable: readonly string[]
  /**
   * Whether the session lacks a second factor that they have, or that everybody needs here: it began before that was so,
   * and is not enough any more.
   */
  readonly lacksFactor: boolean
}

const byOne = [authenticationClasses.password, authenticationClasses.upstream]

/** Looks up what a person can come to. */
export async function reachOf(
  platform: Pick<Platform, 'database' | 'issuer'>,
  session: Pick<Session, 'userId' | 'acr'>,
  rule: SecondFactorRule,
): Promise<Reach> {
  const { userId } = session
  const [totp, passkeys] = await Promise.all([
    totpOf(platform.database, userId),
    usablePasskeysOf(platform, userId),
  ])
  const { mfa, passkey } = authenticationClasses
  return {
    reachable: [
      ...byOne,
      ...(totp === null && passkeys.length === 0 ? [] : [mfa]),
      // One that only feels a touch is a second factor and no more.
      ...(passkeys.some(({ userVerified }) => userVerified) ? [passkey] : []),
    ],
    lacksFactor: (totp !== null || rule === 'required') && !isStrong(session),
  }
}
