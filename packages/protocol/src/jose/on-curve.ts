// Whether a public key's point is on its curve (SEC 1 §3.2.2.1; curves of SP 800-186 §3.2.1), for platforms whose Web
// Crypto takes coordinates unseen, as Deno's does. Nothing here is secret: time may depend on the numbers.

interface Numbers {
  /** The prime of the field. */
  readonly p: bigint
  /** Of y² = x³ − 3x + b. */
  readonly b: bigint
}

const shortWeierstrass: Readonly<Record<string, Numbers>> = {
  'P-256': {
    p: 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n,
    b: 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn,
  },
  'P-384': {
    p: 2n ** 384n - 2n ** 128n - 2n ** 96n + 2n ** 32n - 1n,
    b: 0xb3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875ac656398d8a2ed19d2a85c8edd3ec2aefn,
  },
  'P-521': {
    p: 2n ** 521n - 1n,
    b: 0x0051953eb9618e1c9a1f929a21a0b68540eea2da725b99b315f3b8b489918ef109e156193951ec7e937b1652c0bd3bb1bf073573df883d2c34f1ef451fd46b503f00n,
  },
}

/** @param x big-endian, as `y`. True for a curve that is not known here: then the platform alone judges. */
export function isOnCurve(crv: string, x: Uint8Array, y: Uint8Array): boolean {
  const curve = shortWeierstrass[crv]
  if (curve === undefined) return true
  const { p, b } = curve
  const [left, right] = [numberOf(x), numberOf(y)]
  return left < p && right < p && (right * right - (left * left - 3n) * left - b) % p === 0n
}

function numberOf(bytes: Uint8Array): bigint {
  let digits = '0x0'
  for (const byte of bytes) digits += byte.toString(16).padStart(2, '0')
  return BigInt(digits)
}
