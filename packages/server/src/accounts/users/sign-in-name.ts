// What pages, password managers and authenticators call an account.
import type { User } from './users.store.ts'

/** What a person types to sign in: their address, else their user name; their name where they have neither. */
export function signInNameOf({ email, username, name }: Pick<User, 'email' | 'username' | 'name'>): string {
  return email ?? username ?? name
}

/** How a page calls a person: by their name, and by what they sign in with. */
export function accountOf(user: Pick<User, 'email' | 'username' | 'name'>): {
  readonly name: string
  readonly username: string
} {
  return { name: user.name, username: signInNameOf(user) }
}
