// What becomes of a client that describes itself, by the policy: it gets less than it asked for where that is harmless
// (RFC 7591 §2: the server “MAY replace” what is asked for), and is refused where it would count on it.
import { isIP } from 'node:net'
import { type GrantType, isLoopback, tokenExchange } from '@countersign/protocol'
import { isPublicAddress } from '../../platform/http/egress.ts'
import { openScopes } from '../apis/api.ts'
import { descriptionOf } from '../clients/change.ts'
import type { Client } from '../clients/client.ts'
import { operatorRows } from '../clients/metadata/operator-rows.ts'
import type { ClientDescription, ClientFinding } from '../clients/registration.ts'
import { allows } from '../profiles/rules.ts'
import { isSectorUnproven } from '../subjects/sector.ts'
import type { RegistrationPolicy } from './rules.ts'

/** What the policy is judged with. */
export interface Surroundings {
  /** Scopes of every API. */
  readonly apiScopes: readonly string[]
  readonly development: boolean
  /** The client as it is, when it changes itself: what it has, somebody gave it. */
  readonly before?: Client
}

/** What a client may be, or everything that speaks against it. */
export type Judged =
  | { readonly ok: true; readonly description: ClientDescription }
  | { readonly ok: false; readonly findings: readonly ClientFinding[] }

/** Most addresses of one kind. */
const mostAddresses = 20
/** Longest description, in characters of JSON: keys and all. */
const longest = 32 * 1024

/** @param described what the client said of itself: nothing in it that only an operator says */
export function judge(
  policy: RegistrationPolicy,
  described: ClientDescription,
  surroundings: Surroundings,
): Judged {
  const { before } = surroundings
  const grants = policy.grants.concat(before?.grants ?? [])
  const findings: ClientFinding[] = [...checkSize(described), ...checkPlaces(described, policy, surroundings)]
  const find = (path: string, message: string) => findings.push({ path, code: 'policy', message })
  if (!(described.grants ?? []).every((grant) => grants.includes(grant)))
    find('grants', 'names a grant that clients can not register themselves for here')
  if (isSectorUnproven(described, before))
    find('subjectType', 'can not be pairwise with a grant whose answers go to no redirect URI')
  const method = described.authentication ?? 'client_secret_basic'
  if (!allows(policy.methods, method) && method !== before?.authentication)
    find('authentication', 'is not a method that clients can register themselves for here')
  if (findings.length > 0) return { ok: false, findings }
  // Whoever may exchange tokens does so by a grant that goes with it.
  const given: readonly GrantType[] = (before?.exchange ?? null) === null ? [] : [tokenExchange]
  return {
    ok: true,
    description: {
      ...described,
      grants: [...new Set([...(described.grants ?? []), ...given])],
      scopes: scopesFor(policy, described, surroundings),
      detailsTypes: typesFor(policy, described, before),
      ...saidByOperators(before),
    },
  }
}

/** What it asked for and may have; without a word of it, all that it may have. */
function scopesFor(
  { scopes }: RegistrationPolicy,
  { scopes: asked, grants = [] }: ClientDescription,
  { apiScopes, before }: Surroundings,
): readonly string[] {
  const hasPeople = grants.some((grant) => peoplesGrants.includes(grant))
  const identity = hasPeople
    ? openScopes.filter((name) => name !== 'offline_access' || grants.includes('refresh_token'))
    : []
  const may = new Set([
    ...identity,
    ...apiScopes.filter((name) => allows(scopes, name)),
    ...(before?.scopes ?? []),
  ])
  const lost = (name: string) => name === 'offline_access' && !grants.includes('refresh_token')
  return (asked ?? [...may]).filter((name) => may.has(name) && !lost(name))
}

/** Types of authorization details (RFC 9396), which go by the same rule as the scopes of APIs. */
function typesFor(
  { scopes }: RegistrationPolicy,
  { detailsTypes: asked = [] }: ClientDescription,
  before: Client | undefined,
): readonly string[] {
  return asked.filter((type) => allows(scopes, type) || before?.detailsTypes.includes(type) === true)
}

const peoplesGrants: readonly GrantType[] = [
  'authorization_code',
  'urn:ietf:params:oauth:grant-type:device_code',
]

/** Members of a description that no client says of itself. */
const operatorsMembers = new Set(
  operatorRows
    .flatMap(({ names }) => Object.values(names))
    .flatMap((path) => path.split('.', 1))
    .filter((name) => name !== 'id' && name !== 'secret'),
)

/** What only an operator says stays as it is, whatever the client says of itself. */
function saidByOperators(before: Client | undefined): Partial<ClientDescription> {
  if (before === undefined) return { firstParty: false }
  const said = Object.entries(descriptionOf(before)).filter(([name]) => operatorsMembers.has(name))
  return Object.fromEntries(said) as Partial<ClientDescription>
}

function checkSize(described: ClientDescription): ClientFinding[] {
  const tooLong = JSON.stringify(described).length > longest
  const found: ClientFinding[] = tooLong
    ? [{ path: 'jwks', code: 'too_long', message: 'and all the rest are too long together' }]
    : []
  for (const path of ['redirectUris', 'postLogoutRedirectUris'] as const)
    if ((described[path] ?? []).length > mostAddresses)
      found.push({ path, code: 'too_many', message: `may be ${mostAddresses} at most` })
  return found
}

function checkPlaces(
  described: ClientDescription,
  { hosts }: RegistrationPolicy,
  { development, before }: Surroundings,
): ClientFinding[] {
  const found: ClientFinding[] = []
  for (const path of ['redirectUris', 'postLogoutRedirectUris'] as const)
    for (const [index, uri] of (described[path] ?? []).entries())
      if (!allows(hosts, hostOf(uri) ?? '') && before?.[path].includes(uri) !== true)
        found.push({
          path: `${path}.${index}`,
          code: 'policy',
          message: 'is at a host that clients can not register here',
        })
  if (development) return found
  // Egress refuses these at the latest when it fetches; a client hears of it now.
  for (const [path, uri] of fetchedAddresses(described))
    if (isPrivate(uri))
      found.push({ path, code: 'private_address', message: 'is at an address that is not reached from here' })
  return found
}

/** Every address that this server fetches of its own accord. */
function fetchedAddresses(described: ClientDescription): (readonly [path: string, uri: string])[] {
  const { jwksUri, sectorIdentifierUri, requestUris = [], signOut } = described
  const single: [string, string | null | undefined][] = [
    ['jwksUri', jwksUri],
    ['sectorIdentifierUri', sectorIdentifierUri],
    ['signOut.backChannel', signOut?.backChannel?.uri],
  ]
  return [
    ...single.flatMap(([path, uri]) => (uri === null || uri === undefined ? [] : [[path, uri] as const])),
    ...requestUris.map((uri, index) => [`requestUris.${index}`, uri] as const),
  ]
}

function isPrivate(uri: string): boolean {
  const host = hostOf(uri)?.replace(/^\[|\]$/g, '') ?? ''
  return isIP(host) === 0 ? isLoopback(uri) || /(?:^|\.)localhost$/.test(host) : !isPublicAddress(host)
}

function hostOf(uri: string): string | null {
  return URL.canParse(uri) && /^https?:/.test(uri) ? new URL(uri).hostname : null
}
