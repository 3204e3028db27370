// Base32 (RFC 4648 §6): how secrets of authenticator applications are written down everywhere.
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** Bytes as Base32, in capitals and without padding. */
export function base32(bytes: Uint8Array): string {
  let text = ''
  let bits = 0
  let value = 0
  for (const byte of bytes) {
    value = ((value << 8) | byte) & 0xfff
    bits += 8
    while (bits >= 5) {
      bits -= 5
      text += alphabet[(value >> bits) & 31]
    }
  }
  return bits === 0 ? text : text + alphabet[(value << (5 - bits)) & 31]
}

/** The bytes of a Base32 text in either case, with or without padding; null when it is none. */
export function base32Bytes(text: string): Uint8Array | null {
  const letters = text.toUpperCase().replace(/=+$/, '')
  if (!/^[A-Z2-7]*$/.test(letters) || [1, 3, 6].includes(letters.length % 8)) return null
  const bytes: number[] = []
  let bits = 0
  let value = 0
  for (const letter of letters) {
    value = ((value << 5) | alphabet.indexOf(letter)) & 0xfff
    bits += 5
    if (bits >= 8) {
      bits -= 8
      bytes.push((value >> bits) & 255)
    }
  }
  return Uint8Array.from(bytes)
}
