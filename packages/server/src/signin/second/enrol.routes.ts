// Where everybody needs a second factor, who has none sets one up before their first session: the page of /sign-in/second
// is then the one that shows a new secret, whose first code POST /sign-in/second/set-up takes; or, with `factor=passkey`,
// the one that makes a passkey, which POST /sign-in/second/passkey takes (MF-12).
import { beginEnrolment, finishEnrolment } from '../../accounts/factors/enrolment.ts'
import { codesPage, setUpPage, setUpProblems } from '../../accounts/factors/factors.page.ts'
import { askToMake, passkeyMade } from '../../accounts/passkeys/making.ts'
import { newPasskeyPage, passkeyProblems } from '../../accounts/passkeys/passkeys.page.ts'
import { madeStatus } from '../../accounts/passkeys/passkeys.routes.ts'
import { hasNoFactorYet } from '../../accounts/passkeys/passkeys.store.ts'
import { type Authentication, together } from '../../accounts/sessions/session.ts'
import { endAllSessions } from '../../accounts/sessions/sessions.store.ts'
import { presentSession } from '../../accounts/sessions/sessions.ts'
import { accountOf } from '../../accounts/users/sign-in-name.ts'
import type { WriteSet } from '../../platform/db/database.ts'
import { frameOf } from '../../platform/html/frame.ts'
import { type Incoming, type Outgoing, page, redirect, withCookies } from '../../platform/http/exchange.ts'
import type { Platform } from '../../platform/platform.ts'
import { type Arrived, arrive } from '../arrive.ts'
import type { SignInRoom } from '../sign-in.routes.ts'
import { type PartialSignIn, secondPath } from './partial.ts'

/** Where the first code of a new secret is posted: `step`, `ticket` and `otp`. */
export const enrolPath = '/sign-in/second/set-up'
/** Where a new passkey is posted: `step`, `name`, `new_passkey` and `new_passkey_ticket`. */
export const enrolPasskeyPath = '/sign-in/second/passkey'

/** A sign-in that waits for a second factor to be set up. */
export interface Enrolling {
  readonly platform: Platform
  readonly room: SignInRoom
  readonly request: Incoming
  readonly step: string
  readonly partial: PartialSignIn
}

/** What is to be set up, as the address names it. @param factor `passkey`, or anything else for an application */
export async function showEnrolment(asked: Enrolling, factor: string | undefined): Promise<Outgoing> {
  const isPasskey = factor === 'passkey' && asked.platform.issuer.domain !== null
  return isPasskey ? showPasskey(asked) : showSecret(asked)
}

/** The page that shows a new secret, or the one that the form has brought. */
function showSecret(
  { platform, request, step, partial }: Enrolling,
  because?: 'missing' | 'wrong',
): Outgoing {
  const { user } = partial
  const html = setUpPage(
    {
      account: accountOf(user),
      enrolment: beginEnrolment(platform, request, user, request.form.get('ticket')),
      action: enrolPath,
      hidden: { step },
      cancel: null,
      // Where browsers have no passkeys for us, there is nothing else.
      ...(platform.issuer.domain !== null && {
        instead: { address: addressOf(step, 'passkey'), text: 'Use a passkey instead' },
      }),
      problems: because === undefined ? [] : [setUpProblems[because]],
    },
    frameOf(platform, request),
  )
  const status = { missing: 422, wrong: 403 } as const
  return page(html, { status: because === undefined ? 200 : status[because] })
}

async function showPasskey(
  { platform, request, step, partial }: Enrolling,
  because?: keyof typeof madeStatus,
): Promise<Outgoing> {
  const { user } = partial
  const html = newPasskeyPage(
    {
      ...(await askToMake(platform, request, user, 'enrol')),
      account: accountOf(user),
      action: enrolPasskeyPath,
      hidden: { step },
      cancel: null,
      instead: { address: addressOf(step, 'totp'), text: 'Set up an authenticator app instead' },
      problems: because === undefined ? [] : [passkeyProblems[because]],
    },
    frameOf(platform, request),
  )
  return page(html, { status: because === undefined ? 200 : madeStatus[because] })
}

function addressOf(step: string, factor: 'passkey' | 'totp'): string {
  return `${secondPath}?${new URLSearchParams({ step, factor })}`
}

/**
 * Opens the session with the application that is set up, and shows the recovery codes.
 *
 * @returns null when what was begun is over
 */
export async function submitEnrolment(asked: Enrolling): Promise<Outgoing | null> {
  const { platform, request, partial } = asked
  const { user } = partial
  const enrolled = await finishEnrolment(platform, request, user)
  if (!enrolled.ok) return showSecret(asked, enrolled.because === 'over' ? undefined : enrolled.because)
  const arrived = await arriveWith(asked, enrolled)
  if (!arrived.ok) return null
  const model = { account: accountOf(user), codes: enrolled.codes, next: arrived.location, turnedOn: true }
  return withCookies(page(codesPage(model, frameOf(platform, request, user))), ...arrived.cookies)
}

/** Opens the session with the passkey that was made. @returns null when what was begun is over */
export async function submitPasskey(asked: Enrolling): Promise<Outgoing | null> {
  const { platform, request, partial } = asked
  const made = await passkeyMade(platform, request, partial.user, 'enrol')
  if (!made.ok) return showPasskey(asked, made.because)
  const arrived = await arriveWith(asked, made)
  if (arrived.ok) return withCookies(redirect(arrived.location), ...arrived.cookies)
  return arrived.lost === 'passkey' ? showPasskey(asked, 'taken') : null
}

/**
 * INVARIANT: of all who know the first factor, one sets up the second; nobody adds theirs where the person has one by then,
 * of whatever kind.
 */
async function arriveWith(
  { platform, request, partial }: Enrolling,
  set: { readonly authentication: Authentication; readonly writes: WriteSet },
): Promise<Arrived> {
  const { database, issuer, runtime } = platform
  const { user } = partial
  const present = await presentSession(platform, request)
  const spared = present?.user.id === user.id ? present.session.id : undefined
  return arrive(platform, request, {
    ...partial,
    authentication: together(partial.authentication, set.authentication),
    writes: [
      partial.writes,
      hasNoFactorYet(database, user.id, issuer.domain),
      set.writes,
      // As on the account page (SE-07); the one of this browser is renewed.
      endAllSessions(database, runtime.now(), user.id, spared),
    ],
  })
}
