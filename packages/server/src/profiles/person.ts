// A person as the operator's own functions are shown them: plain values, and nothing that is secret.
import { z } from 'zod'
import type { User } from '../accounts/users/users.store.ts'

/** A function of the operator's from a person to members: of a token, or of an answer. Those of the wire win over them. */
export type MembersOf = (
  person: Person,
) => Readonly<Record<string, unknown>> | Promise<Readonly<Record<string, unknown>>>

/** Such a function as a setting. */
export const membersOf = z.custom<MembersOf>((value) => typeof value === 'function', 'must be a function')

/** Whom `extraClaims` and `responseExtras` are asked about. */
export interface Person {
  /** Their id here. */
  readonly id: string
  /** The primary key of the system before: a number, or what else it was; null where tokens hold our own id. */
  readonly legacyId: number | string | null
  readonly username: string | null
  readonly email: string | null
  readonly emailVerified: boolean
  readonly name: string
  /** Standard claims of OpenID Connect beyond those, by their wire names. */
  readonly claims: Readonly<Record<string, unknown>>
  readonly roles: readonly string[]
}

/** @param roles their names */
export function personOf(user: User, legacyId: number | string | null, roles: readonly string[]): Person {
  const { id, username, email, emailVerified, name, claims } = user
  return { id, legacyId, username, email, emailVerified, name, claims: { ...claims }, roles: [...roles] }
}

/** What stands beside the members of a wire: never in their place (C34). */
export function beside(
  own: object,
  extra: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(extra).filter(([name]) => !Object.hasOwn(own, name)))
}
