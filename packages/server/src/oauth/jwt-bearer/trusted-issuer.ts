// Issuers whose word lets a client in (RFC 7523 §2.1, §3): named by an operator one by one, each with what it may say, of
// whom, to which clients, for what and for how long. Whoever is not named is not believed.
import { checkWebUri, importJwkSet, KeyError } from '@countersign/protocol'
import { canonicalEmail } from '../../accounts/users/identifiers.ts'
import type { Platform } from '../../platform/platform.ts'
import { identityScopes } from '../apis/api.ts'
import { allApis } from '../apis/apis.store.ts'
import { apisOf } from '../apis/catalogue.ts'
import { type JwkSet, registeredSet } from '../clients/jwk-set.ts'

/** What an issuer may say: who somebody is to it (RFC 7523), or to whom it lets one client go in their name (ID-JAG). */
export const assertionKinds = ['grant', 'id-jag'] as const
/** One of them. */
export type AssertionKind = (typeof assertionKinds)[number]

/** How a subject of the issuer is found among the people here. */
export type SubjectRule =
  /** By the account there that they have linked here, at an upstream of this name. */
  | { readonly by: 'identity'; readonly upstream: string }
  /** By an address that both sides have verified, of domains for which the issuer is believed. */
  | { readonly by: 'email'; readonly domains: readonly string[] }

/** An issuer as an operator names it. */
export interface TrustedIssuer {
  /** Its `iss`, byte for byte. */
  readonly issuer: string
  /** Its public keys; null where they are at an address. */
  readonly jwks: JwkSet | null
  readonly jwksUri: string | null
  readonly accepts: readonly AssertionKind[]
  readonly subjects: SubjectRule
  /**
   * Who may show what it says. A grant names no client, so that only these may; an ID-JAG names one, and none here
   * means any.
   */
  readonly clients: readonly string[]
  /** All that may come of it, beside what the client may have. */
  readonly scopes: readonly string[]
  /** Longest that what it says may be good for, in seconds. */
  readonly maximumSeconds: number
  readonly createdAt: number
}

/** The same as somebody describes it. */
export type IssuerDescription = Pick<TrustedIssuer, 'issuer' | 'subjects'> &
  Partial<Pick<TrustedIssuer, 'jwksUri' | 'accepts' | 'clients' | 'scopes' | 'maximumSeconds'>> & {
    readonly jwks?: Readonly<Record<string, unknown>>
  }

/** Something that speaks against an issuer as described. */
export interface IssuerFinding {
  readonly path: string
  readonly code: string
  readonly message: string
}

/** Seconds that an assertion may be good for, unless something else is said. */
const usualSeconds = 300
/** As the kinds of token have it. */
const mostSeconds = 3600

/** The issuer of a description that nothing is wrong with. */
export function issuerOf(described: IssuerDescription, now: number): TrustedIssuer {
  return {
    issuer: described.issuer,
    jwks: described.jwks === undefined ? null : registeredSet(described.jwks),
    jwksUri: described.jwksUri ?? null,
    accepts: described.accepts ?? ['grant'],
    subjects: described.subjects,
    clients: described.clients ?? [],
    scopes: described.scopes ?? [],
    maximumSeconds: described.maximumSeconds ?? usualSeconds,
    createdAt: now,
  }
}

/** What is wrong with an issuer as described; all of it at once, never quoting a value. */
export async function checkIssuer(
  { database, issuer: own, development }: Pick<Platform, 'database' | 'issuer' | 'development'>,
  described: IssuerDescription,
): Promise<IssuerFinding[]> {
  const findings: IssuerFinding[] = []
  const find = (path: string, code: string, message: string): void => {
    findings.push({ path, code, message })
  }
  const isWeb = (uri: string) => checkWebUri(uri) === null && (uri.startsWith('https:') || development)
  const { issuer, accepts = [], clients = [], scopes = [], maximumSeconds = usualSeconds } = described
  if (!isWeb(issuer) || issuer.includes('?'))
    find('issuer', 'not_a_uri', 'must be an https address without a query')
  if (issuer === own.url) find('issuer', 'own', 'is this server itself')
  findings.push(...checkKeys(described, isWeb), ...checkSubjects(described))
  const kinds: readonly string[] = assertionKinds
  if (!accepts.every((kind) => kinds.includes(kind)))
    find('accepts', 'unknown', `must be of ${assertionKinds.join(', ')}`)
  if (described.accepts?.length === 0) find('accepts', 'missing', 'must name a kind of assertion')
  if ((described.accepts ?? ['grant']).includes('grant') && clients.length === 0)
    find('clients', 'missing', 'must name the clients that may show grants: a grant itself names none')
  if (!Number.isInteger(maximumSeconds) || maximumSeconds < 1 || maximumSeconds > mostSeconds)
    find('maximumSeconds', 'range', `must be whole seconds from 1 to ${mostSeconds}`)
  if (scopes.length === 0) find('scopes', 'missing', 'must name a scope of an API')
  const apis = apisOf(await allApis(database))
  for (const [index, scope] of scopes.entries()) {
    const isOfApi = apis.ofScope(scope) !== undefined && !identityScopes.includes(scope)
    if (!isOfApi) find(`scopes.${index}`, 'unknown', 'is a scope of no API')
  }
  return findings
}

function checkKeys(
  { jwks, jwksUri = null }: IssuerDescription,
  isWeb: (uri: string) => boolean,
): IssuerFinding[] {
  if ((jwks === undefined) === (jwksUri === null))
    return [{ path: 'jwks', code: 'missing', message: 'give its keys, or the address where they are' }]
  if (jwksUri !== null && !isWeb(jwksUri))
    return [{ path: 'jwksUri', code: 'not_a_uri', message: 'must be an https address' }]
  if (jwks === undefined) return []
  try {
    const { keys } = importJwkSet(jwks)
    return keys.length > 0
      ? []
      : [{ path: 'jwks', code: 'unusable', message: 'holds no key that can be used' }]
  } catch (error) {
    if (!(error instanceof KeyError)) throw error
    const message = `is not a set of public keys to use: ${error.detail}`
    return [{ path: 'jwks', code: error.code, message }]
  }
}

function checkSubjects({ subjects }: IssuerDescription): IssuerFinding[] {
  if (subjects.by === 'identity')
    return /^[a-z0-9][a-z0-9._-]{0,63}$/.test(subjects.upstream)
      ? []
      : [{ path: 'subjects', code: 'upstream', message: 'must name an upstream' }]
  const isGood = (domain: string) => canonicalEmail(`somebody@${domain}`) === `somebody@${domain}`
  return subjects.domains.length > 0 && subjects.domains.every(isGood)
    ? []
    : [{ path: 'subjects', code: 'domain', message: 'must name domains, in small letters' }]
}
