// What is told of a person, by scope and by the `claims` parameter (OpenID Connect Core §5.1, §5.4, §5.5).
import { type ClaimsRequest, standardClaims } from '@countersign/protocol'
import type { User } from '../../accounts/users/users.store.ts'
import { rolesScope } from '../apis/api.ts'

type Place = ClaimsRequest['userinfo']

const scopeOfClaim = new Map(
  Object.entries(standardClaims).flatMap(([scope, claims]) =>
    claims.map((claim) => [claim as string, scope]),
  ),
)

/** What operators gave a person: never among what is stored of them. */
const rolesClaim = 'roles'

/** Every claim of a person that may be asked for. */
export const personClaims: readonly string[] = Object.freeze([...scopeOfClaim.keys(), rolesClaim])

/** The scope that a claim belongs to; undefined for those that are not about the person. */
export function scopeOf(claim: string): string | undefined {
  return claim === rolesClaim ? rolesScope : scopeOfClaim.get(claim)
}

/**
 * Whether roles are told, by scope or by name: to a client that has the scope by now, whatever it was granted before. An empty
 * list of them is told too: that is not the same as silence.
 */
export function tellsRoles(
  client: { readonly scopes: readonly string[] },
  scope: readonly string[],
  place: Place,
): boolean {
  const isAsked = scope.includes(rolesScope) || Object.hasOwn(place ?? {}, rolesClaim)
  return isAsked && client.scopes.includes(rolesScope)
}

/** The claims that the scopes ask for. */
export function claimsOfScope(user: User, scope: readonly string[]): Record<string, unknown> {
  const names = scope.flatMap((name): readonly string[] =>
    Object.hasOwn(standardClaims, name) ? standardClaims[name as keyof typeof standardClaims] : [],
  )
  return pick(user, names)
}

/** The claims that a `claims` parameter asks for by name. What is not known of the person is left out (§5.5.1). */
export function claimsByName(user: User, place: Place): Record<string, unknown> {
  return pick(user, Object.keys(place ?? {}))
}

/** INVARIANT: only claims of the standard table come out, so nothing stored can pose as `sub`, `iss` or `roles` (C34). */
function pick(user: User, names: readonly string[]): Record<string, unknown> {
  const picked: Record<string, unknown> = {}
  for (const name of names) {
    if (!scopeOfClaim.has(name)) continue
    const value = claimOf(user, name)
    if (value !== undefined && value !== null) picked[name] = value
  }
  return picked
}

const ownClaims: Readonly<Record<string, (user: User) => unknown>> = {
  name: (user) => user.name,
  preferred_username: (user) => user.username,
  email: (user) => user.email,
  // Without an address there is nothing that could be verified.
  email_verified: (user) => (user.email === null ? undefined : user.emailVerified),
  updated_at: (user) => user.updatedAt,
}

function claimOf(user: User, name: string): unknown {
  const own = Object.hasOwn(ownClaims, name) ? ownClaims[name] : undefined
  if (own !== undefined) return own(user)
  return Object.hasOwn(user.claims, name) ? user.claims[name] : undefined
}
