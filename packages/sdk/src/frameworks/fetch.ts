// `auth()` for anything that speaks web Request and Response: wraps a handler, which gets the principal as its second
// argument and whatever else the platform passes after it.
import { type AuthOptions, createGuard } from '../verify/guard.ts'
// From the face, so that an application's Register is known wherever this adapter is.
import type { Principal } from '../verify/index.ts'
import { type ProtectedResourceOptions, protectedResource } from '../verify/resource-metadata.ts'
import { toResponse } from './node-http.ts'
import { type Protect, protecting } from './web-handler.ts'

export { getAuth, requireAuth } from '../verify/attached.ts'
export { closeAuth } from '../verify/verifier.ts'
export type { Protect } from './web-handler.ts'

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
  return protecting(() => guard)
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
