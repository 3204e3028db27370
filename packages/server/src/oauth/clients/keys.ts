// The public keys of clients: those that their assertions (RFC 7523) and requests (RFC 9101) are signed with, and those that
// what they are answered is encrypted to (OpenID Connect Core §10.2, Dynamic Registration §2: id_token_encrypted_response_alg,
// _enc and its like).
import { importJwkSet, KeyError } from '@countersign/protocol'
import { checkEncryption, type Encryption, encryptionOff, recipientKey } from '../tokens/encryption.ts'
import type { ClientFinding } from './registration.ts'

type Jwks = Readonly<Record<string, unknown>>

/** What a server lets clients have; off unless said. */
export interface ClientOptions {
  readonly encryptedTokens?: boolean
}

/** The members of a client by which something is encrypted to a key of it. */
const encryptions = [
  'idTokenEncryption',
  'userinfoEncryption',
  'introspectionEncryption',
  'responseEncryption',
] as const

/** What is encrypted to a client, as somebody describes it. */
export type DescribedEncryptions = {
  readonly [name in (typeof encryptions)[number]]?: Encryption | null | undefined
}

/** Public keys and what they are for, as somebody describes them. */
export interface DescribedKeys extends DescribedEncryptions {
  readonly jwks?: Jwks | undefined
  /** In their place: where they are. What is wrong with those shows when they are needed. */
  readonly jwksUri?: string | null | undefined
}

type Keys = Pick<DescribedKeys, 'jwks' | 'jwksUri'>

/** What is wrong with a set of keys, whatever it is for. */
export function checkKeySet({ jwks }: Keys): ClientFinding[] {
  if (jwks === undefined) return []
  try {
    importJwkSet(jwks)
    return []
  } catch (error) {
    return [refused(error)]
  }
}

/** What is wrong with keys that a client signs with. */
export function checkSigningKeys({ jwks, jwksUri = null }: Keys): ClientFinding[] {
  if (jwks === undefined)
    return jwksUri === null ? [finding('jwks', 'missing', 'is needed for private_key_jwt')] : []
  try {
    const { keys } = importJwkSet(jwks)
    return keys.length > 0 ? [] : [finding('jwks', 'unusable', 'holds no key that can be used')]
  } catch (error) {
    return [refused(error)]
  }
}

/** What is wrong with how tokens and answers are to be encrypted, the keys among it. */
export async function checkEncryptions(
  described: DescribedKeys,
  options: ClientOptions,
): Promise<ClientFinding[]> {
  const found = encryptions.map((name) => checkOne(name, described, options))
  return (await Promise.all(found)).flat()
}

async function checkOne(
  name: keyof DescribedEncryptions,
  { jwks, jwksUri = null, ...described }: DescribedKeys,
  { encryptedTokens = false }: ClientOptions,
): Promise<ClientFinding[]> {
  const encryption = described[name] ?? null
  if (encryption === null) return []
  if (!encryptedTokens) return [finding(name, 'off', encryptionOff)]
  const fault = checkEncryption(encryption)
  if (fault !== null) return [finding(name, 'unknown', fault)]
  if (jwks === undefined)
    return jwksUri === null ? [finding('jwks', 'missing', 'is needed to encrypt to')] : []
  try {
    await recipientKey(jwks, encryption)
    return []
  } catch (error) {
    return [refused(error)]
  }
}

function finding(path: string, code: string, message: string): ClientFinding {
  return { path, code, message }
}

/** @throws whatever is not about the keys */
function refused(error: unknown): ClientFinding {
  if (!(error instanceof KeyError)) throw error
  return finding('jwks', error.code, `is not a set of public keys to use: ${error.detail}`)
}
