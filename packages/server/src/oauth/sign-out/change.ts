// Changing where a client is told that a session has ended.
import { event } from '../../platform/events/events.ts'
import type { Platform } from '../../platform/platform.ts'
import type { Client } from '../clients/client.ts'
import { replaceChannels } from '../clients/clients.store.ts'
import type { ClientFinding } from '../clients/registration.ts'
import { channelsOf, checkChannels, type SignOutChannels } from './channels.ts'

/**
 * Replaces the channels that are given; null takes one away. It holds for sessions in which the client gets tokens from
 * then on, renewed ones included.
 *
 * @returns what speaks against it; then nothing was changed
 */
export async function changeChannels(
  platform: Platform,
  client: Client,
  change: Partial<SignOutChannels>,
): Promise<readonly ClientFinding[]> {
  const signOut = channelsOf({ ...client.signOut, ...change })
  const findings = checkChannels({ redirectUris: client.redirectUris, signOut: signOut ?? {} }, platform)
  if (findings.length > 0) return findings
  const { database, runtime } = platform
  await database.commit([
    replaceChannels(database, client.id, signOut),
    event(database, runtime, {
      type: 'client.updated',
      clientId: client.id,
      detail: { changed: ['signOut'] },
    }),
  ])
  return []
}
