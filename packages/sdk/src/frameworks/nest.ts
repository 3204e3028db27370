// `auth()` for NestJS 12 (and 11), on Express and on Fastify: a module whose guard stands before every handler, decorators that
// say what a handler asks for, and the guard alone for whoever wants no module.
import { createParamDecorator, type ExecutionContext } from '@nestjs/common'
import { getAuth } from '../verify/attached.ts'
// From the face, so that an application's Register is known wherever this adapter is.
import type { Principal } from '../verify/index.ts'

export { getAuth } from '../verify/attached.ts'
export { closeAuth } from '../verify/verifier.ts'
export { Auth, Can, type Decorator, type NestRequest, Public, Roles, Scopes } from './nest-demands.ts'
export { auth } from './nest-guard.ts'
export { CountersignModule, type CountersignModuleOptions } from './nest-module.ts'
export { requireAuth } from './nest-refusal.ts'
export { type Middleware, protectedResourceMetadata } from './node-http.ts'

/** The principal of the request; null where `@Public()` or `optional` let nobody in particular pass. */
export const CurrentUser: () => ParameterDecorator = createParamDecorator(
  (_: unknown, context: ExecutionContext): Principal | null => getAuth(context.switchToHttp().getRequest()),
)
