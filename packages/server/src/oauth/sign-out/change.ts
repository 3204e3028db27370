// Changing where a client is told that a session has ended.
import type { Platform } from '../../platform/platform.ts'
import { changeClient, descriptionOf } from '../clients/change.ts'
import type { Client } from '../clients/client.ts'
import type { ClientFinding } from '../clients/registration.ts'
import { channelsOf, type SignOutChannels } from './channels.ts'

/**
 * Replaces the channels that are given; null takes one away. It holds for sessions in which the client gets tokens from
 * then on, renewed ones included.
 *
 * @returns what speaks against it; then nothing was changed
 */
export async function changeChannels(
  platform: Platform,
  { id }: Pick<Client, 'id'>,
  change: Partial<SignOutChannels>,
): Promise<readonly ClientFinding[]> {
  const changed = await changeClient(platform, id, (client) => {
    const signOut = channelsOf({ ...client.signOut, ...change })
    const { signOut: _, ...rest } = descriptionOf(client)
    return { ...rest, ...(signOut !== null && { signOut }) }
  })
  return changed === null || changed.ok ? [] : changed.findings
}
