// The public keys of clients: those that their assertions (RFC 7523) and requests (RFC 9101) are signed with, and those that
// their ID tokens are encrypted to (OpenID Connect Core §10.2, Dynamic Registration §2: id_token_encrypted_response_alg,
// _enc).
import { importJwkSet, KeyError } from '@countersign/protocol'
import { checkEncryption, type Encryption, encryptionOff, recipientKey } from '../tokens/encryption.ts'
import type { ClientFinding } from './registration.ts'

type Jwks = Readonly<Record<string, unknown>>

/** What a server lets clients have; off unless said. */
export interface ClientOptions {
  readonly encryptedTokens?: boolean
}

/** Public keys and what they are for, as somebody describes them. */
export interface DescribedKeys {
  readonly jwks?: Jwks | undefined
  readonly idTokenEncryption?: Encryption | null | undefined
}

/** What is wrong with keys that a client signs with. */
export function checkSigningKeys(jwks: Jwks | undefined): ClientFinding[] {
  if (jwks === undefined) return [finding('jwks', 'missing', 'is needed for private_key_jwt')]
  try {
    const { keys } = importJwkSet(jwks)
    return keys.length > 0 ? [] : [finding('jwks', 'unusable', 'holds no key that can be used')]
  } catch (error) {
    return [refused(error)]
  }
}

/** What is wrong with how ID tokens are to be encrypted, the key among it. */
export async function checkIdTokenEncryption(
  { jwks, idTokenEncryption }: DescribedKeys,
  { encryptedTokens = false }: ClientOptions,
): Promise<ClientFinding[]> {
  if (idTokenEncryption === undefined || idTokenEncryption === null) return []
  if (!encryptedTokens) return [finding('idTokenEncryption', 'off', encryptionOff)]
  const fault = checkEncryption(idTokenEncryption)
  if (fault !== null) return [finding('idTokenEncryption', 'unknown', fault)]
  if (jwks === undefined) return [finding('jwks', 'missing', 'is needed for encrypted ID tokens')]
  try {
    await recipientKey(jwks, idTokenEncryption)
    return []
  } catch (error) {
    return [refused(error)]
  }
}

/** Keys of a client that neither signs with them nor is encrypted to. */
export const unusedKeys = finding(
  'jwks',
  'unused',
  'goes with private_key_jwt, signed requests or encrypted ID tokens',
)

function finding(path: string, code: string, message: string): ClientFinding {
  return { path, code, message }
}

/** @throws whatever is not about the keys */
function refused(error: unknown): ClientFinding {
  if (!(error instanceof KeyError)) throw error
  return finding('jwks', error.code, `is not a set of public keys to use: ${error.detail}`)
}
