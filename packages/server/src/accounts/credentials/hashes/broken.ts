// Hashes that a graphics card tries by the billion: one round of MD5 or SHA-1, or the DES of old Unix. They are taken in only
// where an operator insists, so that their people can sign in once more; the first sign-in replaces them.
import { createHash } from 'node:crypto'
import { desCrypt } from './des-crypt.ts'
import { foreign, type HashFormat, sameBytes } from './stored-hash.ts'

/** Django's `sha1$salt$hex` and `md5$salt$hex`, the salt before the password; it may be empty. */
export const saltedDigest: HashFormat = {
  name: 'django salted md5 or sha1',
  isBroken: true,
  read: (text) => {
    const form = /^(?:(sha1)\$([^$]{0,128})\$([0-9a-f]{40})|(md5)\$([^$]{0,128})\$([0-9a-f]{32}))$/
    const match = form.exec(text)
    if (match === null) return null
    const [, sha1, salt1 = '', hex1 = '', md5 = '', salt2 = '', hex2 = ''] = match
    return digestOf(sha1 ?? md5, salt1 + salt2, hex1 + hex2)
  },
}

/** 32 hexadecimal digits. */
export const bareMd5: HashFormat = {
  name: 'md5',
  isBroken: true,
  read: (text) => (/^[0-9a-f]{32}$/.test(text) ? digestOf('md5', '', text) : null),
}

/**
 * `crypt$$` and the 13 letters of crypt(3), before Django 1.5 with the salt between the two: eight bytes of a password, and its
 * beginning lets in whoever knows that.
 */
export const djangoCrypt: HashFormat = {
  name: 'django crypt',
  isBroken: true,
  read: (text) => {
    const [, whole, salt] =
      /^crypt\$[./0-9A-Za-z]{0,2}\$(([./0-9A-Za-z]{2})[./0-9A-Za-z]{11})$/.exec(text) ?? []
    if (salt === undefined || whole === undefined) return null
    return foreign(async (password) => sameBytes(Buffer.from(desCrypt(password, salt)), Buffer.from(whole)))
  },
}

function digestOf(algorithm: string, salt: string, hex: string): ReturnType<HashFormat['read']> {
  const expected = Buffer.from(hex, 'hex')
  return foreign(async (password) =>
    sameBytes(
      createHash(algorithm)
        .update(salt + password)
        .digest(),
      expected,
    ),
  )
}
