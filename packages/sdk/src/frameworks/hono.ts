// `auth()` for Hono: middleware that sets `c.get('auth')`, or answers.
import type { Context, MiddlewareHandler } from 'hono'
import { type AuthOptions, createGuard } from '../verify/guard.ts'
// From the face, so that an application's Register is known wherever this adapter is.
import type { Principal } from '../verify/index.ts'
import { type ProtectedResourceOptions, protectedResource } from '../verify/resource-metadata.ts'
import { toResponse } from './node-http.ts'

export { getAuth, requireAuth } from '../verify/attached.ts'
export { closeAuth } from '../verify/verifier.ts'

declare module 'hono' {
  interface ContextVariableMap {
    /** Set by `auth()`. On an address with `auth({ optional: true })` use `getAuth(c)`, which may be null. */
    auth: Principal
  }
}

type Options = AuthOptions<Context>
type Sets<Passed> = MiddlewareHandler<{ Variables: { auth: Passed } }>

/**
 * Middleware: a request with a good token that meets the options passes, with its principal in `c.get('auth')`; any
 * other is answered 400, 401, 403, 404 or 503 as RFC 6750 §3 says, and goes no further.
 *
 * @throws TypeError for missing settings or contradicting options
 * @example
 * app.get('/api/accounts', auth({ scope: 'accounts:read' }), (c) => c.json(accountsOf(c.get('auth').subject)))
 */
export function auth(options: Options & { readonly optional: true }): Sets<Principal | null>
export function auth(options?: Options & { readonly optional?: false }): Sets<Principal>
export function auth(options: Options): Sets<Principal | null>
export function auth(options: Options = {}): MiddlewareHandler {
  const guard = createGuard(options)
  const pass: Sets<Principal | null> = async (c, next) => {
    const { method, url, raw } = c.req
    const outcome = await guard({ method, url, headers: raw.headers, socket: socketOf(c) }, c)
    if (outcome.ok !== true) return toResponse(outcome)
    c.set('auth', outcome.principal)
    await next()
    // Afterwards, for whatever response it has become.
    for (const [name, value] of Object.entries(outcome.headers ?? {})) c.header(name, value)
    return undefined
  }
  return pass
}

/** `@hono/node-server` keeps Node's own request among the bindings. */
function socketOf({ env }: Context): unknown {
  const { incoming } = (env ?? {}) as { readonly incoming?: { readonly socket?: unknown } }
  return incoming?.socket
}

/** Middleware that answers `/.well-known/oauth-protected-resource` (RFC 9728) and passes everything else on. */
export function protectedResourceMetadata(options: ProtectedResourceOptions = {}): MiddlewareHandler {
  const metadata = protectedResource(options)
  return async (c, next) => {
    const document = metadata.answer(c.req.method, c.req.url)
    if (document !== undefined) return toResponse(document)
    await next()
  }
}
