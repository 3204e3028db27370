// Tokens made and checked as one of the kinds of token-kinds.ts (RFC 7519 §7, RFC 8725 §3).
import { isAsymmetric } from './jose/algorithms.ts'
import { decodeBase64url } from './jose/base64url.ts'
import {
  type FindKey,
  type JwsHeader,
  parseHeader,
  parseObject,
  signJws,
  signJwsAsync,
  splitCompact,
  type VerifiedJws,
  verifyJws,
  verifyJwsAsync,
} from './jose/jws.ts'
import type { KeySet } from './jose/key-set.ts'
import type { SigningKey } from './jose/keys.ts'
import { TokenError } from './jose/token-error.ts'
import type { AddressedKind, StatementClaims, TokenClaims } from './token-claims.ts'
import {
  checkClaims,
  checkTime,
  type Fault,
  isTyp,
  type KindRow,
  type Moment,
  tokenKinds,
} from './token-kinds.ts'

/** The longest token that is made, in characters: many servers refuse headers beyond 8 KiB. */
export const maximumMintedLength = 7680

/**
 * Signs a token of one kind.
 *
 * @throws TypeError when the claims are not those of the kind: a mistake of the caller, found before anything is signed
 * @throws RangeError when the token would be longer than 7680 characters, but for kinds that are answers
 */
export function signToken<K extends AddressedKind>(kind: K, claims: TokenClaims[K], key: SigningKey): string {
  return bounded(kind, signJws({ typ: typToSign(kind, claims, key) }, claims, key))
}

/** As signToken, on every platform. @throws TypeError, RangeError */
export async function signTokenAsync<K extends AddressedKind>(
  kind: K,
  claims: TokenClaims[K],
  key: SigningKey,
): Promise<string> {
  return bounded(kind, await signJwsAsync({ typ: typToSign(kind, claims, key) }, claims, key))
}

function typToSign<K extends AddressedKind>(kind: K, claims: TokenClaims[K], key: SigningKey): string {
  const row: KindRow = tokenKinds[kind]
  const fault = checkClaims(kind, claims)
  if (fault !== null) throw new TypeError(`claims of ${kind}: ${fault.code} ${fault.detail}`)
  if (!mayVerify(row, key)) throw new TypeError(`no ${kind} is signed with a shared secret`)
  return row.typ
}

function bounded(kind: AddressedKind, token: string): string {
  const row: KindRow = tokenKinds[kind]
  if (token.length > maximumMintedLength && row.isAnswer !== true) {
    throw new RangeError(`the token would have ${token.length} characters, more than ${maximumMintedLength}`)
  }
  return token
}

/** A shared secret is never tried for most kinds: no public key can be passed off as one. */
function mayVerify(row: KindRow, key: { readonly alg: SigningKey['alg'] }): boolean {
  return isAsymmetric(key.alg) || row.mayBeSecret === true
}

/** What a token is held against. */
export interface VerifyTokenOptions extends Moment {
  readonly keys: KeySet | FindKey
  /** The one issuer, or a rule over `iss`. */
  readonly issuer: string | ((iss: string) => boolean)
  readonly audience: string
}

/** A token that is what it was held to be. */
export interface VerifiedToken<K extends AddressedKind> {
  readonly claims: TokenClaims[K]
  readonly header: JwsHeader
}

/**
 * Verifies a token as being of one kind, for one audience, from one issuer, now. Nothing is optional.
 *
 * INVARIANT: a token that signToken made as one kind is refused as every other, even with the same key, issuer and
 * audience. `aud` is exactly the audience, or a list of it alone, but for the kind whose row says otherwise.
 *
 * @throws TokenError
 */
export function verifyToken<K extends AddressedKind>(
  kind: K,
  token: string,
  options: VerifyTokenOptions,
): VerifiedToken<K> {
  return judge(kind, verifyJws(token, finderFor(kind, options)), options)
}

/** As verifyToken, on every platform. @throws TokenError */
export async function verifyTokenAsync<K extends AddressedKind>(
  kind: K,
  token: string,
  options: VerifyTokenOptions,
): Promise<VerifiedToken<K>> {
  return judge(kind, await verifyJwsAsync(token, finderFor(kind, options)), options)
}

function finderFor(kind: AddressedKind, { keys }: VerifyTokenOptions): FindKey {
  const row: KindRow = tokenKinds[kind]
  const find: FindKey = typeof keys === 'function' ? keys : (header) => keys.find(header)
  return (header) => {
    const key = find(header)
    return key !== undefined && mayVerify(row, key) ? key : undefined
  }
}

function judge<K extends AddressedKind>(
  kind: K,
  { header, payload }: VerifiedJws,
  options: VerifyTokenOptions,
): VerifiedToken<K> {
  const row: KindRow = tokenKinds[kind]
  if (!isTyp(row, header.typ)) throw new TokenError('wrong_type', 'typ is of another kind')
  const claims = parseObject(payload, 'claims')
  const fault =
    checkClaims(kind, claims) ??
    checkPlace(row, claims as StatementClaims, options) ??
    checkTime(row, claims, options)
  if (fault !== null) throw new TokenError(fault.code, fault.detail)
  return { claims: claims as TokenClaims[K], header }
}

/** Reads a token without any check of who made it: good for choosing a client or an issuer, and for nothing else. */
export function peekUnverified(
  token: string,
): { readonly header: JwsHeader; readonly claims: Readonly<Record<string, unknown>> } | null {
  try {
    const parts = splitCompact(token)
    const payload = decodeBase64url(parts.payload)
    if (payload === null) return null
    return { header: parseHeader(parts.header), claims: parseObject(payload, 'claims') }
  } catch (error) {
    if (error instanceof TokenError) return null
    throw error
  }
}

function checkPlace(row: KindRow, claims: StatementClaims, options: VerifyTokenOptions): Fault | null {
  const { issuer, audience } = options
  const isIssuer = typeof issuer === 'string' ? claims.iss === issuer : issuer(claims.iss)
  if (!isIssuer && row.withoutIssuer !== true) return { code: 'wrong_issuer', detail: 'iss' }
  if (row.withoutAudience === true) return null
  const { aud } = claims
  if (typeof aud === 'string') return aud === audience ? null : { code: 'wrong_audience', detail: 'aud' }
  if (row.audienceIsString === true) return { code: 'wrong_audience', detail: 'aud is not a string' }
  const isFor =
    row.audienceIsOneOf === true ? aud.includes(audience) : aud.length === 1 && aud[0] === audience
  return isFor ? null : { code: 'wrong_audience', detail: 'aud' }
}
