// What of a client decides how it knows people (OpenID Connect Core §8, Dynamic Registration §2 and §5): whether by names
// of its own, and in which sector. Clients of one sector, which belong to one party, know a person by the same name.
import { checkWebUri, decodeStrictJson, type GrantType, JsonError } from '@countersign/protocol'
import { type Egress, EgressFailure } from '../../platform/http/egress.ts'
import type { ExtraRow } from '../clients/extras.ts'
import type { ClientFinding } from '../clients/registration.ts'

/** The ways of knowing people, for metadata too. */
export const subjectTypes = ['public', 'pairwise'] as const
/** One of them: as everybody does, or by a name that means nothing to others. */
export type SubjectType = (typeof subjectTypes)[number]

/** How pairwise names begin: no client and no user is called so. */
export const pairwisePrefix = 'psn_'

/** What a sector is found from. */
export interface Sectored {
  readonly redirectUris?: readonly string[]
  readonly sectorIdentifierUri?: string | null
}

/**
 * The sector: the host of the sector identifier, or the one host of the redirect URIs (§8.1). Null where neither tells:
 * there are several hosts, or one that everybody has, such as a loopback address or the scheme of a program.
 */
export function sectorOf({ redirectUris = [], sectorIdentifierUri = null }: Sectored): string | null {
  if (sectorIdentifierUri !== null) return new URL(sectorIdentifierUri).hostname
  const [first, ...others] = new Set(redirectUris.map(hostOf))
  return others.length === 0 ? (first ?? null) : null
}

function hostOf(uri: string): string | null {
  return URL.canParse(uri) && uri.startsWith('https:') ? new URL(uri).hostname : null
}

/** Grants by which what a client learns of people goes to its redirect URIs alone, or in which there are no people. */
const toRedirectUris: readonly GrantType[] = ['authorization_code', 'refresh_token', 'client_credentials']

/**
 * Whether nothing would prove that a client that describes itself is of the sector that it says: redirect URIs, and the
 * lists that name them, are proof only while answers go nowhere else.
 */
export function isSectorUnproven(
  described: { readonly subjectType?: SubjectType; readonly grants?: readonly GrantType[] },
  before?: { readonly subjectType: SubjectType; readonly grants: readonly GrantType[] },
): boolean {
  const vouched = before?.subjectType === 'pairwise' ? before.grants : []
  const isProven = (grant: GrantType) => toRedirectUris.includes(grant) || vouched.includes(grant)
  return described.subjectType === 'pairwise' && !(described.grants ?? []).every(isProven)
}

/** `subjectType`: people are known as everybody knows them, unless something else is said. */
export const subjectType: ExtraRow<SubjectType> = {
  usual: 'public',
  check: (value, { redirectUris = [], sectorIdentifierUri = null, api }) => {
    if (!subjectTypes.includes(value)) return [fault('subjectType', 'unknown', 'must be public or pairwise')]
    if (value === 'public') return []
    // An API sees the tokens of all of its clients, and with them names that would not be its own.
    if (api !== undefined) return [fault('subjectType', 'api', 'pairwise is not for clients that are an API')]
    const isKnown = sectorIdentifierUri !== null || sectorOf({ redirectUris }) !== null
    return isKnown
      ? []
      : [
          fault(
            'subjectType',
            'sector',
            'pairwise needs https redirect URIs of one host, or a sector identifier that lists them',
          ),
        ]
  },
}

/** `sectorIdentifierUri`: none, unless said; one that is said lists every redirect URI. */
export const sectorIdentifierUri: ExtraRow<string | null> = {
  usual: null,
  check: async (value, { redirectUris = [] }, { egress, development }) => {
    if (value === null) return []
    // Dynamic Registration §5: "using the https scheme"; what runs on a developer's own machine has none.
    const isWeb = typeof value === 'string' && checkWebUri(value) === null
    if (!isWeb || !(value.startsWith('https:') || development))
      return [fault('sectorIdentifierUri', 'not_a_uri', 'must be an https address')]
    const listed = await listAt(egress, value)
    if (typeof listed === 'string') return [fault('sectorIdentifierUri', 'unusable', listed)]
    // §5: "The values of the registered redirect_uris MUST be included in the elements of the array".
    return redirectUris.every((uri) => listed.includes(uri))
      ? []
      : [fault('sectorIdentifierUri', 'redirect_uri', 'does not list every redirect URI')]
  },
}

/** The addresses that a sector lists, or why nothing is known of them. */
async function listAt(egress: Egress, uri: string): Promise<readonly string[] | string> {
  try {
    const answer = await egress(uri, { method: 'GET', headers: { accept: 'application/json' } })
    if (answer.status !== 200) return 'is not answered with a list'
    const list: unknown = decodeStrictJson(await answer.text())
    const isList = Array.isArray(list) && list.every((item) => typeof item === 'string')
    return isList ? (list as string[]) : 'is not a JSON array of addresses'
  } catch (error) {
    if (error instanceof EgressFailure) return `can’t be fetched: ${error.fault}`
    if (error instanceof JsonError) return 'is not a JSON array of addresses'
    throw error
  }
}

/**
 * What speaks against changing a client: one that knows people by names of its own must not come to know the same people
 * by others, or lose its names, by the way. Nothing for a client whose people keep their names.
 */
export function checkSubjectsStay(
  before: Sectored & { readonly subjectType: SubjectType },
  after: Sectored & { readonly subjectType?: SubjectType },
): ClientFinding[] {
  const type = after.subjectType ?? subjectType.usual
  if (before.subjectType !== type)
    return [
      fault(
        'subjectType',
        'fixed',
        'can’t be changed: the client would know nobody again; register another client',
      ),
    ]
  if (type === 'public' || sectorOf(before) === sectorOf(after)) return []
  return [
    fault(
      'redirectUris',
      'sector',
      'would move the client to another sector, where it would know nobody again: keep the host, or register another client',
    ),
  ]
}

function fault(path: string, code: string, message: string): ClientFinding {
  return { path, code, message }
}
