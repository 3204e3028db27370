// The profile's tokens: what stands in them, in the order of the original, and how one that comes back is read. No
// store and no word for the client: reading gives claims or a fault.
import {
  decodeStrictJson,
  isJsonObject,
  JsonError,
  peekUnverified,
  signJws,
  TokenError,
  verifyJws,
} from '@countersign/protocol'
import type { User } from '../../accounts/users/users.store.ts'
import type { Family } from '../../oauth/authorization.ts'
import type { Runtime } from '../../platform/runtime.ts'
import type { ProfileKeys } from '../keys.ts'
import type { SimpleJwtSettings } from './settings.ts'
import type { TokenFault } from './words.ts'

/** What a token is for; `untyped` reads any. */
export type TokenType = 'access' | 'refresh' | 'sliding'

/** The claims of a token whose signature and times hold. */
export type TokenClaims = Readonly<Record<string, unknown>>

/** A token as it was read. */
export type ReadToken =
  | { readonly ok: true; readonly claims: TokenClaims }
  | { readonly ok: false; readonly fault: TokenFault }

/** Whose token. */
export interface Holder {
  readonly user: User
  readonly family: Pick<Family, 'id'>
  /** What the system before called the person: its primary key; null where tokens hold our own id. */
  readonly legacyId: number | string | null
  /** Which version of their password this is; null where tokens don't say. */
  readonly version: string | null
  /** What the operator has tokens say beside. */
  readonly extra: Readonly<Record<string, unknown>>
}

/** What tokens are made with and read by. */
export interface TokenRoom {
  readonly settings: SimpleJwtSettings
  readonly keys: ProfileKeys
  readonly runtime: Runtime
}

/** A new token, what it says, and when it ends. */
export interface MadeToken {
  readonly token: string
  readonly claims: TokenClaims
  readonly expiresAt: number
}

/** Makes a refresh or a sliding token, from which access tokens are made. */
export function firstToken(room: TokenRoom, type: 'refresh' | 'sliding', holder: Holder): MadeToken {
  const { settings, runtime } = room
  const now = runtime.now()
  const seconds = type === 'refresh' ? settings.refreshTokenLifetime : settings.slidingTokenLifetime
  const refreshUntil =
    type === 'sliding'
      ? { [settings.slidingTokenRefreshExpClaim]: now + settings.slidingTokenRefreshLifetime }
      : {}
  return signed(room, {
    ...timed(room, type, now + seconds),
    ...refreshUntil,
    ...personClaims(settings, holder),
  })
}

/** The access token of a refresh token: every claim of it but those that are a token's own. */
export function accessTokenOf(room: TokenRoom, refresh: TokenClaims): MadeToken {
  const { settings, runtime } = room
  const { tokenTypeClaim, jtiClaim, dialect } = settings
  const own = new Set(['exp', tokenTypeClaim, jtiClaim, ...(dialect === '5.2' ? [] : ['iat'])])
  const copied = Object.entries(refresh).filter(([name]) => !own.has(name))
  const base = timed(room, 'access', runtime.now() + settings.accessTokenLifetime)
  return signed(room, { ...base, ...Object.fromEntries(copied) })
}

/**
 * A refresh token in the place of one that is being spent: its claims, with a name and times of its own.
 *
 * @param until its end at the latest
 */
export function nextRefreshOf(room: TokenRoom, refresh: TokenClaims, until: number): MadeToken {
  const { settings, runtime } = room
  const end = Math.min(runtime.now() + settings.refreshTokenLifetime, until)
  return signed(room, { ...refresh, ...timed(room, 'refresh', end) })
}

/** A sliding token with more time: the same in all else. */
export function renewedSliding(room: TokenRoom, sliding: TokenClaims): MadeToken {
  const { settings, runtime } = room
  const now = runtime.now()
  return signed(room, { ...sliding, exp: now + settings.slidingTokenLifetime, iat: now })
}

/**
 * Reads a token, whoever signed it: we, or the system before with a key that is still believed.
 * @param of whether one with a type has to name somebody; what becomes of them is not looked at
 */
export async function readToken(
  room: TokenRoom,
  text: string,
  type: TokenType | 'untyped',
  of: 'somebody' | 'anybody' = 'somebody',
): Promise<ReadToken> {
  const claims = await genuineClaims(room, text)
  if (claims === null) return { ok: false, fault: 'invalid' }
  const fault = faultIn(room, claims, type) ?? (of === 'somebody' ? faultOfPerson(room, claims, type) : null)
  return fault === null ? { ok: true, claims } : { ok: false, fault }
}

