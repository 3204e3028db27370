// What a certificate says (RFC 5280 §4) as far as it decides whose it is and what it is good for: its subject's names, and
// the extensions that limit it. Signatures, dates and keys are Node's to check.
import { type Der, DerError, oidOf, partsOf, readDer, tags } from './tls-der.ts'

/** One attribute of a name; a value that is no text of ASN.1 stays as its bytes. */
export interface NameAttribute {
  /** The dotted object identifier. */
  readonly type: string
  readonly value: string | Buffer
}

/** A distinguished name as the certificate has it: the widest part first, each part a set of attributes. */
export type DistinguishedName = readonly (readonly NameAttribute[])[]

/** What the extension subjectAltName lists (RFC 5280 §4.2.1.6). */
export interface AlternativeNames {
  readonly dns: readonly string[]
  readonly uri: readonly string[]
  readonly email: readonly string[]
  /** 4 or 16 bytes each. */
  readonly ip: readonly Buffer[]
}

/** Whose a certificate is, and what it is good for. */
export interface CertificateContents {
  readonly subject: DistinguishedName
  readonly alternativeNames: AlternativeNames
  /** The algorithm that it is signed with. */
  readonly signatureAlgorithm: string
  /** basicConstraints: whether it may issue others. */
  readonly isAuthority: boolean
  /** basicConstraints: how many authorities may stand between it and the last certificate; null for any number. */
  readonly pathLength: number | null
  /** keyUsage, by bit; null where it says nothing. */
  readonly keyUsage: readonly boolean[] | null
  /** extendedKeyUsage; null where it says nothing. */
  readonly purposes: readonly string[] | null
  /** Whether an extension that must be understood is not understood here (RFC 5280 §4.2). */
  readonly hasUnknownLimits: boolean
}

/** Bits of keyUsage (RFC 5280 §4.2.1.3). */
export const keyUses = { digitalSignature: 0, keyCertSign: 5 } as const

const extensions = {
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  extendedKeyUsage: '2.5.29.37',
} as const
const read: readonly string[] = Object.values(extensions)
/** Policies limit nothing for who asks for none (RFC 5280 §4.2.1.4). */
const understood: readonly string[] = [...read, '2.5.29.32']

const noNames: AlternativeNames = { dns: [], uri: [], email: [], ip: [] }

/** @throws DerError */
export function readCertificate(raw: Buffer): CertificateContents {
  const [statement, algorithm] = partsOf(readDer(raw))
  const parts = partsOf(required(statement))
  // version [0] may be left out; then: serialNumber, signature, issuer, validity, subject, subjectPublicKeyInfo.
  const from = parts[0]?.tag === 0xa0 ? 1 : 0
  const found = extensionsIn(parts.find(({ tag }) => tag === 0xa3))
  const valueIn = (name: keyof typeof extensions): Der | null => found.get(extensions[name])?.value ?? null
  const constraints = valueIn('basicConstraints')
  const uses = valueIn('keyUsage')
  const purposes = valueIn('extendedKeyUsage')
  const names = valueIn('subjectAltName')
  return {
    subject: readName(required(parts[from + 4])),
    alternativeNames: names === null ? noNames : readAlternativeNames(names),
    signatureAlgorithm: oidOf(required(partsOf(required(algorithm))[0])),
    ...readConstraints(constraints),
    keyUsage: uses === null ? null : bitsOf(uses),
    purposes: purposes === null ? null : partsOf(purposes).map(oidOf),
    hasUnknownLimits: [...found].some(([oid, { isCritical }]) => isCritical && !understood.includes(oid)),
  }
}

interface Extension {
  readonly isCritical: boolean
  readonly value: Der
}

/** Only those that are understood here are read further. */
function extensionsIn(element: Der | undefined): Map<string, Extension> {
  const found = new Map<string, Extension>()
  if (element === undefined) return found
  for (const extension of partsOf(required(partsOf(element, 0xa3)[0]))) {
    const parts = partsOf(extension)
    const oid = oidOf(required(parts[0]))
    const value = required(parts.at(-1))
    const isCritical = parts.length === 3 && parts[1]?.tag === tags.boolean && parts[1].content[0] === 0xff
    // RFC 5280 §4.2: "A certificate MUST NOT include more than one instance of a particular extension."
    if (found.has(oid)) throw new DerError('an extension is there twice')
    const inner = read.includes(oid) ? readDer(value.content) : value
    found.set(oid, { isCritical, value: inner })
  }
  return found
}

function readConstraints(element: Der | null): Pick<CertificateContents, 'isAuthority' | 'pathLength'> {
  if (element === null) return { isAuthority: false, pathLength: null }
  const parts = partsOf(element)
  const isAuthority = parts[0]?.tag === tags.boolean && parts[0].content[0] === 0xff
  const length = parts.find(({ tag }) => tag === tags.integer)
  if (length !== undefined && length.content.length !== 1) throw new DerError('a path without end')
  return { isAuthority, pathLength: length?.content[0] ?? null }
}

function bitsOf({ content }: Der): boolean[] {
  return [...content.subarray(1)].flatMap((byte) =>
    [7, 6, 5, 4, 3, 2, 1, 0].map((bit) => ((byte >> bit) & 1) === 1),
  )
}

/** GeneralName: rfc822Name [1], dNSName [2], uniformResourceIdentifier [6], iPAddress [7]. */
function readAlternativeNames(element: Der): AlternativeNames {
  const names = partsOf(element)
  const of = (tag: number): Buffer[] => names.filter((one) => one.tag === tag).map(({ content }) => content)
  const texts = (tag: number): string[] => of(tag).map((bytes) => bytes.toString('latin1'))
  return { email: texts(0x81), dns: texts(0x82), uri: texts(0x86), ip: of(0x87) }
}

function readName(element: Der): DistinguishedName {
  return partsOf(element).map((part) =>
    partsOf(part, tags.set).map((attribute) => {
      const [type, value] = partsOf(attribute)
      return { type: oidOf(required(type)), value: textOf(required(value)) ?? required(value).raw }
    }),
  )
}

const encodings: Readonly<Record<number, (content: Buffer) => string>> = {
  12: (content) => new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(content),
  18: (content) => content.toString('latin1'),
  19: (content) => content.toString('latin1'),
  20: (content) => content.toString('latin1'),
  22: (content) => content.toString('latin1'),
  26: (content) => content.toString('latin1'),
  30: (content) => new TextDecoder('utf-16be', { fatal: true, ignoreBOM: true }).decode(content),
}

/** The text of a string of ASN.1; null for what is none. @throws DerError for bytes that its kind can't hold */
export function textOf({ tag, content }: Der): string | null {
  try {
    return encodings[tag]?.(content) ?? null
  } catch {
    throw new DerError('a text that is none')
  }
}

function required<T>(part: T | undefined): T {
  if (part === undefined) throw new DerError('a part is missing')
  return part
}
