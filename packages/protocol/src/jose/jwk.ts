// What a JWK says, read and checked before the platform sees any of it (RFC 7517 §4, RFC 7518 §6, RFC 8037 §2).
import {
  type Curve,
  curves,
  isJwsAlgorithm,
  type JwsAlgorithm,
  type JwsAlgorithmRow,
  jwsAlgorithms,
} from './algorithms.ts'
import type { JwkMembers } from './asynchronous.ts'
import { decodeBase64url } from './base64url.ts'
import { KeyError } from './key-error.ts'
import { checkRsaPublic } from './rsa-strength.ts'
import { isOfSmallOrder } from './small-order.ts'

/** A JSON Web Key as it came: nothing of it is checked yet. */
export type Jwk = Readonly<Record<string, unknown>>
/** A key type that is spoken here. */
export type Kty = JwsAlgorithmRow['kty']

/** A key as read: which, for what, and its members that passed. */
export interface ReadKey {
  readonly kid?: string
  readonly alg: JwsAlgorithm
  /** `kty` and the public members. */
  readonly members: JwkMembers
}

/** Per key type: members in the order of RFC 7638 §3.2 with `kty`, and the private ones (RFC 7518 §6). */
export const keyTypes: Readonly<
  Record<Kty, { readonly required: readonly string[]; readonly secret: readonly string[] }>
> = {
  EC: { required: ['crv', 'kty', 'x', 'y'], secret: ['d'] },
  OKP: { required: ['crv', 'kty', 'x'], secret: ['d'] },
  RSA: { required: ['e', 'kty', 'n'], secret: ['d', 'p', 'q', 'dp', 'dq', 'qi'] },
  AKP: { required: ['alg', 'kty', 'pub'], secret: ['priv'] },
  oct: { required: ['k', 'kty'], secret: [] },
}
const secretMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv']
const longestKid = 512
const seedBytes = 32

/** @throws KeyError */
export function readPublicJwk(jwk: Jwk, alg?: JwsAlgorithm): ReadKey {
  const kty = keyType(jwk)
  refuseSecrets(jwk)
  const chosen = chooseAlgorithm(jwk, kty, alg)
  checkPurpose(jwk, 'sig', ['verify'], ['sign', 'verify'])
  return { ...kidOf(jwk), alg: chosen, members: signatureMembers(jwk, kty, chosen) }
}

/** @throws KeyError */
export function readPrivateJwk(jwk: Jwk, alg?: JwsAlgorithm): ReadKey & { readonly secret: JwkMembers } {
  const kty = keyType(jwk)
  if (kty === 'oct') throw new KeyError('unsupported', 'a secret key is read with importSecretJwk')
  // RFC 7518 §6.3.2.7: who does not support more than two primes "MUST NOT" use such a key.
  if (Object.hasOwn(jwk, 'oth')) throw new KeyError('unsupported', 'the key has more than two primes')
  const chosen = chooseAlgorithm(jwk, kty, alg)
  checkPurpose(jwk, 'sig', ['sign'], ['sign', 'verify'])
  const members = signatureMembers(jwk, kty, chosen)
  const secret: Record<string, string> = {}
  for (const name of keyTypes[kty].secret)
    secret[name] = base64urlMember(jwk, name, lengthOf(jwk, name, chosen))
  return { ...kidOf(jwk), alg: chosen, members, secret }
}

/** @throws KeyError */
export function readSecretJwk(jwk: Jwk, alg?: JwsAlgorithm): ReadKey & { readonly secret: Uint8Array } {
  if (keyType(jwk) !== 'oct') throw new KeyError('unsupported', 'a secret key was expected')
  const chosen = chooseAlgorithm(jwk, 'oct', alg)
  checkPurpose(jwk, 'sig', ['sign', 'verify'], ['sign', 'verify'])
  const row: JwsAlgorithmRow = jwsAlgorithms[chosen]
  const secret = secretBytes(jwk)
  // RFC 7518 §3.2: "A key of the same size as the hash output ... or larger MUST be used with this algorithm."
  if (secret.byteLength < (row.minimumBytes ?? 0)) {
    throw new KeyError('weak', 'the secret is shorter than the hash')
  }
  return { ...kidOf(jwk), alg: chosen, members: {}, secret }
}

/** The bytes of `k`; none when it is missing or not base64url. */
export function secretBytes(jwk: Jwk): Uint8Array {
  return decodeBase64url(typeof jwk['k'] === 'string' ? jwk['k'] : '') ?? new Uint8Array()
}

/** @throws KeyError unless the JWK is an object of a known type */
export function keyType(jwk: Jwk): Kty {
  if (typeof jwk !== 'object' || jwk === null || Array.isArray(jwk)) {
    throw new KeyError('malformed', 'a JWK is an object')
  }
  const { kty } = jwk
  if (typeof kty !== 'string') throw new KeyError('malformed', 'kty must be a string')
  if (!Object.hasOwn(keyTypes, kty)) throw new KeyError('unsupported', 'the key type is unknown')
  return kty as Kty
}

/** @throws KeyError when a public key was expected and any secret member is there */
export function refuseSecrets(jwk: Jwk): void {
  if (secretMembers.some((name) => Object.hasOwn(jwk, name))) {
    throw new KeyError('secret_in_public', 'a public key was expected')
  }
}

/** @throws KeyError when the JWK's own `alg` is no string, or another than the one asked for */
function ownAlgorithm(jwk: Jwk, asked?: string): string | undefined {
  const own = jwk['alg']
  if (own !== undefined && typeof own !== 'string') throw new KeyError('malformed', 'alg must be a string')
  if (own !== undefined && asked !== undefined && own !== asked) {
    throw new KeyError('wrong_purpose', 'the key is meant for another algorithm')
  }
  return own
}

