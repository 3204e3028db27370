// DPoP proofs: a request signed with the key that the proof itself carries (RFC 9449). The one kind of token whose key
// comes from its header; what makes it trustworthy is that a token or a code is bound to that key.
import { sha256Base64url } from '#crypto'
import { asymmetricAlgorithms } from './jose/advertised.ts'
import type { JwsAlgorithm } from './jose/algorithms.ts'
import { encodeBase64url } from './jose/base64url.ts'
import type { Jwk } from './jose/jwk.ts'
import {
  headerMembers,
  parseObject,
  plainHeader,
  sealed,
  sealedAsync,
  splitCompact,
  type VerifiedJws,
  verifyUnremembered,
  verifyUnrememberedAsync,
} from './jose/jws.ts'
import { KeyError } from './jose/key-error.ts'
import { importPublicJwk, importPublicJwkAsync, type SigningKey, thumbprint } from './jose/keys.ts'
import { isJsonObject } from './jose/strict-json.ts'
import { TokenError } from './jose/token-error.ts'
import type { DpopClaims } from './token-claims.ts'
import { checkClaims, checkTime, isTyp, type KindRow, type Moment, tokenKinds } from './token-kinds.ts'

const row: KindRow = tokenKinds.dpop
const longestJti = 256

/**
 * What proofs may be signed with, for metadata and challenges. With its key inside, one of ML-DSA-87 would be longer than
 * any token that is looked at.
 */
export const dpopAlgorithms: readonly JwsAlgorithm[] = Object.freeze(
  asymmetricAlgorithms.filter((name) => name !== 'ML-DSA-87'),
)

/** What a proof is held against. */
export interface VerifyDpopOptions extends Moment {
  /** The request's method, as sent. */
  readonly method: string
  /** The request's address as its sender knows it; query and fragment don't count. */
  readonly uri: string
  /** The access token that came with it; null where none does, at the token endpoint. */
  readonly accessToken: string | null
  /** The thumbprint that the token or code is bound to (`cnf.jkt`, `dpop_jkt`); null where it is about to be bound. */
  readonly boundTo: string | null
  readonly algorithms?: readonly JwsAlgorithm[]
}

/** A proof that fits its request. Its `jti` and, where nonces are asked for, its `nonce` are left to the caller. */
export interface DpopProof {
  readonly claims: DpopClaims
  /** Of the key that the proof was made with (RFC 7638): the `jkt`. */
  readonly thumbprint: string
  /** That key, and what it signed with. */
  readonly jwk: Jwk
  readonly alg: JwsAlgorithm
}

/**
 * Verifies a DPoP proof for one request (RFC 9449 §4.3). Still to do: remember `jti` for as long as the proof is good,
 * and hold `nonce` against what was issued.
 *
 * @throws TokenError `unknown_key` for a key that may not be used or is not the one bound to; `bad_claim` for another
 *   request
 */
export function verifyDpopProof(proof: string, options: VerifyDpopOptions): DpopProof {
  const shown = keyOf(proof, options)
  const key = usable(() => importPublicJwk(shown.jwk, shown.alg))
  return judge(
    verifyUnremembered(proof, () => key),
    shown,
    options,
  )
}

/** As verifyDpopProof, on every platform. @throws TokenError */
export async function verifyDpopProofAsync(proof: string, options: VerifyDpopOptions): Promise<DpopProof> {
  const shown = keyOf(proof, options)
  const key = await importPublicJwkAsync(shown.jwk, shown.alg).catch(unusable)
  return judge(await verifyUnrememberedAsync(proof, () => key), shown, options)
}

/**
 * Signs a proof (RFC 9449 §4.2).
 *
 * @throws TypeError when the claims are not a proof's, or the key is a shared secret
 */
export function signDpopProof(claims: DpopClaims, key: SigningKey): string {
  return sealed(input(claims, key), key)
}

/** As signDpopProof, on every platform. @throws TypeError */
export async function signDpopProofAsync(claims: DpopClaims, key: SigningKey): Promise<string> {
  return sealedAsync(input(claims, key), key)
}

function input(claims: DpopClaims, key: SigningKey): string {
  const fault = checkClaims('dpop', claims)
  if (fault !== null) throw new TypeError(`claims of dpop: ${fault.code} ${fault.detail}`)
  if (key.members['kty'] === undefined) throw new TypeError('no proof is signed with a shared secret')
  const header = { typ: row.typ, alg: key.alg, jwk: key.members }
  return `${encodeBase64url(JSON.stringify(header))}.${encodeBase64url(JSON.stringify(claims))}`
}

function keyOf(
  proof: string,
  { algorithms = dpopAlgorithms }: VerifyDpopOptions,
): Pick<DpopProof, 'jwk' | 'alg'> {
  const members = headerMembers(splitCompact(proof).header)
  const { alg, typ } = plainHeader(members)
  if (!isTyp(row, typ)) {
    throw new TokenError('wrong_type', 'typ is of another kind')
  }
  const allowed = algorithms.find((name) => name === alg)
  if (allowed === undefined) throw new TokenError('unknown_key', 'alg is not one for proofs')
  const { jwk } = members
  if (!isJsonObject(jwk)) throw new TokenError('malformed', 'jwk is not an object')
  return { jwk, alg: allowed }
}

function usable<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    return unusable(error)
  }
}

function unusable(error: unknown): never {
  if (error instanceof KeyError) throw new TokenError('unknown_key', `jwk: ${error.code}`)
  throw error
}

function judge(
  { payload }: VerifiedJws,
  { jwk, alg }: Pick<DpopProof, 'jwk' | 'alg'>,
  options: VerifyDpopOptions,
): DpopProof {
  const claims = parseObject(payload, 'claims')
  const fault = checkClaims('dpop', claims) ?? checkTime(row, claims, options)
  if (fault !== null) throw new TokenError(fault.code, fault.detail)
  const proof = { claims: claims as DpopClaims, thumbprint: thumbprint(jwk), jwk, alg }
  const wrong = misfit(proof, options)
  if (wrong !== null) throw new TokenError('bad_claim', wrong)
  if (options.boundTo !== null && options.boundTo !== proof.thumbprint) {
    throw new TokenError('unknown_key', 'the key is not the one that was bound')
  }
  return proof
}

function misfit({ claims }: DpopProof, { method, uri, accessToken }: VerifyDpopOptions): string | null {
  // What has to be remembered may not be long.
  if (claims.jti.length > longestJti) return 'jti'
  // RFC 9110 §9.1: "The method token is case-sensitive".
  if (claims.htm !== method) return 'htm'
  const target = comparable(claims.htu)
  if (target === null || target !== comparable(uri)) return 'htu'
  if (accessToken !== null && claims.ath !== sha256Base64url(accessToken)) return 'ath'
  return null
}

/** RFC 9449 §4.3: addresses are compared after the normalization of RFC 3986 §6.2.2 and §6.2.3, without the rest. */
function comparable(address: string): string | null {
  if (!URL.canParse(address)) return null
  const { protocol, host, pathname, username, password } = new URL(address)
  if ((protocol !== 'https:' && protocol !== 'http:') || username !== '' || password !== '') return null
  return `${protocol}//${host}${pathname.replaceAll(/%[0-9a-f]{2}/gi, (octet) => octet.toUpperCase())}`
}
