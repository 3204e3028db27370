// The forms of second factors on the account page. Each asks for a proof that is at most ten minutes old and as sure as
// the account allows (MF-06, SE-09); a change ends every other session (SE-07) and is told by mail (PW-27).
import type { WriteSet } from '../../platform/db/database.ts'
import { frameOf } from '../../platform/html/frame.ts'
import { type Incoming, type Outgoing, page, redirect, withCookies } from '../../platform/http/exchange.ts'
import { Refusal } from '../../platform/http/failure.ts'
import { home } from '../../platform/http/return.ts'
import type { Platform } from '../../platform/platform.ts'
import { doneAt } from '../account-deed.ts'
import { confirm } from '../confirm.routes.ts'
import type { PasswordDoor } from '../credentials/prove-password.ts'
import { toldOf } from '../letters/told-of.ts'
import { together } from '../sessions/session.ts'
import { endAllSessions } from '../sessions/sessions.store.ts'
import { openSession, type SignedIn } from '../sessions/sessions.ts'
import { accountOf } from '../users/sign-in-name.ts'
import type { User } from '../users/users.store.ts'
import { beginEnrolment, finishEnrolment } from './enrolment.ts'
import { codesPage, type FactorsPartModel, setUpPage, setUpProblems } from './factors.page.ts'
import { recoveryCodesOf, totpOf } from './factors.store.ts'
import { newRecoveryCodes, removeTotp } from './factors.ts'

/** A form of a person who is signed in. */
export type FactorDeed = (
  platform: Platform,
  door: PasswordDoor,
  request: Incoming,
  signedIn: SignedIn,
) => Promise<Outgoing>

/** The forms, by their paths. */
export const factorDeeds: Readonly<Record<string, FactorDeed>> = {
  '/account/factors/set-up': setUp,
  '/account/factors/confirm': finish,
  '/account/factors/remove': remove,
  '/account/factors/codes': replaceCodes,
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
const settingUp = {
  purpose: 'set up a second factor',
  action: '/account/factors/set-up',
  fields: [],
  changesFactors,
} as const

async function setUp(
  platform: Platform,
  door: PasswordDoor,
  request: Incoming,
  signedIn: SignedIn,
): Promise<Outgoing> {
  const confirmed = await confirm(platform, door, request, signedIn, settingUp)
  if (!confirmed.ok) return confirmed.outgoing
  await commitOrRefuse(platform, confirmed.writes)
  return withCookies(secretPage(platform, request, signedIn.user, 200), ...confirmed.cookies)
}

function secretPage(
  platform: Platform,
  request: Incoming,
  user: User,
  status: number,
  because?: 'missing' | 'wrong',
): Outgoing {
  const enrolment = beginEnrolment(platform, request, user, request.form.get('ticket'))
  const html = setUpPage(
    {
      account: accountOf(user),
      enrolment,
      action: '/account/factors/confirm',
      hidden: {},
      cancel: home,
      problems: because === undefined ? [] : [setUpProblems[because]],
    },
    frameOf(platform, request, { name: user.name }),
  )
  return page(html, { status })
}

async function finish(
  platform: Platform,
  door: PasswordDoor,
  request: Incoming,
  signedIn: SignedIn,
): Promise<Outgoing> {
  const { user } = signedIn
  // Whoever took so long begins again.
  const confirmed = await confirm(platform, door, request, signedIn, settingUp)
  if (!confirmed.ok) return confirmed.outgoing
  const enrolled = await finishEnrolment(platform, request, user)
  if (!enrolled.ok) {
    const { because } = enrolled
    if (because === 'over') return secretPage(platform, request, user, 422)
    return secretPage(platform, request, user, because === 'missing' ? 422 : 403, because)
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
  return withCookies(codesShown(platform, request, user, enrolled.codes, true), ...opened.cookies)
}

async function remove(
  platform: Platform,
  door: PasswordDoor,
  request: Incoming,
  signedIn: SignedIn,
): Promise<Outgoing> {
  if (platform.secondFactor === 'required') throw new Refusal(403)
  const { user } = signedIn
  const ask = {
    purpose: 'turn off your second factor',
    action: '/account/factors/remove',
    fields: [],
    changesFactors,
  } as const
  const confirmed = await confirm(platform, door, request, signedIn, ask)
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

async function replaceCodes(
  platform: Platform,
  door: PasswordDoor,
  request: Incoming,
  signedIn: SignedIn,
): Promise<Outgoing> {
  const { user } = signedIn
  const ask = {
    purpose: 'make new recovery codes',
    action: '/account/factors/codes',
    fields: [],
    changesFactors,
  } as const
  const confirmed = await confirm(platform, door, request, signedIn, ask)
  if (!confirmed.ok) return confirmed.outgoing
  if ((await totpOf(platform.database, user.id)) === null) throw new Refusal(409)
  const { codes, writes } = newRecoveryCodes(platform, user.id)
  await commitOrRefuse(platform, [
    confirmed.writes,
    writes,
    toldOf(platform, user, { what: 'recovery_codes.made' }, request),
  ])
  return withCookies(codesShown(platform, request, user, codes, false), ...confirmed.cookies)
}

function codesShown(
  platform: Platform,
  request: Incoming,
  user: User,
  codes: readonly string[],
  turnedOn: boolean,
): Outgoing {
  const model = { account: accountOf(user), codes, next: home, turnedOn }
  return page(codesPage(model, frameOf(platform, request, { name: user.name })))
}

/** @throws Refusal when what this rests on changed in this very moment, from somewhere else */
async function commitOrRefuse(platform: Platform, writes: WriteSet): Promise<void> {
  const committed = await platform.database.commit(writes)
  if (!committed.ok) throw new Refusal(409)
}
