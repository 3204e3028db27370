// Messages between partners that know each other by name: signed by one, for one, good once and not for long. A message
// is a JWT of its own kind (`typ: partner-message+jwt`; RFC 7519, RFC 8725 §3.11 and §3.12), which nothing else passes
// for; encrypted ones hold the signed one inside (RFC 7519 §11.2).
import {
  decodeStrictJson,
  digest,
  encodeBase64url,
  JsonError,
  maximumMintedLength,
  type PartnerMessageClaims,
  peekUnverified,
  signTokenAsync,
  TokenError,
  verifyTokenAsync,
} from '@countersign/protocol'
import type { DecryptionKey } from '@countersign/protocol/jwe'
import { verifyByKeys } from '../verify/by-keys.ts'
import { isEncrypted } from '../verify/decryption.ts'
import { takeOnce } from '../verify/replay.ts'
import { PartnerError } from './errors.ts'
import {
  type KnownPartner,
  lifetimeOf,
  type PartnersOptions,
  type PartnersSettings,
  partnersSettings,
} from './settings.ts'

/** A message as it was taken. */
export interface PartnerMessage {
  /** The partner's name, as given to `createPartners`. */
  readonly from: string
  /** What was said: any JSON value. */
  readonly message: unknown
  /** The sender's identifier for it (`jti`): the same is never taken twice from one partner. */
  readonly id: string
  /** Seconds since the epoch. */
  readonly issuedAt: number
  /** Seconds since the epoch. */
  readonly expiresAt: number
}

/** Signs what is sent to partners and verifies what comes from them. */
export interface Partners {
  /**
   * A message for one partner, as one string that fits a header, a form field or a body.
   *
   * @param to the partner's name
   * @param message any JSON value
   * @throws PartnerError `unknown_partner`, `too_large` (over 7680 characters); TypeError for what JSON can't say, or
   *   without a key of ours
   */
  sign(to: string, message: unknown, options?: { readonly lifetime?: number }): Promise<string>
  /**
   * Takes a message, once.
   *
   * @throws PartnerError; `unavailable` alone is worth the sender's trying again
   */
  verify(token: string): Promise<PartnerMessage>
}

/**
 * Readies the keys of all partners. Keep the result: it knows which messages were taken.
 *
 * @throws TypeError for a missing or wrong setting; KeyError for an unusable key
 * @example
 * const partners = await createPartners({
 *   self: { issuer: 'https://shop.example', key: privateJwk },
 *   partners: { acme: { issuer: 'https://acme.example', jwks: 'https://acme.example/jwks.json' } },
 * })
 * const order = await partners.sign('acme', { order: 17 })
 * const { from, message } = await partners.verify(answer)
 */
export async function createPartners(options: PartnersOptions): Promise<Partners> {
  const settings = await partnersSettings(options)
  return {
    sign: (to, message, { lifetime = settings.lifetime } = {}) => sign(settings, to, message, lifetime),
    verify: (token) => verify(settings, token),
  }
}

async function sign(
  { issuer, byName, now }: PartnersSettings,
  to: string,
  message: unknown,
  lifetime: number,
): Promise<string> {
  const partner = byName.get(to)
  if (partner === undefined) throw new PartnerError('unknown_partner', 'no partner has that name')
  if (partner.signing === undefined) throw new TypeError('to sign for this partner, self needs a { key }')
  const iat = now()
  const claims: PartnerMessageClaims = {
    iss: issuer,
    aud: partner.issuer,
    iat,
    exp: iat + lifetimeOf(lifetime),
    jti: encodeBase64url(crypto.getRandomValues(new Uint8Array(16))),
    message,
  }
  checkReadable(claims)
  try {
    const signed = await signTokenAsync('partnerMessage', claims, partner.signing)
    return await sealedFor(partner, signed)
  } catch (error) {
    if (error instanceof RangeError) throw new PartnerError('too_large', error.message)
    throw error
  }
}

/** What every verifier refuses to read is not sent. */
function checkReadable(claims: PartnerMessageClaims): void {
  if (JSON.stringify(claims.message) === undefined) throw new TypeError('a message is a JSON value')
  try {
    decodeStrictJson(JSON.stringify(claims))
  } catch (error) {
    if (error instanceof JsonError) throw new TypeError(`a message is JSON with one reading: ${error.code}`)
    throw error
  }
}

async function sealedFor({ encryptTo }: KnownPartner, signed: string): Promise<string> {
  if (encryptTo === undefined) return signed
  const { encryptToken } = await import('@countersign/protocol/jwe')
  const sealed = await encryptToken(signed, encryptTo)
  if (sealed.length > maximumMintedLength) {
    throw new RangeError(`the token would have ${sealed.length} characters, more than ${maximumMintedLength}`)
  }
  return sealed
}

async function verify(settings: PartnersSettings, token: string): Promise<PartnerMessage> {
  const signed = await opened(token, settings.decryptionKey)
  // The claimed sender only chooses whose keys are tried.
  const claimed = peekUnverified(signed)?.claims['iss']
  const partner = typeof claimed === 'string' ? settings.byIssuer.get(claimed) : undefined
  if (partner === undefined) throw new PartnerError('unknown_partner', 'no partner of ours is its sender')
  const claims = await judged(signed, partner, settings)
  // Until a message is refused as expired, a replay of it must be known.
  const until = Math.ceil(claims.exp) + settings.clockSkew
  const id = digest(`${partner.issuer}\n${claims.jti}`)
  const taken = await takeOnce(partner.replay, id, until)
  if (!taken.ok) throw new PartnerError(taken.because, taken.detail, { cause: taken.cause })
  const { message, jti, iat, exp } = claims
  return { from: partner.name, message, id: jti, issuedAt: iat, expiresAt: exp }
}

async function opened(token: string, key: DecryptionKey | undefined): Promise<string> {
  if (typeof token !== 'string') throw new PartnerError('refused', 'not a string')
  if (!isEncrypted(token)) return token
  if (key === undefined)
    throw new PartnerError('refused', 'it is encrypted, and self has no { decryptionKey }')
  const { openToken } = await import('@countersign/protocol/jwe')
  const find = ({ kid }: { readonly kid?: string }) =>
    kid === undefined || key.kid === undefined || kid === key.kid ? key : undefined
  try {
    return (await openToken(token, find)).signed
  } catch (error) {
    throw error instanceof TokenError ? new PartnerError('refused', `${error.code} (${error.detail})`) : error
  }
}

async function judged(
  token: string,
  { keys, issuer }: KnownPartner,
  { issuer: audience, now, clockSkew: skew }: PartnersSettings,
): Promise<PartnerMessageClaims> {
  const outcome = await verifyByKeys(keys, now, (find) =>
    verifyTokenAsync('partnerMessage', token, { keys: find, issuer, audience, now: now(), skew }),
  )
  if (outcome.ok) return outcome.value.claims
  throw new PartnerError(outcome.because, outcome.detail)
}
