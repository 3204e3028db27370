// Choosing a new password with a mailed link: the one way in which a password changes without anybody being signed in.
// It consumes the link, ends every session, lifts the lock-out that guessing brought, and signs nobody in: second factors
// stay what they are (PW-20, PW-21, PW-23, C15).
import { event } from '../../platform/events/events.ts'
import type { Incoming } from '../../platform/http/exchange.ts'
import type { Platform } from '../../platform/platform.ts'
import { type PasswordFinding, passwordFindings, passwordMinimum } from '../credentials/password-policy.ts'
import { changePassword } from '../credentials/passwords.store.ts'
import { forgiveFailures, type PasswordDoor } from '../credentials/prove-password.ts'
import { toldOf } from '../letters/told-of.ts'
import { forgetProofs } from '../proofs/proofs.store.ts'
import { type Owned, ownedProof, spendOwned } from '../proofs/proofs.ts'
import { endAllSessions } from '../sessions/sessions.store.ts'
import { confirmEmail, type User } from '../users/users.store.ts'
import { forgetAgreements, hasNoOtherWay } from './ways.store.ts'

/** What came of it. */
export type Reset =
  | { readonly kind: 'done'; readonly user: User }
  /** The link is unknown, used, replaced by a newer one or too old: nobody is told which. */
  | { readonly kind: 'refused' }
  /** The password may not be chosen; the link is still good. */
  | { readonly kind: 'findings'; readonly findings: readonly PasswordFinding[] }

/** Whose password a link would change; null when it is good for nothing (any more). Uses nothing up. */
export async function resetOf(platform: Platform, secret: string | undefined): Promise<Owned | null> {
  const owned = await ownedProof(platform, 'password.reset', secret)
  if (owned === null) return null
  const { proof, owner } = owned
  return proof.address === null || proof.address === owner.user.email ? owned : null
}

/**
 * Changes the password of whom the link was mailed to.
 *
 * @throws Busy when no slot becomes free in time; the link is still good then
 */
export async function resetPassword(
  platform: Platform,
  room: PasswordDoor,
  request: Pick<Incoming, 'peer' | 'headers'>,
  secret: string | undefined,
  newPassword: string,
): Promise<Reset> {
  const owned = await resetOf(platform, secret)
  if (owned === null) return { kind: 'refused' }
  const { proof, owner } = owned
  const { user, password } = owner
  const findings = await passwordFindings(newPassword, user, passwordMinimum(platform))
  if (findings.length > 0) return { kind: 'findings', findings }
  const { database, runtime } = platform
  const sealed = await room.passwords.protect(user.id, newPassword)
  const now = runtime.now()
  const proven = { ...user, emailVerified: user.emailVerified || proof.address !== null }
  const committed = await database.commit([
    spendOwned(platform, owned),
    // Following the link proves the mailbox, if it went there and the account still has that address.
    proof.address && confirmEmail(database, now, user.id, proof.address),
    proof.address !== null && !user.emailVerified
      ? [hasNoOtherWay(database, user.id), forgetAgreements(database, user.id)]
      : null,
    changePassword(database, now, user.id, { from: password?.sealedHash ?? null, to: sealed }),
    endAllSessions(database, now, user.id),
    forgetProofs(database, user.id),
    forgiveFailures(platform, room.limits, user.id),
    toldOf(platform, proven, { what: password === null ? 'password.set' : 'password.reset' }, request),
    event(database, runtime, { type: 'password.reset', userId: user.id, peer: request.peer }),
  ])
  return committed.ok ? { kind: 'done', user } : { kind: 'refused' }
}
