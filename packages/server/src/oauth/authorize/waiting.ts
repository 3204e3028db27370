/** Who waits for a person at a return address: the client whose request was put aside there. */
import { digest, Parameters } from '@countersign/protocol'
import type { Party } from '../../platform/html/party.ts'
import type { SafeLocation } from '../../platform/http/exchange.ts'
import { paths } from '../paths.ts'
import type { OAuthRoom } from '../room.ts'
import { flowByDigest } from './flows.store.ts'
import { prove } from './hub.ts'
import { partyOf } from './party.ts'

/** @returns the client to name on the sign-in page; null where none (any more) waits */
export async function partyAt(room: OAuthRoom, location: SafeLocation): Promise<Party | null> {
  const [path, query = ''] = location.split('?')
  const handle = path === paths.authorize ? Parameters.parse(query).get('flow') : undefined
  if (handle === undefined) return null
  const flow = await flowByDigest(room.platform.database, digest(handle))
  if (flow === undefined) return null
  const { client, redirect } = await prove(room, flow.parameters)
  return partyOf(client, redirect.uri)
}
