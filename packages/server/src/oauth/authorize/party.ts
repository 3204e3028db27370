// How pages name a client: its name, and where the answer really goes (OAuth 2.1 §7.3, RFC 8252 §8.6).
import { isLoopback } from '@countersign/protocol'
import type { Party } from '../../platform/html/party.ts'
import type { Client } from '../clients/client.ts'
import { vouchingHost } from '../metadata-documents/address.ts'
import { isSelfRegistered } from '../registration/registrations.store.ts'
import type { OAuthRoom } from '../room.ts'

/** @param redirectUri proven to be the client's */
export async function partyOf(
  room: Pick<OAuthRoom, 'platform' | 'logos'>,
  client: Described,
  redirectUri: string,
): Promise<Party> {
  const host = hostOf(redirectUri)
  const runs = host !== null && !isLoopback(redirectUri) ? 'web' : 'this-computer'
  return { ...(await knownOf(room, client)), host, runs }
}

/** A client whose answer goes to no address. */
export async function partyAway(
  room: Pick<OAuthRoom, 'platform' | 'logos'>,
  client: Described,
  runs: 'device' | 'elsewhere',
): Promise<Party> {
  return { ...(await knownOf(room, client)), host: null, runs }
}

type Described = Pick<Client, 'id' | 'name' | 'firstParty' | 'logoUri' | 'policyUri' | 'tosUri'>

async function knownOf(
  room: Pick<OAuthRoom, 'platform' | 'logos'>,
  client: Described,
): Promise<Omit<Party, 'host' | 'runs'>> {
  const { id, name, firstParty, policyUri, tosUri } = client
  const describedAt = vouchingHost(id)
  const byItself = await describesItself(room.platform, id)
  return {
    name,
    vouched: firstParty ? 'house' : byItself ? 'itself' : 'operator',
    describedAt,
    logo: await room.logos.of(client),
    policyUri,
    termsUri: tosUri,
  }
}

/** Whether a client is what it says it is by nobody's word but its own. */
export async function describesItself(
  { database }: Pick<OAuthRoom['platform'], 'database'>,
  clientId: string,
): Promise<boolean> {
  return vouchingHost(clientId) !== null || isSelfRegistered(database, clientId)
}

/** The host that answers are sent to; null for a private-use scheme, which any program may claim. */
export function hostOf(redirectUri: string): string | null {
  return /^https?:/.test(redirectUri) ? new URL(redirectUri).host : null
}
