// Key pairs of whoever tokens are encrypted for, and what they read with them.
import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { decryptJwe, importDecryptionJwk, type KeyManagementAlgorithm } from '@countersign/protocol/jwe'
import type { Encryption, Jwk } from '../../packages/server/src/oauth/tokens/encryption.ts'

/** Somebody's own key. */
export interface OwnKey {
  readonly encryption: Encryption
  /** The public half, marked as one to encrypt to. */
  readonly jwk: Jwk
  /** The token inside. @throws TokenError */
  open(token: string): Promise<string>
}

/** A new key pair for `alg`, to be used with `enc`. */
export async function ownKey(
  alg: KeyManagementAlgorithm,
  enc: Encryption['enc'] = 'A256GCM',
  kid = 'theirs',
): Promise<OwnKey> {
  const { publicKey, privateKey } = pairFor(alg)
  const marks = { kid, use: 'enc', alg }
  const own = await importDecryptionJwk({ ...jwkOf(privateKey), ...marks }, { enc: [enc] })
  return {
    encryption: { alg, enc },
    jwk: { ...jwkOf(publicKey), ...marks },
    open: async (token) => new TextDecoder().decode((await decryptJwe(token, () => own)).plaintext),
  }
}

/** A key as a JWK, private members and all. */
export function jwkOf(key: KeyObject): Record<string, unknown> {
  return { ...key.export({ format: 'jwk' }) }
}

function pairFor(alg: KeyManagementAlgorithm): { publicKey: KeyObject; privateKey: KeyObject } {
  return alg === 'RSA-OAEP-256'
    ? generateKeyPairSync('rsa', { modulusLength: 2048 })
    : generateKeyPairSync('ec', { namedCurve: 'P-256' })
}
