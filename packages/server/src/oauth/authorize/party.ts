// How pages name a client: its name, and where the answer really goes (OAuth 2.1 §7.3, RFC 8252 §8.6).
import { isLoopback } from '@countersign/protocol'
import type { Party } from '../../platform/html/party.ts'
import type { Client } from '../clients/client.ts'

/** @param redirectUri proven to be the client's */
export function partyOf(client: Pick<Client, 'name' | 'policyUri' | 'tosUri'>, redirectUri: string): Party {
  const onTheWeb = /^https?:/.test(redirectUri)
  return {
    name: client.name,
    host: onTheWeb ? new URL(redirectUri).host : null,
    runs: onTheWeb && !isLoopback(redirectUri) ? 'web' : 'this-computer',
    policyUri: client.policyUri,
    termsUri: client.tosUri,
  }
}
