// Signing in that begins here rather than at the client (OpenID Connect Core §4): from the list of applications on the
// account page, a person is sent to where the client begins a sign-in with us.
import type { Platform } from '../../platform/platform.ts'
import type { Client } from '../clients/client.ts'
import { clientById } from '../clients/clients.store.ts'
import { heldOf } from '../tokens/held.store.ts'
import { consentsOf } from './consents.store.ts'

/**
 * Where a person is sent to open a client: the address that it registered, with our name.
 *
 * INVARIANT: an address that the client registered; and null for clients that this person never gave anything to, so that
 * nobody who registers a client can send others' browsers elsewhere from here.
 */
export async function initiation(
  platform: Pick<Platform, 'database' | 'runtime' | 'issuer'>,
  of: { readonly userId: string; readonly clientId: string },
): Promise<string | null> {
  const client = await clientById(platform.database, of.clientId)
  if (client === undefined || client.initiateLoginUri === null || client.disabledAt !== null) return null
  const [consents, held] = await Promise.all([
    consentsOf(platform.database, of.userId),
    heldOf(platform, of.userId),
  ])
  const isConnected = [...consents, ...held].some(({ clientId }) => clientId === of.clientId)
  return isConnected ? withIssuer(client.initiateLoginUri, platform.issuer.url) : null
}

/** Whether a client can be opened from here. */
export function isOpened({ initiateLoginUri, disabledAt }: Client): boolean {
  return initiateLoginUri !== null && disabledAt === null
}

function withIssuer(uri: string, issuer: string): string {
  const address = new URL(uri)
  address.searchParams.set('iss', issuer)
  return address.href
}
