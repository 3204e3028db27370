// Public keys of passkeys, as COSE_Key (RFC 9052 §7, RFC 9053 §7): which kinds are taken, and whether one is sound.
import { createPublicKey } from 'node:crypto'

/**
 * What authenticators may sign with, the preferred first: EdDSA, ES256, and RS256 for Windows Hello (WebAuthn §5.4 asks
 * for these three).
 */
export const algorithms = [-8, -7, -257] as const

type Members = ReadonlyMap<number, unknown>

// RFC 9053: 1 key type, 3 algorithm; then the members of each type.
const shapes: Readonly<Record<(typeof algorithms)[number], (key: Members) => JsonWebKey | null>> = {
  [-8]: (key) =>
    key.get(1) === 1 && key.get(-1) === 6
      ? withTexts({ kty: 'OKP', crv: 'Ed25519' }, { x: bytes(key, -2, 32, 32) })
      : null,
  [-7]: (key) =>
    key.get(1) === 2 && key.get(-1) === 1
      ? withTexts({ kty: 'EC', crv: 'P-256' }, { x: bytes(key, -2, 32, 32), y: bytes(key, -3, 32, 32) })
      : null,
  [-257]: (key) =>
    key.get(1) === 3
      ? withTexts({ kty: 'RSA' }, { n: bytes(key, -1, 256, 512), e: bytes(key, -2, 1, 4) })
      : null,
}

/**
 * Whether a key may be kept: of a kind that we asked for, with nothing missing, a point of its curve, and for RSA 2048 to
 * 4096 bits. Looked at when it comes, since a broken one would let nobody in later.
 */
export async function isSoundKey(coseKey: Uint8Array<ArrayBuffer>): Promise<boolean> {
  const { decodeCredentialPublicKey } = await import('@simplewebauthn/server/helpers')
  try {
    const key = decodeCredentialPublicKey(coseKey) as unknown
    if (!(key instanceof Map)) return false
    const algorithm = algorithms.find((known) => known === key.get(3))
    const jwk = algorithm === undefined ? null : shapes[algorithm](key)
    if (jwk === null) return false
    createPublicKey({ key: { ...jwk }, format: 'jwk' })
    return true
  } catch {
    // Neither the decoder nor the key's reader has another way to say that it is none.
    return false
  }
}

function bytes(key: Members, label: number, least: number, most: number): Uint8Array | null {
  const value = key.get(label)
  return value instanceof Uint8Array && value.length >= least && value.length <= most ? value : null
}

function withTexts(fixed: JsonWebKey, parts: Readonly<Record<string, Uint8Array | null>>): JsonWebKey | null {
  const texts = Object.entries(parts).map(([name, part]) =>
    part === null ? null : [name, Buffer.from(part).toString('base64url')],
  )
  return texts.includes(null) ? null : { ...fixed, ...Object.fromEntries(texts as [string, string][]) }
}
