// Changing one's own password: proven with the current one (PW-06), held against the policy, and then every session of
// the person ends and one begins afresh in this browser (SE-07); tokens that live by the old sessions die with them.
import type { WriteSet } from '../platform/db/database.ts'
import { event } from '../platform/events/events.ts'
import { type FormState, limited } from '../platform/html/problems.ts'
import type { Incoming } from '../platform/http/exchange.ts'
import type { Platform } from '../platform/platform.ts'
import { accountProblems } from './account.page.ts'
import { rememberDevice } from './credentials/device.ts'
import { type PasswordFinding, passwordFindings, passwordMinimum } from './credentials/password-policy.ts'
import { type Credential, changePassword } from './credentials/passwords.store.ts'
import { type PasswordDoor, provePassword } from './credentials/prove-password.ts'
import { toldOf } from './letters/told-of.ts'
import { forgetProofs } from './proofs/proofs.store.ts'
import { byPassword, isStrong } from './sessions/session.ts'
import { endAllSessions } from './sessions/sessions.store.ts'
import { openSession, type SignedIn } from './sessions/sessions.ts'

/** Changed, or what to tell the person. */
export type PasswordChanged =
  | { readonly ok: true; readonly cookies: readonly string[] }
  | ({ readonly ok: false } & FormState)

/**
 * @param present the password that is to be proven, null for a person without one (who must be confirmed otherwise)
 * @throws Busy when no slot becomes free in time
 */
export async function changePasswordHere(
  platform: Platform,
  door: PasswordDoor,
  request: Incoming,
  { session, user }: SignedIn,
  present: Credential['password'],
): Promise<PasswordChanged> {
  const current = request.form.get('current_password')
  const wanted = request.form.get('new_password')
  if (present !== null && current === undefined) {
    return { ok: false, status: 403, problems: [accountProblems.currentMissing] }
  }
  if (wanted === undefined) return { ok: false, status: 422, problems: [accountProblems.newMissing] }
  const findings = await passwordFindings(wanted, user, passwordMinimum(platform))
  if (findings.length > 0) return unfit(findings)
  let settled: WriteSet = []
  let old: string | null = null
  if (present !== null && current !== undefined) {
    const proof = await provePassword(platform, door, request, { userId: user.id }, current)
    if (!proof.ok) {
      return proof.because === 'limited'
        ? { ok: false, ...limited(proof.retryAfter) }
        : { ok: false, status: 403, problems: [accountProblems.currentWrong] }
    }
    settled = proof.settled
    old = proof.credential.password?.sealedHash ?? null
  }
  const { database, runtime } = platform
  const sealed = await door.passwords.protect(user.id, wanted)
  const now = runtime.now()
  const opened = await openSession(platform, request, {
    userId: user.id,
    // A first password is chosen, not proven: nobody has authenticated by it yet. And one that was proven is one factor: what
    // was opened with more stays what it was.
    ...(present === null || isStrong(session)
      ? { authentication: session, authenticatedAt: session.authenticatedAt }
      : { authentication: byPassword }),
    remember: session.remembered,
    afresh: true,
  })
  const committed = await database.commit([
    settled,
    changePassword(database, now, user.id, { from: old, to: sealed }),
    endAllSessions(database, now, user.id),
    forgetProofs(database, user.id),
    opened.writes,
    event(database, runtime, { type: 'password.changed', userId: user.id, peer: request.peer }),
    toldOf(platform, user, { what: present === null ? 'password.set' : 'password.changed' }, request),
  ])
  // Somebody else changed it between the proof and now: what was proven is no longer the password.
  if (!committed.ok) return { ok: false, status: 403, problems: [accountProblems.currentWrong] }
  const device = rememberDevice(platform, request, { userId: user.id, passwordChangedAt: now })
  return { ok: true, cookies: [...opened.cookies, device] }
}

function unfit(findings: readonly PasswordFinding[]): PasswordChanged {
  const problems = findings.map(({ message }) => ({ field: 'new_password', message }))
  return { ok: false, status: 422, problems }
}
