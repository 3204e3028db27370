// A handler of web Requests that runs for whom the guard lets pass: what the adapters without a framework behind them share.
import { RefusalError } from '../verify/errors.ts'
import type { Guard } from '../verify/guard.ts'
import type { Principal } from '../verify/index.ts'
import { toResponse, withHeaders } from './node-http.ts'

/** From a handler that wants a principal to one that the platform can call. */
export type Protect<Passed> = <Asked extends Request, Rest extends readonly unknown[]>(
  answer: (request: Asked, principal: Passed, ...rest: Rest) => Response | Promise<Response>,
) => (request: Asked, ...rest: Rest) => Promise<Response>

/**
 * Wraps handlers. INVARIANT: one runs only after the guard has let its request pass.
 *
 * @param guarded asked at each request, so that settings may be read at the first
 */
export function protecting(guarded: () => Guard<Request>): Protect<Principal> {
  return (answer) =>
    async (request, ...rest) => {
      const outcome = await guarded()(request, request)
      if (outcome.ok !== true) return toResponse(outcome)
      try {
        // Null only with `optional`, whose overload says so.
        return withHeaders(await answer(request, outcome.principal as Principal, ...rest), outcome.headers)
      } catch (error) {
        // Nobody behind this handler answers what requireAuth throws; what else is thrown passes through, as Next's redirect().
        if (error instanceof RefusalError) return withHeaders(error.getResponse(), outcome.headers)
        throw error
      }
    }
}
