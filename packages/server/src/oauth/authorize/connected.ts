// The clients that a person has given access to, and taking it back.
import type { ConnectedClient } from '../../accounts/account.page.ts'
import type { Database } from '../../platform/db/database.ts'
import { event } from '../../platform/events/events.ts'
import type { Platform } from '../../platform/platform.ts'
import type { ApiCatalogue } from '../apis/catalogue.ts'
import { deleteUnspentCodes } from '../tokens/codes.store.ts'
import { revokeFamilies } from '../tokens/families.store.ts'
import { consentsOf, deleteConsent } from './consents.store.ts'
import { identityWords } from './identity-words.ts'
import { partyOf } from './party.ts'

/** What a person agreed to, the newest first. */
export async function connectedClients(
  { database }: { readonly database: Database },
  catalogue: ApiCatalogue,
  userId: string,
): Promise<ConnectedClient[]> {
  const consents = await consentsOf(database, userId)
  const apis = await catalogue.look()
  return consents.map((consent) => ({
    clientId: consent.clientId,
    name: consent.clientName,
    host: partyOf({ name: consent.clientName, policyUri: null, tosUri: null }, consent.redirectUri).host,
    may: consent.scope
      .filter((name) => name !== 'openid' && name !== 'offline_access')
      .map((name) => {
        const own = apis.ofScope(name)?.scopes.find((scope) => scope.name === name)
        return (
          identityWords.get(name)?.[0] ??
          (own === undefined || own.description === '' ? name : own.description)
        )
      }),
    since: consent.grantedAt,
    offline: consent.scope.includes('offline_access'),
  }))
}

/**
 * Withdraws a person's consent; where there is none, nothing happens.
 *
 * INVARIANT: the agreement, every family and every unspent code go in one commit (RT-09).
 */
export async function withdraw(
  platform: Platform,
  of: { readonly userId: string; readonly clientId: string; readonly peer: string },
): Promise<void> {
  const { database, runtime } = platform
  const now = runtime.now()
  await database.commit([
    deleteConsent(database, of),
    // Codes first: this waits for an exchange that holds one, and then sees the family that came of it.
    deleteUnspentCodes(database, of),
    revokeFamilies(database, of, 'consent withdrawn', now),
    event(database, runtime, { type: 'consent.withdrawn', ...of }),
  ])
}
