// The kinds of JWT that are made and checked here, as one table, so that none passes for another.
// RFC 7519 §4.1, RFC 8725 §3.11 and §3.12; RFC 9068 (access), OpenID Connect Core §2 (id), RFC 7523 §3 (client
// assertion), OpenID Connect Back-Channel Logout §2.4 (logout).
import { isAsymmetric } from './jose/algorithms.ts'
import { decodeBase64url } from './jose/base64url.ts'
import {
  type FindKey,
  type JwsHeader,
  parseHeader,
  parseObject,
  signJws,
  splitCompact,
  verifyJws,
} from './jose/jws.ts'
import type { KeySet } from './jose/key-set.ts'
import type { SigningKey } from './jose/keys.ts'
import { isJsonObject } from './jose/strict-json.ts'
import { TokenError, type TokenErrorCode } from './jose/token-error.ts'

/** Claims that every kind has. Times are seconds; a foreign issuer may write fractions. */
export interface Claims {
  readonly iss: string
  readonly aud: string | readonly string[]
  readonly exp: number
  readonly [name: string]: unknown
}

/** An access token's (RFC 9068 §2.2); `fam` names the family of tokens that it belongs to. */
export interface AccessClaims extends Claims {
  readonly sub: string
  readonly client_id: string
  readonly iat: number
  readonly jti: string
  readonly scope?: string
  readonly auth_time?: number
  readonly acr?: string
  readonly amr?: readonly string[]
  readonly sid?: string
  readonly fam?: string
  readonly roles?: readonly string[]
}

/** An ID token's (OpenID Connect Core §2). */
export interface IdClaims extends Claims {
  readonly sub: string
  readonly iat: number
  readonly nonce?: string
  readonly auth_time?: number
  readonly acr?: string
  readonly amr?: readonly string[]
  readonly sid?: string
}

/** A client assertion's (RFC 7523 §3). */
export interface ClientAssertionClaims extends Claims {
  readonly sub: string
  readonly jti: string
}

/** A logout token's (OpenID Connect Back-Channel Logout §2.4). */
export interface LogoutClaims extends Claims {
  readonly iat: number
  readonly jti: string
  readonly events: Readonly<Record<string, unknown>>
  readonly sub?: string
  readonly sid?: string
}

/** Each kind's claims. */
export interface TokenClaims {
  readonly access: AccessClaims
  readonly id: IdClaims
  readonly clientAssertion: ClientAssertionClaims
  readonly logout: LogoutClaims
}

/** A kind of token that is made or checked here. */
export type TokenKind = keyof TokenClaims

interface KindRow {
  /** Written by signToken; compared without case and without "application/" (RFC 7515 §4.1.9). */
  readonly typ: string
  /** Other spellings that senders use; null stands for no typ at all. */
  readonly alsoTyp?: readonly (string | null)[]
  readonly required: readonly string[]
  readonly forbidden: readonly string[]
  /** Seconds from iat (or now) to exp. */
  readonly maximumLifetime?: number
  /** `aud` may not be an array, not even of one. */
  readonly audienceIsString?: true
  readonly mayBeExpired?: true
  readonly check?: (claims: Readonly<Record<string, unknown>>) => string | null
}

const logoutEvent = 'http://schemas.openid.net/event/backchannel-logout'

