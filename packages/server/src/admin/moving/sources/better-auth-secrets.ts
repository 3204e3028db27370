// What Better Auth encrypts with its secret: XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03) under the SHA-256 of the
// secret, written as the hex of nonce, ciphertext and tag.
import { createCipheriv, createDecipheriv, createHash } from 'node:crypto'
import { smallFile } from './export-file.ts'

const read = new Map<string, string>()

/** The secret in a file, read once. @throws ForeignUnreadable */
export async function secretIn(file: string | undefined): Promise<string | null> {
  if (file === undefined) return null
  const known = read.get(file)
  if (known !== undefined) return known
  const secret = (await smallFile(file)).trim()
  read.set(file, secret)
  return secret
}

/** The text in the clear, the number of the secret before it or not; null where there is no secret, or it is another one. */
export function betterAuthOpened(sealed: string | null, secret: string | null): string | null {
  const hex = sealed?.replace(/^\$ba\$\d+\$/, '') ?? ''
  if (secret === null || !/^(?:[0-9a-f]{2}){41,}$/i.test(hex)) return null
  const bytes = Buffer.from(hex, 'hex')
  const key = createHash('sha256').update(secret).digest()
  const [nonce, body, tag] = [bytes.subarray(0, 24), bytes.subarray(24, -16), bytes.subarray(-16)]
  const short = Buffer.concat([Buffer.alloc(4), nonce.subarray(16)])
  const decipher = createDecipheriv('chacha20-poly1305', hchacha20(key, nonce.subarray(0, 16)), short, {
    authTagLength: 16,
  })
  decipher.setAuthTag(tag)
  try {
    return Buffer.concat([decipher.update(body), decipher.final()]).toString()
  } catch {
    // The tag is of another key.
    return null
  }
}

/**
 * HChaCha20 (§2.2): the first and the last row of the state behind the rounds. The block function of ChaCha20 (RFC 8439
 * §2.3) adds the state before them, which is known: so it is taken off again.
 */
function hchacha20(key: Buffer, nonce: Buffer): Buffer {
  const block = createCipheriv('chacha20', key, nonce).update(Buffer.alloc(64))
  const constants = Buffer.from('expand 32-byte k')
  const out = Buffer.alloc(32)
  for (let word = 0; word < 4; word++) {
    const at = word * 4
    out.writeUInt32LE((block.readUInt32LE(at) - constants.readUInt32LE(at)) >>> 0, at)
    out.writeUInt32LE((block.readUInt32LE(48 + at) - nonce.readUInt32LE(at)) >>> 0, 16 + at)
  }
  return out
}
