// The keys of profiles. A key that is imported for one belongs to it and to one algorithm, and is never tried for any
// other token (C1); without one the server's own keys sign, which an API finds by our JWK Set.
import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import {
  encodeBase64url,
  importPrivateJwk,
  importPublicJwk,
  importSecretJwk,
  isKeyOfPair,
  type JwsAlgorithm,
  type JwsHeader,
  KeyError,
  type SigningKey,
  type VerificationKey,
} from '@countersign/protocol'
import { type Keyring, type SigningAlgorithm, signingAlgorithms } from '../platform/keys/keyring.ts'
import type { Platform } from '../platform/platform.ts'

type Jwk = Parameters<typeof importPublicJwk>[0]

/** What profiles sign with: all that PyJWT and ruby-jwt know under these names. */
export const profileAlgorithms = [
  'HS256',
  'HS384',
  'HS512',
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'ES256K',
  'EdDSA',
] as const satisfies readonly JwsAlgorithm[]
export type ProfileAlgorithm = (typeof profileAlgorithms)[number]

/** Which keys: the profile's name, and what it signs with. */
export interface KeyChoice {
  readonly profile: string
  readonly algorithm: ProfileAlgorithm
}

/** A key that a token may have been signed with. */
export interface Candidate<Key extends VerificationKey = VerificationKey> {
  readonly key: Key
  /** One that also signs other tokens of this server: those of a profile have to say by their type that they are. */
  readonly isShared: boolean
}

/** What signs the profile's tokens, and what they are believed by. */
export interface ProfileKeys {
  signingKey(): Candidate<SigningKey>
  /** Every key that a header may mean: a token of Django names none. */
  candidates(header: JwsHeader): Promise<readonly Candidate[]>
}

/** The texts of the files that the settings name, in their order. */
export interface KeyTexts {
  /** Null where the profile signs with a key that only this server has. */
  readonly signing: string | null
  readonly verifying: readonly string[]
}

/** Whether this server has keys of its own for an algorithm. */
export function isOfKeyring(algorithm: ProfileAlgorithm): algorithm is SigningAlgorithm {
  return signingAlgorithms.some((one) => one === algorithm)
}

/**
 * The keys of one profile.
 *
 * @param texts as they are used there: Django signs with the text of its SECRET_KEY, Rails with its secret_key_base, both
 *   with a key as PEM under the algorithms of pairs. A JWK says of itself which algorithm it is for.
 * @throws KeyError `weak` for a secret that is shorter than its algorithm's hash (RFC 7518 §3.2), and for what is no key
 *   of the algorithm
 */
export function profileKeys(
  { vault }: Pick<Platform, 'vault'>,
  keyring: Keyring,
  { profile, algorithm }: KeyChoice,
  { signing, verifying }: KeyTexts,
): ProfileKeys {
  const generated =
    isHmac(algorithm) && signing === null ? vault.macs(`${profile} signing key`, algorithm).map(twice) : []
  const own = [...(signing === null ? [] : [signing]), ...generated].map((text) =>
    signingKeyOf(text, algorithm),
  )
  const believed = [...own, ...verifying.map((text) => verifyingKeyOf(text, algorithm))]
  return {
    signingKey: () => {
      const [first] = own
      if (first !== undefined) return { key: first, isShared: false }
      if (!isOfKeyring(algorithm)) throw new KeyError('unsupported', `There is no ${algorithm} key.`)
      return { key: keyring.signingKey(algorithm), isShared: true }
    },
    candidates: async (header) => {
      const isOurs = signing === null && isOfKeyring(algorithm) && header.kid !== undefined
      const published = isOurs ? await keyring.findFresh(header) : undefined
      const ours = published === undefined ? [] : [{ key: published, isShared: true }]
      const imported = believed.map((key) => ({ key, isShared: false }))
      return [...ours, ...imported].filter(({ key }) => key.alg === header.alg)
    },
  }
}

/** What is wrong with the texts of keys, in people's words; null when they are keys of the algorithm. */
export function faultOfKeys({ signing, verifying }: KeyTexts, algorithm: ProfileAlgorithm): string | null {
  try {
    if (signing !== null) signingKeyOf(signing, algorithm)
    for (const text of verifying) verifyingKeyOf(text, algorithm)
    return null
  } catch (error) {
    if (error instanceof KeyError) return error.detail
    throw error
  }
}

/** @throws KeyError */
function signingKeyOf(text: string, algorithm: ProfileAlgorithm): SigningKey {
  if (isHmac(algorithm)) return secretOf(text, algorithm)
  return importPrivateJwk(jwkOf(text, createPrivateKey), algorithm)
}

/** @throws KeyError */
function verifyingKeyOf(text: string, algorithm: ProfileAlgorithm): VerificationKey {
  if (!isKeyOfPair(text)) return secretOf(text, isHmac(algorithm) ? algorithm : 'HS256')
  const jwk = jwkOf(text, createPublicKey)
  if (isHmac(algorithm)) return importPublicJwk(jwk, usualFor(jwk))
  try {
    return importPublicJwk(jwk, algorithm)
  } catch (error) {
    // A key of another algorithm: what the system before signed with, where this one signs in another way.
    if (error instanceof KeyError) return importPublicJwk(jwk, usualFor(jwk))
    throw error
  }
}

/** C1: what is published is never taken for a secret, whatever the settings say. */
function secretOf(text: string, algorithm: JwsAlgorithm): SigningKey {
  if (isKeyOfPair(text)) throw new KeyError('unsupported', `A key of a pair is no ${algorithm} secret.`)
  return importSecretJwk({ kty: 'oct', k: encodeBase64url(text) }, algorithm)
}

function jwkOf(text: string, read: (pem: string) => KeyObject): Jwk {
  try {
    if (text.trimStart().startsWith('{')) return JSON.parse(text) as Jwk
    return read(text).export({ format: 'jwk' }) as Jwk
  } catch {
    throw new KeyError('malformed', 'The key can’t be read.')
  }
}

/** The JWK's own, or ES256K, which is never chosen but by name. */
function usualFor(jwk: Jwk): JwsAlgorithm | undefined {
  return jwk['crv'] === 'secp256k1' ? 'ES256K' : undefined
}

function isHmac(algorithm: ProfileAlgorithm): algorithm is 'HS256' | 'HS384' | 'HS512' {
  return algorithm.startsWith('HS')
}

/** 43 characters are too few for HS512; the same twice is as secret and long enough. */
function twice(text: string): string {
  return text + text
}
