// `auth()` for Next 16's route handlers, and `protect()` for its proxy. Both check the token themselves: a route that
// relied on the proxy alone would be open to whoever gets around it, as in CVE-2025-29927.
import { type AuthOptions, createGuard, type Guard } from '../verify/guard.ts'
// From the face, so that an application's Register is known wherever this adapter is.
import type { Principal } from '../verify/index.ts'
import { type ProtectedResourceOptions, protectedResource } from '../verify/resource-metadata.ts'
import { toResponse } from './node-http.ts'
import { type Protect, protecting } from './web-handler.ts'

export { getAuth, requireAuth } from '../verify/attached.ts'
export { closeAuth } from '../verify/verifier.ts'
export type { Protect } from './web-handler.ts'

type Options = AuthOptions<Request>

/**
 * Wraps a route handler: it runs for a request with a good token that meets the options; any other is answered 400, 401,
 * 403, 404 or 503 as RFC 6750 §3 says. With `optional` the principal is null for a request without a token.
 *
 * The settings are read at the first request, since `next build` loads every route where they need not be known.
 *
 * @example
 * export const GET = auth({ scope: 'accounts:read' })((request, principal) => Response.json(accountsOf(principal.subject)))
 */
export function auth(options: Options & { readonly optional: true }): Protect<Principal | null>
export function auth(options?: Options & { readonly optional?: false }): Protect<Principal>
export function auth(options: Options): Protect<Principal | null>
export function auth(options: Options = {}): Protect<Principal> {
  return protecting(later(options))
}

/** Next's own kind of request says more than others. */
interface Asked extends Request {
  readonly nextUrl?: { readonly pathname: string; readonly search: string }
}

/** What a `proxy.ts` exports; undefined lets the request go on to its route. */
export type Proxy = (request: Asked, ...rest: readonly unknown[]) => Promise<Response | undefined>

/**
 * A proxy that answers requests which may not pass before they reach the application. It adds no header, for a route
 * must not believe one: whoever needs the principal wraps its handler in `auth()`, which checks the token again (the
 * second check of a token takes microseconds).
 *
 * @example
 * export const proxy = protect({ scope: 'accounts:read' })
 * export const config = { matcher: '/api/:path*' }
 */
export function protect(options: Options = {}): Proxy {
  const guarded = later(options)
  return async (request) => {
    const { method, headers } = request
    const view = { method, headers, url: belowBase(request), isCheckedAgain: true }
    const outcome = await guarded()(view, request)
    return outcome.ok === true ? undefined : toResponse(outcome)
  }
}

/** For `app/.well-known/oauth-protected-resource/[[...path]]/route.ts` (RFC 9728); 404 where the API has no document. */
export function protectedResourceMetadata(
  options: ProtectedResourceOptions = {},
): (request: Request) => Response {
  let metadata: ReturnType<typeof protectedResource> | undefined
  return (request) => {
    metadata ??= protectedResource(options)
    const document = metadata.answer(request.method, request.url)
    return document === undefined ? new Response(null, { status: 404 }) : toResponse(document)
  }
}

/** Next takes an application's `basePath` off for its routes; its proxy sees the whole, and is to judge the same. */
function belowBase({ url, nextUrl }: Asked): string {
  return nextUrl === undefined ? url : nextUrl.pathname + nextUrl.search
}

function later(options: Options): () => Guard<Request> {
  let guard: Guard<Request> | undefined
  return () => {
    guard ??= createGuard(options)
    return guard
  }
}
