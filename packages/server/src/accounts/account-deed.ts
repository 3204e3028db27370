// What a person has just done, for the account page to say: in the query of its address, so that it is said once.
import { localPath, type SafeLocation } from '../platform/http/exchange.ts'

/** What was done; the words for it stand in `account.page.ts`. */
export type AccountDeed =
  | 'profile-saved'
  | 'password-changed'
  | 'address-asked'
  | 'address-kept'
  | 'address-changed'
  | 'address-confirmed'
  | 'letter-sent'
  | 'session-ended'
  | 'application-ended'
  | 'others-ended'
  | 'factor-off'
  | 'passkey-added'
  | 'passkey-renamed'
  | 'passkey-removed'
  | 'linked'
  | 'unlinked'
  | 'app-removed'
  | 'key-ended'

/** The account page, which says that this was done. */
export function doneAt(deed: AccountDeed): SafeLocation {
  return localPath(`/account?done=${deed}`)
}
