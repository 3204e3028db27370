// `auth()` for Fastify 5: a hook for a route, or a plugin that decorates the instance and sets the defaults once.
import type { FastifyInstance, FastifyPluginCallback, FastifyReply, FastifyRequest } from 'fastify'
import { type AuthOptions, createGuard } from '../verify/guard.ts'
// From the face, so that an application's Register is known wherever this adapter is.
import type { Principal } from '../verify/index.ts'
import { authOptionsAmong } from '../verify/known-options.ts'
import {
  type ProtectedResourceOptions,
  protectedResource,
  type ResourceMetadata,
  resourceMetadata,
} from '../verify/resource-metadata.ts'
import { sharedVerifier } from '../verify/verifier.ts'
import { type Answer, viewOf } from './node-http.ts'

export { getAuth, requireAuth } from '../verify/attached.ts'
export { closeAuth } from '../verify/verifier.ts'

/** Fits `onRequest` and every other hook that comes before the handler. */
export type Hook = (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply | undefined>
type Options = AuthOptions<FastifyRequest>

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by `auth()`. On an address with `auth({ optional: true })` use `getAuth(request)`, which may be null. */
    auth: Principal
    user: Principal
  }
  interface FastifyInstance {
    /** The plugin's options, with these on top. */
    auth(options?: Options): Hook
    /** The plugin's options as they are. */
    authenticate: Hook
  }
}

/**
 * A hook for one route: a request with a good token that meets the options passes, with its principal in
 * `request.auth`; any other is answered 400, 401, 403, 404 or 503 as RFC 6750 §3 says, and goes no further.
 *
 * @throws TypeError for missing settings or contradicting options
 * @example
 * app.get('/api/accounts', { onRequest: auth({ scope: 'accounts:read' }) }, async (request) => request.auth.subject)
 */
export function auth(options: Options = {}): Hook {
  const guard = createGuard(options)
  return async (request, reply) => {
    // `rewriteUrl` changes the raw request's address; what was asked for is kept beside it.
    const outcome = await guard({ ...viewOf(request.raw), url: request.originalUrl }, request)
    if (outcome.ok !== true) return send(reply, outcome)
    const { principal, headers } = outcome
    if (headers !== undefined) reply.headers(headers)
    if (principal !== null) Object.assign(request, { auth: principal, user: principal })
    return undefined
  }
}

/** Adds `app.auth(options)` and `app.authenticate` with these defaults; with `metadata`, serves it (RFC 9728). */
export const countersign: FastifyPluginCallback<Options> = Object.assign(
  function countersign(...[app, given, done]: Parameters<FastifyPluginCallback<Options>>): void {
    // Beside what Fastify itself is told at `register()`, such as a prefix.
    const defaults: Options = authOptionsAmong(given)
    const verifier = defaults.verifier ?? sharedVerifier(defaults)
    for (const name of ['auth', 'user']) if (!app.hasRequestDecorator(name)) app.decorateRequest(name, null)
    app.decorate('auth', (options: Options = {}) => auth({ ...defaults, verifier, ...options }))
    app.decorate('authenticate', auth({ ...defaults, verifier }))
    const { metadata = false } = defaults
    if (metadata !== false) serve(app, resourceMetadata(verifier, metadata === true ? {} : metadata))
    done()
  },
  // Fastify's mark for a plugin whose decorators belong to the parent.
  { [Symbol.for('skip-override')]: true },
)

/** A plugin that serves `/.well-known/oauth-protected-resource` (RFC 9728). */
export const protectedResourceMetadata: FastifyPluginCallback<ProtectedResourceOptions> = (app, ...rest) => {
  const [options, done] = rest
  serve(app, protectedResource(options))
  done()
}

function serve(app: FastifyInstance, { paths, document }: ResourceMetadata): void {
  for (const path of new Set(paths)) app.get(path, (_, reply) => send(reply, document))
}

function send(reply: FastifyReply, answer: Answer): FastifyReply {
  return reply.code(answer.status).headers(answer.headers).send(answer.text)
}
