// The one file that calls the `jose` package, which does the ciphers of encrypted tokens. It is loaded with the first of
// them, and is only given what has passed our own gate (jwe.ts, jwe-keys.ts).
import type { CryptoKey } from 'jose'
import type { JwkMembers } from './asynchronous.ts'
import type { ContentEncryption, KeyManagementAlgorithm } from './jwe-algorithms.ts'

/** A key as the library wants it. */
export type Material = CryptoKey | Uint8Array

export interface Ciphers {
  readonly alg: KeyManagementAlgorithm
  readonly enc: ContentEncryption
}

/** @throws whatever the library says of numbers that make no key */
export async function readMaterial(alg: KeyManagementAlgorithm, members: JwkMembers): Promise<Material> {
  const { importJWK } = await import('jose/key/import')
  return importJWK({ ...members }, alg)
}

/** A compact JWE of the plaintext under this protected header. */
export async function encryptCompact(
  plaintext: Uint8Array,
  header: Ciphers & { readonly [name: string]: string },
  material: Material,
): Promise<string> {
  const { CompactEncrypt } = await import('jose/jwe/compact/encrypt')
  return new CompactEncrypt(plaintext).setProtectedHeader({ ...header }).encrypt(material)
}

/** @throws whatever the library says of a token that doesn't decrypt */
export async function decryptCompact(
  token: string,
  { alg, enc }: Ciphers,
  material: Material,
): Promise<Uint8Array> {
  const { compactDecrypt } = await import('jose/jwe/compact/decrypt')
  const { plaintext } = await compactDecrypt(token, material, {
    keyManagementAlgorithms: [alg],
    contentEncryptionAlgorithms: [enc],
  })
  return plaintext
}
