// Who waits for a person at a return address: the client whose request was put aside there.
import { OAuthError, Parameters } from '@countersign/protocol'
import type { Party } from '../../platform/html/party.ts'
import { paths } from '../paths.ts'
import type { OAuthRoom } from '../room.ts'
import { findFlow } from './flows.ts'
import { partyOf } from './party.ts'
import { prove } from './prove.ts'

/** @returns the client to name on the sign-in page; null where none (any more) waits */
export async function partyAt(room: OAuthRoom, location: string): Promise<Party | null> {
  const [path, query = ''] = location.split('?')
  const reference = path === paths.authorize ? Parameters.parse(query).get('flow') : undefined
  if (reference === undefined) return null
  const flow = await findFlow(room, reference)
  if (flow === undefined) return null
  try {
    const { client, redirect } = await prove(room, flow.parameters)
    return await partyOf(room, client, redirect.uri)
  } catch (error) {
    // The client has gone, or has changed its addresses since: nobody waits there any more.
    if (error instanceof OAuthError) return null
    throw error
  }
}
