// User codes (RFC 8628 §6.1): what a person reads from one screen and types into another. Eight of twenty letters are
// 34 bits, enough beside a short life and few guesses (§5.1). No vowels, so that no code is a word, and no digits, so
// that none looks like a letter.
import type { Runtime } from '../../platform/runtime.ts'

const alphabet = 'BCDFGHJKLMNPQRSTVWXZ'
const length = 8
const wellFormed = new RegExp(`^[${alphabet}]{${length}}$`)

/** A user code as it is compared: eight capitals. Show it with `spelled`. */
export type UserCode = string & { readonly length: 8 }

/** A new code; each of the 20⁸ is as likely as any other. */
export function newUserCode(runtime: Pick<Runtime, 'secret'>): UserCode {
  let code = ''
  while (code.length < length) {
    for (const byte of Buffer.from(runtime.secret(), 'base64url')) {
      // The largest multiple of the alphabet's length that a byte reaches: what is beyond would favour some letters.
      if (byte < 240 && code.length < length) code += alphabet[byte % alphabet.length]
    }
  }
  return code as UserCode
}

/**
 * What somebody typed, as a code: capitals or not, with whatever dashes and spaces (RFC 8628 §6.1). Null when it can't
 * be one.
 */
export function readUserCode(typed: string): UserCode | null {
  if (typed.length > 64) return null
  // Keyboards of East Asia write letters of full width.
  const letters = typed
    .normalize('NFKC')
    .replaceAll(/[\s\p{Pd}._]/gu, '')
    .toUpperCase()
  return wellFormed.test(letters) ? (letters as UserCode) : null
}

/** As people read it: `WDJB-MJHT`. */
export function spelled(code: UserCode): string {
  return `${code.slice(0, 4)}-${code.slice(4)}`
}
