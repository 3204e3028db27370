// Changing what a client may exchange tokens for.
import { tokenExchange } from '@countersign/protocol'
import type { Platform } from '../../platform/platform.ts'
import { allApis } from '../apis/apis.store.ts'
import { changeClient, descriptionOf } from '../clients/change.ts'
import type { Client } from '../clients/client.ts'
import type { ClientFinding } from '../clients/registration.ts'
import type { ExchangeDescription } from './policy.ts'

/**
 * Replaces what a client may exchange tokens for, and gives it the grant or takes it away. Seen within a second; what it
 * was given before lives on until it ends.
 *
 * @param described null for nothing
 * @returns what speaks against it; then nothing was changed
 */
export async function changeExchange(
  platform: Platform,
  { id }: Pick<Client, 'id'>,
  described: ExchangeDescription | null,
): Promise<readonly ClientFinding[]> {
  const known = new Set((await allApis(platform.database)).map(({ identifier }) => identifier))
  const strangers: readonly ClientFinding[] = (described?.audiences ?? []).every((name) => known.has(name))
    ? []
    : [{ path: 'exchange.audiences', code: 'unknown', message: 'names no API of this server' }]
  const changed = await changeClient(platform, id, (client) => {
    if (strangers.length > 0) return strangers
    const { exchange: _, grants = [], ...rest } = descriptionOf(client)
    const others = grants.filter((grant) => grant !== tokenExchange)
    if (described === null) {
      const goesElsewhere = client.elsewhere.length > 0
      return { ...rest, grants: goesElsewhere ? [...others, tokenExchange] : others }
    }
    return { ...rest, grants: [...others, tokenExchange], exchange: described }
  })
  return changed === null || changed.ok ? [] : changed.findings
}