function chooseAlgorithm(jwk: Jwk, kty: Kty, asked?: JwsAlgorithm): JwsAlgorithm {
  const { crv } = jwk
  const own = ownAlgorithm(jwk, asked)
  const chosen = asked ?? own ?? (kty === 'RSA' ? 'RS256' : algorithmOfCurve(kty, crv))
  if (!isJwsAlgorithm(chosen)) throw new KeyError('unsupported', 'the algorithm is unknown')
  const row: JwsAlgorithmRow = jwsAlgorithms[chosen]
  if (row.onRequest === true && asked !== chosen) {
    throw new KeyError('unsupported', 'the algorithm is off unless it is asked for')
  }
  if (row.kty !== kty) throw new KeyError('wrong_purpose', 'the algorithm needs another key type')
  if (row.curves !== undefined && !row.curves.includes(crv as Curve)) {
    throw new KeyError('wrong_purpose', 'the algorithm needs another curve')
  }
  return chosen
}

function algorithmOfCurve(kty: Kty, crv: unknown): string | undefined {
  return Object.entries<JwsAlgorithmRow>(jwsAlgorithms).find(
    ([, row]) => row.kty === kty && row.curves?.includes(crv as Curve),
  )?.[0]
}

/**
 * RFC 7517 §4.2 and §4.3: `use` and `key_ops`, where they are there, must both fit.
 *
 * @param needed operations of which `key_ops` must name each
 * @param related operations that it may name. "Multiple unrelated key operations SHOULD NOT be specified".
 * @throws KeyError
 */
export function checkPurpose(
  jwk: Jwk,
  purpose: 'sig' | 'enc',
  needed: readonly string[],
  related: readonly string[],
): void {
  const { use, key_ops: operations } = jwk
  if (use !== undefined && use !== purpose) throw new KeyError('wrong_purpose', 'use is for something else')
  if (operations === undefined) return
  if (!Array.isArray(operations) || new Set(operations).size !== operations.length) {
    throw new KeyError('malformed', 'key_ops must be a list without repeats')
  }
  for (const name of needed) {
    if (!operations.includes(name)) throw new KeyError('wrong_purpose', `key_ops lacks ${name}`)
  }
  if (!operations.every((name) => related.includes(name))) {
    throw new KeyError('wrong_purpose', 'key_ops names an unrelated operation')
  }
}

function signatureMembers(jwk: Jwk, kty: Kty, alg: JwsAlgorithm): JwkMembers {
  return publicMembers(jwk, kty, (name) => lengthOf(jwk, name, alg))
}

/** The bytes that a member must have, where that is fixed. */
function lengthOf(jwk: Jwk, name: string, alg: JwsAlgorithm): number | undefined {
  const row: JwsAlgorithmRow = jwsAlgorithms[alg]
  if (name === 'pub') return row.publicBytes
  if (name === 'priv') return seedBytes
  // RFC 7518 §6.2.1.2: the length "MUST be the full size of a coordinate for the curve"; §6.2.2.1 likewise of d.
  return row.curves === undefined ? undefined : curves[jwk['crv'] as Curve].coordinateBytes
}

/**
 * `kty` and the public members, each well-formed; RSA numbers strong enough, points of large order.
 *
 * @throws KeyError
 */
export function publicMembers(
  jwk: Jwk,
  kty: Kty,
  lengthOfMember: (name: string) => number | undefined,
): JwkMembers {
  const members: Record<string, string> = { kty }
  for (const name of keyTypes[kty].required) {
    if (name === 'kty') continue
    const isName = name === 'crv' || name === 'alg'
    members[name] = isName ? nameMember(jwk, name) : base64urlMember(jwk, name, lengthOfMember(name))
  }
  if (kty === 'RSA') {
    const bytesOf = (name: string) => decodeBase64url(members[name] ?? '') ?? new Uint8Array()
    const weakness = checkRsaPublic(bytesOf('n'), bytesOf('e'))
    if (weakness !== null) throw new KeyError('weak', weakness)
  }
  if (isOfSmallOrder(members['crv'], members['x'] ?? '')) {
    throw new KeyError('weak', 'the point is of small order')
  }
  return Object.freeze(members)
}

function nameMember(jwk: Jwk, name: string): string {
  const value = jwk[name]
  // An ML-DSA key without `alg` is no key (its one required member of that kind); a curve was compared before.
  if (typeof value !== 'string') throw new KeyError('malformed', `${name} must be a string`)
  return value
}

/** @throws KeyError unless the member is canonical base64url of some bytes, and of so many if that is given */
export function base64urlMember(jwk: Jwk, name: string, length?: number): string {
  const value = Object.hasOwn(jwk, name) ? jwk[name] : undefined
  const bytes = typeof value === 'string' && value.length <= 4096 ? decodeBase64url(value) : null
  if (typeof value !== 'string' || bytes === null || bytes.byteLength === 0) {
    throw new KeyError('malformed', `${name} must be base64url`)
  }
  if (length !== undefined && bytes.byteLength !== length) {
    throw new KeyError('malformed', `${name} has the wrong length`)
  }
  return value
}

/** @throws KeyError unless `kid` is missing or a text of reasonable length */
export function kidOf(jwk: Jwk): { kid?: string } {
  const { kid } = jwk
  if (kid === undefined) return {}
  if (typeof kid !== 'string' || kid === '' || kid.length > longestKid) {
    throw new KeyError('malformed', 'kid must be a string')
  }
  return { kid }
}
