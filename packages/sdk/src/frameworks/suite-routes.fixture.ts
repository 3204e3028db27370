// The small API that the suite runs on every framework: one route per kind of protection.
import { anyOf, hasRole, hasScope } from '@countersign/policy'
import type { getAuth, requireAuth } from '../verify/attached.ts'
import type { AuthOptions } from '../verify/guard.ts'
import type { Principal } from '../verify/register.ts'

export interface SuiteRoute<Request extends object> {
  /** Ends in `/:id` where the route has a parameter. */
  readonly path: string
  /** Null for a route without protection. */
  readonly options: AuthOptions<Request> | null
  /** What the route answers as JSON, given the principal as the framework hands it over. */
  readonly answer: (request: Request, principal: Principal | null) => object
}

/** `broken` makes the decision throw; `truthy` makes it an object that is no decision. */
const decisions: Readonly<Record<string, (principal: Principal) => unknown>> = {
  broken: () => {
    throw new Error('the decision failed')
  },
  truthy: () => ({ error: 'the database is down' }),
  rejected: () => Promise.reject(new Error('the decision failed later')),
  mine: (principal) => principal.subject === 'usr_ada',
}

/** What a route has of the adapter, as its users do. */
export interface Face<Request> {
  readonly getAuth: typeof getAuth
  readonly requireAuth: typeof requireAuth
  /** The last segment of the request's path. */
  idOf(request: Request): string
}

export function suiteRoutes<Request extends object>(
  base: AuthOptions<Request>,
  { getAuth, requireAuth, idOf }: Face<Request>,
): readonly SuiteRoute<Request>[] {
  const asks: AuthOptions<Request> = {
    ...base,
    can: ['read', (request) => (idOf(request) === 'none' ? null : { type: 'account', id: idOf(request) })],
    decide: ({ principal, resource }) =>
      (decisions[resource.id]?.(principal) ?? false) as boolean | Promise<boolean>,
  }
  const whoAmI = (request: Request, principal: Principal | null) => ({
    principal,
    isSame: getAuth(request) === principal,
  })
  const protectedBy = (path: string, options: AuthOptions<Request>): SuiteRoute<Request> => ({
    path,
    options: { ...base, ...options },
    answer: whoAmI,
  })
  return [
    protectedBy('/me', {}),
    protectedBy('/transfers', { scope: 'transfers:write' }),
    protectedBy('/teller', { role: ['teller', 'administrator'] }),
    protectedBy('/either', { require: anyOf(hasRole('teller'), hasScope('accounts:all')) }),
    protectedBy('/recent', { maxAge: 300 }),
    protectedBy('/strong', { acr: 'urn:test:two-factors', maxAge: 300 }),
    protectedBy('/sure', { acr: ['urn:test:hardware', 'urn:test:two-factors'] }),
    protectedBy('/optional', { optional: true }),
    protectedBy('/described', { metadata: true }),
    protectedBy('/accounts/:id', asks),
    protectedBy('/hidden/:id', { ...asks, hide: true }),
    { path: '/late', options: base, answer: (request) => requireAuth(request, { role: 'teller' }) },
    {
      path: '/late-recent',
      options: { ...base, metadata: true },
      answer: (request) => requireAuth(request, { maxAge: 300 }),
    },
    {
      path: '/late-scope',
      options: { ...base, optional: true },
      answer: (request) => requireAuth(request, { scope: 'transfers:write' }),
    },
    {
      path: '/late-hidden',
      options: base,
      answer: (request) => requireAuth(request, { role: 'teller', hide: true }),
    },
    { path: '/open', options: null, answer: whoAmI },
    { path: '/forgotten', options: null, answer: (request) => requireAuth(request) },
  ]
}
