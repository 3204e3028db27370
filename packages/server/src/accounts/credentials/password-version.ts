// Which password a link or a token rests on, without telling anything of it.
import { digest } from '@countersign/protocol'
import type { Credential } from './passwords.store.ts'

/**
 * Tells one password of a user from the next; null for who has none. Finer than the second in which it was changed; a hash
 * that was brought up to date counts as another one.
 */
export function passwordVersion({ password }: Pick<Credential, 'password'>): string | null {
  return password === null ? null : digest(password.sealedHash)
}
