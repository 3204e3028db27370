// What an address asks of a principal: the options of `auth()` that the token alone can answer, as requirements of the
// policy package.
import {
  allOf,
  authenticatedWithin,
  hasDetail,
  hasRole,
  hasScope,
  type Requirement,
} from '@countersign/policy'
import { classSatisfies } from '@countersign/protocol'
import type { Role, Scope } from './register.ts'

/** What a request's principal must bring along. Everything given must hold. */
export interface Requirements {
  /** Scopes, as a list or as one text with spaces; all are needed. */
  readonly scope?: Scope | `${Scope} ${string}` | readonly Scope[]
  /** Types of authorization details (RFC 9396), as a list or as one text with spaces; one of each is needed. */
  readonly details?: string | readonly string[]
  /** A role, or several of which one is enough. */
  readonly role?: Role | readonly Role[]
  /** The user signed in at most so many seconds ago; else 401 `insufficient_user_authentication` (RFC 9470). */
  readonly maxAge?: number
  /** How the user signed in: one of these authentication context classes, as a list or one text with spaces. */
  readonly acr?: string | readonly string[]
  /** Any other requirement, built with `anyOf`, `allOf`, `not`, `hasRole`, `hasScope`, `hasDetail` or by hand. */
  readonly require?: Requirement
}

/**
 * The options as one requirement; undefined when they ask for nothing. Its refusal is the one hardest to mend, so that
 * nobody is sent to sign in again for something that stays forbidden.
 *
 * @param now seconds since the epoch
 * @throws TypeError for an option that could never hold, or that would silently ask for nothing
 */
export function requirementOf(options: Requirements, now: () => number): Requirement | undefined {
  const { role, maxAge, require: required } = options
  const scope = scopesOf(options)
  const details = options.details === undefined ? [] : names(options.details, 'details')
  const acr = options.acr === undefined ? undefined : names(options.acr, 'acr')
  const roles = role === undefined ? undefined : names(typeof role === 'string' ? [role] : role, 'role')
  if (maxAge !== undefined && !(Number.isInteger(maxAge) && maxAge >= 0)) {
    throw new TypeError('maxAge is a whole number of seconds')
  }
  if (required !== undefined && typeof required !== 'function')
    throw new TypeError('require is a requirement')
  const all: readonly Requirement[] = [
    ...(scope === undefined ? [] : [hasScope(...scope)]),
    ...details.map((type) => hasDetail(type)),
    ...(roles === undefined ? [] : [hasRole(...roles)]),
    ...(required === undefined ? [] : [required]),
    ...(acr === undefined ? [] : [authenticatedAs(acr)]),
    ...(maxAge === undefined ? [] : [authenticatedWithin(maxAge, now)]),
  ]
  return all.length === 0 ? undefined : allOf(...all)
}

/** The scopes that the options ask for, to be named in a challenge; undefined when they ask for none. */
export function scopesOf({ scope }: Requirements): readonly string[] | undefined {
  return scope === undefined ? undefined : names(scope, 'scope')
}

function names(value: string | readonly string[], option: string): readonly string[] {
  const list = typeof value === 'string' ? value.split(' ').filter((name) => name !== '') : [...value]
  if (list.length > 0 && list.every((name) => typeof name === 'string' && name !== '')) return list
  throw new TypeError(`${option} names at least one ${option}`)
}

/** A surer class of Countersign's own does for a less sure one; names of others only for themselves. */
function authenticatedAs(classes: readonly string[]): Requirement {
  return (principal) =>
    classes.some((asked) => classSatisfies(principal.acr, asked))
      ? { allowed: true, reasons: ['the sign-in is of an accepted class'] }
      : {
          allowed: false,
          error: 'insufficient_user_authentication',
          acrValues: classes,
          reasons: ['the sign-in is of another class'],
        }
}
