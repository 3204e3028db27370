// Changing the public keys of a client, and how its ID tokens are encrypted to them.
import type { Platform } from '../../platform/platform.ts'
import { changeClient, descriptionOf } from './change.ts'
import type { Client } from './client.ts'
import type { ClientOptions, DescribedKeys } from './keys.ts'
import type { ClientDescription, ClientFinding } from './registration.ts'

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

/** The client's description with other keys, which take the place of those at an address. */
function withKeys(
  client: Client,
  { jwks: given, idTokenEncryption: named }: Pick<DescribedKeys, 'jwks' | 'idTokenEncryption'>,
): ClientDescription {
  const { idTokenEncryption: before, jwks: stored, jwksUri = null, ...rest } = descriptionOf(client)
  const idTokenEncryption = named === undefined ? before : (named ?? undefined)
  const jwks = given ?? stored
  return {
    ...rest,
    jwksUri: given === undefined ? jwksUri : null,
    ...(jwks !== undefined && { jwks }),
    ...(idTokenEncryption !== undefined && { idTokenEncryption }),
  }
}