/** The kinds, one row each: a new kind is a new row. */
export const tokenKinds = {
  access: {
    typ: 'at+jwt',
    // RFC 9068 §2.2
    required: ['iss', 'exp', 'aud', 'sub', 'client_id', 'iat', 'jti'],
    forbidden: ['nonce', 'events', 'at_hash', 'c_hash'],
  },
  id: {
    typ: 'JWT',
    required: ['iss', 'sub', 'aud', 'exp', 'iat'],
    forbidden: ['events', 'client_id', 'scope'],
    mayBeExpired: true,
    check: (claims) => (claims['iss'] === claims['sub'] ? 'sub equals iss' : null),
  },
  clientAssertion: {
    typ: 'client-authentication+jwt',
    alsoTyp: ['jwt', null],
    required: ['iss', 'sub', 'aud', 'exp', 'jti'],
    forbidden: ['nonce', 'events', 'auth_time', 'sid'],
    // The server remembers each jti until exp, so exp is bounded.
    maximumLifetime: 600,
    audienceIsString: true,
    // RFC 7523 §3: for client authentication "the subject MUST be the "client_id" of the OAuth client".
    check: (claims) => (claims['iss'] === claims['sub'] ? null : 'iss differs from sub'),
  },
  logout: {
    typ: 'logout+jwt',
    required: ['iss', 'aud', 'iat', 'exp', 'jti', 'events'],
    // "A nonce Claim MUST NOT be present."
    forbidden: ['nonce', 'client_id', 'scope'],
    maximumLifetime: 120,
    check: (claims) => {
      if (claims['sub'] === undefined && claims['sid'] === undefined) return 'neither sub nor sid'
      const { events } = claims
      return isJsonObject(events) && isJsonObject(events[logoutEvent])
        ? null
        : 'events lacks the logout event'
    },
  },
} as const satisfies { readonly [K in TokenKind]: KindRow }

const claimTypes: Readonly<Record<string, (value: unknown) => boolean>> = {
  iss: isText,
  sub: isText,
  client_id: isText,
  jti: isText,
  sid: isText,
  fam: isText,
  acr: isText,
  azp: isText,
  nonce: isString,
  scope: isString,
  exp: isTime,
  iat: isTime,
  nbf: isTime,
  auth_time: isTime,
  amr: isTextList,
  roles: isTextList,
  aud: (value) => isText(value) || isTextList(value),
  events: isJsonObject,
}

const rulesOfKind: Readonly<Record<TokenKind, ClaimRules>> = {
  access: claimRules(tokenKinds.access),
  id: claimRules(tokenKinds.id),
  clientAssertion: claimRules(tokenKinds.clientAssertion),
  logout: claimRules(tokenKinds.logout),
}

/**
 * Signs a token of one kind.
 *
 * @throws TypeError when the claims are not those of the kind: a mistake of the caller, found before anything is signed
 */
export function signToken<K extends TokenKind>(kind: K, claims: TokenClaims[K], key: SigningKey): string {
  const row: KindRow = tokenKinds[kind]
  const fault = checkClaims(kind, claims)
  if (fault !== null) throw new TypeError(`claims of ${kind}: ${fault.code} ${fault.detail}`)
  if (!isAsymmetric(key.alg)) throw new TypeError('tokens are not signed with a shared secret')
  return signJws({ typ: row.typ }, claims, key)
}

/** What a token is held against. */
export interface VerifyTokenOptions {
  readonly keys: KeySet | FindKey
  /** The one issuer, or a rule over `iss`. */
  readonly issuer: string | ((iss: string) => boolean)
  readonly audience: string
  /** Seconds since the epoch. */
  readonly now: number
  /** Seconds that clocks may differ; 15 unless given. */
  readonly skew?: number
  /** Accept a token that has expired: an id_token_hint only, and only kinds whose row says so. */
  readonly allowExpired?: boolean
}

/**
 * Verifies a token as being of one kind, for one audience, from one issuer, now. Nothing is optional.
 *
 * INVARIANT: a token that signToken made as one kind is refused as every other, even with the same key, issuer and
 * audience. `aud` is exactly the audience, or a list of it alone.
 *
 * @throws TokenError
 */
