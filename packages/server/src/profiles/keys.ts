// The keys of profiles. An HMAC key is an object of its own, bound to one algorithm and one profile, and is never tried
// for any other token (C1); the other algorithms are the server's own keys, which an API finds by our JWK Set.
import {
  encodeBase64url,
  importSecretJwk,
  type JwsHeader,
  type SigningKey,
  type VerificationKey,
} from '@countersign/protocol'
import type { Keyring } from '../platform/keys/keyring.ts'
import type { Platform } from '../platform/platform.ts'

/** Which keys: the profile's name, and what it signs with. */
export interface KeyChoice {
  readonly profile: string
  readonly algorithm: 'HS256' | 'HS384' | 'HS512' | 'RS256' | 'ES256'
}

/** What signs the profile's tokens, and what they are believed by. */
export interface ProfileKeys {
  signingKey(): SigningKey
  /** Every key that a header may mean: a token of Django names none. */
  candidates(header: JwsHeader): Promise<readonly VerificationKey[]>
}

/** The texts of the files that the settings name, in their order. */
export interface KeyTexts {
  /** Null where the profile signs with a key that only this server has. */
  readonly signing: string | null
  readonly verifying: readonly string[]
}

/**
 * The keys of one profile.
 *
 * @param texts as they are used there: Django signs with the text of its SECRET_KEY, Rails with its secret_key_base
 * @throws KeyError `weak` for a secret that is shorter than its algorithm's hash (RFC 7518 §3.2)
 */
export function profileKeys(
  { vault }: Pick<Platform, 'vault'>,
  keyring: Keyring,
  { profile, algorithm }: KeyChoice,
  { signing, verifying }: KeyTexts,
): ProfileKeys {
  const isHmac = algorithm === 'HS256' || algorithm === 'HS384' || algorithm === 'HS512'
  const hmac = isHmac ? algorithm : 'HS256'
  const own = isHmac && signing === null ? vault.macs(`${profile} signing key`, hmac).map(twice) : []
  const secrets = [...(isHmac && signing !== null ? [signing] : own), ...verifying]
  const hmacKeys = secrets.map((text) => importSecretJwk({ kty: 'oct', k: encodeBase64url(text) }, hmac))
  return {
    signingKey: () => {
      if (!isHmac) return keyring.signingKey(algorithm)
      const [first] = hmacKeys
      if (first === undefined) throw new Error('The profile has no key.')
      return first
    },
    candidates: async (header) => {
      const published = isHmac || header.kid === undefined ? undefined : await keyring.findFresh(header)
      const ours = published === undefined ? [] : [published]
      return [...ours, ...hmacKeys].filter(({ alg }) => alg === header.alg)
    },
  }
}

/** 43 characters are too few for HS512; the same twice is as secret and long enough. */
function twice(text: string): string {
  return text + text
}
