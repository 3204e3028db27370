// Where everybody needs a second factor, who has none sets one up before their first session: the page of /sign-in/second
// is then the one that shows a new secret, and POST /sign-in/second/set-up takes its first code.
import { beginEnrolment, finishEnrolment } from '../../accounts/factors/enrolment.ts'
import { codesPage, setUpPage, setUpProblems } from '../../accounts/factors/factors.page.ts'
import { together } from '../../accounts/sessions/session.ts'
import { endAllSessions } from '../../accounts/sessions/sessions.store.ts'
import { presentSession } from '../../accounts/sessions/sessions.ts'
import { accountOf } from '../../accounts/users/sign-in-name.ts'
import { frameOf } from '../../platform/html/frame.ts'
import { type Incoming, type Outgoing, page, withCookies } from '../../platform/http/exchange.ts'
import type { Platform } from '../../platform/platform.ts'
import { arrive } from '../arrive.ts'
import type { SignInRoom } from '../sign-in.routes.ts'
import type { PartialSignIn } from './partial.ts'

/** Where the first code of a new secret is posted: `step`, `ticket` and `otp`. */
export const enrolPath = '/sign-in/second/set-up'

/** A sign-in that waits for a second factor to be set up. */
export interface Enrolling {
  readonly platform: Platform
  readonly room: SignInRoom
  readonly request: Incoming
  readonly step: string
  readonly partial: PartialSignIn
}

/** The page that shows a new secret, or the one that the form has brought. */
export function showEnrolment(
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
      problems: because === undefined ? [] : [setUpProblems[because]],
    },
    frameOf(platform, request),
  )
  const status = { missing: 422, wrong: 403 } as const
  return page(html, { status: because === undefined ? 200 : status[because] })
}

/** Opens the session with the factor that is set up, and shows the recovery codes. @returns null when what was begun is over */
export async function submitEnrolment(asked: Enrolling): Promise<Outgoing | null> {
  const { platform, request, partial } = asked
  const { user } = partial
  const enrolled = await finishEnrolment(platform, request, user)
  if (!enrolled.ok) return showEnrolment(asked, enrolled.because === 'over' ? undefined : enrolled.because)
  const present = await presentSession(platform, request)
  const spared = present?.user.id === user.id ? present.session.id : undefined
  const arrived = await arrive(platform, request, {
    ...partial,
    authentication: together(partial.authentication, enrolled.authentication),
    writes: [
      partial.writes,
      enrolled.writes,
      // As on the account page (SE-07); the one of this browser is renewed.
      endAllSessions(platform.database, platform.runtime.now(), user.id, spared),
    ],
  })
  if (!arrived.ok) return null
  const model = { account: accountOf(user), codes: enrolled.codes, next: arrived.location, turnedOn: true }
  return withCookies(page(codesPage(model, frameOf(platform, request, user))), ...arrived.cookies)
}
