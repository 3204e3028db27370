// Deleting a person: everything of this room that hangs on them, in one commit; what others derive from it dies with it.
import type { WriteSet } from '../../platform/db/database.ts'
import { event } from '../../platform/events/events.ts'
import { forgetLettersAbout } from '../../platform/mail/letters.store.ts'
import type { Platform } from '../../platform/platform.ts'
import { deletePasswordRow } from '../credentials/passwords.store.ts'
import { deleteIdentityRows } from '../identities/identities.store.ts'
import { deletePasskeyRows } from '../passkeys/passkeys.store.ts'
import { deleteSessionRows } from '../sessions/sessions.store.ts'
import { forgetMoved, rememberGone } from './moved.store.ts'
import { keepNumbersGiven } from './numbers.store.ts'
import { deleteUserRow } from './users.store.ts'

/** Loses `user` when there is none. The id is never given to anybody else. */
export function eraseUser(platform: Pick<Platform, 'database' | 'runtime'>, userId: string): WriteSet {
  const { database, runtime } = platform
  return [
    keepNumbersGiven(database, userId),
    deleteUserRow(database, userId),
    deletePasswordRow(database, userId),
    deleteIdentityRows(database, userId),
    deletePasskeyRows(database, userId),
    deleteSessionRows(database, userId),
    forgetMoved(database, userId),
    rememberGone(database, userId, runtime.now()),
    forgetLettersAbout(database, userId),
    event(database, runtime, { type: 'user.deleted', userId }),
  ]
}