/** Until when a sliding token may be given more time. */
export function refreshEndOf(
  { slidingTokenRefreshExpClaim }: SimpleJwtSettings,
  claims: TokenClaims,
): number | null {
  const value = claims[slidingTokenRefreshExpClaim]
  return typeof value === 'number' ? value : null
}

/** From when on a token of the system before is refused by its age alone, whether or not it was used. */
export function foreignUntil({ leeway }: Pick<SimpleJwtSettings, 'leeway'>, claims: TokenClaims): number {
  return Number(claims['exp']) + leeway
}

/** The family of a token of ours; null for one that the system before made. */
export function familyIn(claims: TokenClaims): string | null {
  const { fam } = claims
  return typeof fam === 'string' ? fam : null
}

/** Whether a token says whose it is: one that code of the system before made for a program may not. */
export function namesSomebody({ userIdClaim }: SimpleJwtSettings, claims: TokenClaims): boolean {
  return (claims[userIdClaim] ?? null) !== null
}

/** The name of a token, where it has one. */
export function jtiIn({ jtiClaim }: SimpleJwtSettings, claims: TokenClaims): string | null {
  const value = jtiClaim === null ? undefined : claims[jtiClaim]
  return typeof value === 'string' ? value : null
}

function timed({ settings, runtime }: TokenRoom, type: TokenType, exp: number): TokenClaims {
  const { tokenTypeClaim, jtiClaim } = settings
  return {
    ...(tokenTypeClaim !== null && { [tokenTypeClaim]: type }),
    exp,
    iat: runtime.now(),
    ...(jtiClaim !== null && { [jtiClaim]: Buffer.from(runtime.secret(16), 'base64url').toString('hex') }),
  }
}

function personClaims(settings: SimpleJwtSettings, holder: Holder): TokenClaims {
  const { userIdClaim, revokeTokenClaim } = settings
  const { version } = holder
  const own = {
    [userIdClaim]: userIdOf(settings, holder),
    ...(version !== null && { [revokeTokenClaim]: version }),
    ...partyClaims(settings),
  }
  return { ...own, ...withoutReserved(settings, holder.extra), ...ourClaims(settings, holder) }
}

/** What the original doesn't say: who that is here, and of which family the token is. */
export function ourClaims(
  { subject, userIdClaim }: SimpleJwtSettings,
  { user, family, legacyId }: Pick<Holder, 'user' | 'family' | 'legacyId'>,
): TokenClaims {
  const sub = subject === 'id' || legacyId === null ? user.id : String(legacyId)
  // USER_ID_CLAIM may be `sub`: then APIs look their people up by it.
  return { ...(userIdClaim !== 'sub' && { sub }), fam: family.id }
}

/** What stands where Django has the value of its USER_ID_FIELD. */
function userIdOf(settings: SimpleJwtSettings, { user, legacyId }: Holder): number | string {
  const { userIdField, userIdType, dialect } = settings
  if (userIdField !== 'id') return user[userIdField] ?? user.id
  if (legacyId === null) return user.id
  const isInteger = typeof legacyId === 'number' && (userIdType ?? typeOf[dialect]) === 'integer'
  return isInteger ? legacyId : String(legacyId)
}

const typeOf = { '5.2': 'integer', '5.5.1': 'string' } as const

/**
 * A token's claims with what settings add as it is now, in the places of before.
 * @param isOurs where every other claim was added by such settings: what they add no more is gone then
 */
export function withExtra(
  settings: SimpleJwtSettings,
  claims: TokenClaims,
  added: TokenClaims,
  isOurs: boolean,
): TokenClaims {
  const extra = withoutReserved(settings, added)
  const own = new Set(ownClaims(settings))
  const kept = Object.entries(claims).filter(([name]) => !isOurs || own.has(name) || name in extra)
  return { ...Object.fromEntries(kept), ...extra }
}

/** C34: what a token says of itself is said by us alone. */
function withoutReserved(
  settings: SimpleJwtSettings,
  extra: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const reserved = new Set(ownClaims(settings))
  return Object.fromEntries(Object.entries(extra).filter(([name]) => !reserved.has(name)))
}

