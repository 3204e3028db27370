// What may be answered to "may she?", and always why.
import type { Principal } from './principal.ts'

/** A yes, with what spoke for it. */
export interface Allowed {
  readonly allowed: true
  /** In the order of asking, for the log. */
  readonly reasons: readonly string[]
  /** The scopes that were needed and are there. */
  readonly scope?: readonly string[]
}

/** A no, with what was missing and what would help. */
export interface Refused {
  readonly allowed: false
  readonly reasons: readonly string[]
  /** RFC 6750 §3.1 and RFC 9470 §3 name two of them on the wire; a missing role has no wire name there. */
  readonly error: 'insufficient_scope' | 'insufficient_role' | 'insufficient_user_authentication'
  /** All scopes that the whole requirement needs (RFC 6750 §3: "the required scope ... for accessing"). */
  readonly scope?: readonly string[]
  /** Seconds since the sign-in that would be accepted. */
  readonly maxAge?: number
  readonly acrValues?: readonly string[]
}

/** What a requirement comes to. */
export type Decision = Allowed | Refused

/** A rule over a principal. Pure: the same principal gets the same decision. */
export type Requirement = (principal: Principal) => Decision

/**
 * Asks a requirement. Anything but a proper decision (a promise, a truthy object) is a mistake in the rule and throws, so
 * that it can't be taken for a yes.
 *
 * @throws TypeError
 */
export function decide(principal: Principal, requirement: Requirement): Decision {
  const decision: unknown = requirement(principal)
  if (!isDecision(decision)) throw new TypeError('a requirement must return a decision')
  return decision
}

function isDecision(value: unknown): value is Decision {
  return (
    typeof value === 'object' &&
    value !== null &&
    'allowed' in value &&
    typeof value.allowed === 'boolean' &&
    'reasons' in value &&
    Array.isArray(value.reasons) &&
    (value.allowed || 'error' in value)
  )
}
