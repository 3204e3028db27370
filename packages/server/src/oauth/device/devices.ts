// The devices that a person has let in, those too that have not fetched their tokens yet.
import type { ConnectedDevice } from '../../accounts/account.routes.ts'
import type { Platform } from '../../platform/platform.ts'
import { heldOf } from '../tokens/held.store.ts'

/** Every device that has access to a person's account or may fetch it, the newest first. */
export async function devicesOf(
  platform: Pick<Platform, 'database' | 'runtime'>,
  userId: string,
): Promise<ConnectedDevice[]> {
  const held = await heldOf(platform, userId)
  return held
    .filter(({ isOnDevice }) => isOnDevice)
    .map(({ sessionId, clientName, since, lastUsed }) => ({
      sessionId,
      clientName,
      allowedAt: since,
      lastUsedAt: lastUsed,
    }))
}
