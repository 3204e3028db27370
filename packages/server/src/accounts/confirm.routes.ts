// “Confirm that it’s you”: before a sensitive change, a proof that is at most ten minutes old (SE-09, ASVS 7.5.1), and of
// two factors where the person has two (MF-06). Where there is none, the same form comes back with a password field, and
// one for a code, or a place for a passkey; the proof renews the session (SE-01) in the commit of the change itself.
import type { WriteSet } from '../platform/db/database.ts'
import { frameOf } from '../platform/html/frame.ts'
import { type FormState, limited, type Problem } from '../platform/html/problems.ts'
import { type Incoming, type Outgoing, page, redirect } from '../platform/http/exchange.ts'
import { Refusal } from '../platform/http/failure.ts'
import { home } from '../platform/http/return.ts'
import type { Platform } from '../platform/platform.ts'
import { accountProblems } from './account.page.ts'
import { credentialOfUser } from './credentials/passwords.store.ts'
import { type PasswordDoor, provePassword } from './credentials/prove-password.ts'
import { hasSecondFactor } from './factors/factors.ts'
import { proveCode } from './factors/prove-code.ts'
import { newChallenge } from './passkeys/challenges.ts'
import { requestOptions } from './passkeys/options.ts'
import { passkeyFields } from './passkeys/passkey-place.page.ts'
import type { Passkey } from './passkeys/passkeys.store.ts'
import { provePasskey } from './passkeys/prove-passkey.ts'
import { usablePasskeysOf } from './passkeys/usable.ts'
import { reauthenticatePage } from './reauthenticate.page.ts'
import {
  type Authentication,
  byPassword,
  isFresh,
  isStrong,
  type Session,
  together,
} from './sessions/session.ts'
import { sessionStands } from './sessions/sessions.store.ts'
import { openSession } from './sessions/sessions.ts'
import { signInBefore } from './sign-in-path.ts'
import type { Visit } from './signed-in.routes.ts'
import { accountOf } from './users/sign-in-name.ts'
import { takeTurn } from './users/users.store.ts'

