// Nest's guards: from an execution context to a pass or an exception.
import { type CanActivate, type ExecutionContext, Logger } from '@nestjs/common'
import { type AuthOptions, createGuard, type Guard } from '../verify/guard.ts'
import { sharedVerifier } from '../verify/verifier.ts'
import { isPublic, type NestRequest, optionsOf, type Place } from './nest-demands.ts'
import { addHeaders, exceptionOf, type NestResponse, remember } from './nest-refusal.ts'
import { viewOf } from './node-http.ts'

type Raw = Parameters<typeof viewOf>[0]
type Request = NestRequest & Raw & { readonly raw?: Raw }

/**
 * A guard for `@UseGuards()` or `app.useGlobalGuards()`: a request with a good token that meets the options passes, with
 * its principal in `request.auth` and `request.user`; any other is answered 400, 401, 403, 404 or 503 as RFC 6750 §3
 * says, by an exception of Nest's own. Whatever is no HTTP request is refused.
 *
 * @throws TypeError for missing settings or contradicting options
 * @example
 * \@UseGuards(auth({ scope: 'accounts:read' }))
 */
export function auth<Asked extends object = NestRequest>(options: AuthOptions<Asked> = {}): CanActivate {
  const guard: Guard<Asked> = createGuard(options)
  return { canActivate: (context) => admit(guard as Guard<object>, context) }
}

/** Finds the guard of a handler; null where it is open. */
export type FindGuard = (place: Place) => Guard<object> | null

/** One guard for each handler, made of the module's options and the handler's demands, with one verifier for all. */
export function guardsOf(options: AuthOptions<NestRequest>): FindGuard {
  const defaults = { ...options, verifier: options.verifier ?? sharedVerifier(options) }
  const known = new WeakMap<object, WeakMap<object, Guard<object> | null>>()
  return (place) => {
    const { handler, controller } = place
    const ofController = known.get(controller) ?? new WeakMap<object, Guard<object> | null>()
    known.set(controller, ofController)
    const made = ofController.get(handler)
    if (made !== undefined) return made
    const asked = optionsOf(defaults, place)
    const guard = asked === null ? null : (createGuard(asked) as Guard<object>)
    ofController.set(handler, guard)
    return guard
  }
}

/** The guard before every handler. */
export function globalGuard(find: FindGuard): CanActivate {
  return {
    canActivate(context) {
      const guard = find({ handler: context.getHandler(), controller: context.getClass() })
      if (guard !== null) return admit(guard, context)
      if (context.getType() === 'http') exchangeOf(context)
      return true
    },
  }
}

/** For what Nest keeps its global guards from, such as gateways: closed, unless `@Public()`. */
export const closed: CanActivate = {
  canActivate(context) {
    if (context.getType() === 'http') return true
    const place = { handler: context.getHandler(), controller: context.getClass() }
    return isPublic(place) || refuseOther(context)
  },
}

async function admit(guard: Guard<object>, context: ExecutionContext): Promise<boolean> {
  if (context.getType() !== 'http') return refuseOther(context)
  const { request, response } = exchangeOf(context)
  // What a router or `rewriteUrl` changed is not what was asked for.
  const view = viewOf(request.raw ?? request)
  const outcome = await guard({ ...view, url: request.originalUrl ?? view.url }, request)
  if (outcome.ok !== true) {
    const body: object = JSON.parse(outcome.text)
    throw exceptionOf({ ...outcome, body }, response)
  }
  const { principal, headers } = outcome
  if (headers !== undefined) addHeaders(response, headers)
  if (principal !== null) Object.assign(request, { auth: principal, user: principal })
  return true
}

function exchangeOf(context: ExecutionContext) {
  const http = context.switchToHttp()
  const request: Request = http.getRequest()
  const response: NestResponse = http.getResponse()
  remember(request, response)
  return { request, response }
}

const log = new Logger('Countersign')
const told = new WeakSet<object>()

/** Nest answers `false` in the words of each context. */
function refuseOther(context: ExecutionContext): false {
  const handler = context.getHandler()
  if (!told.has(handler)) {
    told.add(handler)
    const place = `${context.getClass().name}.${handler.name}`
    log.error(
      `${place} is refused: tokens are checked in HTTP requests alone, and this is ${context.getType()}. Make it @Public() and guard it yourself.`,
    )
  }
  return false
}
