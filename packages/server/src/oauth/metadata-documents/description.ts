// From a metadata document to the client that it describes (draft-ietf-oauth-client-id-metadata-document §4): a client that
// nobody here registered, so it gets what a person can give it, and nothing of its own.
import { deviceGrant, type GrantType } from '@countersign/protocol'
import { openScopes } from '../apis/api.ts'
import type { Apis } from '../apis/catalogue.ts'
import { findingsOnTheWire, parseMetadata } from '../clients/metadata/metadata.ts'
import type { ClientDescription } from '../clients/registration.ts'
import { isSectorUnproven } from '../subjects/sector.ts'

/** What a document describes, or what is wrong with it, in words for the log. */
export type Described =
  | { readonly ok: true; readonly description: ClientDescription }
  | { readonly ok: false; readonly fault: string }

/** Whatever else it asks for would need no person. */
const byPeople: readonly GrantType[] = ['authorization_code', 'refresh_token', deviceGrant]
/** §4.1: no method that rests on a shared secret, since there is nobody to share it with. */
const methods: readonly unknown[] = ['none', 'private_key_jwt']

/** @param apis those that there are: a document that names no scope leaves open which of them it will ask for */
export function described(
  address: string,
  members: Readonly<Record<string, unknown>>,
  apis: Pick<Apis, 'all'>,
): Described {
  // §4: "The client_id value MUST match the URL ... using simple string comparison".
  if (members['client_id'] !== address) return refused('client_id is another address')
  if ('client_secret' in members || 'client_secret_expires_at' in members) return refused('it holds a secret')
  const method = members['token_endpoint_auth_method'] ?? 'none'
  if (!methods.includes(method)) return refused('token_endpoint_auth_method is not one for it')
  const parsed = parseMetadata({ ...members, token_endpoint_auth_method: method }, 'client')
  if (!parsed.ok) return refused(parsed.findings.map(({ path, code }) => `${path} ${code}`).join(', '))
  const { description } = parsed
  const grants = (description.grants ?? []).filter((grant) => byPeople.includes(grant))
  if (isSectorUnproven({ ...description, grants }))
    return refused('subject_type is not one for its grant_types')
  return {
    ok: true,
    description: {
      ...description,
      name: typeof members['client_name'] === 'string' ? description.name : new URL(address).host,
      grants,
      scopes: scopesOf(description.scopes, grants, apis),
    },
  }
}

/** Those that it names, or all that there are; each has to be allowed by the person whom it concerns. */
function scopesOf(
  named: readonly string[] | undefined,
  grants: readonly GrantType[],
  { all }: Pick<Apis, 'all'>,
): readonly string[] {
  const existing = [...openScopes, ...all.flatMap(({ scopes }) => scopes.map(({ name }) => name))]
  const useful = existing.filter((name) => name !== 'offline_access' || grants.includes('refresh_token'))
  return named === undefined ? useful : useful.filter((name) => named.includes(name))
}

/** What is wrong with a description, in the words of the document. */
export function faultOf(findings: Parameters<typeof findingsOnTheWire>[0]): string {
  return findingsOnTheWire(findings)
    .map(({ path, code }) => `${path} ${code}`)
    .join(', ')
}

function refused(fault: string): Described {
  return { ok: false, fault }
}
