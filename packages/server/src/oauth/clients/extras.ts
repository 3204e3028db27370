// What single features have registered of a client, as one table: each row is written beside its feature. A new member
// is a property of ClientExtras and a row here; it is stored, checked and given its usual value by what is below.
import type { JwsAlgorithm } from '@countersign/protocol'
import type { Platform } from '../../platform/platform.ts'
import { type AttesterKeys, attesterJwks } from '../attestation/members.ts'
import { certificateBoundAccessTokens } from '../binding/certificate-binding.ts'
import { type CertificateSubject, certificateSubject } from '../binding/certificate-subject.ts'
import { type CibaMembers, ciba } from '../ciba/members.ts'
import { detailsTypes } from '../details/client-types.ts'
import { type Elsewhere, elsewhere } from '../id-jag/elsewhere.ts'
import { type SubjectType, sectorIdentifierUri, subjectType } from '../subjects/sector.ts'
import { type SignedAnswers, signedAnswers } from '../tokens/signed-answers.ts'
import {
  type ApplicationType,
  applicationType,
  contacts,
  homeUri,
  softwareId,
  softwareVersion,
} from './about.ts'
import { assertionAlg } from './assertion-alg.ts'
import { firstParty } from './first-party.ts'
import { identityChangedAt } from './identity-change.ts'
import { initiateLoginUri, jwksUri, requestUris } from './own-addresses.ts'
import type { ClientDescription, ClientFinding } from './registration.ts'
import { defaultAcrValues, defaultMaxAge, requireAuthTime } from './sign-in-wishes.ts'

/** Members of a client that belong to one feature each. */
export interface ClientExtras extends SignedAnswers {
  /** Whether its access tokens are bound to the certificate that it shows (RFC 8705 §3.4). */
  readonly certificateBoundAccessTokens: boolean
  /** The name of its certificates, for `tls_client_auth` (RFC 8705 §2.1.2). */
  readonly certificateSubject: CertificateSubject | null
  /** The keys of those who vouch for its copies; null for a client of which each copy is like the other. */
  readonly attesterJwks: AttesterKeys | null
  /** How it hears of answers to its backchannel requests, and signs them (CIBA §4). */
  readonly ciba: CibaMembers
  /** Whether it belongs to those who run this server. Only an operator says so, never the client. */
  readonly firstParty: boolean
  /** When it last became another one in people's eyes; 0 for never. What was agreed to before is asked about anew. */
  readonly identityChangedAt: number
  readonly applicationType: ApplicationType
  /** The one algorithm that it signs its assertions with; null for whichever its keys are for. */
  readonly assertionAlg: JwsAlgorithm | null
  /** Its page for people. */
  readonly homeUri: string | null
  /** Who answers for it. */
  readonly contacts: readonly string[]
  /** Which software it is an instance of, by its own word. */
  readonly softwareId: string | null
  readonly softwareVersion: string | null
  /** Where its public keys are; null for a client that has them in `jwks`, or none. */
  readonly jwksUri: string | null
  /** Where its request objects may be fetched from (OpenID Connect Core §6.2). */
  readonly requestUris: readonly string[]
  /** Where others may send a person who wants to sign in to it (OpenID Connect Core §4). */
  readonly initiateLoginUri: string | null
  /** Seconds that a sign-in may be old where a request names no `max_age`. */
  readonly defaultMaxAge: number | null
  /** Whether its ID tokens say when the person signed in. */
  readonly requireAuthTime: boolean
  /** How surely people should have signed in where a request names no `acr_values`. */
  readonly defaultAcrValues: readonly string[]
  /** The types of authorization details that it may ask for (RFC 9396 §10). */
  readonly detailsTypes: readonly string[]
  /** Where it may go in people's names without asking them again. Only an operator says so. */
  readonly elsewhere: readonly Elsewhere[]
  /** Whether it knows people by the names that everybody has, or by some that mean nothing to others. */
  readonly subjectType: SubjectType
  /** Where the redirect URIs of its sector are listed (OpenID Connect Core §8.1). */
  readonly sectorIdentifierUri: string | null
}

/** A member: what a client has that says nothing of it, and what speaks against a value. */
export interface ExtraRow<T> {
  /** As JSON can hold it; what equals it is not stored. */
  readonly usual: T
  /** What is wrong with a value, beside the rest of the client; never quotes a value. */
  readonly check?: (
    value: T,
    description: ClientDescription,
    platform: Platform,
  ) => readonly ClientFinding[] | Promise<readonly ClientFinding[]>
}

const rows: { readonly [K in keyof ClientExtras]: ExtraRow<ClientExtras[K]> } = {
  certificateBoundAccessTokens,
  certificateSubject,
  attesterJwks,
  ciba,
  firstParty,
  identityChangedAt,
  applicationType,
  assertionAlg,
  homeUri,
  contacts,
  softwareId,
  softwareVersion,
  jwksUri,
  requestUris,
  initiateLoginUri,
  defaultMaxAge,
  requireAuthTime,
  defaultAcrValues,
  detailsTypes,
  subjectType,
  sectorIdentifierUri,
  ...signedAnswers,
  elsewhere,
}

const names = Object.keys(rows) as (keyof ClientExtras)[]

/** Those of a client that says nothing of them. */
export const usualExtras: ClientExtras = extrasOf({})

/** The members of a description, the usual ones where it says nothing. */
export function extrasOf(described: Partial<ClientExtras>): ClientExtras {
  const members = names.map((name) => [name, described[name] ?? rows[name].usual])
  return Object.fromEntries(members) as unknown as ClientExtras
}

/** Those that are not as usual, without the rest of a client. */
export function unusualExtras(extras: ClientExtras): Partial<ClientExtras> {
  const others = names.filter((name) => JSON.stringify(extras[name]) !== JSON.stringify(rows[name].usual))
  return Object.fromEntries(others.map((name) => [name, extras[name]]))
}

/** What is wrong with the members that a description gives. */
export async function checkExtras(
  description: ClientDescription,
  platform: Platform,
): Promise<readonly ClientFinding[]> {
  const checked = names.map((name) => checkMember(name, description, platform))
  return (await Promise.all(checked)).flat()
}

async function checkMember<K extends keyof ClientExtras>(
  name: K,
  description: ClientDescription,
  platform: Platform,
): Promise<readonly ClientFinding[]> {
  const members: Partial<ClientExtras> = description
  const value = members[name]
  const row: ExtraRow<ClientExtras[K]> = rows[name]
  return value === undefined || row.check === undefined ? [] : row.check(value, description, platform)
}

/** As stored: what differs from the usual; null where nothing does. */
export function storedExtras(extras: ClientExtras): string | null {
  const others = unusualExtras(extras)
  return Object.keys(others).length === 0 ? null : JSON.stringify(others)
}

/** What storedExtras wrote, also when it knew fewer members. */
export function readExtras(text: string | null): ClientExtras {
  return text === null ? usualExtras : extrasOf(JSON.parse(text) as Partial<ClientExtras>)
}
