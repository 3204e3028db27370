// The texts of one token. A signature of ECDSA is two numbers r and s, and whoever has it can write n − s for s without any
// key: that verifies as well (SEC 1 §4.1.4). So a token that is known by its text has two of them, and both are that token.
import { decodeBase64url, encodeBase64url, peekUnverified } from '@countersign/protocol'

/** n of each algorithm's curve (SP 800-186 §3.2.1, SEC 2 §2.4.1). */
const orders: Readonly<Record<string, bigint>> = {
  ES256: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
  ES256K: 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n,
  ES384: 2n ** 384n - 2n ** 192n + 0xc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
  ES512: 2n ** 521n - 2n ** 264n + 0xfa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409n,
}

/** Every text of a token that was verified, as it came first. */
export function spellingsOf(token: string): readonly [string, ...string[]] {
  const order = orders[peekUnverified(token)?.header.alg ?? '']
  const dot = token.lastIndexOf('.')
  const signature = order === undefined ? null : decodeBase64url(token.slice(dot + 1))
  if (order === undefined || signature === null) return [token]
  const [r, s] = [signature.subarray(0, signature.length / 2), signature.subarray(signature.length / 2)]
  const other = (order - BigInt(`0x0${Buffer.from(s).toString('hex')}`)).toString(16)
  const bytes = Buffer.concat([r, Buffer.from(other.padStart(2 * s.length, '0'), 'hex')])
  return [token, `${token.slice(0, dot)}.${encodeBase64url(bytes)}`]
}

/** What a token is called, whichever of its texts comes. */
export function nameOfToken(token: string): string {
  return [...spellingsOf(token)].sort()[0] ?? token
}
