// PBKDF2 (RFC 8018 §5.2) as Django writes it, and as passlib and the PHC string format do.
import { pbkdf2 } from 'node:crypto'
import { bytesOf, foreign, type HashFormat, type StoredHash, sameBytes } from './stored-hash.ts'

/** Of SHA-256: about two seconds of one core. Django's largest default so far is 1,800,000. */
const mostIterations = 2_000_000

/** `pbkdf2_sha256$iterations$salt$hash` and `pbkdf2_sha1$…`: the salt is text. */
export const djangoPbkdf2: HashFormat = {
  name: 'django pbkdf2',
  read: (text) => {
    const form = /^pbkdf2_(sha1|sha256)\$(\d{1,9})\$([^$]{1,128})\$([^$]+)$/
    const [, digest = '', iterations = '', salt = '', hash = ''] = form.exec(text) ?? []
    return hashOf({ digest, iterations: Number(iterations), salt: Buffer.from(salt), tag: bytesOf(hash) })
  },
}

/** `$pbkdf2-sha256$iterations$salt$hash` as passlib, or with `i=iterations` as the PHC string format: the salt is base64. */
export const phcPbkdf2: HashFormat = {
  name: 'pbkdf2',
  read: (text) => {
    const form = /^\$pbkdf2(?:-(sha1|sha256|sha512))?\$(?:i=)?(\d{1,9})(?:,l=\d+)?\$([^$]{1,172})\$([^$]+)$/
    const [whole, digest = 'sha1', iterations = '', salt = '', hash = ''] = form.exec(text) ?? []
    if (whole === undefined || !/^[A-Za-z0-9+/.]+={0,2}$/.test(salt)) return null
    const bytes = Buffer.from(salt.replaceAll('.', '+'), 'base64')
    return hashOf({ digest, iterations: Number(iterations), salt: bytes, tag: bytesOf(hash) })
  },
}

interface Parts {
  readonly digest: string
  readonly iterations: number
  readonly salt: Buffer
  readonly tag: Buffer | null
}

function hashOf({ digest, iterations, salt, tag }: Parts): StoredHash | 'costly' | null {
  if (tag === null || salt.length === 0 || iterations < 1) return null
  // One block of the digest for each of its lengths (RFC 8018 §5.2, step 3).
  const blocks = Math.ceil(tag.length / (digest === 'sha512' ? 64 : digest === 'sha256' ? 32 : 20))
  if (iterations * blocks > mostIterations) return 'costly'
  return foreign(
    (password) =>
      new Promise((resolve, reject) => {
        pbkdf2(password, salt, iterations, tag.length, digest, (error, computed) =>
          error === null ? resolve(sameBytes(computed, tag)) : reject(error),
        )
      }),
  )
}
