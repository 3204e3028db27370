// The client that a request describes: its metadata read, and judged by the policy.
import { isJsonObject, OAuthError } from '@countersign/protocol'
import { signingAlgorithms } from '../../platform/keys/keyring.ts'
import type { Client } from '../clients/client.ts'
import { metadataRefusal, parseMetadata } from '../clients/metadata/metadata.ts'
import { offeredMethods } from '../clients/methods.ts'
import type { ClientDescription } from '../clients/registration.ts'
import { misfit } from '../profiles/fit.ts'
import { allows, among } from '../profiles/rules.ts'
import type { OAuthRoom } from '../room.ts'
import { judge } from './policy.ts'
import type { RegistrationPolicy } from './rules.ts'

type Json = Readonly<Record<string, unknown>>

/** The JSON object of a request. @throws OAuthError `invalid_client_metadata` */
export function metadataIn(json: unknown): Json {
  if (!isJsonObject(json))
    throw new OAuthError('invalid_client_metadata', { description: 'Send the metadata as a JSON object.' })
  // RFC 7592 §2.2: a member that is null is as good as left out.
  const given = Object.fromEntries(Object.entries(json).filter(([, value]) => value !== null))
  // RFC 7591 §2.3: a statement is worth what is thought of who made it, and nobody is thought of here.
  if (Object.hasOwn(given, 'software_statement')) throw new OAuthError('unapproved_software_statement')
  return given
}

/**
 * What a client may be of what it says of itself.
 *
 * @param before the client as it is, when it changes itself
 * @throws OAuthError `invalid_redirect_uri`, `invalid_client_metadata`
 */
export async function describedBy(
  room: OAuthRoom,
  policy: RegistrationPolicy,
  metadata: Json,
  before?: Client,
): Promise<ClientDescription> {
  const parsed = parseMetadata({ ...usualAlgorithm(room), ...metadata }, 'client')
  if (!parsed.ok) throw metadataRefusal(parsed.findings)
  const { all } = await room.apis.look()
  const judged = judge(policy, parsed.description, {
    apiScopes: all.flatMap(({ scopes }) => scopes.map(({ name }) => name)),
    development: room.platform.development,
    ...(before !== undefined && { before }),
  })
  if (!judged.ok) throw metadataRefusal(judged.findings)
  return judged.description
}

/** Where the profile has no RS256, ID tokens of who says nothing of it are signed with what there is. */
function usualAlgorithm({ rules }: OAuthRoom): Json {
  const [first] = among(rules.signatures, signingAlgorithms)
  return allows(rules.signatures, 'RS256') ? {} : { id_token_signed_response_alg: first }
}

/**
 * Refuses a client that the profile, or what this server can see, leaves no use for.
 *
 * @throws OAuthError `invalid_client_metadata`
 */
export function refuseMisfit(room: OAuthRoom, client: Client): void {
  const fault = misfit(room.rules, client) ?? unseen(room, client)
  if (fault !== null)
    throw new OAuthError('invalid_client_metadata', { description: `Not served here: ${fault}.` })
}

/** RFC 8705: where no certificate reaches the server, nobody is known by one, and nothing is bound to one. */
function unseen(room: OAuthRoom, client: Client): string | null {
  if (!offeredMethods(room).includes(client.authentication)) return 'its method of authentication'
  return client.certificateBoundAccessTokens && room.mutualTls === null
    ? 'tokens bound to certificates'
    : null
}
