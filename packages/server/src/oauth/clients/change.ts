// Changing clients: the one way from a stored client to another description of it, under the rules that hold for new
// ones. Seen within a second, everywhere.
import { digest } from '@countersign/protocol'
import type { WriteSet } from '../../platform/db/database.ts'
import { event } from '../../platform/events/events.ts'
import type { Platform } from '../../platform/platform.ts'
import { checkSubjectsStay } from '../subjects/sector.ts'
import type { Client } from './client.ts'
import { clientById, replaceClient } from './clients.store.ts'
import { unusualExtras } from './extras.ts'
import { isAnother } from './identity-change.ts'
import type { ClientOptions } from './keys.ts'
import {
  type ClientDescription,
  type ClientFinding,
  clientOf,
  findingsOf,
  needsSecret,
} from './registration.ts'
import { storedRules } from './request-rules.ts'

/** A change that is ready to be stored by `writes`, or what speaks against it. */
export type PreparedChange =
  | {
      readonly ok: true
      /** As it will be. */
      readonly client: Client
      /** A secret in the clear that it did not have before, for this once; null where none was made. */
      readonly secret: string | null
      readonly writes: WriteSet
    }
  | { readonly ok: false; readonly findings: readonly ClientFinding[] }

/**
 * Replaces all that is registered of a client but its id and its secret. A secret is made when its way to authenticate
 * needs one from now on, replaced when the description holds one, and forgotten when it needs none any more.
 *
 * INVARIANT: the writes are guarded by `client revision`: of changes made from one state, one is stored.
 * @param by who changes it: people are asked anew about a client that made itself look like another one
 */
export async function prepareChange(
  platform: Platform,
  client: Client,
  description: ClientDescription,
  options: ClientOptions = {},
  by: 'operator' | 'client' = 'operator',
): Promise<PreparedChange> {
  const findings = [
    ...(await findingsOf(platform, { ...description, id: client.id }, options)),
    ...checkSubjectsStay(client, description),
  ]
  if (findings.length > 0) return { ok: false, findings }
  const { database, runtime } = platform
  const secret = secretAfter(client, description, () => runtime.secret())
  const described = clientOf(description, client.id, null, client.createdAt)
  const made: Client = {
    ...described,
    id: client.id,
    secretDigest: needsSecret(description) ? (secret === null ? client.secretDigest : digest(secret)) : null,
    revision: client.revision + 1,
    disabledAt: client.disabledAt,
    identityChangedAt: client.identityChangedAt,
  }
  const isOther = by === 'client' && isAnother(client, made)
  const after = isOther ? { ...made, identityChangedAt: runtime.now() } : made
  const writes = [
    replaceClient(database, after),
    event(database, runtime, {
      type: 'client.updated',
      clientId: client.id,
      detail: { changed: differences(client, after) },
    }),
  ]
  return { ok: true, client: after, secret, writes }
}

/**
 * Changes a client from what is stored to what `change` makes of it; when somebody else changes it at the same time,
 * again from what they left.
 *
 * @returns the client and a new secret of it, or everything that is wrong; then nothing was changed. Null when there is
 *   no such client.
 */
export async function changeClient(
  platform: Platform,
  id: string,
  change: (client: Client) => ClientDescription | readonly ClientFinding[],
  options: ClientOptions = {},
): Promise<PreparedChange | null> {
  for (;;) {
    const client = await clientById(platform.database, id)
    if (client === undefined) return null
    const description = change(client)
    if (isFindings(description)) return { ok: false, findings: description }
    const prepared = await prepareChange(platform, client, description, options)
    if (!prepared.ok || (await platform.database.commit(prepared.writes)).ok) return prepared
  }
}

function isFindings(made: ClientDescription | readonly ClientFinding[]): made is readonly ClientFinding[] {
  return Array.isArray(made)
}

/** A client as it would be described to become what it is; nothing is said of what is usual of features. */
export function descriptionOf(client: Client): ClientDescription {
  const { id, name, authentication, redirectUris, postLogoutRedirectUris, grants, scopes } = client
  const { idTokenAlg, dpopBoundAccessTokens, requests } = client
  const { jwks, api, idTokenEncryption, signOut, exchange, logoUri, policyUri, tosUri } = client
  return {
    ...{ id, name, authentication, redirectUris, postLogoutRedirectUris, grants, scopes },
    ...{ idTokenAlg, dpopBoundAccessTokens },
    ...unusualExtras(client),
    ...(storedRules(requests) !== null && { requests }),
    ...(jwks !== null && { jwks }),
    ...(api !== null && { api }),
    ...(idTokenEncryption !== null && { idTokenEncryption }),
    ...(signOut !== null && { signOut }),
    ...(exchange !== null && { exchange }),
    ...(logoUri !== null && { logoUri }),
    ...(policyUri !== null && { policyUri }),
    ...(tosUri !== null && { tosUri }),
  }
}

function secretAfter(client: Client, description: ClientDescription, make: () => string): string | null {
  if (!needsSecret(description)) return null
  if (description.secret === undefined) return client.secretDigest === null ? make() : null
  return digest(description.secret) === client.secretDigest ? null : description.secret
}

/** The names of the members that are not the same; a secret is among them, its value is not. */
function differences(before: Client, after: Client): string[] {
  const names = Object.keys(after) as (keyof Client)[]
  const changed = names.filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]))
  return changed
    .filter((name) => name !== 'revision')
    .map((name) => (name === 'secretDigest' ? 'secret' : name))
}
