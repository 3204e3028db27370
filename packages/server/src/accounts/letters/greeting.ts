// How a letter begins. A name that somebody typed stands in letters to mailboxes that are proven to be theirs alone: to all
// others, anybody could have this server send whatever they write as a name.
import type { User } from '../users/users.store.ts'

/** @param user null for somebody who has no account (yet) */
export function greetingOf(user: Pick<User, 'name' | 'emailVerified'> | null): string {
  return user?.emailVerified === true ? `Hello ${user.name},` : 'Hello,'
}
