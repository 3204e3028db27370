// Buttons that sign in and out. They bring no style: give them a `className`, or style `.countersign-user`.
import { type ButtonHTMLAttributes, createElement, type ReactElement } from 'react'
import type { SignInOptions, SignOutOptions } from '../client/types.ts'
import { useAuth, useProvided } from './provider.ts'

type ButtonProps = Omit<ButtonHTMLAttributes<HTMLButtonElement>, 'type'>

/** A button that goes to the sign-in page. `Sign in` unless it has children. */
export function SignInButton({
  options,
  children = 'Sign in',
  ...attributes
}: ButtonProps & { readonly options?: SignInOptions }): ReactElement {
  const { signIn } = useAuth()
  return button(attributes, () => signIn(options), children)
}

/** A button that signs out, here and at the server. `Sign out` unless it has children. */
export function SignOutButton({
  options,
  children = 'Sign out',
  ...attributes
}: ButtonProps & { readonly options?: SignOutOptions }): ReactElement {
  const { signOut } = useAuth()
  return button(attributes, () => signOut(options), children)
}

/** What `onClick` of the application prevents is not done. */
function button(
  { onClick, ...attributes }: ButtonProps,
  act: () => Promise<void>,
  children: ButtonProps['children'],
): ReactElement {
  const clicked: ButtonProps['onClick'] = (event) => {
    onClick?.(event)
    // What goes wrong is `error` of useAuth().
    if (!event.defaultPrevented) void act().catch(() => undefined)
  }
  return createElement('button', { ...attributes, type: 'button', onClick: clicked }, children)
}

export interface UserButtonProps {
  readonly className?: string
  /** The page of the person's account; that of the server unless told, and none when it is null. */
  readonly account?: string | null
}

/** Who is signed in, and behind it their account and the way out; a button that signs in when nobody is. */
export function UserButton({
  className = 'countersign-user',
  account,
}: UserButtonProps): ReactElement | null {
  const { isLoading, user } = useAuth()
  const { issuer } = useProvided()
  if (isLoading) return null
  if (user === null) return createElement(SignInButton, { className })
  const name = user.name ?? user.email ?? 'Signed in'
  const address = account === undefined && issuer !== undefined ? `${issuer}/account` : account
  return createElement(
    'details',
    { className },
    createElement(
      'summary',
      null,
      user.picture === undefined
        ? null
        : createElement('img', { src: user.picture, alt: '', referrerPolicy: 'no-referrer' }),
      name,
    ),
    user.email === undefined || user.email === name ? null : createElement('p', null, user.email),
    address == null ? null : createElement('a', { href: address }, 'Account'),
    createElement(SignOutButton),
  )
}
