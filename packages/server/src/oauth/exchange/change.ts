// Changing what a client may exchange tokens for.
import { type GrantType, tokenExchange } from '@countersign/protocol'
import { event } from '../../platform/events/events.ts'
import type { Platform } from '../../platform/platform.ts'
import { allApis } from '../apis/apis.store.ts'
import { type Client, isConfidential } from '../clients/client.ts'
import { replaceExchange } from '../clients/clients.store.ts'
import type { ClientFinding } from '../clients/registration.ts'
import { checkExchange, type ExchangeDescription, exchangeOf } from './policy.ts'

/**
 * Replaces what a client may exchange tokens for, and gives it the grant or takes it away. Seen within a second; what it
 * was given before lives on until it ends.
 *
 * @param described null for nothing
 * @returns what speaks against it; then nothing was changed
 */
export async function changeExchange(
  platform: Platform,
  client: Client,
  described: ExchangeDescription | null,
): Promise<readonly ClientFinding[]> {
  const { database, runtime } = platform
  const exchange = exchangeOf(described)
  const others = client.grants.filter((grant) => grant !== tokenExchange)
  const grants: readonly GrantType[] = exchange === null ? others : [...others, tokenExchange]
  const findings = checkExchange({
    grants,
    isConfidential: isConfidential(client),
    scopes: client.scopes,
    exchange,
  })
  const known = new Set((await allApis(database)).map(({ identifier }) => identifier))
  if (exchange !== null && !exchange.audiences.every((audience) => known.has(audience)))
    findings.push({ path: 'exchange.audiences', code: 'unknown', message: 'names no API of this server' })
  if (findings.length > 0) return findings
  await database.commit([
    replaceExchange(database, { id: client.id, exchange, grants }),
    event(database, runtime, {
      type: 'client.updated',
      clientId: client.id,
      detail: { changed: ['exchange'] },
    }),
  ])
  return []
}
