// `auth()` for Express 5 (and 4): middleware that lets a request pass with `req.auth`, or answers it.
import type { ServerResponse } from 'node:http'
import type { Request } from 'express'
import { type AuthOptions, createGuard } from '../verify/guard.ts'
// From the face, so that an application's Register is known wherever this adapter is.
import type { Principal } from '../verify/index.ts'
import { addHeaders, type Middleware, send, viewOf } from './node-http.ts'

export { getAuth, requireAuth } from '../verify/attached.ts'
export { closeAuth } from '../verify/verifier.ts'
export { type Middleware, protectedResourceMetadata } from './node-http.ts'

declare global {
  namespace Express {
    // Merges with the User of other authentication middleware.
    interface User extends Principal {}
    interface Request {
      /** Set by `auth()`. On an address with `auth({ optional: true })` use `getAuth(req)`, which may be null. */
      auth: Principal
      user?: User | undefined
    }
  }
}

/**
 * Middleware for one address, or for all below it: a request with a good token that meets the options passes, with its
 * principal in `req.auth`; any other is answered 400, 401, 403, 404 or 503 as RFC 6750 §3 says, and goes no further.
 *
 * @throws TypeError for missing settings or contradicting options
 * @example
 * app.get('/api/accounts', auth({ scope: 'accounts:read' }), (req, res) => res.json(accountsOf(req.auth.subject)))
 */
export function auth(options: AuthOptions<Request> = {}): Middleware {
  const guard = createGuard(options)

  async function pass(request: Request, response: ServerResponse): Promise<boolean> {
    const outcome = await guard(viewOf(request), request)
    if (outcome.ok !== true) {
      send(response, outcome)
      return false
    }
    addHeaders(response, outcome.headers)
    if (outcome.principal !== null) {
      request.auth = outcome.principal
      request.user = outcome.principal
    }
    return true
  }

  return (request, response, next) => {
    // Two arguments to one `then`: what the rest of the chain throws is not ours to catch.
    pass(request as Request, response).then((passed) => (passed ? next() : undefined), next)
  }
}
