// Sessions of browsers. The cookie holds an opaque secret, the database its digest. `openSession` is the only place
// that makes such a secret, always a new one, so nothing a browser held before a sign-in is worth anything after it
// (session fixation, C19 and SE-01).
import { digest, formatOpaque, parseOpaque } from '@countersign/protocol'
import type { Database, WriteSet } from '../../platform/db/database.ts'
import type { Write } from '../../platform/db/engine.ts'
import { event } from '../../platform/events/events.ts'
import { cookieName, setCookie } from '../../platform/http/cookies.ts'
import type { Incoming } from '../../platform/http/exchange.ts'
import type { Platform } from '../../platform/platform.ts'
import type { Instant, Runtime } from '../../platform/runtime.ts'
import { demandSecondFactor, noSecondFactor } from '../factors/factors.store.ts'
import { type User, userStands } from '../users/users.store.ts'
import { type Authentication, byAssertion, isStrong, lifetimes, type Session } from './session.ts'
import {
  endSession,
  insertSession,
  proofOf,
  renewSession,
  sessionByDigest,
  sessionStands,
  touchSession,
} from './sessions.store.ts'

/** Who is signed in: by a session in this browser that is as sure as this server asks for now. */
export interface SignedIn {
  readonly session: Session
  readonly user: User
  readonly stands: true
}

/** What a browser holds, also where it opens nothing any more: for whoever ends it, or puts a surer one in its place. */
export interface PresentSession {
  readonly session: Session
  readonly user: User
  /** Whether it is as sure as this server asks for now. */
  readonly stands: boolean
}

/** How exactly "last used" is kept, as a part of the time without use that ends the session, and in seconds at most. */
const touched = { part: 1 / 12, seconds: 300 } as const
const longestUserAgent = 256

type Asking = Pick<Incoming, 'cookies'>
type Arriving = Pick<Incoming, 'cookies' | 'headers' | 'peer'>

/**
 * Who is signed in in this browser: a live session of a living user, or null. Null also for one that was begun with one
 * factor, and isn't enough any more: where everybody needs two by now, or its person has two.
 */
export async function currentSession(platform: Platform, request: Asking): Promise<SignedIn | null> {
  const present = await presentSession(platform, request)
  return present?.stands === true ? { ...present, stands: true } : null
}

/** The live session that a browser holds, whether or not it still opens anything. */
export async function presentSession(platform: Platform, request: Asking): Promise<PresentSession | null> {
  const cookie = request.cookies.get(cookieName(platform.issuer, 'sid'))
  if (cookie === undefined || parseOpaque('csss', cookie) === null) return null
  const now = platform.runtime.now()
  const found = await sessionByDigest(platform.database, now, digest(cookie))
  if (found === null) return null
  const { session, user, hasSecondFactor } = found
  if (now - session.lastSeenAt >= Math.min(touched.seconds, session.idleSeconds * touched.part)) {
    await platform.database.commit([touchSession(platform.database, now, session.id)])
  }
  return { session, user, stands: isEnough(platform, session, hasSecondFactor) }
}

/** The one rule of how surely somebody has to have signed in (C12, MF-05): for sessions that begin, and that are used. */
function isEnough(
  { secondFactor }: Pick<Platform, 'secondFactor'>,
  authentication: Pick<Authentication, 'acr'>,
  hasSecondFactor: boolean,
): boolean {
  return isStrong(authentication) || (secondFactor === 'optional' && !hasSecondFactor)
}

/**
 * Whether what was given for an authentication is still good, and may be renewed: not for one factor, where everybody needs
 * two by now. Where nobody proved anything to us there is nothing to add to.
 */
export function isStillEnough(
  platform: Pick<Platform, 'secondFactor'>,
  authentication: Pick<Authentication, 'acr'>,
): boolean {
  return authentication.acr === byAssertion.acr || isEnough(platform, authentication, false)
}

/**
 * A room in which one factor is enough, for whoever ends what they hold: that has to end also where it opens nothing by now,
 * since it would be good again once the rule is taken back.
 */
export function forEnding<R extends { readonly platform: Pick<Platform, 'secondFactor'> }>(room: R): R {
  return { ...room, platform: { ...room.platform, secondFactor: 'optional' } }
}

