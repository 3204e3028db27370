// Base32 (RFC 4648 §6) read, as secrets of authenticator applications are written down everywhere.
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** The bytes of a text in either case, with padding or without; null when it is none. */
export function base32Bytes(text: string): Uint8Array | null {
  const letters = text.toUpperCase().replace(/=+$/, '')
  if (!/^[A-Z2-7]*$/.test(letters) || [1, 3, 6].includes(letters.length % 8)) return null
  const bytes: number[] = []
  let bits = 0
  let value = 0
  for (const letter of letters) {
    value = ((value << 5) | alphabet.indexOf(letter)) & 0xfff
    bits += 5
    if (bits < 8) continue
    bits -= 8
    bytes.push((value >> bits) & 255)
  }
  return Uint8Array.from(bytes)
}
