// Which passkeys browsers can show here at all. Whoever asks for one, or waits for one, asks this: what can't be shown must
// not keep its owner out.
import type { Platform } from '../../platform/platform.ts'
import { type Passkey, passkeysOf } from './passkeys.store.ts'

/**
 * A person's passkeys that are bound to this server's domain: none where browsers bind none (see `Issuer.domain`), and
 * none that were made when it was another one.
 */
export async function usablePasskeysOf(
  { database, issuer }: Pick<Platform, 'database' | 'issuer'>,
  userId: string,
): Promise<readonly Passkey[]> {
  if (issuer.domain === null) return []
  return (await passkeysOf(database, userId)).filter(({ rpId }) => rpId === issuer.domain)
}
