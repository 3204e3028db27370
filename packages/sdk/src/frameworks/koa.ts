// `auth()` for Koa 3 (and 2): middleware that sets `ctx.state.auth`, or answers.
import type { Context, ExtendableContext, Next } from 'koa'
import { type AuthOptions, createGuard } from '../verify/guard.ts'
// From the face, so that an application's Register is known wherever this adapter is.
import type { Principal } from '../verify/index.ts'
import { type ProtectedResourceOptions, protectedResource } from '../verify/resource-metadata.ts'
import { type Answer, viewOf } from './node-http.ts'

export { getAuth, requireAuth } from '../verify/attached.ts'
export { closeAuth } from '../verify/verifier.ts'

declare module 'koa' {
  interface DefaultState {
    /** Set by `auth()`. On an address with `auth({ optional: true })` use `getAuth(ctx)`, which may be null. */
    auth: Principal
  }
}

/** Middleware that asks nothing of an application's own types for state and context. */
export type Middleware = (ctx: ExtendableContext & { state: object }, next: Next) => Promise<void>

/**
 * Middleware: a request with a good token that meets the options passes, with its principal in `ctx.state.auth`; any
 * other is answered 400, 401, 403, 404 or 503 as RFC 6750 §3 says, and goes no further.
 *
 * @throws TypeError for missing settings or contradicting options
 * @example
 * router.get('/api/accounts', auth({ scope: 'accounts:read' }), (ctx) => { ctx.body = accountsOf(ctx.state.auth.subject) })
 */
export function auth(options: AuthOptions<Context> = {}): Middleware {
  const guard = createGuard(options)
  return async (ctx, next) => {
    // Koa's routers and mounts rewrite `url`; what was asked for is kept beside it.
    const outcome = await guard({ ...viewOf(ctx.req), url: ctx.originalUrl }, ctx as Context)
    if (outcome.ok !== true) return send(ctx, outcome)
    if (outcome.headers !== undefined) ctx.set(outcome.headers)
    if (outcome.principal !== null) Object.assign(ctx.state, { auth: outcome.principal })
    await next()
  }
}

/** Middleware that answers `/.well-known/oauth-protected-resource` (RFC 9728) and passes everything else on. */
export function protectedResourceMetadata(options: ProtectedResourceOptions = {}): Middleware {
  const metadata = protectedResource(options)
  return async (ctx, next) => {
    const document = metadata.answer(ctx.method, ctx.originalUrl)
    if (document === undefined) await next()
    else send(ctx, document)
  }
}

function send(ctx: ExtendableContext, { status, headers, text }: Answer): void {
  ctx.status = status
  // Before the body, which would else bring a content type of its own.
  ctx.set(headers)
  ctx.body = text
}
