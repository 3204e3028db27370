// Adding clients: the one way from an operator's or a seed's description to a stored client. The rules are those of
// RFC 7591 §2 and OAuth 2.1 §2, applied to what this server supports.
import {
  type ClientAuthenticationMethod,
  checkRedirectUri,
  checkWebUri,
  cibaGrant,
  deviceGrant,
  digest,
  type Finding,
  type GrantType,
  grantTypes,
  jwtBearerGrant,
  tokenExchange,
} from '@countersign/protocol'
import type { WriteSet } from '../../platform/db/database.ts'
import { event } from '../../platform/events/events.ts'
import { isBlank, isUnruly } from '../../platform/html/visible.ts'
import { type SigningAlgorithm, signingAlgorithms } from '../../platform/keys/keyring.ts'
import type { Platform } from '../../platform/platform.ts'
import { openScopes } from '../apis/api.ts'
import { checkAttested } from '../attestation/members.ts'
import { checkCertificateMethod } from '../binding/certificate-methods.ts'
import { checkExchange, type ExchangeDescription, exchangeOf } from '../exchange/policy.ts'
import { channelsOf, checkChannels, type SignOutChannels } from '../sign-out/channels.ts'
import { pairwisePrefix } from '../subjects/sector.ts'
import type { Encryption } from '../tokens/encryption.ts'
import type { Client } from './client.ts'
import { clientById, insertClient, replaceSecret } from './clients.store.ts'
import { type ClientExtras, checkExtras, extrasOf } from './extras.ts'
import { registeredSet } from './jwk-set.ts'
import { type ClientOptions, checkEncryptions, checkKeySet, checkSigningKeys } from './keys.ts'
import { authenticationMethods } from './methods.ts'
import { checkRequestRules, type RequestRules, rulesOf } from './request-rules.ts'

/** A client as someone describes it; what is left out gets its default. */
export interface ClientDescription extends Partial<ClientExtras> {
  /** Chosen when left out. */
  readonly id?: string
  readonly name: string
  /** `client_secret_basic` when left out; such a client may send its secret in the form as well. */
  readonly authentication?: ClientAuthenticationMethod
  /** At least 32 characters; chosen when a secret is needed and left out. */
  readonly secret?: string
  /** Public keys: to check its assertions with, to encrypt its ID tokens to (`use: "enc"`), or both. */
  readonly jwks?: Readonly<Record<string, unknown>>
  readonly redirectUris?: readonly string[]
  readonly postLogoutRedirectUris?: readonly string[]
  /** With redirect URIs: authorization_code and refresh_token; without: client_credentials. */
  readonly grants?: readonly GrantType[]
  /**
   * With a grant by people: OpenID Connect's scopes, `offline_access` where it has refresh_token; without: none.
   * `roles` is given by name.
   */
  readonly scopes?: readonly string[]
  readonly api?: string
  readonly idTokenAlg?: SigningAlgorithm
  readonly idTokenEncryption?: Encryption
  /** Whether it gets only access tokens that are bound to a key of its own (RFC 9449 §5.2); false when left out. */
  readonly dpopBoundAccessTokens?: boolean
  /** Where it is told that a session has ended; nowhere when left out. */
  readonly signOut?: Partial<SignOutChannels>
  /** For which APIs it may exchange tokens, which gives it the grant as well; for none when left out. */
  readonly exchange?: ExchangeDescription
  /** How it has to make its authorization requests; in any way that is known here when left out. */
  readonly requests?: Partial<RequestRules>
  readonly logoUri?: string
  readonly policyUri?: string
  readonly tosUri?: string
}

/** Something that speaks against a client as described. */
export interface ClientFinding extends Finding {
  readonly path: string
}

/** The grants in which a person gives something, which may be theirs to keep. */
const grantsByPeople: readonly GrantType[] = ['authorization_code', deviceGrant, cibaGrant]

type Find = (path: string, code: string, message: string) => void

/**
 * What is wrong with a client as described; all of it at once, but for the keys that are encrypted to (see
 * checkEncryptions). Messages never quote a value.
 */
export function checkClient(description: ClientDescription): ClientFinding[] {
  const findings: ClientFinding[] = []
  const find: Find = (path, code, message) => {
    findings.push({ path, code, message })
  }
  checkIdentity(description, find)
  findings.push(...checkCredential(description))
  checkAddresses(description, find)
  checkRights(description, find)
  findings.push(...checkRequestRules(description))
  return findings
}

function checkIdentity({ id, name }: ClientDescription, find: Find): void {
  // Others make ids of base64url, any of whose letters may be the first. A tilde begins those of our own.
  if (id !== undefined && !/^[A-Za-z0-9_-][A-Za-z0-9._~-]{0,127}$/.test(id)) {
    find(
      'id',
      'character',
      'must be 1 to 128 letters, digits, dots, dashes, underscores or tildes, the first no dot and no tilde',
    )
  }
  // RFC 9068 §5: no subject of a client may look like that of a user.
  if (id?.startsWith('usr_') || id?.startsWith(pairwisePrefix))
    find('id', 'reserved', 'may not begin as the identifiers of users do')
  if (isBlank(name) || name.length > 100) find('name', 'length', 'must have 1 to 100 characters')
  if (isUnruly(name)) find('name', 'character', 'may not contain control characters')
}

