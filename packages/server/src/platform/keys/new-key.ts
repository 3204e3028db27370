// Makes keys of every algorithm that is spoken, for whoever asks on a command line; the server's own signing keys are
// made by key-pair.ts. RFC 7517, RFC 7518 §6; ML-DSA where this Node has it.
import { generateKeyPair, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
import {
  isJwsAlgorithm,
  type JwsAlgorithm,
  type JwsAlgorithmRow,
  jwsAlgorithms,
  thumbprint,
} from '@countersign/protocol'
import {
  type ContentEncryption,
  contentEncryptions,
  type KeyManagementAlgorithm,
  keyManagement,
} from '@countersign/protocol/jwe'
import type { Runtime } from '../runtime.ts'

/** What a key is to be for. */
export interface KeyWish {
  readonly alg: JwsAlgorithm | KeyManagementAlgorithm
  /** Where the algorithm leaves a choice: Ed25519 or Ed448; P-256, P-384, P-521 or X25519. */
  readonly crv?: string
  /** Of an RSA modulus; 2048 unless told. */
  readonly bits?: number
  /** The cipher that a key of `dir` is for; A256GCM unless told. */
  readonly enc?: ContentEncryption
}

/** A private or secret JWK with its `kid`, `alg` and `use`. */
export type NewKey = Readonly<Record<string, unknown>> & { readonly kid: string; readonly alg: string }

/** A wish that no key fulfils: a curve of another algorithm, or one that this Node lacks. */
export class KeyNotMade extends Error {
  override readonly name = 'KeyNotMade'
}

const generate = promisify(generateKeyPair) as (
  type: string,
  options?: Readonly<Record<string, unknown>>,
) => Promise<{ readonly publicKey: KeyObject; readonly privateKey: KeyObject }>

const agreementCurves = ['P-256', 'P-384', 'P-521', 'X25519']

/**
 * A new key. An asymmetric key is named by its thumbprint (RFC 7638); a secret one by chance, since a digest of it would
 * tell of it.
 *
 * @throws KeyNotMade
 */
export async function makeKey(wish: KeyWish, runtime: Runtime): Promise<NewKey> {
  const use = isJwsAlgorithm(wish.alg) ? 'sig' : 'enc'
  const bytes = secretBytes(wish)
  if (bytes !== undefined) {
    // RFC 7520 §5.6: a key of `dir` names its cipher.
    const alg = wish.alg === 'dir' ? (wish.enc ?? 'A256GCM') : wish.alg
    return { kty: 'oct', k: runtime.secret(bytes), kid: runtime.secret(12), alg, use }
  }
  const { type, options } = pairOf(wish)
  try {
    const { privateKey } = await generate(type, options)
    const members = privateKey.export({ format: 'jwk' }) as Record<string, unknown>
    return { ...members, kid: thumbprint(members), alg: wish.alg, use }
  } catch {
    throw new KeyNotMade(`This Node.js can’t make a key for ${wish.alg}.`)
  }
}

/** Of a shared secret; undefined for what has two halves. */
function secretBytes({ alg, enc = 'A256GCM' }: KeyWish): number | undefined {
  if (isJwsAlgorithm(alg)) return (jwsAlgorithms[alg] as JwsAlgorithmRow).minimumBytes
  if (alg === 'dir') return contentEncryptions[enc].keyBytes
  const row = keyManagement[alg]
  return 'keyBytes' in row ? row.keyBytes : undefined
}

function pairOf(wish: KeyWish): {
  readonly type: string
  readonly options?: Readonly<Record<string, unknown>>
} {
  const { alg } = wish
  const rsa = { type: 'rsa', options: { modulusLength: wish.bits ?? 2048, publicExponent: 65_537 } }
  if (!isJwsAlgorithm(alg)) return alg === 'RSA-OAEP-256' ? rsa : curve(wish, agreementCurves)
  const row: JwsAlgorithmRow = jwsAlgorithms[alg]
  switch (row.family) {
    case 'rsa-pkcs1':
    case 'rsa-pss':
      return rsa
    case 'ml-dsa':
      return { type: alg.toLowerCase() }
    default:
      return curve(wish, row.curves ?? [])
  }
}

function curve({ alg, crv }: KeyWish, curves: readonly string[]): ReturnType<typeof pairOf> {
  const chosen = crv ?? curves[0] ?? ''
  if (!curves.includes(chosen)) {
    throw new KeyNotMade(
      `A key for ${alg} is over ${new Intl.ListFormat('en', { type: 'disjunction' }).format(curves)}.`,
    )
  }
  return /^(?:Ed|X)/.test(chosen)
    ? { type: chosen.toLowerCase() }
    : { type: 'ec', options: { namedCurve: chosen } }
}
