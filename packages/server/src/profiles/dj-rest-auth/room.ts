// What the views of dj-rest-auth work with, and what they show of a person.
import type { User } from '../../accounts/users/users.store.ts'
import type { AskRoom } from '../django/asker.ts'
import { shownDetails } from '../django/details.ts'
import type { SignUpRoom } from '../django/sign-up.ts'
import { primaryKeyOf } from '../drf-token/key.ts'
import type { DjRestAuthSettings } from './settings.ts'

/** What every view is given. */
export interface RestAuthRoom extends AskRoom, SignUpRoom {
  readonly settings: DjRestAuthSettings
  /** Whether scripts of an origin may call the wire. */
  readonly knowsOrigin: (origin: string) => boolean
}

/** A person as they read of themself. */
export async function detailsOf(room: RestAuthRoom, user: User): Promise<Readonly<Record<string, unknown>>> {
  return {
    pk: await primaryKeyOf(room, user),
    username: user.username ?? user.email ?? '',
    email: user.email ?? '',
    first_name: shownDetails.first_name(user),
    last_name: shownDetails.last_name(user),
  }
}
