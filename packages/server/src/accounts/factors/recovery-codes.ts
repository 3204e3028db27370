// Recovery codes: for when the authenticator application is gone. Ten at a time, each of 80 bits of chance and good once
// (MF-03; NIST SP 800-63B-4 §3.1.2 asks for 64 where a digest alone is kept).
import { digest } from '@countersign/protocol'
import type { Runtime } from '../../platform/runtime.ts'

/** How many make a set. */
export const codesInSet = 10
const bytesOfCode = 10
/** Crockford's Base32: no letter that is taken for a digit, and none that is often read as another. */
const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'

/** A new set, as people are to read it: `7k3d-9xqm-4fwt-h2ra`. */
export function drawRecoveryCodes(runtime: Pick<Runtime, 'secret'>): readonly string[] {
  return Array.from({ length: codesInSet }, () => {
    const bytes = Buffer.from(runtime.secret(bytesOfCode), 'base64url')
    const value = BigInt(`0x${bytes.toString('hex')}`)
    const letters = Array.from(
      { length: (bytesOfCode * 8) / 5 },
      (_, place) => alphabet[Number((value >> BigInt(place * 5)) & 31n)],
    )
    return letters.join('').replace(/.{4}(?=.)/g, '$&-')
  })
}

/** The digest that a code is kept by, whatever its letters' case and what is written between them; null when it can be none. */
export function recoveryCodeDigest(text: string | undefined): string | null {
  const plain = (text ?? '')
    .slice(0, 128)
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\s\-.]/g, '')
    .replaceAll('o', '0')
    .replace(/[il]/g, '1')
  return /^[0-9a-hjkmnp-tv-z]{16}$/.test(plain) ? digest(plain) : null
}