/** Who signs in, and how. */
export interface Opening {
  readonly userId: string
  readonly authentication: Authentication
  /** Whether the person asked to stay signed in. Who proved two factors doesn't (NIST SP 800-63B-4 §2.2.3). */
  readonly remember: boolean
  /**
   * When the person proved themself, where that is not now: the session begins, or goes on under another secret,
   * without a proof.
   */
  readonly authenticatedAt?: Instant
  /** Begin a session of its own where this person's present one could be renewed: for whoever ends all of theirs. */
  readonly afresh?: boolean
}

/** The session as it will be once its writes are committed. */
export interface Opened {
  readonly session: Session
  /** Whether the same person was signed in here already. */
  readonly renewed: boolean
  /**
   * To commit together with whatever else the sign-in changes; they lose `session` when the present one ends meanwhile,
   * `user` when the person is disabled, `second factor` when they have one that was not proven.
   */
  readonly writes: WriteSet
  /** `Set-Cookie` values for the answer. */
  readonly cookies: readonly string[]
}

/**
 * Signs a person in in this browser. Somebody else's session here ends; the same person's is renewed under another
 * secret, so that what was granted in it goes on (an application must not be signed out because another one asked for
 * the password again).
 */
export async function openSession(platform: Platform, request: Arriving, opening: Opening): Promise<Opened> {
  const { database, runtime, issuer } = platform
  const now = runtime.now()
  const present = await presentSession(platform, request)
  const renewed = opening.afresh !== true && present?.user.id === opening.userId ? present.session : null
  const token = formatOpaque('csss', runtime.secret())
  const tokenDigest = digest(token)
  const remembered = opening.remember && !isStrong(opening.authentication)
  const lifetime = remembered ? lifetimes.remembered : lifetimes.usual
  const session: Session = {
    id: renewed?.id ?? runtime.id('ses'),
    proof: proofOf(tokenDigest),
    userId: opening.userId,
    // One that is renewed without a proof is no answer to who asks for one (OpenID Connect Core §3.1.2.1, `prompt=login`).
    createdAt: opening.authenticatedAt === undefined ? (renewed?.createdAt ?? now) : now,
    authenticatedAt: opening.authenticatedAt ?? now,
    amr: opening.authentication.amr,
    acr: opening.authentication.acr,
    remembered,
    lastSeenAt: now,
    idleSeconds: lifetime.idleSeconds,
    expiresAt: (now + lifetime.absoluteSeconds) as Instant,
    peer: request.peer,
    userAgent: userAgentOf(request),
  }
  const replaced = present !== null && present.user.id !== opening.userId ? present.session : null
  return {
    session,
    renewed: renewed !== null,
    writes: [
      standsFor(platform, opening.userId, opening.authentication),
      renewed === null
        ? insertSession(database, session, tokenDigest)
        : renewSession(database, session, tokenDigest),
      replaced && endSession(database, now, replaced),
      replaced && sessionEnded(database, runtime, replaced, request.peer, 'replaced'),
    ],
    cookies: [setCookie(issuer, 'sid', token, remembered ? lifetimes.remembered.absoluteSeconds : undefined)],
  }
}

/**
 * That the person is there, and that nobody who has a second factor, or needs one, gets a session by one alone: this is
 * where every session passes, whatever asked for it (C12). Only where nobody proved anything to us is there nothing to add
 * to.
 */
function standsFor(platform: World, userId: string, authentication: Authentication): WriteSet {
  const { database } = platform
  const stands = userStands(database, userId)
  const isEnoughOfAnybody = isEnough(platform, authentication, true)
  if (isEnoughOfAnybody || authentication.acr === byAssertion.acr) return [stands]
  const isEnoughWithoutFactor = isEnough(platform, authentication, false)
  return [stands, isEnoughWithoutFactor ? noSecondFactor(database, userId) : demandSecondFactor(database)]
}

type World = Pick<Platform, 'database' | 'runtime' | 'secondFactor'>