export function verifyToken<K extends TokenKind>(
  kind: K,
  token: string,
  options: VerifyTokenOptions,
): { readonly claims: TokenClaims[K]; readonly header: JwsHeader } {
  const row: KindRow = tokenKinds[kind]
  const { keys } = options
  const find: FindKey = typeof keys === 'function' ? keys : (header) => keys.find(header)
  const { header, payload } = verifyJws(token, (candidate) => {
    const key = find(candidate)
    // A shared secret is never tried for these kinds: no public key can be passed off as one.
    return key !== undefined && isAsymmetric(key.alg) ? key : undefined
  })
  if (!isTyp(row, header.typ)) throw new TokenError('wrong_type', 'typ is of another kind')
  const claims = parseObject(payload, 'claims')
  const fault =
    checkClaims(kind, claims) ??
    checkPlace(row, claims as Claims, options) ??
    checkTime(row, claims as Claims, options)
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

interface Fault {
  readonly code: TokenErrorCode
  readonly detail: string
}

function isTyp(row: KindRow, typ: string | undefined): boolean {
  if (typ === row.typ) return true
  if (typ === undefined) return row.alsoTyp?.includes(null) ?? false
  // RFC 7515 §4.1.9: "application/" may be omitted; RFC 2045 §5.1: media types compare without case.
  const short = typ.toLowerCase().replace(/^application\//, '')
  return short === row.typ.toLowerCase() || (row.alsoTyp?.includes(short) ?? false)
}

/** The names and shapes of one kind's claims, laid out for a single pass over a token. */
interface ClaimRules {
  readonly required: readonly string[]
  readonly byName: ReadonlyMap<string, ClaimRule>
}

interface ClaimRule {
  readonly standing: 'required' | 'forbidden' | 'optional'
  readonly isOfType: (value: unknown) => boolean
}

function claimRules(row: KindRow): ClaimRules {
  const byName = new Map<string, ClaimRule>()
  const add = (name: string, standing: ClaimRule['standing']) =>
    byName.set(name, { standing, isOfType: claimTypes[name] ?? (() => true) })
  for (const name of Object.keys(claimTypes)) add(name, 'optional')
  for (const name of row.required) add(name, 'required')
  for (const name of row.forbidden) add(name, 'forbidden')
  return { required: row.required, byName }
}

function checkClaims(kind: TokenKind, claims: Readonly<Record<string, unknown>>): Fault | null {
  const { required, byName } = rulesOfKind[kind]
  let lacking = required.length
  for (const name of Object.keys(claims)) {
    const rule = byName.get(name)
    if (rule === undefined || claims[name] === undefined) continue
    if (rule.standing === 'forbidden') return { code: 'wrong_type', detail: `${name} does not belong here` }
    if (!rule.isOfType(claims[name])) return { code: 'bad_claim', detail: name }
    if (rule.standing === 'required') lacking--
  }
  if (lacking > 0) {
    return {
      code: 'missing_claim',
      detail: required.filter((name) => claims[name] === undefined).join(' '),
    }
  }
  const row: KindRow = tokenKinds[kind]
  const fault = row.check?.(claims) ?? null
  return fault === null ? null : { code: 'wrong_type', detail: fault }
}

function checkPlace(row: KindRow, claims: Claims, options: VerifyTokenOptions): Fault | null {
  const { issuer, audience } = options
  const isIssuer = typeof issuer === 'string' ? claims.iss === issuer : issuer(claims.iss)
  if (!isIssuer) return { code: 'wrong_issuer', detail: 'iss' }
  const { aud } = claims
  if (typeof aud === 'string') return aud === audience ? null : { code: 'wrong_audience', detail: 'aud' }
  if (row.audienceIsString === true) return { code: 'wrong_audience', detail: 'aud is not a string' }
  return aud.length === 1 && aud[0] === audience ? null : { code: 'wrong_audience', detail: 'aud' }
}

function checkTime(row: KindRow, claims: Claims, options: VerifyTokenOptions): Fault | null {
  const { now, skew = 15 } = options
  const { exp } = claims
  const iat = claims['iat'] as number | undefined
  const nbf = claims['nbf'] as number | undefined
  // RFC 7519 §4.1.4: "the current date/time MUST be before the expiration date/time".
  const mayBeExpired = row.mayBeExpired === true && options.allowExpired === true
  if (!(now < exp + skew) && !mayBeExpired) return { code: 'expired', detail: 'exp' }
  if (nbf !== undefined && now + skew < nbf) return { code: 'not_yet_valid', detail: 'nbf' }
  if (iat !== undefined && now + skew < iat) return { code: 'not_yet_valid', detail: 'iat' }
  if (row.maximumLifetime !== undefined && exp - Math.min(iat ?? now, now) > row.maximumLifetime + skew) {
    return { code: 'bad_claim', detail: 'exp is too far ahead' }
  }
  return null
}

function isString(value: unknown): value is string {
  return typeof value === 'string'
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

function isTextList(value: unknown): boolean {
  return Array.isArray(value) && value.every(isText)
}

function isTime(value: unknown): boolean {
  return typeof value === 'number' && value >= 0 && value <= Number.MAX_SAFE_INTEGER
}