function ownClaims(settings: SimpleJwtSettings): readonly (string | null)[] {
  const { tokenTypeClaim, jtiClaim, userIdClaim, revokeTokenClaim, slidingTokenRefreshExpClaim } = settings
  const named = [tokenTypeClaim, jtiClaim, userIdClaim, revokeTokenClaim, slidingTokenRefreshExpClaim]
  return [...named, 'exp', 'nbf', 'iat', 'sub', 'fam', 'aud', 'iss']
}

/**
 * Signs. A token under a key of the server's own is marked, so that nothing else that such a key signs is ever taken
 * for it, nor it for that; and of whom it is and for whom is said by the settings alone, not by a token of the system
 * before that it came of.
 */
function signed({ keys, settings }: TokenRoom, claims: TokenClaims): MadeToken {
  const { key, isShared } = keys.signingKey()
  const expiresAt = Number(claims['exp'])
  const { aud: _aud, iss: _iss, ...rest } = claims
  // What the settings say goes before what a token said that this one was made of.
  const own = { ...(isShared ? rest : claims), ...partyClaims(settings) }
  const typ = isShared ? markedType : 'JWT'
  return { token: signJws({ typ }, plainJson(own), key), claims: own, expiresAt }
}

/**
 * JSON in ASCII, as the original writes it, and without the three characters of ASCII that bring `-` or `_` into
 * base64url: front ends read tokens with `JSON.parse(atob(payload))`, which understands neither those two nor UTF-8.
 */
function plainJson(claims: TokenClaims): Uint8Array {
  const escaped = JSON.stringify(claims).replace(
    /[>?~-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
  return new TextEncoder().encode(escaped)
}

function partyClaims({ audience, issuer }: SimpleJwtSettings): TokenClaims {
  return { ...(audience !== null && { aud: audience }), ...(issuer !== null && { iss: issuer }) }
}

const markedType = 'simplejwt+jwt'

async function genuineClaims({ keys }: TokenRoom, text: string): Promise<TokenClaims | null> {
  const peeked = peekUnverified(text)
  if (peeked === null) return null
  for (const { key, isShared } of await keys.candidates(peeked.header)) {
    if (isShared && peeked.header.typ !== markedType) continue
    try {
      const { payload } = verifyJws(text, () => key)
      const claims: unknown = decodeStrictJson(payload)
      return isJsonObject(claims) ? claims : null
    } catch (error) {
      if (!(error instanceof TokenError || error instanceof JsonError)) throw error
    }
  }
  return null
}

/** In the order in which the original finds them. */
function faultIn(
  { settings, runtime }: TokenRoom,
  claims: TokenClaims,
  type: TokenType | 'untyped',
): TokenFault | null {
  const { leeway, audience, issuer, jtiClaim, tokenTypeClaim } = settings
  const now = runtime.now()
  const { exp, nbf, iat, iss } = claims
  for (const time of [exp, nbf, iat]) if (time !== undefined && !isTime(time)) return 'invalid'
  // No database of this server's could look for it.
  if ([familyIn(claims), jtiIn(settings, claims)].some((name) => name?.includes('\0'))) return 'invalid'
  if (typeof nbf === 'number' && nbf > now + leeway) return 'invalid'
  if (typeof iat === 'number' && iat > now + leeway) return 'invalid'
  if (typeof exp === 'number' && exp <= now - leeway) return 'expired'
  if (audience !== null && !audiencesOf(claims).some((one) => [audience].flat().some((own) => own === one)))
    return 'invalid'
  if (issuer !== null && iss !== issuer) return 'invalid'
  if (exp === undefined) return 'no exp'
  if (jtiClaim !== null && claims[jtiClaim] === undefined) return 'no id'
  if (type === 'untyped' || tokenTypeClaim === null) return null
  if (claims[tokenTypeClaim] === undefined) return 'no type'
  return claims[tokenTypeClaim] === type ? null : 'wrong type'
}

function faultOfPerson(
  { settings }: TokenRoom,
  claims: TokenClaims,
  type: TokenType | 'untyped',
): TokenFault | null {
  return type !== 'untyped' && claims[settings.userIdClaim] === undefined ? 'no user id' : null
}

/** Within the years that the original can count: a datetime of Python ends with the year 9999. */
function isTime(value: unknown): boolean {
  return typeof value === 'number' && Math.abs(value) <= 253_402_300_799
}

function audiencesOf({ aud }: TokenClaims): readonly unknown[] {
  return Array.isArray(aud) ? aud : [aud]
}
