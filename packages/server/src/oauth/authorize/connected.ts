// The clients that a person has given access to, and taking it back.
import type { ConnectedClient } from '../../accounts/account.page.ts'
import { event } from '../../platform/events/events.ts'
import type { Platform } from '../../platform/platform.ts'
import type { ApiCatalogue, Apis } from '../apis/catalogue.ts'
import { backchannelRequests } from '../ciba/backchannel-requests.store.ts'
import { deviceCodes } from '../device/device-codes.store.ts'
import { type Device, devicesOf } from '../device/devices.store.ts'
import { deleteUnspentCodes } from '../tokens/codes.store.ts'
import { revokeFamilies } from '../tokens/families.store.ts'
import { type ConsentToClient, consentsOf, deleteConsent } from './consents.store.ts'
import { identityWords } from './identity-words.ts'
import { partyOf } from './party.ts'

/** The clients that a person has given access to, by a page or by a device, the newest first. */
export async function connectedClients(
  platform: Pick<Platform, 'database' | 'runtime'>,
  catalogue: ApiCatalogue,
  userId: string,
): Promise<ConnectedClient[]> {
  const [consents, devices] = await Promise.all([
    consentsOf(platform.database, userId),
    devicesOf(platform, userId),
  ])
  const apis = await catalogue.look()
  const given = [...consents.map(byConsent), ...devices.map(byDevice)]
  return [...Map.groupBy(given, ({ clientId }) => clientId).values()]
    .flatMap((several) => together(several, apis))
    .sort((one, other) => other.since - one.since)
}

/** What was given once. */
interface Given extends Omit<ConnectedClient, 'may' | 'offline'> {
  readonly scope: readonly string[]
}

function byConsent({ clientId, clientName: name, redirectUri, scope, grantedAt }: ConsentToClient): Given {
  const { host } = partyOf({ name, policyUri: null, tosUri: null }, redirectUri)
  return { clientId, name, host, scope, since: grantedAt }
}

function byDevice({ clientId, clientName: name, granted, allowedAt }: Device): Given {
  return { clientId, name, host: null, scope: granted.scope, since: allowedAt }
}

function together(several: readonly Given[], apis: Apis): ConnectedClient[] {
  const [first] = several
  if (first === undefined) return []
  const scope = new Set(several.flatMap((one) => one.scope))
  const offline = scope.has('offline_access')
  const may = [...scope]
    .filter((name) => name !== 'openid' && name !== 'offline_access')
    .map((name) => scopeWords(name, apis))
  const { clientId, name, host } = first
  return [{ clientId, name, host, may, since: Math.max(...several.map(({ since }) => since)), offline }]
}

function scopeWords(name: string, apis: Apis): string {
  const own = apis.ofScope(name)?.scopes.find((scope) => scope.name === name)
  return (
    identityWords.get(name)?.[0] ?? (own === undefined || own.description === '' ? name : own.description)
  )
}

/**
 * Takes away all that a person has given to a client; where that is nothing, nothing happens.
 *
 * INVARIANT: the agreement, every family and every code that nobody has exchanged go in one commit (RT-09).
 */
export async function withdraw(
  platform: Platform,
  of: { readonly userId: string; readonly clientId: string; readonly peer: string },
): Promise<void> {
  const { database, runtime } = platform
  const now = runtime.now()
  const rest = [
    // Codes first: this waits for an exchange that holds one, and then sees the family that came of it.
    deleteUnspentCodes(database, of),
    deviceCodes.deleteUnspent(database, of),
    backchannelRequests.deleteUnspent(database, of),
    revokeFamilies(database, of, 'consent withdrawn', now),
    event(database, runtime, { type: 'consent.withdrawn', ...of }),
  ]
  const committed = await database.commit([deleteConsent(database, of), rest])
  if (committed.ok) return
  // What a device was allowed stands on no agreement that is kept.
  const devices = await devicesOf(platform, of.userId)
  if (devices.some(({ clientId }) => clientId === of.clientId)) await database.commit(rest)
}
