// The client that stands for a profile: everything that people get by it is that client's, so that they see it among
// their devices and end it there, and an operator ends all of it by disabling the client.
import { blankClient } from '../oauth/clients/blank.ts'
import type { Client } from '../oauth/clients/client.ts'
import { clientById, insertClient } from '../oauth/clients/clients.store.ts'
import type { Platform } from '../platform/platform.ts'

/** A profile as people read of it. */
export interface ProfileClient {
  /** Begins as no id does that somebody may choose for a client: see registration.ts. */
  readonly id: `~${string}`
  readonly name: string
}

/** Makes the clients of profiles that are on and have none yet. */
export async function ensureProfileClients(
  { database, runtime }: Pick<Platform, 'database' | 'runtime'>,
  profiles: readonly ProfileClient[],
): Promise<void> {
  for (const { id, name } of profiles) {
    if ((await clientById(database, id)) !== undefined) continue
    // It can do nothing by OAuth: no grant, no address, no scope.
    const client: Client = { ...blankClient, id, name, firstParty: true, createdAt: runtime.now() }
    // Lost where another process was first.
    await database.commit([insertClient(database, client)])
  }
}
