// Keys and vectors for tests of tokens: made afresh in each run, one per algorithm.
import { generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  asymmetricAlgorithms,
  importPrivateJwk,
  importSecretJwk,
  type JwsAlgorithm,
  type JwsAlgorithmRow,
  jwsAlgorithms,
  type SigningKey,
} from '@countersign/protocol'

export type Jwk = Record<string, unknown>

export interface Specimen {
  readonly key: SigningKey
  /** With its private members. */
  readonly jwk: Jwk
}

const made = new Map<string, Specimen>()

/** The key of this name, made on first use; its `kid` is the name. */
export function specimen(alg: JwsAlgorithm, kid = `${alg}-1`): Specimen {
  const before = made.get(kid)
  if (before !== undefined) return before
  const jwk: Jwk = { ...generate(alg), kid, alg }
  const key = jwk['kty'] === 'oct' ? importSecretJwk(jwk) : importPrivateJwk(jwk, alg)
  made.set(kid, { key, jwk })
  return { key, jwk }
}

function generate(alg: JwsAlgorithm): object {
  const row: JwsAlgorithmRow = jwsAlgorithms[alg]
  switch (row.kty) {
    case 'oct':
      return { kty: 'oct', k: randomBytes(64).toString('base64url') }
    case 'RSA':
      return exported(generateKeyPairSync('rsa', { modulusLength: 2048 }))
    case 'EC':
      return exported(generateKeyPairSync('ec', { namedCurve: row.curves?.[0] ?? '' }))
    case 'OKP':
      return exported(
        row.curves?.[0] === 'Ed448' ? generateKeyPairSync('ed448') : generateKeyPairSync('ed25519'),
      )
    case 'AKP':
      return exported(generateKeyPairSync(alg.toLowerCase() as 'ml-dsa-44'))
  }
}

function exported({ privateKey }: { readonly privateKey: KeyObject }): object {
  return privateKey.export({ format: 'jwk' })
}

/** Every algorithm that this runtime has. */
export const availableAlgorithms = (Object.keys(jwsAlgorithms) as JwsAlgorithm[]).filter(
  (alg) => asymmetricAlgorithms.includes(alg) || !alg.startsWith('ML-DSA'),
)

/** A JWK without its private members. */
export function publicPart(jwk: Jwk): Jwk {
  const { d: _d, priv: _priv, p: _p, q: _q, dp: _dp, dq: _dq, qi: _qi, ...rest } = jwk
  return rest
}

const vectorFolder =
  process.env['COUNTERSIGN_VECTORS'] ?? join(import.meta.dirname, '..', '..', '..', 'shared', 'vectors')

/** Why a vector file can't be read, for node:test's `skip`; false when it can. */
export function vectorsMissing(path: string): string | false {
  return existsSync(join(vectorFolder, path))
    ? false
    : `no ${path} in the vectors folder (COUNTERSIGN_VECTORS)`
}

export function readVectors(path: string): unknown {
  return JSON.parse(readFileSync(join(vectorFolder, path), 'utf8'))
}
