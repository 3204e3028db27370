// `auth()` for plain `node:http`: resolves to the principal, or to null once it has answered the request itself; or, with
// a third argument, works as Connect-style middleware.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type AuthOptions, createGuard } from '../verify/guard.ts'
// From the face, so that an application's Register is known wherever this adapter is.
import type { Principal } from '../verify/index.ts'
import { type ProtectedResourceOptions, protectedResource } from '../verify/resource-metadata.ts'
import { addHeaders, send, viewOf } from './node-http.ts'

export { getAuth, requireAuth } from '../verify/attached.ts'
export { closeAuth } from '../verify/verifier.ts'

type Next = (error?: unknown) => void

/** What `auth()` makes of its options. */
export interface Check<Passed> {
  /** Null: the request is answered. Undefined, only with `optional`: it may pass as nobody. */
  (request: IncomingMessage, response: ServerResponse): Promise<Passed | null>
  /** Calls `next()` to let the request pass with `req.auth`, or answers it. */
  (request: IncomingMessage, response: ServerResponse, next: Next): void
}

type Options = AuthOptions<IncomingMessage>

/**
 * A check to be called with request and response: a request with a good token that meets the options comes to its
 * principal; any other is answered 400, 401, 403, 404 or 503 as RFC 6750 §3 says, and comes to null.
 *
 * @throws TypeError for missing settings or contradicting options
 * @example
 * const check = auth({ scope: 'accounts:read' })
 * createServer(async (req, res) => {
 *   const principal = await check(req, res)
 *   if (principal !== null) res.end(principal.subject)
 * })
 */
export function auth(options: Options & { readonly optional: true }): Check<Principal | undefined>
export function auth(options?: Options & { readonly optional?: false }): Check<Principal>
export function auth(options: Options): Check<Principal | undefined>
export function auth(options: Options = {}): Check<Principal | undefined> {
  const guard = createGuard(options)

  async function check(request: IncomingMessage, response: ServerResponse) {
    const outcome = await guard(viewOf(request), request)
    if (outcome.ok !== true) {
      send(response, outcome)
      return null
    }
    addHeaders(response, outcome.headers)
    return outcome.principal ?? undefined
  }

  function run(request: IncomingMessage, response: ServerResponse): Promise<Principal | undefined | null>
  function run(request: IncomingMessage, response: ServerResponse, next: Next): void
  function run(request: IncomingMessage, response: ServerResponse, next?: Next) {
    if (next === undefined) return check(request, response)
    check(request, response).then((passed) => {
      if (passed === null) return
      if (passed !== undefined) Object.assign(request, { auth: passed })
      next()
    }, next)
  }
  return run
}

/** Answers `/.well-known/oauth-protected-resource` (RFC 9728); says whether it did. */
export function protectedResourceMetadata(
  options: ProtectedResourceOptions = {},
): (request: IncomingMessage, response: ServerResponse) => boolean {
  const metadata = protectedResource(options)
  return (request, response) => {
    const document = metadata.answer(request.method, request.url)
    if (document !== undefined) send(response, document)
    return document !== undefined
  }
}
