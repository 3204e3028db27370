// What is shown to whom. It hides and protects nothing: what a person may do is decided by the API.
import { createElement, Fragment, type ReactElement, type ReactNode } from 'react'
import type { User } from '../client/types.ts'
import type { Role } from '../verify/register.ts'
import { useAuth } from './provider.ts'

/**
 * To whom: by their being signed in or not, by a role of theirs (one of several is enough), or by what you make of their
 * claims. Roles are known to a client that has the scope `roles` and asks for it.
 */
export type Audience =
  | 'signed-in'
  | 'signed-out'
  | { readonly role: Role | readonly Role[] }
  | ((user: User) => boolean)

export interface ShowProps {
  readonly when: Audience
  /** For everybody else. Nothing unless told. */
  readonly fallback?: ReactNode
  /** While it is not known who is there. Nothing unless told. */
  readonly loading?: ReactNode
  readonly children?: ReactNode
}

/**
 * Shows its children to those whom `when` names.
 *
 * @example <Show when="signed-in" fallback={<SignInButton />}><Orders /></Show>
 * @example <Show when={{ role: 'teller' }}><AllAccounts /></Show>
 */
export function Show({ when, fallback, loading, children }: ShowProps): ReactElement {
  const { isLoading, user } = useAuth()
  const shown = isLoading ? loading : isMeant(when, user) ? children : fallback
  return createElement(Fragment, null, shown)
}

function isMeant(when: Audience, user: User | null): boolean {
  if (when === 'signed-out') return user === null
  if (user === null) return false
  if (typeof when === 'function') return when(user)
  if (when === 'signed-in') return true
  const wanted: readonly string[] = [when.role].flat()
  return Array.isArray(user.roles) && wanted.some((role) => user.roles?.includes(role))
}