/** A device that somebody lets in, out of a session of theirs. */
export interface DeviceOpening {
  /** The session in which it is allowed: what was proven there is what the device's session rests on. */
  readonly from: Session
  /** The id of the client that runs on the device. */
  readonly clientId: string
  /** Where the device's request came from. */
  readonly peer: string
  readonly userAgent: string
  /** Seconds that it may last. */
  readonly seconds: number
}

/** A program's own way in: it holds what it is given, and no browser does. */
export interface ProgramOpening {
  readonly userId: string
  readonly authentication: Authentication
  /** The id of the client that the person uses. */
  readonly clientId: string
  /** Seconds that it may last. */
  readonly seconds: number
  /** For what is brought from another system, where it was given out: it goes on for people with a second factor too. */
  readonly brought?: true
}

/**
 * Opens a session for a person who proved themself to a program of theirs. The writes lose `user` when the person is
 * disabled, `second factor` when they have one that was not proven.
 */
export function openProgramSession(
  platform: World,
  request: Pick<Incoming, 'headers' | 'peer'>,
  { userId, authentication, clientId, seconds, brought }: ProgramOpening,
): { readonly session: Session; readonly writes: WriteSet } {
  const { database, runtime } = platform
  const now = runtime.now()
  const tokenDigest = digest(formatOpaque('csss', runtime.secret()))
  const session: Session = {
    id: runtime.id('ses'),
    proof: proofOf(tokenDigest),
    userId,
    createdAt: now,
    authenticatedAt: now,
    ...authentication,
    remembered: true,
    lastSeenAt: now,
    idleSeconds: seconds,
    expiresAt: (now + seconds) as Instant,
    peer: request.peer,
    userAgent: userAgentOf(request),
  }
  const stands = brought ? userStands(database, userId) : standsFor(platform, userId, authentication)
  const writes = [stands, insertSession(database, session, tokenDigest, clientId)]
  return { session, writes }
}

/**
 * Gives a device a session of its own: it ends with the person's others, and not with the one in which it was allowed.
 * No browser has its secret, which nobody keeps. The writes lose `session` when the one that it comes from has ended,
 * `user` when the person is disabled.
 */
export function openDeviceSession(
  platform: World,
  { from, clientId, peer, userAgent, seconds }: DeviceOpening,
): { readonly session: Session; readonly writes: WriteSet } {
  const { database, runtime } = platform
  const now = runtime.now()
  const tokenDigest = digest(formatOpaque('csss', runtime.secret()))
  const session: Session = {
    ...from,
    id: runtime.id('ses'),
    proof: proofOf(tokenDigest),
    createdAt: now,
    remembered: true,
    lastSeenAt: now,
    idleSeconds: seconds,
    expiresAt: (now + seconds) as Instant,
    peer,
    userAgent,
  }
  return {
    session,
    writes: [
      standsFor(platform, from.userId, from),
      sessionStands(database, from),
      insertSession(database, session, tokenDigest, clientId),
    ],
  }
}

/** The `Set-Cookie` value that takes the session's cookie away. */
export function forgetSessionCookie(platform: Pick<Platform, 'issuer'>): string {
  return setCookie(platform.issuer, 'sid', '', 0)
}

/** What to commit when a person signs out of a session. */
export function signOutOf(platform: Platform, session: Session, peer: string): WriteSet {
  const { database, runtime } = platform
  const { id: sessionId, userId } = session
  return [
    endSession(database, runtime.now(), session),
    event(database, runtime, { type: 'user.signed_out', userId, sessionId, peer }),
  ]
}

/** The event of a session that ended other than by its time. */
export function sessionEnded(
  database: Database,
  runtime: Runtime,
  session: Pick<Session, 'id' | 'userId'>,
  peer: string,
  because: 'signed out' | 'revoked' | 'replaced' | 'password changed',
): Write {
  return event(database, runtime, {
    type: 'session.ended',
    userId: session.userId,
    sessionId: session.id,
    peer,
    detail: { because },
  })
}

/** What a program says that it is: printable, and not too long. */
export function userAgentOf(request: Pick<Incoming, 'headers'>): string {
  return (request.headers.get('user-agent') ?? '').replace(/[^\x20-\x7e]/g, '').slice(0, longestUserAgent)
}
