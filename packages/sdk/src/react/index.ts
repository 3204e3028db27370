'use client'
// `@countersign/sdk/react`: the browser client (`@countersign/sdk/client`) as React components and hooks.
export type { ClientOptions, Session, SignInOptions, SignOutOptions, User } from '../client/index.ts'
export { SignInButton, SignOutButton, UserButton, type UserButtonProps } from './buttons.ts'
export {
  type Auth,
  CountersignProvider,
  type ProviderProps,
  type SessionActions,
  useAuth,
  useUser,
} from './provider.ts'
export { type Audience, Show, type ShowProps } from './show.ts'
