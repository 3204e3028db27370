// The clients that a person has given access to, and taking it back.
import type { AuthorizationDetail } from '@countersign/protocol'
import type { ConnectedClient } from '../../accounts/account.page.ts'
import type { WriteSet } from '../../platform/db/database.ts'
import { event } from '../../platform/events/events.ts'
import type { Platform } from '../../platform/platform.ts'
import type { ApiCatalogue, Apis } from '../apis/catalogue.ts'
import { backchannelRequests } from '../ciba/backchannel-requests.store.ts'
import { clientById } from '../clients/clients.store.ts'
import { choicesOf } from '../details/choice.ts'
import { wordsOf } from '../details/words.ts'
import { deviceCodes } from '../device/device-codes.store.ts'
import { deleteUnspentCodes } from '../tokens/codes.store.ts'
import { revokeFamilies } from '../tokens/families.store.ts'
import { type Held, heldOf } from '../tokens/held.store.ts'
import { type ConsentToClient, consentsOf, deleteConsent } from './consents.store.ts'
import { identityWords } from './identity-words.ts'
import { isOpened } from './initiate.ts'
import { hostOf } from './party.ts'

/**
 * The clients that a person has given access to, by a page, a device or from afar, the newest first: what they agreed to,
 * and what is held on the strength of it.
 */
export async function connectedClients(
  platform: Pick<Platform, 'database' | 'runtime'>,
  catalogue: ApiCatalogue,
  userId: string,
): Promise<ConnectedClient[]> {
  const [consents, held] = await Promise.all([
    consentsOf(platform.database, userId),
    heldOf(platform, userId),
  ])
  const apis = await catalogue.look()
  const given = [...consents.map(byConsent), ...held.map(byHolding)]
  const connected = [...Map.groupBy(given, ({ clientId }) => clientId).values()]
    .flatMap((several) => together(several, apis))
    .sort((one, other) => other.since - one.since)
  const clients = await Promise.all(connected.map(({ clientId }) => clientById(platform.database, clientId)))
  return connected.map((one, index) => {
    const client = clients[index]
    return client !== undefined && isOpened(client) ? { ...one, opens: true } : one
  })
}

/** What was given once. */
interface Given extends Pick<ConnectedClient, 'clientId' | 'name' | 'host' | 'since' | 'lastUsed'> {
  readonly scope: readonly string[]
  readonly details: readonly AuthorizationDetail[]
}

function byConsent(consent: ConsentToClient): Given {
  const { clientId, clientName: name, redirectUri, scope, details, grantedAt, usedAt } = consent
  return { clientId, name, host: hostOf(redirectUri), scope, details, since: grantedAt, lastUsed: usedAt }
}

function byHolding({ clientId, clientName: name, granted, since, lastUsed }: Held): Given {
  const { scope, details = [] } = granted
  return { clientId, name, host: null, scope, details, since, lastUsed }
}

function together(several: readonly Given[], apis: Apis): ConnectedClient[] {
  const [first] = several
  if (first === undefined) return []
  const scope = new Set(several.flatMap((one) => one.scope))
  const own = [...scope].filter((name) => name !== 'openid' && name !== 'offline_access')
  const details = several.flatMap((one) => one.details).flatMap((detail) => detailWords(detail, apis))
  const { clientId, name, host } = first
  return [
    {
      clientId,
      name,
      host,
      may: [...new Set([...own.map((one) => scopeWords(one, apis)), ...details])],
      since: latest(several.map(({ since }) => since)),
      lastUsed: latest(several.map(({ lastUsed }) => lastUsed)),
      offline: scope.has('offline_access'),
    },
  ]
}

/** Of however many: a busy program gets more tokens in a year than a function takes arguments. */
function latest(moments: readonly number[]): number {
  return moments.reduce((one, other) => Math.max(one, other), 0)
}

function scopeWords(name: string, apis: Apis): string {
  const own = apis.ofScope(name)?.scopes.find((scope) => scope.name === name)
  return (
    identityWords.get(name)?.[0] ?? (own === undefined || own.description === '' ? name : own.description)
  )
}

function detailWords(detail: AuthorizationDetail, apis: Apis): string[] {
  const type = apis.detailsType(detail.type)
  if (type === undefined) return []
  const picked = choicesOf(detail, type).flatMap(({ elements }) => elements)
  const { title } = wordsOf(detail, type)
  return [picked.length === 0 ? title : `${title}: ${picked.join(', ')}`]
}

/** Ends what stands on an agreement; commit it together with the agreement's end or change. */
export function takenBack(
  { database, runtime }: Pick<Platform, 'database' | 'runtime'>,
  of: { readonly userId: string; readonly clientId: string },
): WriteSet {
  return [
    // Codes first: this waits for an exchange that holds one, and then sees the family that came of it.
    deleteUnspentCodes(database, of),
    deviceCodes.deleteUnspent(database, of),
    backchannelRequests.deleteUnspent(database, of),
    revokeFamilies(database, of, 'consent withdrawn', runtime.now()),
  ]
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
  const rest = [takenBack(platform, of), event(database, runtime, { type: 'consent.withdrawn', ...of })]
  const committed = await database.commit([deleteConsent(database, of), rest])
  if (committed.ok) return
  // What a device was allowed, and what a client of the house was given, stands on no agreement that is kept.
  const held = await heldOf(platform, of.userId)
  if (held.some(({ clientId }) => clientId === of.clientId)) await database.commit(rest)
}