function checkCredential(description: ClientDescription): ClientFinding[] {
  const findings: ClientFinding[] = []
  const find: Find = (path, code, message) => {
    findings.push({ path, code, message })
  }
  const method = methodOf(description)
  const { secret } = description
  if (!Object.hasOwn(authenticationMethods, method)) {
    find('authentication', 'unknown', 'is not a method that this server knows')
    return findings
  }
  const { proves } = authenticationMethods[method]
  if (secret !== undefined && proves !== 'secret')
    find('secret', 'unused', 'goes with client_secret_basic or client_secret_post')
  if (secret !== undefined && !/^[\x21-\x7e]{32,256}$/.test(secret)) {
    find('secret', 'weak', 'must have 32 to 256 printable ASCII characters without spaces')
  }
  if (proves === 'key') return [...findings, ...checkSigningKeys(description)]
  findings.push(...checkAttested(description))
  findings.push(...checkCertificateMethod(description))
  if (method === 'self_signed_tls_client_auth') return findings
  return [...findings, ...checkKeySet(description)]
}

function checkAddresses(description: ClientDescription, find: Find): void {
  for (const name of ['redirectUris', 'postLogoutRedirectUris'] as const) {
    const uris = description[name] ?? []
    for (const [index, uri] of uris.entries()) {
      const finding = checkRedirectUri(uri)
      if (finding !== null) find(`${name}.${index}`, finding.code, finding.message)
      if (uris.indexOf(uri) !== index) find(`${name}.${index}`, 'repeated', 'is listed twice')
    }
  }
  for (const name of ['logoUri', 'policyUri', 'tosUri'] as const) {
    const finding = description[name] === undefined ? null : checkWebUri(description[name])
    if (finding !== null) find(name, finding.code, finding.message)
  }
}

function checkRights(description: ClientDescription, find: Find): void {
  const grants = grantsOf(description)
  const confidential = methodOf(description) !== 'none'
  if (!grants.every((grant) => grantTypes.includes(grant))) {
    find('grants', 'unknown', 'names a grant that does not exist here')
  }
  if (grants.length === 0 && description.api === undefined)
    find('grants', 'missing', 'must name at least one grant')
  if (grants.includes('authorization_code') && (description.redirectUris ?? []).length === 0) {
    find('redirectUris', 'missing', 'are needed for the grant authorization_code')
  }
  if (grants.includes('refresh_token') && !grants.some((grant) => grantsByPeople.includes(grant))) {
    find('grants', 'useless', 'refresh_token comes with a grant by people only')
  }
  // RFC 6749 §4.4: "The client credentials grant type MUST only be used by confidential clients."
  if (grants.includes('client_credentials') && !confidential) {
    find('grants', 'public', 'client_credentials is for clients that authenticate themselves')
  }
  // Whoever has come by an assertion must not be able to use it by naming a client.
  if (grants.includes(jwtBearerGrant) && !confidential) {
    find('grants', 'public', `${jwtBearerGrant} is for clients that authenticate themselves`)
  }
  // FAPI CIBA §5.2.2: "shall only support Confidential Clients".
  if (grants.includes(cibaGrant) && !confidential) {
    find('grants', 'public', `${cibaGrant} is for clients that authenticate themselves`)
  }
  if (description.api !== undefined && !confidential) {
    find('api', 'public', 'is for clients that authenticate themselves')
  }
  for (const [index, scope] of (description.scopes ?? []).entries()) {
    if (!/^[\x21\x23-\x5b\x5d-\x7e]{1,128}$/.test(scope)) {
      find(`scopes.${index}`, 'character', 'is not a scope of RFC 6749 §3.3')
    }
  }
  if ((description.scopes ?? []).includes('offline_access') && !grants.includes('refresh_token')) {
    find('scopes', 'useless', 'offline_access needs the grant refresh_token')
  }
  const { idTokenAlg } = description
  if (idTokenAlg !== undefined && !signingAlgorithms.includes(idTokenAlg)) {
    find('idTokenAlg', 'unknown', `must be ${signingAlgorithms.join(' or ')}`)
  }
}

/** Registered, with its secret in the clear for this once; or what speaks against it. */
export type CreatedClient =
  | {
      readonly ok: true
      readonly client: Client
      /** The secret in the clear, for this once; null for clients without one. */
      readonly secret: string | null
    }
  | { readonly ok: false; readonly findings: readonly ClientFinding[] }

/** A client that is ready to be stored by `writes`, or what speaks against it. */
export type PreparedClient =
  | (Extract<CreatedClient, { ok: true }> & { readonly writes: WriteSet })
  | Extract<CreatedClient, { ok: false }>

/**
 * Adds a client. Only the digest of its secret is kept: the answer is the one time that it can be read.
 *
 * @param options whether encrypted tokens are on; off unless said
 * @returns the client, or everything that is wrong with the description; then nothing was stored
 */
