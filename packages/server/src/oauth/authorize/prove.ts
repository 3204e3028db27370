// Who asks, and where the answer may go: proven before anything else is looked at.
import { OAuthError, type Parameters, proveRedirect, readAuthorizationTarget } from '@countersign/protocol'
import type { Client } from '../clients/client.ts'
import { clientById } from '../clients/clients.store.ts'
import { misfit } from '../profiles/fit.ts'
import type { OAuthRoom } from '../room.ts'
import type { Addressee } from './examine.ts'

/** RFC 6749 §4.1.2.1: with a bad client or redirect URI the server "MUST NOT automatically redirect the user-agent". */
export async function prove(room: OAuthRoom, parameters: Parameters): Promise<Addressee> {
  const target = readAuthorizationTarget(parameters)
  const client = await knownClient(room, target.clientId)
  return { client, redirect: proveRedirect(client, target) }
}

/**
 * @throws OAuthError `invalid_request` for one that is unknown or disabled, `unauthorized_client` for one that the
 * rules leave no use for
 */
export async function knownClient(room: OAuthRoom, id: string): Promise<Client> {
  const { platform, rules, documents } = room
  const found = documents === null ? null : await documents.clientAt(id)
  if (found?.ok === false)
    throw new OAuthError('invalid_request', {
      description: 'The metadata document of the client can’t be used.',
      detail: `metadata document: ${found.fault}`,
    })
  const client = found?.client ?? (await clientById(platform.database, id))
  if (client === undefined || client.disabledAt !== null) {
    throw new OAuthError('invalid_request', { description: 'The client is not known here.' })
  }
  const fault = misfit(rules, client)
  if (fault === null) return client
  throw new OAuthError('unauthorized_client', {
    description: 'The rules of this server have no place for the client.',
    detail: `${id}: ${fault}`,
  })
}
