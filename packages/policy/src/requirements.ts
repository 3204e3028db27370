// Requirements and how they are put together (RFC 6750 §3.1, RFC 8693 §4.1, RFC 9396 §9, RFC 9470 §3).
import { type Allowed, type Decision, decide, type Refused, type Requirement } from './decision.ts'
import type { AuthorizationDetail } from './principal.ts'

/** Needs at least one of the roles. */
export function hasRole(...roles: readonly string[]): Requirement {
  return (principal) => {
    const held = roles.find((role) => principal.roles.includes(role))
    if (held !== undefined) return { allowed: true, reasons: [`has the role ${held}`] }
    return { allowed: false, error: 'insufficient_role', reasons: [`lacks the role ${roles.join(' or ')}`] }
  }
}

/**
 * Needs one of these to act for the subject now (RFC 8693 §4.1): the outermost actor, since those further in are history.
 * Who presents a token of their own acts for nobody.
 */
export function actedBy(...actors: readonly string[]): Requirement {
  return ({ claims }) => {
    const act = claims['act']
    const actor = typeof act === 'object' && act !== null && 'sub' in act ? act.sub : undefined
    if (typeof actor === 'string' && actors.includes(actor))
      return { allowed: true, reasons: [`${actor} acts`] }
    return { allowed: false, error: 'insufficient_role', reasons: [`not ${actors.join(' or ')} acts`] }
  }
}

/** Needs all of the scopes. */
export function hasScope(...scopes: readonly string[]): Requirement {
  return (principal) => {
    const lacking = scopes.filter((scope) => !principal.scope.includes(scope))
    if (lacking.length === 0)
      return { allowed: true, reasons: [`has the scope ${scopes.join(' ')}`], scope: scopes }
    const reasons = [`lacks the scope ${lacking.join(' ')}`]
    return { allowed: false, error: 'insufficient_scope', reasons, scope: scopes }
  }
}

/**
 * Needs an authorization detail of this type, which `covers` finds to be enough (RFC 9396 §9). Another token helps, so the
 * refusal is that of a scope.
 *
 * @param covers asked of each until one is enough; any of the type is, when left out
 */
export function hasDetail(type: string, covers?: (detail: AuthorizationDetail) => boolean): Requirement {
  return ({ authorizationDetails = [] }) =>
    authorizationDetails.some(
      (detail) => detail.type === type && (covers === undefined || covers(detail) === true),
    )
      ? { allowed: true, reasons: [`has the authorization detail ${type}`] }
      : { allowed: false, error: 'insufficient_scope', reasons: [`lacks the authorization detail ${type}`] }
}

/**
 * Needs a sign-in at most so many seconds ago.
 *
 * @param now seconds since the epoch, or where to ask for them
 */
export function authenticatedWithin(seconds: number, now: number | (() => number)): Requirement {
  return (principal) => {
    const { authenticatedAt } = principal
    const age =
      authenticatedAt === undefined ? undefined : (typeof now === 'number' ? now : now()) - authenticatedAt
    if (age !== undefined && age <= seconds) return { allowed: true, reasons: [`signed in ${age} s ago`] }
    const reason =
      age === undefined ? 'the time of the sign-in is unknown' : `signed in ${age} s ago, not ${seconds}`
    return { allowed: false, error: 'insufficient_user_authentication', reasons: [reason], maxAge: seconds }
  }
}

/** How hard a refusal is to mend: sign in again; get another token; be given a role. */
const hardness = { insufficient_user_authentication: 0, insufficient_scope: 1, insufficient_role: 2 } as const

/**
 * Needs every requirement; none at all is met. All are asked, so that the reasons are complete. The refusal reported is
 * the hardest to mend: there is no use in signing in again for one who lacks the role.
 */
export function allOf(...requirements: readonly Requirement[]): Requirement {
  return (principal) => {
    const decisions = requirements.map((requirement) => decide(principal, requirement))
    const reasons = decisions.flatMap((decision) => decision.reasons)
    const scope = union(decisions.map((decision) => decision.scope))
    const refusals = decisions.filter(isRefused)
    const [worst] = refusals.toSorted((one, other) => hardness[other.error] - hardness[one.error])
    if (worst === undefined) return { allowed: true, reasons, ...(scope && { scope }) }
    return worst.error === 'insufficient_scope' && scope
      ? { ...worst, reasons, scope }
      : strictest(worst, refusals, reasons)
  }
}

function strictest(worst: Refused, refusals: readonly Refused[], reasons: readonly string[]): Refused {
  const alike = refusals.filter(({ error }) => error === worst.error)
  const ages = alike.flatMap(({ maxAge }) => maxAge ?? [])
  const classes = alike.map(({ acrValues }) => acrValues).filter((values) => values !== undefined)
  return {
    ...worst,
    reasons,
    ...(ages.length > 0 && { maxAge: Math.min(...ages) }),
    ...(classes.length > 0 && { acrValues: inEach(classes) }),
  }
}

/** What every list has; where there is nothing, the first list: one sign-in after the other. */
function inEach([first = [], ...others]: readonly (readonly string[])[]): readonly string[] {
  const shared = first.filter((value) => others.every((list) => list.includes(value)))
  return shared.length > 0 ? shared : first
}

/** Needs one requirement; none at all is refused. The refusal reported is the easiest to mend. */
export function anyOf(...requirements: readonly Requirement[]): Requirement {
  return (principal) => {
    const refusals: Refused[] = []
    for (const requirement of requirements) {
      const decision = decide(principal, requirement)
      if (decision.allowed) return decision
      refusals.push(decision)
    }
    const reasons = refusals.flatMap((refusal) => refusal.reasons)
    const [easiest] = refusals.toSorted((one, other) => hardness[one.error] - hardness[other.error])
    return easiest === undefined
      ? { allowed: false, error: 'insufficient_role', reasons: ['nothing would be enough'] }
      : { ...easiest, reasons }
  }
}

/** Needs the requirement not to be met. Its refusal has no remedy to offer. */
export function not(requirement: Requirement): Requirement {
  return (principal): Decision => {
    const { allowed, reasons } = decide(principal, requirement)
    return allowed ? { allowed: false, error: 'insufficient_role', reasons } : { allowed: true, reasons }
  }
}

function isRefused(decision: Allowed | Refused): decision is Refused {
  return !decision.allowed
}

function union(lists: readonly (readonly string[] | undefined)[]): readonly string[] | undefined {
  const all = new Set(lists.flatMap((list) => list ?? []))
  return all.size === 0 ? undefined : [...all]
}
