// RSA keys that must not be used, whoever sends them (RFC 7518 §3.3, NIST SP 800-89 §5.3.3, CVE-2017-15361).

/** Why an RSA public key is too weak to trust, or null. `modulus` and `exponent` are big-endian bytes. */
export function checkRsaPublic(modulus: Uint8Array, exponent: Uint8Array): string | null {
  // RFC 7518 §6.3.1.1: the octet sequence "MUST utilize the minimum number of octets".
  if (modulus[0] === 0 || exponent[0] === 0) return 'a number has leading zeros'
  const n = toBigInt(modulus)
  const e = toBigInt(exponent)
  // RFC 7518 §3.3: "A key of size 2048 bits or larger MUST be used with these algorithms."
  const bits = n.toString(2).length
  if (bits < 2048) return 'the modulus has fewer than 2048 bits'
  if (bits > 8192) return 'the modulus has more than 8192 bits'
  if (n % 2n === 0n) return 'the modulus is even'
  if (e < 3n || e % 2n === 0n || e > 0xffff_ffffn) return 'the exponent is out of range'
  if (isFromBrokenGenerator(n)) return 'the modulus comes from a broken generator'
  return null
}

function toBigInt(bytes: Uint8Array): bigint {
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
  return hex === '' ? 0n : BigInt(`0x${hex}`)
}

/**
 * Primes of the broken Infineon generator are 65537^a modulo a product of small primes, so that modulo each of these
 * primes such a modulus is a power of 65537. An ordinary modulus passes all of them with a chance below 2^-27.
 */
const fingerprints: readonly { readonly prime: bigint; readonly residues: ReadonlySet<bigint> }[] = [
  11, 13, 17, 19, 37, 53, 61, 71, 73, 79, 97, 103, 107, 109, 127, 151, 157,
].map((number) => {
  const prime = BigInt(number)
  const residues = new Set<bigint>()
  for (let power = 1n; !residues.has(power); power = (power * 65537n) % prime) residues.add(power)
  return { prime, residues }
})

function isFromBrokenGenerator(n: bigint): boolean {
  return fingerprints.every(({ prime, residues }) => residues.has(n % prime))
}
