// A passport strategy: for applications that move over and keep `passport.authenticate('countersign', { session: false })`
// in front of their routes. New ones need `@countersign/sdk/express` alone.
import type { Request } from 'express'
import type { Authorized } from '../verify/authorize.ts'
import { type AuthOptions, createGuard, type Guard, type Served } from '../verify/guard.ts'
// From the face, so that an application's Register is known wherever this adapter is.
import type { Principal } from '../verify/index.ts'
import { authOptionsAmong } from '../verify/known-options.ts'
import { sharedVerifier } from '../verify/verifier.ts'
import { addHeaders, send, viewOf } from './node-http.ts'

export { getAuth, requireAuth } from '../verify/attached.ts'
export { closeAuth } from '../verify/verifier.ts'
export { type Middleware, protectedResourceMetadata } from './node-http.ts'

declare global {
  namespace Express {
    // Merges with the User of other strategies.
    interface User extends Principal {}
    interface Request {
      user?: User | undefined
    }
  }
}

type Options = AuthOptions<Request>

/** What passport adds to a strategy for the time of one request. */
interface Outcomes {
  success(user: Principal): void
  fail(challenge: string | undefined, status: number): void
  pass(): void
  error(error: unknown): void
}

/**
 * The strategy `countersign`: `req.user` is the principal. A request that may not pass is a failure with the status,
 * `WWW-Authenticate` and `Cache-Control` of `auth()`; the words of the body are passport's.
 *
 * @throws TypeError for missing settings or contradicting options
 * @example
 * passport.use(new Strategy())
 * app.get('/me', passport.authenticate('countersign', { session: false, scope: 'profile:read' }), show)
 */
export class Strategy {
  readonly name = 'countersign'
  /** Passport calls it; `asked` is what a route gave `passport.authenticate()`, any option of `auth()` among it. */
  readonly authenticate: (this: Outcomes, request: Request, asked?: object) => void

  constructor(options: Options = {}) {
    const guardOf = guardsOf(options)
    // Passport calls it on an object made of this one, which has what is public alone.
    this.authenticate = function authenticate(request, asked = none) {
      judge(guardOf, request, asked).then(
        (outcome) => (outcome.ok === true ? pass(this, request, outcome) : refuse(this, request, outcome)),
        (error: unknown) => this.error(error),
      )
    }
  }
}

const none = {}

/** The strategy, for `passport.use(auth())`. */
export function auth(options: Options = {}): Strategy {
  return new Strategy(options)
}

type FindGuard = (asked: object) => Guard<Request>

function guardsOf(options: Options): FindGuard {
  const settings: Options = { ...options, verifier: options.verifier ?? sharedVerifier(options) }
  // Passport hands over the same options for every request of a route.
  const guards = new WeakMap<object, Guard<Request>>([[none, createGuard(settings)]])
  return (asked) => {
    const guard = guards.get(asked) ?? createGuard({ ...settings, ...authOptionsAmong(asked) })
    guards.set(asked, guard)
    return guard
  }
}

/** A promise from the start, so that options that contradict each other reject it. */
async function judge(guardOf: FindGuard, request: Request, asked: object): Promise<Authorized | Served> {
  return guardOf(asked)(viewOf(request), request)
}

function pass(outcomes: Outcomes, request: Request, { principal, headers }: Authorized): void {
  if (request.res) addHeaders(request.res, headers)
  if (principal === null) outcomes.pass()
  else outcomes.success(principal)
}

function refuse(outcomes: Outcomes, request: Request, outcome: Served): void {
  const { status, headers } = outcome
  if (status === 200 && request.res) {
    send(request.res, outcome)
    return
  }
  // Passport writes challenges beside 401 alone, and its own body: these are what it would leave out.
  const { 'content-type': _, ...kept } = headers
  if (request.res) addHeaders(request.res, kept)
  outcomes.fail(headers['www-authenticate'], status)
}
