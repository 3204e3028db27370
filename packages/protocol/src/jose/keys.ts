// Keys that carry their one algorithm, read from JWKs and checked before any use (RFC 7517, RFC 7518 §6, RFC 7638).
import { isJwsAlgorithm, type JwsAlgorithm, type JwsAlgorithmRow, jwsAlgorithms } from './algorithms.ts'
import { decodeBase64url } from './base64url.ts'
import {
  createSignature,
  type JwkMembers,
  type PreparedKey,
  preparePrivate,
  preparePublic,
  prepareSecret,
  sha256Base64url,
  verifySignature,
} from './crypto.ts'
import { checkRsaPublic } from './rsa-strength.ts'

export type KeyErrorCode =
  | 'malformed'
  | 'unsupported'
  | 'wrong_purpose'
  | 'weak'
  | 'secret_in_public'
  | 'inconsistent'
  | 'duplicate_kid'

/** Why a key was refused. The message never quotes the key. */
export class KeyError extends Error {
  override readonly name = 'KeyError'
  readonly code: KeyErrorCode
  readonly detail: string

  constructor(code: KeyErrorCode, detail: string) {
    super(`key refused: ${code} (${detail})`)
    this.code = code
    this.detail = detail
  }
}

/** A key that verifies signatures of one algorithm, made ready once. */
export interface VerificationKey {
  readonly kid?: string
  readonly alg: JwsAlgorithm
  /** The public members (`kty`, `crv`, `x`, …); empty for an HMAC key, which has none. */
  readonly members: JwkMembers
  readonly verifying: PreparedKey
}

/** A key that also signs. */
export interface SigningKey extends VerificationKey {
  readonly signing: PreparedKey
}

/** What a JWK Set publishes of a key (RFC 7517 §4). */
export type PublicJwk = {
  readonly kty: string
  readonly kid?: string
  readonly alg: JwsAlgorithm
  readonly use: 'sig'
} & { readonly [member in 'crv' | 'x' | 'y' | 'n' | 'e']?: string }

type Kty = JwsAlgorithmRow['kty']

/** Per key type: members in the order of RFC 7638 §3.2 with `kty`, and the private ones (RFC 7518 §6). */
const keyTypes: Record<Kty, { readonly required: readonly string[]; readonly secret: readonly string[] }> = {
  EC: { required: ['crv', 'kty', 'x', 'y'], secret: ['d'] },
  OKP: { required: ['crv', 'kty', 'x'], secret: ['d'] },
  RSA: { required: ['e', 'kty', 'n'], secret: ['d', 'p', 'q', 'dp', 'dq', 'qi'] },
  oct: { required: ['k', 'kty'], secret: [] },
}
const secretMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv']

/**
 * Reads a public key.
 *
 * @param alg the algorithm to use; must agree with the JWK's own. Without either: that of the curve, or RS256 for RSA
 *   (the default of OpenID Connect Registration §2).
 * @throws KeyError
 */
export function importPublicJwk(jwk: Readonly<Record<string, unknown>>, alg?: JwsAlgorithm): VerificationKey {
  const kty = keyType(jwk)
  if (secretMembers.some((name) => Object.hasOwn(jwk, name))) {
    throw new KeyError('secret_in_public', 'a public key was expected')
  }
  const chosen = chooseAlgorithm(jwk, kty, alg)
  checkPurpose(jwk, 'verify')
  const members = publicMembers(jwk, kty, jwsAlgorithms[chosen])
  return Object.freeze({
    ...kidOf(jwk),
    alg: chosen,
    members,
    verifying: ready(() => preparePublic(chosen, members)),
  })
}

/**
 * Reads a private key, and tries it: what it signs must verify under its own public members.
 *
 * @throws KeyError
 */
export function importPrivateJwk(jwk: Readonly<Record<string, unknown>>, alg?: JwsAlgorithm): SigningKey {
  const kty = keyType(jwk)
  if (kty === 'oct') throw new KeyError('unsupported', 'a secret key is read with importSecretJwk')
  const chosen = chooseAlgorithm(jwk, kty, alg)
  checkPurpose(jwk, 'sign')
  const members = publicMembers(jwk, kty, jwsAlgorithms[chosen])
  const secret: Record<string, string> = {}
  for (const name of keyTypes[kty].secret) secret[name] = base64urlMember(jwk, name, jwsAlgorithms[chosen])
  const verifying = ready(() => preparePublic(chosen, members))
  const signing = ready(() => preparePrivate(chosen, { ...members, ...secret }))
  // Not every platform notices a private part of another key when it reads one.
  const probe = new Uint8Array(32)
  if (!ready(() => verifySignature(verifying, probe, createSignature(signing, probe)))) {
    throw new KeyError('inconsistent', 'the private part does not belong to the public part')
  }
  return Object.freeze({ ...kidOf(jwk), alg: chosen, members, verifying, signing })
}

/**
 * Reads an HMAC key (`kty: "oct"`), which is never found in a JWK Set and belongs to one profile or partner.
 *
 * @throws KeyError `weak` when it is shorter than the hash. RFC 7518 §3.2: "A key of the same size as the hash output
 *   ... or larger MUST be used with this algorithm."
 */
export function importSecretJwk(jwk: Readonly<Record<string, unknown>>, alg?: JwsAlgorithm): SigningKey {
  const kty = keyType(jwk)
  if (kty !== 'oct') throw new KeyError('unsupported', 'a secret key was expected')
  const chosen = chooseAlgorithm(jwk, kty, alg)
  checkPurpose(jwk, 'verify')
  const row: JwsAlgorithmRow = jwsAlgorithms[chosen]
  const secret = decodeBase64url(typeof jwk['k'] === 'string' ? jwk['k'] : '') ?? new Uint8Array()
  if (secret.byteLength < (row.minimumBytes ?? 0))
    throw new KeyError('weak', 'the secret is shorter than the hash')
  const prepared = ready(() => prepareSecret(chosen, secret))
  return Object.freeze({ ...kidOf(jwk), alg: chosen, members: {}, verifying: prepared, signing: prepared })
}

