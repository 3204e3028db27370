// “Confirm that it’s you”: before a sensitive change, a proof that is at most ten minutes old (SE-09, ASVS 7.5.1), and of
// two factors where the person has two (MF-06). Where there is none, the same form comes back with a password field, and
// one for a code; the proof renews the session (SE-01) in the commit of the change itself.
import type { WriteSet } from '../platform/db/database.ts'
import { frameOf } from '../platform/html/frame.ts'
import type { Problem } from '../platform/html/problems.ts'
import { type Incoming, localPath, type Outgoing, page, redirect } from '../platform/http/exchange.ts'
import { home, sealReturn } from '../platform/http/return.ts'
import type { Platform } from '../platform/platform.ts'
import { accountProblems } from './account.page.ts'
import { credentialOfUser } from './credentials/passwords.store.ts'
import { type PasswordDoor, provePassword } from './credentials/prove-password.ts'
import { hasSecondFactor } from './factors/factors.ts'
import { proveCode } from './factors/prove-code.ts'
import { reauthenticatePage } from './reauthenticate.page.ts'
import { byPassword, isFresh, isStrong, type Session, together } from './sessions/session.ts'
import { openSession, type SignedIn } from './sessions/sessions.ts'

/** What is to be confirmed. */
export interface Ask {
  /** What for, as the end of "to …". */
  readonly purpose: string
  /** The form that asks, to be sent again. */
  readonly action: string
  /** Its fields, to be sent along again. */
  readonly fields: readonly string[]
}

/** Confirmed, or the answer that asks for it. */
export type Confirmed =
  | {
      readonly ok: true
      /** The session as it will be. */
      readonly session: Session
      /** To commit with the change; they lose `session` when it ends meanwhile. */
      readonly writes: WriteSet
      readonly cookies: readonly string[]
    }
  | { readonly ok: false; readonly outgoing: Outgoing }

/**
 * Makes sure that the person at the browser has just proved who they are, with the password in the form if need be.
 *
 * @throws Busy when a password was given and no slot becomes free in time
 */
export async function confirm(
  platform: Platform,
  door: PasswordDoor,
  request: Incoming,
  signedIn: SignedIn,
  ask: Ask,
): Promise<Confirmed> {
  const { session, user } = signedIn
  const needsCode = await hasSecondFactor(platform, user.id)
  const isSure = !needsCode || isStrong(session)
  if (isSure && isFresh(session, platform.runtime.now())) {
    return { ok: true, session, writes: [], cookies: [] }
  }
  const credential = await credentialOfUser(platform.database, user.id)
  // A password alone doesn't renew what was opened with more, such as a passkey.
  const isEnough = needsCode || !isStrong(session)
  if (credential?.password == null || !isEnough) {
    return { ok: false, outgoing: signInAgain(platform, request) }
  }
  const again = (failed: Failed): Confirmed => ({
    ok: false,
    outgoing: askPage(platform, request, signedIn, { ...ask, needsCode }, failed),
  })
  const given = { password: request.form.get('password'), code: request.form.get('code') }
  const missing = missingOf(given, needsCode)
  // A form that was sent from the account page has no such fields: then nothing is wrong yet.
  if (missing.length > 0) return again({ problems: request.form.has('username') ? missing : [] })
  const proof = await provePassword(platform, door, request, { userId: user.id }, given.password ?? '')
  if (!proof.ok) return again(failureOf(proof, accountProblems.passwordWrong))
  const second = needsCode
    ? await proveCode(platform, { limits: door.limits, request, userId: user.id, code: given.code ?? '' })
    : null
  if (second?.ok === false) return again(failureOf(second, accountProblems.codeWrong))
  const opened = await openSession(platform, request, {
    userId: user.id,
    authentication: second === null ? byPassword : together(byPassword, second.authentication),
    remember: session.remembered,
  })
  return {
    ok: true,
    session: opened.session,
    writes: [proof.writes, second?.writes, opened.writes],
    cookies: [...opened.cookies, ...proof.cookies],
  }
}

interface Failed {
  readonly problems: readonly Problem[]
  readonly retryAfter?: number
}

function missingOf(
  given: { readonly password: string | undefined; readonly code: string | undefined },
  needsCode: boolean,
): readonly Problem[] {
  return [
    ...(given.password === undefined ? [accountProblems.passwordMissing] : []),
    ...(needsCode && given.code === undefined ? [accountProblems.codeMissing] : []),
  ]
}

function failureOf(
  proof: { readonly because: 'refused' } | { readonly because: 'limited'; readonly retryAfter: number },
  wrong: Problem,
): Failed {
  return proof.because === 'limited'
    ? { problems: [accountProblems.tooMany(proof.retryAfter)], retryAfter: proof.retryAfter }
    : { problems: [wrong] }
}

/** Who has no password here proves themself where they signed in. */
function signInAgain(platform: Platform, request: Incoming): Outgoing {
  const back = sealReturn(platform.vault, request.browser, home)
  return redirect(localPath(`/sign-in?reason=confirm&continue=${encodeURIComponent(back)}`))
}

function askPage(
  platform: Platform,
  request: Incoming,
  { user }: SignedIn,
  ask: Ask & { readonly needsCode: boolean },
  { problems, retryAfter }: Failed,
): Outgoing {
  const html = reauthenticatePage(
    {
      account: { name: user.name, username: user.email ?? user.username ?? user.name },
      needsCode: ask.needsCode,
      purpose: ask.purpose,
      action: ask.action,
      hidden: Object.fromEntries(ask.fields.map((field) => [field, request.form.get(field)])),
      cancel: home,
      problems,
    },
    frameOf(platform, request, { name: user.name }),
  )
  return page(html, { status: retryAfter === undefined ? 403 : 429, retryAfter })
}
