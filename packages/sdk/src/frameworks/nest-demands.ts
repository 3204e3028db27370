// What a Nest controller and its handlers ask of their callers: decorators that note it, and the one reading of these
// notes. Everything holds that stands at the handler, at its class and in the module's options; `@Public()` at a handler
// opens what its class has closed, and a demand at a handler closes what its class has opened.
import { allOf, hasRole, type Requirement } from '@countersign/policy'
import type { AuthorizeOptions } from '../verify/authorize.ts'
import type { AuthOptions } from '../verify/guard.ts'
import type { Role, Scope } from '../verify/index.ts'
import { scopesOf } from '../verify/requirements.ts'

/** What Express and Fastify call alike, in the words of both. */
export interface NestRequest {
  readonly method: string
  readonly originalUrl: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly params: Readonly<Record<string, unknown>>
  readonly query: Readonly<Record<string, unknown>>
  readonly body: unknown
}

export type Decorator = ClassDecorator & MethodDecorator

// A handler's own kind of request is known to whoever wrote it; the notes only carry its functions about.
type Demand = AuthOptions<NestRequest> | typeof open

const open = 'open'
const key = 'countersign:demands'

function demand(added: Demand): Decorator {
  return (target: object, name?: string | symbol, descriptor?: PropertyDescriptor) => {
    const place = name === undefined ? at(target) : ofMethod(target, name)
    const all = [...place, added]
    if (all.includes(open) && all.length > 1) {
      throw new TypeError(
        `${name === undefined ? 'A controller' : String(name)} is @Public() and asks for more`,
      )
    }
    if (name === undefined) {
      Reflect.defineMetadata(key, all, target)
      return
    }
    // By name, since another decorator may put a function of its own in the method's place; and at the function, for
    // what Nest calls without having told us of it.
    Reflect.defineMetadata(key, all, target, name)
    if (typeof descriptor?.value === 'function') Reflect.defineMetadata(key, all, descriptor.value)
  }
}

type Demands = readonly Demand[]

/** At a function, or at a class and those that it extends. */
function at(place: object): Demands {
  const noted: Demands | undefined = Reflect.getMetadata(key, place)
  return noted ?? []
}

/** At a method where it is written: a class that writes it anew starts anew. */
function ofMethod(prototype: object, name: string | symbol): Demands {
  let owner: object | null = prototype
  while (owner !== null && !Object.hasOwn(owner, name)) owner = Object.getPrototypeOf(owner)
  const noted: Demands | undefined = owner === null ? [] : Reflect.getOwnMetadata(key, owner, name)
  return noted ?? []
}

/** Open to everybody: no token is looked for or checked. */
export const Public = (): Decorator => demand(open)

/** Any of the options of `auth()`. */
export function Auth<Request extends object = NestRequest>(options: AuthOptions<Request>): Decorator {
  return demand(options as AuthOptions<object> as AuthOptions<NestRequest>)
}

/** All of these scopes are needed. */
export const Scopes = (...scope: readonly Scope[]): Decorator => demand({ scope })

/** One of these roles is enough. */
export const Roles = (...role: readonly Role[]): Decorator => demand({ role })

/**
 * The module's `decide` is asked whether the caller may do this to the resource.
 *
 * @example
 * \@Can('read', (request) => ({ type: 'account', id: request.params['id'] }))
 */
export function Can<Request extends object = NestRequest>(
  action: string,
  resource: NonNullable<AuthorizeOptions<Request>['can']>[1],
): Decorator {
  return Auth<Request>({ can: [action, resource] })
}

/** A handler, and its name where it is known. */
export interface Place {
  readonly handler: object
  readonly controller: { readonly prototype: object }
  readonly name?: string
}

/**
 * The options for one handler, or null when it is open.
 *
 * @throws TypeError for demands that nobody could meet, or of which only one could be kept
 */
export function optionsOf(defaults: AuthOptions<NestRequest>, place: Place): AuthOptions<NestRequest> | null {
  if (isPublic(place)) return null
  const { own, around } = demandsOf(place)
  return merge([defaults, ...around, ...own].filter((one) => one !== open))
}

export function isPublic(place: Place): boolean {
  const { own, around } = demandsOf(place)
  return own.includes(open) || (own.length === 0 && around.includes(open))
}

function demandsOf({ handler, controller, name }: Place): {
  readonly own: Demands
  readonly around: Demands
} {
  const own = name === undefined ? at(handler) : ofMethod(controller.prototype, name)
  return { own, around: at(controller) }
}

function merge(all: readonly AuthOptions<NestRequest>[]): AuthOptions<NestRequest> {
  const given: AuthOptions<NestRequest> = Object.assign({}, ...all)
  // A default `decide` waits for the handlers that have something to ask.
  const { can, decide, ...rest } = given
  const { scope: _scope, role: _role, maxAge: _maxAge, acr: _acr, require: _require, ...settings } = rest
  if (all.filter((one) => one.can !== undefined).length > 1)
    throw new TypeError('can() is asked once a request')
  const demands = { ...scopes(all), ...ages(all), ...classes(all), ...requirements(all), ...binding(all) }
  const asks = can === undefined ? demands : { ...demands, can, ...(decide === undefined ? {} : { decide }) }
  // What a class or the module leaves optional is not, where something is asked for.
  const isOptional =
    Object.keys(asks).length === 0 || all.some((one) => one.optional === true && asksFor(one))
  return { ...settings, ...asks, ...(isOptional ? {} : { optional: false }) }
}

function asksFor({ scope, role, maxAge, acr, require: required, can }: AuthOptions<NestRequest>): boolean {
  return [scope, role, maxAge, acr, required, can].some((option) => option !== undefined)
}

type All = readonly AuthOptions<NestRequest>[]

function scopes(all: All): Pick<AuthOptions, 'scope'> {
  const every = all.flatMap((one) => scopesOf(one) ?? [])
  return every.length === 0 ? {} : { scope: [...new Set(every)] }
}

function ages(all: All): Pick<AuthOptions, 'maxAge'> {
  const every = all.flatMap(({ maxAge }) => maxAge ?? [])
  return every.length === 0 ? {} : { maxAge: Math.min(...every) }
}

/** The classes that are in every list. None in common: an empty list, which the guard refuses to be made of. */
function classes(all: All): Pick<AuthOptions, 'acr'> {
  const every = all.flatMap(({ acr }) =>
    acr === undefined ? [] : [typeof acr === 'string' ? acr.split(' ') : acr],
  )
  const [first, ...others] = every
  return first === undefined
    ? {}
    : { acr: first.filter((name) => others.every((list) => list.includes(name))) }
}

function binding(all: All): Pick<AuthOptions, 'dpop'> {
  const isRequired = all.some(
    ({ dpop }) => dpop === 'required' || (typeof dpop === 'object' && dpop.use === 'required'),
  )
  return isRequired ? { dpop: 'required' } : {}
}

function requirements(all: All): Pick<AuthOptions, 'role' | 'require'> {
  const roles = all.flatMap(({ role }) =>
    role === undefined ? [] : [typeof role === 'string' ? [role] : role],
  )
  const [role, ...otherRoles] = roles
  const required: readonly Requirement[] = [
    ...otherRoles.map((names) => hasRole(...names)),
    ...all.flatMap((one) => one.require ?? []),
  ]
  return {
    ...(role === undefined ? {} : { role }),
    ...(required.length === 0 ? {} : { require: allOf(...required) }),
  }
}
