// What each part of a token costs, in characters of the token itself (RFC 7515 §7.1: base64url, three bytes to four
// characters).
import { maximumMintedLength } from '@countersign/protocol'

/** Browsers drop cookies whose name, value and attributes come to more (RFC 6265 §6.1). */
export const cookieLimit = 4096

/** A part of a token, with what it costs. */
export interface Cost {
  readonly name: string
  readonly part: 'header' | 'claims' | 'signature'
  /** Characters of the encoded token. */
  readonly bytes: number
}

/** A token by its costs, which add up to its length. */
export interface Sizes {
  readonly total: number
  /** Of header, claims and signature as a whole, each with its dot. */
  readonly parts: Readonly<Record<Cost['part'], number>>
  readonly costs: readonly Cost[]
}

/** What is said of a token's length. */
export type SizeVerdict = 'fits' | 'too_large_for_a_cookie' | 'refused'

/** @param total characters of the token */
export function sizeVerdict(total: number): SizeVerdict {
  if (total > maximumMintedLength) return 'refused'
  return total > cookieLimit ? 'too_large_for_a_cookie' : 'fits'
}

/** One part of a token: its members, and how long it is when encoded, without its dot. */
export interface SizedPart {
  readonly members: Readonly<Record<string, unknown>>
  readonly encodedLength: number
}

/** Costs of a signed token. A part's characters are shared out by the JSON of its members. */
export function sizesOf(header: SizedPart, claims: SizedPart, signatureLength: number): Sizes {
  const costs = [
    ...shares(header, 'header'),
    ...shares(claims, 'claims'),
    { name: 'signature', part: 'signature' as const, bytes: signatureLength },
    { name: 'two dots', part: 'signature' as const, bytes: 2 },
  ]
  const parts = { header: header.encodedLength, claims: claims.encodedLength, signature: signatureLength + 2 }
  return { total: parts.header + parts.claims + parts.signature, parts, costs }
}

/** As sizesOf, for claims that are not signed yet. */
export function sizesBeforeSigning(
  header: Readonly<Record<string, unknown>>,
  claims: Readonly<Record<string, unknown>>,
  signatureBytes: number,
): Sizes {
  const part = (members: Readonly<Record<string, unknown>>): SizedPart => ({
    members,
    encodedLength: encodedLength(Buffer.byteLength(JSON.stringify(members))),
  })
  return sizesOf(part(header), part(claims), encodedLength(signatureBytes))
}

/** Characters of so many bytes in base64url without padding. */
export function encodedLength(bytes: number): number {
  return Math.ceil((bytes * 4) / 3)
}

function shares({ members, encodedLength: whole }: SizedPart, part: Cost['part']): Cost[] {
  const pieces = Object.entries(members).map(([name, value]) => ({
    name,
    // The member, and the comma or brace beside it.
    bytes: Buffer.byteLength(`${JSON.stringify(name)}:${JSON.stringify(value)}`) + 1,
  }))
  const costs: Cost[] = []
  let before = 0
  let given = 0
  for (const { name, bytes } of pieces) {
    before += bytes
    // By running totals, so that what is rounded off one is not lost but given to the next.
    const until = Math.min(whole, Math.round((before * 4) / 3))
    costs.push({ name, part, bytes: until - given })
    given = until
  }
  const rest = whole - given
  return rest > 0 ? [...costs, { name: rest > 2 ? 'spaces and braces' : 'brace', part, bytes: rest }] : costs
}
