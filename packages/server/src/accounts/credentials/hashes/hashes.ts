// Every way in which we can read a password hash, as one table: ours, and those of the systems that people come from.
import { isWeaker, judgePhc, verifyWith } from './argon2.ts'
import { bcrypt, djangoBcrypt, djangoBcryptSha256, peppered } from './bcrypt.ts'
import { bareMd5, djangoCrypt, saltedDigest } from './broken.ts'
import { djangoPbkdf2, phcPbkdf2 } from './pbkdf2.ts'
import { djangoScrypt, firebaseScrypt, phcScrypt } from './scrypt.ts'
import type { HashFormat, StoredHash } from './stored-hash.ts'

/** Argon2 in the PHC string format: what we write ourselves, and what others do. */
const argon2: HashFormat = {
  name: 'argon2',
  read: (text) => {
    if (!/^\$argon2(?:id|i|d)\$/.test(text)) return null
    const judged = judgePhc(text)
    if (judged !== 'accepted') return judged === 'costly' ? 'costly' : null
    return {
      // NFKC as ours are (PW-04); another system may have hashed what was typed.
      verify: async (password, compute) => {
        const usual = normalized(password)
        if (await verifyWith(compute, usual, text)) return true
        return usual !== password && verifyWith(compute, password, text)
      },
      isWeaker: (cost) => isWeaker(text, cost),
    }
  },
}

/** `argon2` before it: Django's. */
const djangoArgon2: HashFormat = {
  name: 'django argon2',
  read: (text) => {
    const inner = text.startsWith('argon2$') ? argon2.read(text.slice('argon2'.length)) : null
    return inner === null || inner === 'costly' ? inner : { ...inner, isWeaker: () => true }
  },
}

/** In the order of asking; no text is read by two of them. */
export const hashFormats: readonly HashFormat[] = [
  argon2,
  djangoArgon2,
  bcrypt,
  djangoBcrypt,
  djangoBcryptSha256,
  peppered,
  djangoPbkdf2,
  phcPbkdf2,
  djangoScrypt,
  phcScrypt,
  firebaseScrypt,
  saltedDigest,
  bareMd5,
  djangoCrypt,
]

/** What a hash is found to be. */
export type Judged =
  | { readonly ok: true; readonly format: string; readonly isBroken: boolean; readonly hash: StoredHash }
  | { readonly ok: false; readonly because: 'unknown' | 'costly' }

/** Reads a hash, whoever made it. */
export function judgeHash(text: string): Judged {
  for (const { name, isBroken = false, read } of hashFormats) {
    const hash = read(text)
    if (hash === 'costly') return { ok: false, because: 'costly' }
    if (hash !== null) return { ok: true, format: name, isBroken, hash }
  }
  return { ok: false, because: 'unknown' }
}

/** A hash that was taken in before. @throws TypeError when it is none that we can read */
export function readHash(text: string): StoredHash {
  const judged = judgeHash(text)
  if (!judged.ok) throw new TypeError(`A stored password hash is ${judged.because}.`)
  return judged.hash
}

/**
 * Of the texts that NFKC brings to the most characters of a password none is longer: it makes one of four at most, of two units
 * each. Putting a longer row of marks in order takes time by the square of its length (HT-15).
 */
const longestNormalized = 2048

/** NFKC and nothing else: no trimming, no case, no truncation (PW-03, PW-04). What is no password of ours stays as it is. */
export function normalized(password: string): string {
  return password.length > longestNormalized ? password : password.normalize('NFKC')
}
