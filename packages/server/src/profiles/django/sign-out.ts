// The end of what somebody came in by, as they ask for it.
import { revokeFamily } from '../../oauth/tokens/families.store.ts'
import { event } from '../../platform/events/events.ts'
import type { Incoming } from '../../platform/http/exchange.ts'
import type { ProfileRoom } from '../enter.ts'
import type { Asker } from './asker.ts'

/** Ends a family, and with it every key and token of it. */
export async function endFamily(
  { platform }: Pick<ProfileRoom, 'platform'>,
  request: Incoming,
  { family }: Pick<Asker, 'family'>,
): Promise<void> {
  if (family === null) return
  const { database, runtime } = platform
  const { id: familyId, userId, clientId, sessionId } = family
  const { peer } = request
  await database.commit([
    revokeFamily(database, familyId, 'revoked by the client', runtime.now()),
    event(database, runtime, { type: 'token.revoked', userId, clientId, sessionId, familyId, peer }),
  ])
}
