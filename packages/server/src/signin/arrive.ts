// The end of every sign-in, by whatever method, and the one gate into a session: either one factor was enough, and one
// commit opens the session together with all that was proven, or the person goes on to the second step (C12, MF-05).
import { type Authentication, isStrong } from '../accounts/sessions/session.ts'
import { openSession } from '../accounts/sessions/sessions.ts'
import type { WriteSet } from '../platform/db/database.ts'
import { event } from '../platform/events/events.ts'
import type { Incoming, SafeLocation } from '../platform/http/exchange.ts'
import { home, openReturn, sealReturn } from '../platform/http/return.ts'
import type { Platform } from '../platform/platform.ts'
import { journey, type Second } from './journey.ts'
import { type IdentityKey, secondStep } from './second/partial.ts'
import { holdingOf } from './second/second-factors.ts'

/** Who has proved what, and where they want to go. */
export interface Arrival {
  readonly userId: string
  /** Name of the method, for the record. */
  readonly method: string
  readonly authentication: Authentication
  readonly remember: boolean
  /** The sealed return address; the account page when it is absent or not ours. */
  readonly continueTo: string | undefined
  /** The upstream's account that was proven, if it was one. */
  readonly identity?: IdentityKey | null
  /** Whether a second factor is wanted of everybody who has one, also of one that a password would do without. */
  readonly stepUp?: boolean
  /**
   * What else belongs to this proof: limits settled, an account made, an identity linked at its making. They are committed
   * also where a second factor is still lacking; what must not be before that does not belong here.
   */
  readonly writes: WriteSet
  /** What happens with the session and not before it; who lacks a second factor comes back to `back` for it. */
  readonly deed?: { readonly writes: WriteSet; readonly back: SafeLocation }
  readonly cookies: readonly string[]
}

/** What came of signing in. */
export type Arrived =
  | {
      readonly ok: true
      /** Where to send the person on, with these `Set-Cookie` values: where they wanted to go, or to the second step. */
      readonly location: SafeLocation
      readonly cookies: readonly string[]
    }
  /** One of the arrival's own writes lost its guard: nobody is signed in. */
  | { readonly ok: false; readonly lost: string }

/**
 * Signs a person in and sends them on, or asks them for a second factor.
 *
 * INVARIANT: no cookie leaves before everything is committed, and none at all before the second factor.
 */
export async function arrive(platform: Platform, request: Incoming, arrival: Arrival): Promise<Arrived> {
  const proof = { ...arrival.authentication, at: platform.runtime.now() }
  for (let attempt = 1; ; attempt++) {
    const second = await secondOf(platform, arrival)
    const step = journey([proof], { methods: [], since: 0, second })
    if (step.do === 'prove') throw new Error('A proof does not count.')
    if (step.do !== 'enter') return goOn(platform, request, arrival, step.do)
    const committed = await enter(platform, request, arrival)
    if (committed.ok) return committed
    // The session to be renewed was ended in another tab at this moment, or a second factor was set up: the second time
    // there is none to renew, and the factor is known.
    const mayHelp = committed.lost === 'session' || committed.lost === 'second factor'
    if (!mayHelp || attempt === 2) return committed
  }
}

/** What one factor doesn't do for. Somebody who is just being made has nothing. */
async function secondOf(platform: Platform, arrival: Arrival): Promise<Second> {
  if (isStrong(arrival.authentication)) return 'none'
  const { factors, demanded } = await holdingOf(platform, arrival.userId)
  if (factors.length === 0) return platform.secondFactor === 'required' ? 'enrol' : 'none'
  const isAsked = demanded || platform.secondFactor === 'required' || arrival.stepUp === true
  return isAsked ? 'prove' : 'none'
}

async function goOn(
  platform: Platform,
  request: Incoming,
  arrival: Arrival,
  lacks: 'second' | 'enrol',
): Promise<Arrived> {
  const committed = await platform.database.commit(arrival.writes)
  if (!committed.ok) return committed
  const { deed, identity = null } = arrival
  const continueTo =
    deed === undefined ? arrival.continueTo : sealReturn(platform.vault, request.browser, deed.back)
  const begun = { ...arrival, continueTo, identity }
  return { ok: true, location: await secondStep(platform, request, begun, lacks), cookies: [] }
}

async function enter(platform: Platform, request: Incoming, arrival: Arrival): Promise<Arrived> {
  const { database, runtime, vault } = platform
  const { userId, method, authentication, remember } = arrival
  const opened = await openSession(platform, request, { userId, authentication, remember })
  const signedIn = event(database, runtime, {
    type: opened.renewed ? 'user.reauthenticated' : 'user.signed_in',
    userId,
    sessionId: opened.session.id,
    peer: request.peer,
    detail: { method },
  })
  const committed = await database.commit([arrival.writes, opened.writes, arrival.deed?.writes, signedIn])
  if (!committed.ok) return committed
  const location = openReturn(vault, request.browser, arrival.continueTo) ?? home
  return { ok: true, location, cookies: [...opened.cookies, ...arrival.cookies] }
}