export async function createClient(
  platform: Platform,
  description: ClientDescription,
  options: ClientOptions = {},
): Promise<CreatedClient> {
  const prepared = await prepareClient(platform, description, options)
  if (!prepared.ok) return prepared
  const { writes, ...created } = prepared
  if ((await platform.database.commit(writes)).ok) return created
  return {
    ok: false,
    findings: [{ path: 'id', code: 'taken', message: 'belongs to another client already' }],
  }
}

/**
 * All of createClient but the commit, for whoever has more to commit with it.
 * INVARIANT: the writes are guarded by `client id`.
 */
export async function prepareClient(
  platform: Platform,
  description: ClientDescription,
  options: ClientOptions = {},
): Promise<PreparedClient> {
  const findings = await findingsOf(platform, description, options)
  if (findings.length > 0) return { ok: false, findings }
  const { database, runtime } = platform
  const secret = needsSecret(description) ? (description.secret ?? runtime.secret()) : null
  const client = clientOf(description, runtime.id('client'), secret, runtime.now())
  const writes = [
    insertClient(database, client),
    event(database, runtime, { type: 'client.created', clientId: client.id }),
  ]
  return { ok: true, client, secret, writes }
}

/** Everything that is wrong with a client as described, here and now. */
export async function findingsOf(
  platform: Platform,
  description: ClientDescription,
  options: ClientOptions,
): Promise<ClientFinding[]> {
  const findings = [
    ...checkClient(description),
    ...checkChannels(description, platform),
    ...exchangeFindings(description),
    ...(await checkEncryptions(description, options)),
    ...(await checkExtras(description, platform)),
  ]
  // One fault may be seen from two sides.
  const once = new Map(findings.map((finding) => [`${finding.path} ${finding.code}`, finding]))
  return [...once.values()]
}

/** Whether the client of a description proves itself by a secret. */
export function needsSecret(description: ClientDescription): boolean {
  return authenticationMethods[methodOf(description)].proves === 'secret'
}

/**
 * Gives a client a new secret; the old one is refused from the next request on.
 *
 * @returns the secret in the clear, for this once; null when there is no such client or it has no secret
 */
export async function rotateSecret(platform: Platform, id: string): Promise<string | null> {
  const { database, runtime } = platform
  const client = await clientById(database, id)
  if (client === undefined || client.secretDigest === null) return null
  const secret = runtime.secret()
  const committed = await database.commit([
    replaceSecret(database, id, digest(secret)),
    event(database, runtime, { type: 'client.updated', clientId: id, detail: { changed: ['secret'] } }),
  ])
  return committed.ok ? secret : null
}

/** The client of a description that nothing is wrong with. @param id its own where the description names none */
export function clientOf(
  description: ClientDescription,
  id: string,
  secret: string | null,
  now: number,
): Client {
  const grants = grantsOf(description)
  return {
    id: description.id ?? id,
    name: description.name.trim(),
    authentication: methodOf(description),
    secretDigest: secret === null ? null : digest(secret),
    jwks: description.jwks === undefined ? null : registeredSet(description.jwks),
    redirectUris: description.redirectUris ?? [],
    postLogoutRedirectUris: description.postLogoutRedirectUris ?? [],
    grants,
    scopes: description.scopes ?? usualScopes(grants),
    api: description.api ?? null,
    idTokenAlg: description.idTokenAlg ?? 'ES256',
    idTokenEncryption: description.idTokenEncryption ?? null,
    dpopBoundAccessTokens: description.dpopBoundAccessTokens ?? false,
    signOut: channelsOf(description.signOut),
    exchange: exchangeOf(description.exchange),
    requests: rulesOf(description.requests),
    ...extrasOf(description),
    logoUri: description.logoUri ?? null,
    policyUri: description.policyUri ?? null,
    tosUri: description.tosUri ?? null,
    revision: 0,
    createdAt: now,
    disabledAt: null,
  }
}

function exchangeFindings(description: ClientDescription): ClientFinding[] {
  const grants = grantsOf(description)
  return checkExchange({
    grants,
    isConfidential: methodOf(description) !== 'none',
    scopes: description.scopes ?? usualScopes(grants),
    exchange: exchangeOf(description.exchange),
    goesElsewhere: (description.elsewhere ?? []).length > 0,
  })
}

function usualScopes(grants: readonly GrantType[]): readonly string[] {
  if (!grants.some((grant) => grantsByPeople.includes(grant))) return []
  return openScopes.filter((scope) => scope !== 'offline_access' || grants.includes('refresh_token'))
}

function methodOf(description: ClientDescription): ClientAuthenticationMethod {
  return description.authentication ?? 'client_secret_basic'
}

function grantsOf(description: ClientDescription): readonly GrantType[] {
  if (description.grants !== undefined) return description.grants
  const goesElsewhere = (description.elsewhere ?? []).length > 0
  const exchanges: GrantType[] = description.exchange === undefined && !goesElsewhere ? [] : [tokenExchange]
  if ((description.redirectUris ?? []).length > 0)
    return ['authorization_code', 'refresh_token', ...exchanges]
  return description.api === undefined ? ['client_credentials', ...exchanges] : exchanges
}
