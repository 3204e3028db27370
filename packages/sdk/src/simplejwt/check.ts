// Whether a token is one of Simple JWT's that this API takes, found out in the order of the original, whose words front
// ends read: by its signature, its times, what it is for, and whom it names.
import {
  decodeStrictJson,
  encodeBase64url,
  importPublicJwkAsync,
  importSecretJwkAsync,
  isJsonObject,
  JsonError,
  peekUnverified,
  TokenError,
  verifyJwsAsync,
} from '@countersign/protocol'
import { alone, createKeySource, type TrustedKeys } from '../verify/keys.ts'
import { publicJwkOfPem } from '../verify/pem.ts'
import { readPrincipal } from '../verify/principal.ts'
import { verifierSettings } from '../verify/settings.ts'
import { type Unverified, unavailable, type Verification } from '../verify/verification.ts'
import type { SimpleJwtSettings } from './settings.ts'

type Claims = Readonly<Record<string, unknown>>

/** Keys, after asking anew where a token names one that is not known yet. */
type FindKeys = (kid: string | undefined) => Promise<TrustedKeys | null>

/** The type of tokens that are signed by keys which also sign others. */
const markedType = 'simplejwt+jwt'

/** @throws TypeError for settings that make no sense */
export function tokenCheck(settings: SimpleJwtSettings): (token: string) => Promise<Verification> {
  const keys = keysFor(settings)
  return async (token) => {
    const peeked = peekUnverified(token)
    const trusted = await keys(peeked?.header.kid)
    if (trusted === null) return unavailable("the server's keys can't be read")
    const isMeant = settings.jwkUrl === undefined || peeked?.header.typ === markedType
    const claims = isMeant ? await genuine(token, trusted) : null
    const faults = settings.authTokenClasses.map((kind) => faultOf(settings, claims, kind))
    if (claims === null || faults.every((fault) => fault !== null)) return noToken(settings, faults)
    return whose(settings, claims)
  }
}

function keysFor(settings: SimpleJwtSettings): FindKeys {
  const { algorithm, signingKey, verifyingKey, jwkUrl } = settings
  if (jwkUrl !== undefined) return published(settings, jwkUrl)
  const reading =
    signingKey === undefined
      ? importPublicJwkAsync({ ...publicJwkOfPem(verifyingKey ?? '') }, algorithm)
      : importSecretJwkAsync({ kty: 'oct', k: encodeBase64url(signingKey) }, algorithm)
  const found = reading.then(alone)
  // Whoever asks first is told.
  found.catch(() => {})
  return () => found
}

function published({ fetch, now, algorithm }: SimpleJwtSettings, url: string): FindKeys {
  const { origin } = new URL(url)
  const reading = verifierSettings({
    issuer: origin,
    audience: origin,
    keys: { url },
    now,
    ...(fetch !== undefined && { fetch }),
  })
  const source = createKeySource(reading, { url })
  return async (kid) => {
    const loaded = await source.load(now())
    if (!loaded.ok) return null
    if (loaded.keys.find({ alg: algorithm, ...(kid !== undefined && { kid }) }) !== undefined)
      return loaded.keys
    if ((await source.reload(now())) === 'failed') return null
    return source.ready(now()) ?? loaded.keys
  }
}

async function genuine(token: string, keys: TrustedKeys): Promise<Claims | null> {
  try {
    const { payload } = await verifyJwsAsync(token, (header) => keys.find(header))
    const claims: unknown = decodeStrictJson(new TextDecoder().decode(payload))
    return isJsonObject(claims) ? claims : null
  } catch (error) {
    if (error instanceof TokenError || error instanceof JsonError) return null
    throw error
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
