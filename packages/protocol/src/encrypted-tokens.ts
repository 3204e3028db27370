// Tokens that are signed first and then encrypted (RFC 7519 §5.2, §11.2), so that nobody on the way reads a claim. What
// comes out is verified like any other token: encryption says nothing of who wrote it.
import { decryptJwe, encryptJwe, type FindDecryptionKey, type JweHeader } from './jose/jwe.ts'
import type { EncryptionKey } from './jose/jwe-keys.ts'
import { splitCompact } from './jose/jws.ts'
import { TokenError } from './jose/token-error.ts'
import type { AddressedKind } from './token-claims.ts'
import { type VerifiedToken, type VerifyTokenOptions, verifyTokenAsync } from './tokens.ts'

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * Encrypts a token that signToken made.
 *
 * @throws TokenError when it is no signed token
 */
export async function encryptToken(signed: string, key: EncryptionKey): Promise<string> {
  splitCompact(signed)
  // RFC 7519 §5.2: for a nested JWT `cty` "MUST be present", and "JWT".
  return encryptJwe({ cty: 'JWT' }, new TextEncoder().encode(signed), key)
}

/** What an encrypted token is held against: who can open it, and what the token inside has to be. */
export interface DecryptTokenOptions extends VerifyTokenOptions {
  readonly decryption: FindDecryptionKey
}

/** A token that was inside an encrypted one. It is nobody's word until it is verified. */
export interface OpenedToken {
  readonly signed: string
  readonly encryption: JweHeader
}

/**
 * Decrypts a token, and verifies nothing of the one inside: for who finds its key only later.
 *
 * @throws TokenError
 */
export async function openToken(token: string, decryption: FindDecryptionKey): Promise<OpenedToken> {
  const { header: encryption, plaintext } = await decryptJwe(token, decryption)
  if (!/^(?:application\/)?jwt$/i.test(encryption.cty ?? ''))
    throw new TokenError('wrong_type', 'cty is not JWT')
  return { signed: textOf(plaintext), encryption }
}

/**
 * Decrypts a token and verifies the one inside as being of one kind (see verifyToken). A signed token that is not
 * encrypted is refused, as is an encrypted one with anything but a signed one inside.
 *
 * @throws TokenError
 */
export async function decryptToken<K extends AddressedKind>(
  kind: K,
  token: string,
  options: DecryptTokenOptions,
): Promise<VerifiedToken<K> & { readonly encryption: JweHeader }> {
  const { signed, encryption } = await openToken(token, options.decryption)
  return { ...(await verifyTokenAsync(kind, signed, options)), encryption }
}

function textOf(plaintext: Uint8Array): string {
  try {
    return utf8.decode(plaintext)
  } catch {
    throw new TokenError('malformed', 'the token inside is not text')
  }
}
