// Pages and forms of somebody who is signed in. The one place that asks who it is: what such a route runs is given them,
// and can't be reached without.
import {
  type Incoming,
  type Outgoing,
  type Route,
  redirect,
  type SafeLocation,
} from '../platform/http/exchange.ts'
import { home } from '../platform/http/return.ts'
import type { Platform } from '../platform/platform.ts'
import { currentSession, type SignedIn } from './sessions/sessions.ts'
import { signInBefore } from './sign-in-path.ts'

/** A request of somebody who is signed in, and what it is answered with. */
export interface Visit<Room = unknown> {
  readonly platform: Platform
  readonly room: Room
  readonly request: Incoming
  readonly signedIn: SignedIn
}

/** What becomes of one. */
export type Deed<Room = unknown> = (visit: Visit<Room>) => Outgoing | Promise<Outgoing>

/** Makes routes of deeds. @param backTo where whoever has to sign in first comes back to; their account unless told */
export type SignedInRoute<Room> = (
  method: 'GET' | 'POST',
  path: string,
  run: Deed<Room>,
  backTo?: (request: Incoming) => SafeLocation,
) => Route

/** Routes for people who are signed in by a session that is enough by now; anybody else is sent to sign in first. */
export function signedInRoutes<Room>(platform: Platform, room: Room): SignedInRoute<Room> {
  return (method, path, run, backTo = () => home) => ({
    method,
    path,
    caller: 'browser',
    run: async (request) => {
      const signedIn = await currentSession(platform, request)
      return signedIn === null
        ? redirect(signInBefore(platform, request, backTo(request)))
        : run({ platform, room, request, signedIn })
    },
  })
}
