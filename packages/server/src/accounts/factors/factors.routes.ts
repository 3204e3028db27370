// The forms of second factors on the account page. Each asks for a proof that is at most ten minutes old and as sure as
// the account allows (MF-06, SE-09); a change ends every other session (SE-07) and is told by mail (PW-27).
import { frameOf } from '../../platform/html/frame.ts'
import { type Outgoing, page, type Route, redirect, withCookies } from '../../platform/http/exchange.ts'
import { Refusal } from '../../platform/http/failure.ts'
import { home } from '../../platform/http/return.ts'
import type { Platform } from '../../platform/platform.ts'
import { doneAt } from '../account-deed.ts'
import { commitOrRefuse, confirm } from '../confirm.routes.ts'
import type { PasswordDoor } from '../credentials/prove-password.ts'
import { toldOf } from '../letters/told-of.ts'
import { together } from '../sessions/session.ts'
import { endAllSessions } from '../sessions/sessions.store.ts'
import { openSession } from '../sessions/sessions.ts'
import { type Deed, signedInRoutes, type Visit } from '../signed-in.routes.ts'
import { accountOf } from '../users/sign-in-name.ts'
import { beginEnrolment, finishEnrolment } from './enrolment.ts'
import {
  type CodesPageModel,
  codesPage,
  type FactorsPartModel,
  setUpPage,
  setUpProblems,
} from './factors.page.ts'
import { recoveryCodesOf, totpOf } from './factors.store.ts'
import { newRecoveryCodes, removeTotp } from './factors.ts'

const setUpPath = '/account/factors/set-up'
const finishPath = '/account/factors/confirm'

/** The forms. */
export function factorRoutes(platform: Platform, door: PasswordDoor): readonly Route[] {
  const route = signedInRoutes(platform, door)
  return [
    route('POST', setUpPath, setUp),
    route('POST', finishPath, finish),
    route('POST', '/account/factors/remove', remove),
    route('POST', '/account/factors/codes', replaceCodes),
  ]
}

/** What the account page shows. */
export async function factorsOf(
  { database, runtime, secondFactor }: Platform,
  userId: string,
): Promise<FactorsPartModel> {
  const [totp, codes] = await Promise.all([totpOf(database, userId), recoveryCodesOf(database, userId)])
  return {
    now: runtime.now(),
    totpSince: totp?.createdAt ?? null,
    codesLeft: codes?.digests.length ?? 0,
    required: secondFactor === 'required',
  }
}

// For who has a passkey, it takes one (MF-06).
const changesFactors = true
const settingUp = { purpose: 'set up a second factor', action: setUpPath, changesFactors } as const

const setUp: Deed<PasswordDoor> = async (visit) => {
  const confirmed = await confirm(visit, settingUp)
  if (!confirmed.ok) return confirmed.outgoing
  await commitOrRefuse(visit.platform, confirmed.writes)
  return withCookies(secretPage(visit, 200), ...confirmed.cookies)
}

function secretPage(
  { platform, request, signedIn: { user } }: Visit,
  status: number,
  because?: 'missing' | 'wrong',
): Outgoing {
  const enrolment = beginEnrolment(platform, request, user, request.form.get('ticket'))
  const html = setUpPage(
    {
      account: accountOf(user),
      enrolment,
      action: finishPath,
      hidden: {},
      cancel: home,
      problems: because === undefined ? [] : [setUpProblems[because]],
    },
    frameOf(platform, request, { name: user.name }),
  )
  return page(html, { status })
}

const finish: Deed<PasswordDoor> = async (visit) => {
  const { platform, request, signedIn } = visit
  const { user } = signedIn
  // Whoever took so long begins again.
  const confirmed = await confirm(visit, settingUp)
  if (!confirmed.ok) return confirmed.outgoing
  const enrolled = await finishEnrolment(platform, request, user)
  if (!enrolled.ok) {
    const { because } = enrolled
    if (because === 'over') return secretPage(visit, 422)
    return secretPage(visit, because === 'missing' ? 422 : 403, because)
  }
  const { session } = confirmed
  const opened = await openSession(platform, request, {
    userId: user.id,
    authentication: together(session, enrolled.authentication),
    authenticatedAt: session.authenticatedAt,
    remember: false,
  })
  await commitOrRefuse(platform, [
    confirmed.writes,
    enrolled.writes,
    endAllSessions(platform.database, platform.runtime.now(), user.id, session.id),
    opened.writes,
  ])
  return withCookies(codesShown(visit, { codes: enrolled.codes, turnedOn: true }), ...opened.cookies)
}

const remove: Deed<PasswordDoor> = async (visit) => {
  const { platform, request, signedIn } = visit
  if (platform.secondFactor === 'required') throw new Refusal(403)
  const { user } = signedIn
  const confirmed = await confirm(visit, { purpose: 'turn off your second factor', changesFactors })
  if (!confirmed.ok) return confirmed.outgoing
  const { database, runtime } = platform
  await commitOrRefuse(platform, [
    confirmed.writes,
    removeTotp(platform, user.id, 'the person', request.peer),
    endAllSessions(database, runtime.now(), user.id, confirmed.session.id),
    toldOf(platform, user, { what: 'factor.removed', factor: 'an authenticator app' }, request),
  ])
  return withCookies(redirect(doneAt('factor-off')), ...confirmed.cookies)
}

const replaceCodes: Deed<PasswordDoor> = async (visit) => {
  const { platform, request, signedIn } = visit
  const { user } = signedIn
  const confirmed = await confirm(visit, { purpose: 'make new recovery codes', changesFactors })
  if (!confirmed.ok) return confirmed.outgoing
  if ((await totpOf(platform.database, user.id)) === null) throw new Refusal(409)
  const { codes, writes } = newRecoveryCodes(platform, user.id)
  await commitOrRefuse(platform, [
    confirmed.writes,
    writes,
    toldOf(platform, user, { what: 'recovery_codes.made' }, request),
  ])
  return withCookies(codesShown(visit, { codes, turnedOn: false }), ...confirmed.cookies)
}

function codesShown(
  { platform, request, signedIn: { user } }: Visit,
  shown: Pick<CodesPageModel, 'codes' | 'turnedOn'>,
): Outgoing {
  const model = { account: accountOf(user), next: home, ...shown }
  return page(codesPage(model, frameOf(platform, request, { name: user.name })))
}
