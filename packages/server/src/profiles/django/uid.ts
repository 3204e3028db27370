// The name that mailed links of Django have for a person. There it is the base64url of their number; here of their id,
// which costs no look-up, so that asking for a link takes as long whoever it is for. Front ends pass it on unread.
import type { User } from '../../accounts/users/users.store.ts'

/** What a link calls a person. */
export function uidOf({ id }: Pick<User, 'id'>): string {
  return Buffer.from(id).toString('base64url')
}

/** The id that a link means; null for what can't be one. */
export function idInUid(uid: string): string | null {
  const id = Buffer.from(uid, 'base64url').toString('latin1')
  return /^usr_[0-9A-Za-z]{1,64}$/.test(id) ? id : null
}
