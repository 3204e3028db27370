// Whether a token is one of Simple JWT's that this API takes, found out in the order of the original, whose words front
// ends read: by its signature, its times, what it is for, and whom it names.
import { type ForeignClaims, foreignClaims } from '../verify/foreign-tokens.ts'
import { readPrincipal } from '../verify/principal.ts'
import { type Unverified, unavailable, type Verification } from '../verify/verification.ts'
import type { SimpleJwtSettings } from './settings.ts'

type Claims = ForeignClaims

/** @throws TypeError for settings that make no sense */
export function tokenCheck(settings: SimpleJwtSettings): (token: string) => Promise<Verification> {
  const { algorithm, signingKey, verifyingKey, jwkUrl, fetch, now } = settings
  const keys = { algorithm, secret: signingKey, publicKey: verifyingKey, jwkUrl, fetch, now }
  const read = foreignClaims({ ...keys, markedType: 'simplejwt+jwt' })
  return async (token) => {
    const found = await read(token)
    if (found === 'unavailable') return unavailable("the server's keys can't be read")
    const claims = found === 'refused' ? null : found
    const faults = settings.authTokenClasses.map((kind) => faultOf(settings, claims, kind))
    if (claims === null || faults.every((fault) => fault !== null)) return noToken(settings, faults)
    return whose(settings, claims)
  }
}

type TokenClass = SimpleJwtSettings['authTokenClasses'][number]
const typeOf = { AccessToken: 'access', SlidingToken: 'sliding', UntypedToken: null } as const

/** What is wrong with a token for one class of the original, in its words; null for nothing. */
function faultOf(settings: SimpleJwtSettings, claims: Claims | null, kind: TokenClass): string | null {
  const { leeway, audiences, issuer, jtiClaim, tokenTypeClaim, dialect } = settings
  const [invalid, expired] =
    dialect === '5.2'
      ? ['Token is invalid or expired', 'Token is invalid or expired']
      : ['Token is invalid', 'Token is expired']
  if (claims === null) return invalid
  const now = settings.now()
  const { exp, nbf, iat, iss, aud } = claims
  if ([exp, nbf, iat].some((time) => time !== undefined && !isTime(time))) return invalid
  if ([nbf, iat].some((time) => typeof time === 'number' && time > now + leeway)) return invalid
  if (typeof exp === 'number' && exp <= now - leeway) return expired
  if (audiences !== null && ![aud].flat().some((one) => audiences.some((own) => own === one))) return invalid
  if (issuer !== null && iss !== issuer) return invalid
  if (exp === undefined) return "Token has no 'exp' claim"
  if (jtiClaim !== null && claims[jtiClaim] === undefined) return 'Token has no id'
  const type = typeOf[kind]
  if (type === null || tokenTypeClaim === null) return null
  if (claims[tokenTypeClaim] === undefined) return 'Token has no type'
  return claims[tokenTypeClaim] === type ? null : 'Token has wrong type'
}

function isTime(value: unknown): boolean {
  return typeof value === 'number' && Math.abs(value) <= 253_402_300_799
}

function noToken({ authTokenClasses }: SimpleJwtSettings, faults: readonly (string | null)[]): Unverified {
  const messages = authTokenClasses.map((kind, at) => ({
    token_class: kind,
    token_type: typeOf[kind] ?? 'untyped',
    message: faults[at],
  }))
  return refused('Given token not valid for any token type', 'token_not_valid', { messages })
}

async function whose(settings: SimpleJwtSettings, claims: Claims): Promise<Verification> {
  const { userIdClaim, user: find, checkRevokeToken, revokeTokenClaim, rolesOf } = settings
  const id = claims[userIdClaim]
  if (id === undefined || id === null || id === '')
    return refused('Token contained no recognizable user identification', 'token_not_valid')
  if (find !== undefined) {
    const user = await find(String(id), claims)
    if (user === null) return refused('User not found', 'user_not_found')
    if (user.isActive === false) return refused('User is inactive', 'user_inactive')
    if (checkRevokeToken && user.revokeToken !== claims[revokeTokenClaim])
      return refused("The user's password has been changed.", 'password_changed')
  }
  const read = readPrincipal({ ...claims, sub: String(id), client_id: clientId, roles: rolesOf(claims) })
  if (!read.ok || read.boundTo !== undefined)
    return noToken(settings, [faultOf(settings, null, 'AccessToken')])
  return { ok: true, principal: Object.freeze({ ...read.principal, claims: Object.freeze(claims) }) }
}

/** The client that stands for the wire at our server. */
const clientId = '~simplejwt'

function refused(detail: string, code: string, more: Readonly<Record<string, unknown>> = {}): Unverified {
  return { ok: false, code: 'invalid_token', detail, said: { detail, code, ...more } }
}
