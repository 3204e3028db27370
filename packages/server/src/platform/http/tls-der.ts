// Just enough of DER (ITU-T X.690 §8, §10) to read what Node does not tell of a certificate. Strict: what could be read in
// two ways is refused.

/** One element: `content` is what it holds, `raw` the whole of it. */
export interface Der {
  readonly tag: number
  readonly content: Buffer
  readonly raw: Buffer
}

/** Bytes that are no DER. */
export class DerError extends Error {
  override readonly name = 'DerError'
}

/** Tags of ASN.1 that certificates are made of (X.680 §8.4). */
export const tags = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  oid: 0x06,
  sequence: 0x30,
  set: 0x31,
} as const

/** The one element that these bytes are. @throws DerError */
export function readDer(bytes: Buffer): Der {
  const [element, rest] = readOne(bytes)
  if (rest.length > 0) throw new DerError('something follows the element')
  return element
}

/** The elements within a constructed one. @throws DerError */
export function partsOf(element: Der, tag: number = tags.sequence): Der[] {
  if (element.tag !== tag) throw new DerError('an element of another kind')
  const parts: Der[] = []
  for (let rest = element.content; rest.length > 0; ) {
    const [part, after] = readOne(rest)
    parts.push(part)
    rest = after
  }
  return parts
}

function readOne(bytes: Buffer): [Der, Buffer] {
  const [tag, first] = bytes
  if (tag === undefined || first === undefined) throw new DerError('an element is cut off')
  // Tags of several bytes are in no certificate.
  if ((tag & 0x1f) === 0x1f) throw new DerError('a tag of several bytes')
  const [length, start] = first < 0x80 ? [first, 2] : longLength(bytes, first & 0x7f)
  const end = start + length
  if (end > bytes.length) throw new DerError('an element is cut off')
  return [{ tag, content: bytes.subarray(start, end), raw: bytes.subarray(0, end) }, bytes.subarray(end)]
}

/** X.690 §10.1: "the minimum number of octets". */
function longLength(bytes: Buffer, octets: number): [length: number, start: number] {
  if (octets === 0 || octets > 3 || bytes.length < 2 + octets) throw new DerError('a length that is none')
  const length = bytes.readUIntBE(2, octets)
  if (length < 0x80 || length < 256 ** (octets - 1)) throw new DerError('a length in too many bytes')
  return [length, 2 + octets]
}

/** An object identifier in dotted form. @throws DerError */
export function oidOf({ tag, content }: Der): string {
  if (tag !== tags.oid || content.length === 0) throw new DerError('no object identifier')
  const arcs: number[] = []
  let arc = 0
  for (const [index, byte] of content.entries()) {
    arc = arc * 128 + (byte & 0x7f)
    if (!Number.isSafeInteger(arc)) throw new DerError('an object identifier that is too large')
    if ((byte & 0x80) !== 0) {
      if (index === content.length - 1) throw new DerError('an object identifier is cut off')
      continue
    }
    arcs.push(arc)
    arc = 0
  }
  const [joint = 0, ...rest] = arcs
  const root = Math.min(Math.floor(joint / 40), 2)
  return [root, joint - root * 40, ...rest].join('.')
}
