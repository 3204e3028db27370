// The end of every sign-in, by whatever method: one commit that opens the session together with all that was proven,
// the cookies, and the way back to where the person came from.
import type { Authentication } from '../accounts/sessions/session.ts'
import { openSession } from '../accounts/sessions/sessions.ts'
import type { WriteSet } from '../platform/db/database.ts'
import { event } from '../platform/events/events.ts'
import type { Incoming, SafeLocation } from '../platform/http/exchange.ts'
import { home, openReturn } from '../platform/http/return.ts'
import type { Platform } from '../platform/platform.ts'

/** Who has proved what, and where they want to go. */
export interface Arrival {
  readonly userId: string
  /** Name of the method, for the record. */
  readonly method: string
  readonly authentication: Authentication
  readonly remember: boolean
  /** The sealed return address; the account page when it is absent or not ours. */
  readonly continueTo: string | undefined
  /** What else belongs to this sign-in: limits settled, an account made, an identity linked. */
  readonly writes: WriteSet
  readonly cookies: readonly string[]
}

/** What came of signing in. */
export type Arrived =
  | {
      readonly ok: true
      /** Where to send the person on, with these `Set-Cookie` values. */
      readonly location: SafeLocation
      readonly cookies: readonly string[]
    }
  /** One of the arrival's own writes lost its guard: nobody is signed in. */
  | { readonly ok: false; readonly lost: string }

/** Signs a person in and sends them on. INVARIANT: no cookie leaves before everything is committed. */
export async function arrive(platform: Platform, request: Incoming, arrival: Arrival): Promise<Arrived> {
  const { database, runtime } = platform
  const { userId, method, authentication, remember } = arrival
  for (let attempt = 1; ; attempt++) {
    const opened = await openSession(platform, request, { userId, authentication, remember })
    const signedIn = event(database, runtime, {
      type: opened.renewed ? 'user.reauthenticated' : 'user.signed_in',
      userId,
      sessionId: opened.session.id,
      peer: request.peer,
      detail: { method },
    })
    const committed = await database.commit([arrival.writes, opened.writes, signedIn])
    if (committed.ok) {
      const location = openReturn(platform.vault, request.browser, arrival.continueTo) ?? home
      return { ok: true, location, cookies: [...opened.cookies, ...arrival.cookies] }
    }
    // The session to be renewed was ended in another tab at this moment: the second time there is none to renew.
    if (committed.lost !== 'session' || attempt === 2) return { ok: false, lost: committed.lost }
  }
}
