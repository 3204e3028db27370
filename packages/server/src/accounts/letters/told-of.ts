// Telling people of what was changed about how they sign in, so that whoever did not do it themself finds out (PW-27;
// ASVS 6.3.7). The letters are part of the commit of the change: no change without its letter, no letter without it.
import type { WriteSet } from '../../platform/db/database.ts'
import type { Incoming } from '../../platform/http/exchange.ts'
import type { Platform } from '../../platform/platform.ts'
import type { User } from '../users/users.store.ts'
import { askedFrom } from './asked-from.ts'
import { changedLetter } from './changed.letter.ts'

/** What was changed. */
export type AccountChange =
  /** By the person, who gave the old one. */
  | { readonly what: 'password.changed' }
  /** With a link that was mailed. */
  | { readonly what: 'password.reset' }
  /** The first one of an account that had none. */
  | { readonly what: 'password.set' }
  /** `factor` in words, with its article: “an authenticator app”. */
  | { readonly what: 'factor.added' | 'factor.removed'; readonly factor: string }
  | { readonly what: 'recovery_codes.made' }
  | { readonly what: 'recovery_code.used'; readonly left: number }
  /** Nothing was: somebody got past the first factor, where the person never signed in, and typed wrong codes. */
  | { readonly what: 'codes.guessed' }
  /** `name` as the person calls it. */
  | { readonly what: 'passkey.added' | 'passkey.removed' | 'passkey.copied'; readonly name: string }
  /** `provider` as people know it: “Google”. */
  | { readonly what: 'identity.linked' | 'identity.unlinked'; readonly provider: string }
  /** Told to the address that the account still has; `to` is the one that was asked for. */
  | { readonly what: 'address.change_asked'; readonly to: string }
  /** Told to both. `from` is null for an account that had none. */
  | { readonly what: 'address.changed'; readonly from: string | null; readonly to: string }
  /** The name that they sign in with. */
  | { readonly what: 'username.changed'; readonly to: string }
  | { readonly what: 'account.disabled' }

/** Who did it, as far as a request tells; null for an operator at the command line. */
export type Asker = Pick<Incoming, 'headers' | 'peer'> | null

/**
 * The letters that tell of a change, for its commit: none where mail is closed or the account has no address.
 *
 * @param user as before the change, or after one that is not about addresses
 */
export function toldOf(
  platform: Pick<Platform, 'mail' | 'runtime' | 'issuer'>,
  user: Pick<User, 'id' | 'email' | 'emailVerified'>,
  change: AccountChange,
  asker: Asker,
): WriteSet {
  const { mail, runtime, issuer } = platform
  if (!mail.isOpen) return []
  const model = {
    change,
    at: runtime.now(),
    from: asker === null ? null : askedFrom(asker),
  }
  return mailboxesOf(user, change).map(({ to, isProven }) =>
    mail.post({
      to,
      kind: 'account.changed',
      userId: user.id,
      ...changedLetter(issuer, { ...model, to, isProven }),
      // It may be a stranger’s, whom anybody could have written to as often as they change something (PW-24).
      rationed: !isProven,
    }),
  )
}

interface Mailbox {
  readonly to: string
  readonly isProven: boolean
}

function mailboxesOf(
  { email, emailVerified }: Pick<User, 'email' | 'emailVerified'>,
  change: AccountChange,
): readonly Mailbox[] {
  const own = (to: string | null): readonly Mailbox[] =>
    to === null ? [] : [{ to, isProven: emailVerified }]
  return change.what === 'address.changed'
    ? [...own(change.from), { to: change.to, isProven: true }]
    : own(email)
}
