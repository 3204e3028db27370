// Distinguished names as texts (RFC 4514), and whether one is that of a certificate (RFC 5280 §7.1): compared part by part and
// by what it means, never as text, so that neither spelling nor order of attributes decides who somebody is.
import { DerError, readDer } from '../../platform/http/tls-der.ts'
import { type DistinguishedName, type NameAttribute, textOf } from '../../platform/http/tls-x509.ts'

/** Short names: those of RFC 4514 §3, then those that certificates are commonly written with. */
const shortNames: ReadonlyMap<string, string> = new Map(
  Object.entries({
    cn: '2.5.4.3',
    l: '2.5.4.7',
    st: '2.5.4.8',
    o: '2.5.4.10',
    ou: '2.5.4.11',
    c: '2.5.4.6',
    street: '2.5.4.9',
    dc: '0.9.2342.19200300.100.1.25',
    uid: '0.9.2342.19200300.100.1.1',
    sn: '2.5.4.4',
    surname: '2.5.4.4',
    serialnumber: '2.5.4.5',
    title: '2.5.4.12',
    businesscategory: '2.5.4.15',
    postalcode: '2.5.4.17',
    givenname: '2.5.4.42',
    gn: '2.5.4.42',
    dnqualifier: '2.5.4.46',
    organizationidentifier: '2.5.4.97',
    email: '1.2.840.113549.1.9.1',
    emailaddress: '1.2.840.113549.1.9.1',
    jurisdictionlocalityname: '1.3.6.1.4.1.311.60.2.1.1',
    jurisdictionstateorprovincename: '1.3.6.1.4.1.311.60.2.1.2',
    jurisdictioncountryname: '1.3.6.1.4.1.311.60.2.1.3',
  }),
)

/** Longest text that is read. */
const longest = 2048

/**
 * Reads a text of RFC 4514.
 *
 * @returns the name as certificates have it, the widest part first; null for anything that is no such text, or empty, or
 *   uses a short name that is not known here
 */
export function readDistinguishedName(text: string): DistinguishedName | null {
  if (text.length > longest) return null
  const parts: NameAttribute[][] = []
  for (const { piece, joins } of piecesOf(text)) {
    const [, name = '', written = ''] = /^([^=]*)=(.*)$/su.exec(piece) ?? []
    const read = attributeOf(name.trim(), trimmed(written))
    if (read === null) return null
    if (joins) parts[0]?.push(read)
    else parts.unshift([read])
  }
  return parts
}

interface Piece {
  readonly piece: string
  /** Whether it is of the same part as the one before it. */
  readonly joins: boolean
}

/** What stands between separators that nothing escapes. */
function piecesOf(text: string): Piece[] {
  const pieces: Piece[] = []
  let begin = 0
  let joins = false
  for (let at = 0; at <= text.length; at++) {
    const character = text[at]
    if (character === '\\') at++
    else if (character === undefined || character === ',' || character === '+') {
      pieces.push({ piece: text.slice(begin, at), joins })
      begin = at + 1
      joins = character === '+'
    }
  }
  if (begin <= text.length) pieces.push({ piece: text.slice(begin), joins })
  return pieces
}

/** Without the spaces around it; one that is escaped is of the value. */
function trimmed(written: string): string {
  const value = written.trim()
  const backslashes = value.length - value.replace(/\\+$/, '').length
  return backslashes % 2 === 1 && written.trimStart().length > value.length ? `${value} ` : value
}

function attributeOf(name: string, written: string): NameAttribute | null {
  const type = /^\d+(?:\.\d+)+$/.test(name) ? name : shortNames.get(name.toLowerCase())
  const value = written.startsWith('#') ? encodedValue(written.slice(1)) : unescaped(written)
  return type === undefined || value === null || value === '' ? null : { type, value }
}

/** RFC 4514 §2.4: a value of a type that has no short name is its BER in hexadecimal. */
function encodedValue(hex: string): string | Buffer | null {
  if (!/^(?:[0-9A-Fa-f]{2})+$/.test(hex)) return null
  const bytes = Buffer.from(hex, 'hex')
  try {
    return textOf(readDer(bytes)) ?? bytes
  } catch (error) {
    if (error instanceof DerError) return null
    throw error
  }
}

const wellFormed = /^(?:[^\\",;<>\0]|\\(?:[0-9A-Fa-f]{2}|[\\"+,;<>#= ]))*$/u

/** RFC 4514 §2.4, §3: `\` before a special character, or before two digits for each byte of UTF-8. */
function unescaped(written: string): string | null {
  if (!wellFormed.test(written)) return null
  const bytes: Buffer[] = []
  for (const [, hex, special, plain] of written.matchAll(/\\([0-9A-Fa-f]{2})|\\(.)|([^\\]+)/gsu)) {
    bytes.push(hex === undefined ? Buffer.from(special ?? plain ?? '') : Buffer.from(hex, 'hex'))
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.concat(bytes))
  } catch {
    return null
  }
}

/**
 * Whether two names are one: the same parts in the same order, each with the same attributes in any.
 *
 * RFC 5280 §7.1: values are compared without regard to case and to how spaces are repeated (RFC 4518 §2.6.1).
 */
export function isSameName(one: DistinguishedName, other: DistinguishedName): boolean {
  if (one.length !== other.length || one.length === 0) return false
  return one.every((part, index) => isSamePart(part, other[index] ?? []))
}

function isSamePart(one: readonly NameAttribute[], other: readonly NameAttribute[]): boolean {
  const [ours, theirs] = [one, other].map((part) => part.map(comparable).sort())
  return JSON.stringify(ours) === JSON.stringify(theirs)
}

function comparable({ type, value }: NameAttribute): string {
  return typeof value === 'string' ? `${type}=${folded(value)}` : `${type}#${value.toString('hex')}`
}

function folded(value: string): string {
  return value.normalize('NFC').toLowerCase().replaceAll(/\s+/gu, ' ').trim()
}
