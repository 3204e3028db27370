// A passport strategy: for applications that move over and keep `passport.authenticate('countersign', { session: false })`
// in front of their routes. New ones need `@countersign/sdk/express` alone.
import type { Request } from 'express'
import { type AuthOptions, createGuard, type Guard } from '../verify/guard.ts'
// From the face, so that an application's Register is known wherever this adapter is.
import type { Principal } from '../verify/index.ts'
import { sharedVerifier } from '../verify/verifier.ts'
import { addHeaders, send, viewOf } from './node-http.ts'

export { getAuth, requireAuth } from '../verify/attached.ts'
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
  // No #private members: passport calls a strategy through an object made of it, which would not have them.
  private readonly guardOf: (asked: object) => Guard<Request>

  constructor(options: Options = {}) {
    const settings: Options = { ...options, verifier: options.verifier ?? sharedVerifier(options) }
    // Passport hands over the same options for every request of a route.
    const guards = new WeakMap<object, Guard<Request>>()
    const plain = createGuard(settings)
    this.guardOf = (asked) => {
      const guard = guards.get(asked) ?? (asked === none ? plain : createGuard({ ...settings, ...asked }))
      guards.set(asked, guard)
      return guard
    }
  }

  /** Passport calls it; `asked` is what a route gave `passport.authenticate()`, any option of `auth()` among it. */
  authenticate(this: Strategy & Outcomes, request: Request, asked: object = none): void {
    this.judge(request, asked).then(
      (outcome) => {
        if (outcome.ok === true) {
          if (request.res) addHeaders(request.res, outcome.headers)
          if (outcome.principal === null) this.pass()
          else this.success(outcome.principal)
          return
        }
        const { status, headers } = outcome
        if (status === 200 && request.res) return send(request.res, outcome)
        const { 'content-type': _, ...kept } = headers
        // Passport writes challenges beside 401 alone, and its own body: these are what it would leave out.
        if (request.res) addHeaders(request.res, kept)
        this.fail(headers['www-authenticate'], status)
      },
      (error: unknown) => this.error(error),
    )
  }

  private async judge(request: Request, asked: object): Promise<Awaited<ReturnType<Guard<Request>>>> {
    return this.guardOf(asked)(viewOf(request), request)
  }
}

const none = {}

/** The strategy, for `passport.use(auth())`. */
export function auth(options: Options = {}): Strategy {
  return new Strategy(options)
}