/** What is to be confirmed. */
export interface Ask {
  /** What for, as the end of "to …". */
  readonly purpose: string
  /** Where the form is sent again; where it was sent unless told. */
  readonly action?: string
  /** Its fields, to be sent along again. */
  readonly fields?: readonly string[]
  /** Whether it changes what the person signs in with: then a passkey is asked for where they have one. */
  readonly changesFactors?: true
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
 * Makes sure that the person at the browser has just proved who they are, with the password or the passkey in the form if
 * need be.
 *
 * @throws Busy when a password was given and no slot becomes free in time
 */
export async function confirm(visit: Visit<PasswordDoor>, ask: Ask): Promise<Confirmed> {
  const { platform, request, signedIn } = visit
  const { session, user } = signedIn
  const [hasCode, passkeys] = await Promise.all([
    hasSecondFactor(platform, user.id),
    usablePasskeysOf(platform, user.id),
  ])
  const needsTwo = hasCode || (ask.changesFactors === true && passkeys.length > 0)
  if ((!needsTwo || isStrong(session)) && isFresh(session, platform.runtime.now())) {
    const { database } = platform
    // In this order: whoever ends sessions takes the person's turn first.
    const stillIn = [takeTurn(database, user.id), sessionStands(database, session)]
    return { ok: true, session, writes: stillIn, cookies: [] }
  }
  const credential = await credentialOfUser(platform.database, user.id)
  // A password alone doesn't renew what was opened with more, such as a passkey.
  const isEnough = hasCode || !(needsTwo || isStrong(session))
  const ways = { password: credential?.password != null && isEnough, code: hasCode, passkeys }
  // A key that feels a touch and no more is a second factor after the password, which the sign-in asks for.
  if (!ways.password && !passkeys.some(({ userVerified }) => userVerified))
    return { ok: false, outgoing: signInAgain(platform, request, passkeys.length > 0) }
  const again = (failed: FormState): Confirmed => ({ ok: false, outgoing: askPage(visit, ask, ways, failed) })
  const proven =
    passkeys.length > 0 && request.form.has(passkeyFields.get.ticket) && !request.form.has('password')
      ? await byPasskeyOf(visit)
      : await byPasswordOf(visit, ways)
  if (!proven.ok) return again(proven.failed)
  const opened = await openSession(platform, request, {
    userId: user.id,
    authentication: proven.authentication,
    remember: session.remembered,
  })
  return {
    ok: true,
    session: opened.session,
    writes: [proven.writes, opened.writes],
    cookies: [...opened.cookies, ...proven.cookies],
  }
}

/** Commits what was confirmed. @throws Refusal when what it rests on changed in this very moment, from somewhere else */
export async function commitOrRefuse(
  { database }: Pick<Platform, 'database'>,
  writes: WriteSet,
): Promise<void> {
  const committed = await database.commit(writes)
  if (!committed.ok) throw new Refusal(409)
}

/** What the page may ask for. */
interface Ways {
  readonly password: boolean
  /** Whether a code belongs to the password. */
  readonly code: boolean
  readonly passkeys: readonly Passkey[]
}

type Proven =
  | {
      readonly ok: true
      readonly authentication: Authentication
      readonly writes: WriteSet
      readonly cookies: readonly string[]
    }
  | { readonly ok: false; readonly failed: FormState }

async function byPasswordOf(
  { platform, room, request, signedIn }: Visit<PasswordDoor>,
  ways: Ways,
): Promise<Proven> {
  const { id: userId } = signedIn.user
  const given = { password: request.form.get('password'), code: request.form.get('code') }
  const missing = ways.password ? missingOf(given, ways.code) : []
  // A form that was sent from the account page has no such fields: then nothing is wrong yet.
  if (!ways.password || missing.length > 0)
    return { ok: false, failed: unproven(...(request.form.has('username') ? missing : [])) }
  const proof = await provePassword(platform, room, request, { userId }, given.password ?? '')
  if (!proof.ok) return { ok: false, failed: failureOf(proof, accountProblems.passwordWrong) }
  const second = ways.code
    ? await proveCode(platform, { limits: room.limits, request, userId, code: given.code ?? '' })
    : null
  if (second?.ok === false) {
    // A right password is no failure, whatever is lacking beside it.
    await platform.database.commit(proof.writes)
    return { ok: false, failed: failureOf(second, accountProblems.codeWrong) }
  }
  return {
    ok: true,
    authentication: second === null ? byPassword : together(byPassword, second.authentication),
    writes: [proof.writes, second?.writes],
    cookies: proof.cookies,
  }
}

async function byPasskeyOf({ platform, room, request, signedIn }: Visit<PasswordDoor>): Promise<Proven> {
  const proof = await provePasskey(platform, room.limits, request, {
    purpose: 'confirm',
    userId: signedIn.user.id,
    verification: 'required',
  })
  if (proof.ok) return proof
  if (proof.because === 'limited')
    return { ok: false, failed: failureOf(proof, accountProblems.passkeyWrong) }
  const late = proof.because === 'expired'
  return {
    ok: false,
    failed: unproven(late ? accountProblems.passkeyLate : accountProblems.passkeyWrong),
  }
}

/** Nothing, or not enough, was proven: also where nothing is wrong yet. */
function unproven(...problems: readonly Problem[]): FormState {
  return { status: 403, problems }
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
): FormState {
  return proof.because === 'limited' ? limited(proof.retryAfter) : unproven(wrong)
}

/** Who has no password here proves themself where they signed in. */
function signInAgain(platform: Platform, request: Incoming, byTwo: boolean): Outgoing {
  return redirect(signInBefore(platform, request, home, { reason: 'confirm', stepUp: byTwo }))
}

function askPage(
  { platform, request, signedIn: { user } }: Visit,
  { purpose, action = request.path, fields = [] }: Ask,
  ways: Ways,
  failed: FormState,
): Outgoing {
  const html = reauthenticatePage(
    {
      account: accountOf(user),
      needsPassword: ways.password,
      needsCode: ways.code,
      passkey: ways.passkeys.length === 0 ? null : passkeyAsked(platform, request, user.id, ways.passkeys),
      purpose,
      action,
      hidden: Object.fromEntries(fields.map((field) => [field, request.form.get(field)])),
      cancel: home,
      problems: failed.problems,
    },
    frameOf(platform, request, { name: user.name }),
  )
  return page(html, failed)
}

function passkeyAsked(platform: Platform, request: Incoming, userId: string, among: readonly Passkey[]) {
  const { challenge, ticket } = newChallenge(platform, request, 'confirm', userId)
  return { options: requestOptions(platform, challenge, 'required', among), ticket }
}
