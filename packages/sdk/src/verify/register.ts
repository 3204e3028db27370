// The application's own names for roles, permissions and claims: one augmentation types every framework.
import type { AuthorizationDetail as AnyDetail, Principal as AnyPrincipal } from '@countersign/policy'

/**
 * Augment it with `roles`, `scopes`, `permissions` (unions of string literals), `claims` (an object type) and `details` (a
 * union of object types by `type`). `countersign config types` writes the roles, scopes and details of a server.
 *
 * @example
 * declare module '@countersign/sdk/verify' {
 *   interface Register { roles: 'customer' | 'teller'; claims: { department?: string } }
 * }
 */
// biome-ignore lint/suspicious/noEmptyInterface: an application fills it in by declaration merging
export interface Register {}

type Registered<Name extends string, Fallback> = Register extends { readonly [N in Name]: infer Value }
  ? Value
  : Fallback

/** A role, by the application's own names where it has said them. */
export type Role = Extract<Registered<'roles', string>, string>
/** A scope, likewise. */
export type Scope = Extract<Registered<'scopes', string>, string>
/** A permission, likewise. */
export type Permission = Extract<Registered<'permissions', string>, string>
/** What exactly a token is good for (RFC 9396), likewise; the server has checked each against its type. */
export type AuthorizationDetail = Registered<'details', AnyDetail>
/** The claims of a token, likewise. */
export type Claims = Registered<'claims', unknown> & Readonly<Record<string, unknown>>

/**
 * Who makes a request, as a checked access token says: `subject` is the user's stable id (or the client's own id
 * when no user is present), times are whole seconds since the epoch, `claims` are all claims of the token.
 * INVARIANT: frozen through and through, because requests with the same token share one value.
 */
export interface Principal extends Omit<AnyPrincipal, 'roles' | 'claims' | 'authorizationDetails'> {
  readonly roles: readonly Role[]
  readonly claims: Claims
  /** Absent where the token says nothing of it. */
  readonly authorizationDetails?: readonly (AuthorizationDetail & AnyDetail)[]
}
