// Whom an operator means by what they typed.
import { canonicalIdentifier } from '../../accounts/users/identifiers.ts'
import { type User, userById, userByIdentifier } from '../../accounts/users/users.store.ts'
import type { Platform } from '../../platform/platform.ts'
import { CommandFailed } from './context.ts'

/** The person whom an operator means. @throws CommandFailed */
export async function userNamed(platform: Platform, who: string): Promise<User> {
  const identifier = canonicalIdentifier(who)
  const user =
    (await userById(platform.database, who)) ??
    (identifier === null ? null : await userByIdentifier(platform.database, identifier))
  if (user === null) throw new CommandFailed(`There is no user ${who}.`)
  return user
}
