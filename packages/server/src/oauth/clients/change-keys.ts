// Changing the public keys of a client, and how its ID tokens are encrypted to them.
import type { Platform } from '../../platform/platform.ts'
import { signsBackchannelRequests } from '../ciba/members.ts'
import { changeClient, descriptionOf } from './change.ts'
import type { Client } from './client.ts'
import { type ClientOptions, type DescribedKeys, isEncryptedTo } from './keys.ts'
import { authenticationMethods } from './methods.ts'
import type { ClientDescription, ClientFinding } from './registration.ts'
import { signsRequests } from './request-rules.ts'

/**
 * Replaces a client's public keys, or how its ID tokens are encrypted; what is left out stays. Seen within a second.
 *
 * @param change `idTokenEncryption: null` has its ID tokens signed alone again
 * @returns what speaks against it; then nothing was changed
 */
export async function changeKeys(
  platform: Platform,
  { id }: Pick<Client, 'id'>,
  change: Pick<DescribedKeys, 'jwks' | 'idTokenEncryption'>,
  options: ClientOptions = {},
): Promise<readonly ClientFinding[]> {
  const changed = await changeClient(platform, id, (client) => withKeys(client, change), options)
  return changed === null || changed.ok ? [] : changed.findings
}

/** The client's description with other keys; those that nothing needs any more are left out of it. */
function withKeys(
  client: Client,
  { jwks: given, idTokenEncryption: named }: Pick<DescribedKeys, 'jwks' | 'idTokenEncryption'>,
): ClientDescription {
  const { idTokenEncryption: before, jwks: stored, ...rest } = descriptionOf(client)
  const idTokenEncryption = named === undefined ? before : (named ?? undefined)
  const signs =
    authenticationMethods[client.authentication].proves === 'key' ||
    client.authentication === 'self_signed_tls_client_auth' ||
    signsRequests(client.requests) ||
    signsBackchannelRequests(client.ciba)
  const isNeeded = signs || isEncryptedTo({ ...rest, idTokenEncryption })
  const jwks = given ?? (isNeeded ? stored : undefined)
  return {
    ...rest,
    ...(jwks !== undefined && { jwks }),
    ...(idTokenEncryption !== undefined && { idTokenEncryption }),
  }
}
