// Opaque tokens: a random secret in a form that can be recognised, and whose typos are caught without a database.

import { sha256Base64url } from '#crypto'
import { isBase64urlOf32Bytes } from './jose/base64url.ts'

const secretLength = 43
const checksumLength = 6

/**
 * Writes `<prefix>_<secret><checksum>`.
 *
 * @param prefix lower-case letters, such as `csat`
 * @param secret 32 random bytes as 43 characters of base64url
 * @throws TypeError when one is not so: a mistake of the caller
 */
export function formatOpaque(prefix: string, secret: string): string {
  if (!/^[a-z]+$/.test(prefix)) throw new TypeError('the prefix must be lower-case letters')
  if (!isBase64urlOf32Bytes(secret)) {
    throw new TypeError('the secret must be 32 bytes in base64url')
  }
  const body = `${prefix}_${secret}`
  return body + checksum(body)
}

/**
 * Reads an opaque token, or returns null unless it is exactly one that formatOpaque wrote: the length, the alphabet, the
 * canonical encoding and the checksum are all right. Says nothing of whether the secret was ever issued.
 */
export function parseOpaque(prefix: string, token: string): { readonly secret: string } | null {
  const start = prefix.length + 1
  if (token.length !== start + secretLength + checksumLength || !token.startsWith(`${prefix}_`)) return null
  const body = token.slice(0, start + secretLength)
  const secret = body.slice(start)
  if (!isBase64urlOf32Bytes(secret) || checksum(body) !== token.slice(-checksumLength)) return null
  return { secret }
}

/** What is stored of a token: SHA-256 of all of it, base64url. 256 random bits need no slow hash. */
export function digest(token: string): string {
  return sha256Base64url(token)
}

function checksum(body: string): string {
  return sha256Base64url(body).slice(0, checksumLength)
}
