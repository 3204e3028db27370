// An API that tokens are made for (RFC 8707 calls it a resource): its identifier, its scopes, its kind of token.
import { type Finding, standardClaims } from '@countersign/protocol'
import { longestTokenSeconds } from '../../platform/keys/keyring.ts'
import { checkDetailsTypes } from '../details/declare.ts'
import type { DetailsType } from '../details/types.ts'
import { checkEncryption, type Encryption, type Jwk } from '../tokens/encryption.ts'

/** Something that access tokens are made for (RFC 8707). */
export interface Api {
  /** An absolute URI, compared byte for byte; the `aud` of its tokens. */
  readonly identifier: string
  readonly name: string
  readonly scopes: readonly ApiScope[]
  readonly tokenFormat: TokenFormat
  readonly accessTokenSeconds: number
  /** INVARIANT: null unless its tokens are encrypted. */
  readonly encryption: ApiEncryption | null
  /** What clients may ask for in detail (RFC 9396). */
  readonly details: readonly DetailsType[]
}

/** How an API's access tokens look: signed (RFC 9068), a reference, or signed and encrypted to the API's key. */
export const tokenFormats = ['jwt', 'opaque', 'encrypted'] as const
/** One of them. */
export type TokenFormat = (typeof tokenFormats)[number]

/** How an API's tokens are encrypted, and to which public key. */
export interface ApiEncryption extends Encryption {
  readonly jwk: Jwk
}

/** One thing that a client may be allowed to do at an API. */
export interface ApiScope {
  readonly name: string
  /** What it lets a client do, in a person's words. */
  readonly description: string
}

/** The scope that tells a client which roles its person has. INVARIANT: of clients that an operator gave it alone. */
export const rolesScope = 'roles'

/** The scopes that a client may have of which no operator said anything (OpenID Connect Core §3.1.2.1, §5.4, §11). */
export const openScopes: readonly string[] = Object.freeze([
  'openid',
  ...Object.keys(standardClaims),
  'offline_access',
])

/** The scopes that are about the person and not about an API. */
export const identityScopes: readonly string[] = Object.freeze([...openScopes, rolesScope])

/** Something that speaks against an API as described. */
export interface ApiFinding extends Finding {
  readonly path: string
}

type Find = (path: string, code: string, message: string) => void

/** What is wrong with an API as described, given the others; all of it at once. */
export function checkApi(api: Api, others: readonly Api[]): ApiFinding[] {
  const findings: ApiFinding[] = []
  const find: Find = (path, code, message) => {
    findings.push({ path, code, message })
  }
  // RFC 8707 §2: "an absolute URI ... The URI MUST NOT include a fragment component."
  if (
    !/^[A-Za-z][A-Za-z0-9+.-]*:[\x21-\x22\x24-\x7e]+$/.test(api.identifier) ||
    api.identifier.length > 512
  ) {
    find('identifier', 'not_a_uri', 'must be an absolute URI without a fragment')
  }
  if (api.name.trim() === '' || api.name.length > 100) find('name', 'length', 'must have 1 to 100 characters')
  if (!tokenFormats.includes(api.tokenFormat)) {
    find('tokenFormat', 'unknown', `must be one of ${tokenFormats.join(', ')}`)
  }
  findInEncryption(api, find)
  if (
    !Number.isInteger(api.accessTokenSeconds) ||
    api.accessTokenSeconds < 30 ||
    api.accessTokenSeconds > longestTokenSeconds
  ) {
    find('accessTokenSeconds', 'range', `must be whole seconds from 30 to ${longestTokenSeconds}`)
  }
  const taken = new Set(others.flatMap((other) => other.scopes.map(({ name }) => name)))
  const own = new Set<string>()
  for (const [index, { name }] of api.scopes.entries()) {
    const path = `scopes.${index}.name`
    if (!/^[\x21\x23-\x5b\x5d-\x7e]{1,128}$/.test(name))
      find(path, 'character', 'is not a scope of RFC 6749 §3.3')
    if (identityScopes.includes(name)) find(path, 'reserved', 'is a scope about people, and of no API')
    // A token has one audience, and the scope alone may have to tell which.
    if (taken.has(name)) find(path, 'taken', 'belongs to another API already')
    if (own.has(name)) find(path, 'repeated', 'is listed twice')
    own.add(name)
  }
  const takenTypes = new Set(others.flatMap(({ details }) => details.map(({ type }) => type)))
  findings.push(...checkDetailsTypes(api.details, takenTypes))
  return findings
}

function findInEncryption({ tokenFormat, encryption }: Api, find: Find): void {
  if (encryption === null) {
    if (tokenFormat === 'encrypted') find('encryption', 'missing', 'is needed for encrypted tokens')
    return
  }
  if (tokenFormat !== 'encrypted') find('encryption', 'unused', 'goes with the token format encrypted')
  const fault = checkEncryption(encryption)
  if (fault !== null) find('encryption', 'unknown', fault)
}
