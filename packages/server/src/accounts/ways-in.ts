// The ways in that a person has, and which of them is the last: what a page offers to take away. What is taken away is
// decided by credentials/ways-in.store.ts, in the write that does it.
import type { Platform } from '../platform/platform.ts'
import { type Credential, credentialOfUser } from './credentials/passwords.store.ts'
import { type Identity, identitiesOf } from './identities/identities.store.ts'
import { type Passkey, passkeysOf } from './passkeys/passkeys.store.ts'
import type { User } from './users/users.store.ts'

/** Everything that somebody signs in with. */
export interface WaysIn {
  readonly user: Pick<User, 'email' | 'username'>
  readonly password: Credential['password']
  readonly identities: readonly Identity[]
  /** Also those that open nothing here. */
  readonly passkeys: readonly Passkey[]
  /** What browsers bind passkeys to for this server (`Issuer.domain`); null where they have none for us. */
  readonly domain: string | null
}

export async function waysInOf(
  { database, issuer }: Pick<Platform, 'database' | 'issuer'>,
  user: User,
): Promise<WaysIn> {
  const [credential, identities, passkeys] = await Promise.all([
    credentialOfUser(database, user.id),
    identitiesOf(database, user.id),
    passkeysOf(database, user.id),
  ])
  return { user, password: credential?.password ?? null, identities, passkeys, domain: issuer.domain }
}

/**
 * Whether an identity or a passkey has to stay because nothing else opens the account. A password opens nothing without
 * a name to give with it, nor does a passkey that verifies nobody: that one is a second step. A passkey of another
 * domain opens nothing either, and so is never the last.
 */
export function isLastWayIn(ways: WaysIn, id: string): boolean {
  const { user, password, identities, passkeys, domain } = ways
  const isOfAnotherDomain = passkeys.some((passkey) => passkey.id === id && passkey.rpId !== domain)
  const hasName = user.email !== null || user.username !== null
  return !(
    isOfAnotherDomain ||
    (password !== null && hasName) ||
    identities.some((identity) => identity.id !== id) ||
    passkeys.some(({ id: other, userVerified, rpId }) => other !== id && userVerified && rpId === domain)
  )
}
