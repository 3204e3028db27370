// `auth()` for anything that speaks web Request and Response: wraps a handler, which gets the principal as its second
// argument and whatever else the platform passes after it.
import { AuthError } from '../verify/errors.ts'
import { type AuthOptions, createGuard } from '../verify/guard.ts'
// From the face, so that an application's Register is known wherever this adapter is.
import type { Principal } from '../verify/index.ts'
import { type ProtectedResourceOptions, protectedResource } from '../verify/resource-metadata.ts'
import { toResponse, withHeaders } from './node-http.ts'

export { getAuth, requireAuth } from '../verify/attached.ts'
export { closeAuth } from '../verify/verifier.ts'

type Answered = Response | Promise<Response>

/** From a handler that wants a principal to one that the platform can call. */
export type Protect<Passed> = <Rest extends readonly unknown[]>(
  answer: (request: Request, principal: Passed, ...rest: Rest) => Answered,
) => (request: Request, ...rest: Rest) => Promise<Response>

/**
 * Wraps a handler: it runs for a request with a good token that meets the options; any other is answered 400, 401, 403,
 * 404 or 503 as RFC 6750 §3 says. With `optional` the principal is null for a request without a token.
 *
 * @throws TypeError for missing settings or contradicting options
 * @example
 * export default { fetch: auth({ scope: 'accounts:read' })((request, principal) => Response.json(principal.subject)) }
 */
export function auth(options: AuthOptions<Request> & { readonly optional: true }): Protect<Principal | null>
export function auth(options?: AuthOptions<Request> & { readonly optional?: false }): Protect<Principal>
export function auth(options: AuthOptions<Request>): Protect<Principal | null>
export function auth(options: AuthOptions<Request> = {}): Protect<Principal> {
  const guard = createGuard(options)
  return (answer) =>
    async (request, ...rest) => {
      const outcome = await guard(request, request)
      if (outcome.ok !== true) return toResponse(outcome)
      try {
        // Null only with `optional`, whose overload says so.
        return withHeaders(await answer(request, outcome.principal as Principal, ...rest), outcome.headers)
      } catch (error) {
        // No framework stands behind this handler to answer what requireAuth throws.
        if (error instanceof AuthError) return withHeaders(error.getResponse(), outcome.headers)
        throw error
      }
    }
}

/** Answers `/.well-known/oauth-protected-resource` (RFC 9728), or null for every other request. */
export function protectedResourceMetadata(
  options: ProtectedResourceOptions = {},
): (request: Request) => Response | null {
  const metadata = protectedResource(options)
  return (request) => {
    const document = metadata.answer(request.method, request.url)
    return document === undefined ? null : toResponse(document)
  }
}
