// Where a person is signed in, and ending it from the account page: one session, those of one application, every other
// one. Each is one commit, with an event for each session that ends; whatever lives by them, tokens and codes, dies with
// them.
import type { WriteSet } from '../platform/db/database.ts'
import { type Outgoing, type Route, redirect, withCookies } from '../platform/http/exchange.ts'
import { Refusal } from '../platform/http/failure.ts'
import type { Platform } from '../platform/platform.ts'
import { type AccountDeed, doneAt } from './account-deed.ts'
import { type Ask, commitOrRefuse, confirm } from './confirm.routes.ts'
import type { PasswordDoor } from './credentials/prove-password.ts'
import type { Session } from './sessions/session.ts'
import { endSession, sessionsOf } from './sessions/sessions.store.ts'
import { type SignedIn, sessionEnded } from './sessions/sessions.ts'
import {
  endEverySession,
  endHeldSessions,
  heldSessionsOf,
  type StandingSession,
  standingSessionsOf,
} from './sessions/standing.store.ts'
import type { BrowserSession, SessionsPartModel, SignedInApplication } from './sessions.page.ts'
import { type Deed, signedInRoutes, type Visit } from './signed-in.routes.ts'

/** What is asked of another room. */
export interface ApplicationsOf {
  /** The applications that are signed in by themselves, on devices and in programs; the last used first. */
  readonly devices: (userId: string) => Promise<readonly SignedInApplication[]>
}

/** Where a person is signed in, as their page says it. */
export async function sessionsShown(
  { database, runtime }: Platform,
  room: ApplicationsOf,
  { session, user }: SignedIn,
): Promise<SessionsPartModel> {
  const now = runtime.now()
  const [sessions, applications] = await Promise.all([
    sessionsOf(database, now, user.id),
    room.devices(user.id),
  ])
  const browsers = sessions.map((one) => browserOf(one, session.id))
  return {
    now,
    browsers: browsers.sort((one, other) => Number(other.current) - Number(one.current)),
    applications,
  }
}

function browserOf(one: Session, currentId: string): BrowserSession {
  return {
    id: one.id,
    current: one.id === currentId,
    userAgent: one.userAgent === '' ? null : one.userAgent,
    peer: one.peer === '' ? null : one.peer,
    signedInAt: one.authenticatedAt,
    lastUsedAt: one.lastSeenAt,
    remembered: one.remembered,
    upstream: one.amr.includes('fed') ? 'a linked sign-in' : isByKey(one) ? 'a passkey' : null,
  }
}

/** RFC 8176: a key in hardware or in software. */
function isByKey({ amr }: Session): boolean {
  return amr.includes('hwk') || amr.includes('swk')
}

/** The forms of that part of the account page. */
export function sessionRoutes(platform: Platform, door: PasswordDoor): readonly Route[] {
  const route = signedInRoutes(platform, door)
  return [
    route('POST', '/account/sessions/revoke', revokeSession),
    route('POST', '/account/sessions/revoke-application', revokeApplication),
    route('POST', '/account/sessions/revoke-others', revokeOthers),
  ]
}

const revokeSession: Deed<PasswordDoor> = async (visit) => {
  const { platform, request, signedIn } = visit
  const { user } = signedIn
  const confirmed = await confirm(visit, { purpose: 'end a session', fields: ['session'] })
  if (!confirmed.ok) return confirmed.outgoing
  const { database, runtime } = platform
  const own = await standingSessionsOf(database, user.id)
  const ended = own.find(({ id }) => id === request.form.get('session'))
  await commitOrRefuse(platform, [
    confirmed.writes,
    ended && endSession(database, runtime.now(), ended),
    ended && sessionEnded(database, runtime, ended, request.peer, 'revoked'),
  ])
  return withCookies(redirect(doneAt('session-ended')), ...confirmed.cookies)
}

const revokeApplication: Deed<PasswordDoor> = (visit) => {
  const { platform, request, signedIn } = visit
  const { database, runtime } = platform
  const of = { userId: signedIn.user.id, heldBy: request.form.get('client') ?? '' }
  return endSeveral(visit, {
    ask: { purpose: 'sign an application out', fields: ['client'] },
    find: () => heldSessionsOf(database, of),
    end: (sessions) => endHeldSessions(database, runtime.now(), of, sessions),
    deed: 'application-ended',
  })
}

const revokeOthers: Deed<PasswordDoor> = (visit) => {
  const { database, runtime } = visit.platform
  const { user } = visit.signedIn
  return endSeveral(visit, {
    ask: { purpose: 'sign out everywhere else' },
    find: async (spared) =>
      (await standingSessionsOf(database, user.id)).filter(({ id }) => id !== spared.id),
    end: (sessions, spared) => endEverySession(database, runtime.now(), user.id, sessions, spared.id),
    deed: 'others-ended',
  })
}

type Standing = readonly StandingSession[]

interface Several {
  readonly ask: Ask
  /** The sessions that are to end. @param spared the one in which this is asked */
  readonly find: (spared: Session) => Promise<Standing>
  /** Loses `sessions` when there is another one by then. */
  readonly end: (sessions: Standing, spared: Session) => WriteSet
  readonly deed: AccountDeed
}

/** Each time another session of the same person has begun at this moment. */
const attempts = 5

async function endSeveral(visit: Visit<PasswordDoor>, { ask, find, end, deed }: Several): Promise<Outgoing> {
  const { platform, request } = visit
  const { database, runtime } = platform
  const confirmed = await confirm(visit, ask)
  if (!confirmed.ok) return confirmed.outgoing
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const sessions = await find(confirmed.session)
    const committed = await database.commit([
      confirmed.writes,
      end(sessions, confirmed.session),
      sessions.map((session) => sessionEnded(database, runtime, session, request.peer, 'revoked')),
    ])
    if (committed.ok) return withCookies(redirect(doneAt(deed)), ...confirmed.cookies)
    if (committed.lost !== 'sessions') break
  }
  throw new Refusal(409)
}
