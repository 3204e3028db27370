// Forgetting clients that registered themselves without a token and that nobody ever used: where anyone may register, the
// list would else be full one day of what no person has ever met.
import type { Platform } from '../../platform/platform.ts'
import { deleteClient } from '../clients/clients.store.ts'
import { unusedClients } from './registrations.store.ts'

/** How long such a client may wait for its first person. */
export const unusedSeconds = 30 * 86_400
/** Most that one call forgets. */
const most = 100

/** Safe from several processes at once: a client is deleted once. */
export async function forgetUnusedClients(platform: Pick<Platform, 'database' | 'runtime'>): Promise<void> {
  const { database, runtime } = platform
  for (const id of await unusedClients(database, runtime.now() - unusedSeconds, most))
    await database.commit([deleteClient(platform, id)])
}