/** What may be published of a key. @throws KeyError for an HMAC key, which has no public part */
export function publicJwk(key: VerificationKey): PublicJwk {
  const { kty, ...rest } = key.members
  if (kty === undefined) throw new KeyError('unsupported', 'a secret key has no public part')
  return { kty, ...(key.kid === undefined ? {} : { kid: key.kid }), alg: key.alg, use: 'sig', ...rest }
}

/**
 * The SHA-256 thumbprint of a key, base64url (RFC 7638 §3; RFC 8037 §2 for OKP).
 *
 * @throws KeyError when a required member is missing
 */
export function thumbprint(jwk: Readonly<Record<string, unknown>>): string {
  const kty = keyType(jwk)
  const members = keyTypes[kty].required.map((name) => {
    const value = jwk[name]
    if (typeof value !== 'string') throw new KeyError('malformed', `${name} must be a string`)
    return `${JSON.stringify(name)}:${JSON.stringify(value)}`
  })
  return sha256Base64url(`{${members.join(',')}}`)
}

function keyType(jwk: Readonly<Record<string, unknown>>): Kty {
  if (typeof jwk !== 'object' || jwk === null || Array.isArray(jwk)) {
    throw new KeyError('malformed', 'a JWK is an object')
  }
  const { kty } = jwk
  if (typeof kty !== 'string') throw new KeyError('malformed', 'kty must be a string')
  if (!Object.hasOwn(keyTypes, kty)) throw new KeyError('unsupported', 'the key type is unknown')
  return kty as Kty
}

function chooseAlgorithm(
  jwk: Readonly<Record<string, unknown>>,
  kty: Kty,
  asked?: JwsAlgorithm,
): JwsAlgorithm {
  const { alg: own, crv } = jwk
  if (own !== undefined && typeof own !== 'string') throw new KeyError('malformed', 'alg must be a string')
  if (own !== undefined && asked !== undefined && own !== asked) {
    throw new KeyError('wrong_purpose', 'the key is meant for another algorithm')
  }
  const chosen = asked ?? own ?? (kty === 'RSA' ? 'RS256' : algorithmOfCurve(kty, crv))
  if (!isJwsAlgorithm(chosen)) throw new KeyError('unsupported', 'the algorithm is unknown')
  const row: JwsAlgorithmRow = jwsAlgorithms[chosen]
  if (row.kty !== kty) throw new KeyError('wrong_purpose', 'the algorithm needs another key type')
  if (row.curve !== undefined && row.curve !== crv) {
    throw new KeyError('wrong_purpose', 'the algorithm needs another curve')
  }
  return chosen
}

function algorithmOfCurve(kty: Kty, crv: unknown): string | undefined {
  return Object.entries(jwsAlgorithms).find(
    ([, row]) => row.kty === kty && 'curve' in row && row.curve === crv,
  )?.[0]
}

function checkPurpose(jwk: Readonly<Record<string, unknown>>, operation: 'sign' | 'verify'): void {
  const { use, key_ops: operations } = jwk
  if (use !== undefined && use !== 'sig') throw new KeyError('wrong_purpose', 'the key is not for signatures')
  if (operations === undefined) return
  if (!Array.isArray(operations) || new Set(operations).size !== operations.length) {
    throw new KeyError('malformed', 'key_ops must be a list without repeats')
  }
  if (!operations.includes(operation)) throw new KeyError('wrong_purpose', `key_ops lacks ${operation}`)
}

function publicMembers(jwk: Readonly<Record<string, unknown>>, kty: Kty, row: JwsAlgorithmRow): JwkMembers {
  const members: Record<string, string> = { kty }
  for (const name of keyTypes[kty].required) {
    if (name === 'kty') continue
    if (name === 'crv') {
      members['crv'] = row.curve ?? ''
      continue
    }
    members[name] = base64urlMember(jwk, name, row)
  }
  if (kty === 'RSA') {
    const bytesOf = (name: string) => decodeBase64url(members[name] ?? '') ?? new Uint8Array()
    const weakness = checkRsaPublic(bytesOf('n'), bytesOf('e'))
    if (weakness !== null) throw new KeyError('weak', weakness)
  }
  return Object.freeze(members)
}

function base64urlMember(jwk: Readonly<Record<string, unknown>>, name: string, row: JwsAlgorithmRow): string {
  const value = Object.hasOwn(jwk, name) ? jwk[name] : undefined
  const bytes = typeof value === 'string' && value.length <= 4096 ? decodeBase64url(value) : null
  if (typeof value !== 'string' || bytes === null || bytes.byteLength === 0) {
    throw new KeyError('malformed', `${name} must be base64url`)
  }
  // RFC 7518 §6.2.1.2: the length "MUST be the full size of a coordinate for the curve"; §6.2.2.1 likewise of d.
  if (row.coordinateBytes !== undefined && bytes.byteLength !== row.coordinateBytes) {
    throw new KeyError('malformed', `${name} has the wrong length for the curve`)
  }
  return value
}

function kidOf(jwk: Readonly<Record<string, unknown>>): { kid?: string } {
  const { kid } = jwk
  if (kid === undefined) return {}
  if (typeof kid !== 'string' || kid === '') throw new KeyError('malformed', 'kid must be a string')
  return { kid }
}

/** The platform's own words about a bad key may quote it; ours don't. */
function ready<T>(make: () => T): T {
  try {
    return make()
  } catch {
    throw new KeyError('malformed', 'the numbers do not make a key')
  }
}
