// Points of small order on the curves of RFC 7748 and RFC 8032. As a key to verify with, such a point lets anybody sign
// anything (one of its eight multiples is soon guessed), on platforms that don't look; as a key to agree over, it lets
// anybody read.
import { decodeBase64url } from './base64url.ts'

interface CurveOrder {
  /** Of the field. */
  readonly prime: bigint
  /** Bits of a coordinate; what stands above them is a sign, or nothing. */
  readonly bits: bigint
  /** The coordinates: y of an Edwards curve, u of a Montgomery curve. A prime's multiple more is the same. */
  readonly coordinates: readonly bigint[]
}

const p25519 = 2n ** 255n - 19n
const p448 = 2n ** 448n - 2n ** 224n - 1n
// y of the points of order 8: the roots of d·y⁴ + 2·y² - 1; u of those of order 8 on the other curve: (1 + y) / (1 - y).
const y8 = 0x5fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826n
const u8 = 0xb8495f16056286fdb1329ceb8d09da6ac49ff1fae35616aeb8413b7c7aebe0n
const u8Other = 0x57119fd0dd4e22d8868e1c58c45c44045bef839c55b1d0b1248c50a3bc959c5fn

const curveOrders: Readonly<Record<string, CurveOrder>> = {
  Ed25519: { prime: p25519, bits: 255n, coordinates: [0n, 1n, p25519 - 1n, y8, p25519 - y8] },
  X25519: { prime: p25519, bits: 255n, coordinates: [0n, 1n, p25519 - 1n, u8, u8Other] },
  Ed448: { prime: p448, bits: 455n, coordinates: [0n, 1n, p448 - 1n] },
}

/** Whether a coordinate, as base64url, is that of a point of small order. False for curves that have none. */
export function isOfSmallOrder(crv: unknown, coordinate: string): boolean {
  const curve = typeof crv === 'string' && Object.hasOwn(curveOrders, crv) ? curveOrders[crv] : undefined
  if (curve === undefined) return false
  const littleEndian = decodeBase64url(coordinate) ?? new Uint8Array()
  const number = littleEndian.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n)
  return curve.coordinates.includes(BigInt.asUintN(Number(curve.bits), number) % curve.prime)
}
