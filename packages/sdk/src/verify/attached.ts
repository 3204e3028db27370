// What `auth()` found out about a request, kept beside the request object and not on it: nothing that a request
// carries, and no other middleware, can pretend to be it.
import { isJsonObject } from '@countersign/protocol'
import { refusalOf, unmet } from './authorize.ts'
import { errorOf } from './errors.ts'
import { checkRequirementNames } from './known-options.ts'
import { noToken, refuse, type Terms } from './refusal.ts'
import type { Principal } from './register.ts'
import { type Requirements, requirementOf, scopesOf } from './requirements.ts'

interface Attached {
  readonly principal: Principal | null
  readonly now: () => number
  readonly terms: Terms
}

const attached = new WeakMap<object, Attached>()

export function attach(request: object, outcome: Attached): void {
  attached.set(request, outcome)
}

/**
 * The principal that `auth()` found for this request (for Hono: this context); null when there is none, or when
 * `auth()` has not run for it. Never throws, whatever it is given.
 */
export function getAuth(request: unknown): Principal | null {
  return outcomeOf(request)?.principal ?? null
}

/**
 * The principal of a request that `auth()` has let pass, when it meets the requirements too.
 *
 * @throws UnauthenticatedError 401 (nobody; or a sign-in that is too old or too weak), ForbiddenError 403 (a missing
 *   scope or role), NotFoundError 404 (the same, with `hide`); TypeError for options that make no sense
 * @example
 * app.delete('/api/users/:id', auth(), (req, res) => {
 *   const admin = requireAuth(req, { role: 'administrator', maxAge: 300 })
 * })
 */
export function requireAuth(
  request: unknown,
  options: Requirements & { readonly hide?: boolean } = {},
): Principal {
  checkRequirementNames(options)
  const outcome = outcomeOf(request)
  const requirement = requirementOf(options, outcome?.now ?? (() => Number.POSITIVE_INFINITY))
  const terms = outcome?.terms ?? {}
  if (outcome === undefined || outcome.principal === null) {
    const detail = outcome === undefined ? 'auth() has not run for this request' : noToken
    throw errorOf(refuse('unauthenticated', detail, { ...terms, scope: scopesOf(options) }))
  }
  const denial = unmet(outcome.principal, requirement)
  if (denial !== undefined) {
    // A token that is bound to a key passed as such; one that is bound to a certificate, as a bearer token.
    const { cnf } = outcome.principal.claims
    const scheme = isJsonObject(cnf) && cnf['jkt'] !== undefined ? 'DPoP' : 'Bearer'
    throw errorOf(refusalOf(denial, options.hide === true, { ...terms, scheme }))
  }
  return outcome.principal
}

function outcomeOf(request: unknown): Attached | undefined {
  return typeof request === 'object' && request !== null ? attached.get(request) : undefined
}
