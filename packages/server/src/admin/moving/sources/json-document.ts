// One JSON document (RFC 8259) with a long list in it, such as a million people: the members of the list are read one by one,
// so that it may be bigger than memory, or than the longest text that there can be. What is read is what JSON.parse reads.
import { ForeignUnreadable } from '../../../platform/db/foreign-rows.ts'
import { type ExportFile, keptWhole } from './export-file.ts'
import type { Gauge } from './source.ts'
import { membersIn } from './values.ts'

/** A document that was looked through: it is JSON from its beginning to its end. */
export interface LongDocument {
  /** The document, with its list empty. */
  readonly rest: unknown
  /** How many members the list has; null where the document has no such list. */
  readonly count: number | null
  /** Its members, from the first. */
  readonly members: () => AsyncIterable<unknown>
}

/**
 * Looks a document through.
 *
 * @param list the member of the document that is the list; null where the document itself is one
 * @throws ForeignUnreadable where it is no JSON, or cut off
 */
export async function longDocument(
  given: ExportFile,
  list: string | null,
  gauge?: Gauge,
): Promise<LongDocument> {
  const file = given.size === null ? await keptWhole(given) : given
  gauge?.expects(file.size ?? 0, 'bytes checked')
  let count = 0
  const walk = walked(file, list, gauge?.passed)
  for (;;) {
    const { done, value } = await walk.next()
    if (done === true)
      return { rest: value.rest, count: value.hasList ? count : null, members: () => walked(file, list) }
    count += 1
  }
}

/** The members of a document that is a list, in one pass. @throws ForeignUnreadable where it is no JSON, or no list */
export async function* entriesOfList(file: ExportFile, passed?: Gauge['passed']): AsyncGenerator<unknown> {
  const { hasList } = yield* walked(file, null, passed)
  if (!hasList) throw new ForeignUnreadable(`${file.name} is no list.`)
}

/** The members of their lists as people, each an object, counted as they pass. */
export async function* counting(
  documents: readonly LongDocument[],
  gauge?: Gauge,
): AsyncGenerator<Readonly<Record<string, unknown>>> {
  gauge?.expects(
    documents.reduce((sum, { count }) => sum + (count ?? 0), 0),
    'people',
  )
  let passed = 0
  for (const { members } of documents)
    for await (const member of members()) {
      yield membersIn(member)
      passed += 1
      gauge?.passed(passed)
    }
}

/** Bytes of a member, with everything around the list. */
const longest = 2 ** 28

/** The members; what is returned is the rest. */
async function* walked(
  file: ExportFile,
  list: string | null,
  passed?: Gauge['passed'],
): AsyncGenerator<unknown, { readonly rest: unknown; readonly hasList: boolean }> {
  const { name } = file
  const scanner = scannerFor(list)
  let number = 0
  let done = 0
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  const read = (bytes: Buffer, what: string): unknown => {
    try {
      return JSON.parse(decoder.decode(bytes))
    } catch {
      throw new ForeignUnreadable(`${name} is no JSON in UTF-8: ${what} can’t be read.`)
    }
  }
  for await (const piece of file.bytes()) {
    for (const member of scanner.push(piece)) {
      number += 1
      yield read(member, `entry ${number} of its list`)
    }
    if (scanner.length() > longest)
      throw new ForeignUnreadable(
        `${name} is something else than what is read here: it has no long list of people.`,
      )
    done += piece.length
    passed?.(done)
  }
  const { isCutOff, rest, lists } = scanner.end()
  if (isCutOff) throw new ForeignUnreadable(`${name} is cut off: it ends in the midst of a value.`)
  if (lists > 1) throw new ForeignUnreadable(`${name} has ${lists} lists of one name.`)
  return { rest: read(withoutMark(rest), 'what is around its list'), hasList: lists === 1 }
}

const [quote, backslash, comma, colon] = [0x22, 0x5c, 0x2c, 0x3a]
const mark = Buffer.from('\ufeff')
const [openList, closeList, openObject, closeObject] = [0x5b, 0x5d, 0x7b, 0x7d]

/** The mark at the beginning of a file is no space, and stands where one may; elsewhere it is refused when it is parsed. */
function saysNothing(byte: number): boolean {
  return isSpace(byte) || byte >= 0x80
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09
}

function withoutMark(bytes: Buffer): Buffer {
  return bytes.subarray(0, mark.length).equals(mark) ? bytes.subarray(mark.length) : bytes
}

/** Bytes from several pieces. */
function gathering() {
  let parts: Buffer[] = []
  let length = 0
  return {
    add: (part: Buffer): void => {
      parts.push(part)
      length += part.length
    },
    length: () => length,
    take: (): Buffer => {
      const whole = Buffer.concat(parts)
      parts = []
      length = 0
      return whole
    },
  }
}

/** Whether bytes are within a text, between its quotes. */
function texts() {
  let isOpen = false
  let isEscaped = false
  return {
    isOpen: () => isOpen,
    open: () => {
      isOpen = true
    },
    /** Takes a byte within. @returns whether it is the closing quote */
    closes: (byte: number): boolean => {
      if (isEscaped) isEscaped = false
      else if (byte === backslash) isEscaped = true
      else if (byte === quote) isOpen = false
      return !isOpen
    },
  }
}

/** What the brackets, commas and colons outside of texts say about where the list is. */
function structureFor(list: string | null) {
  let depth = 0
  let isObject = false
  /** Whether the next text is a key of the document. */
  let keyIsNext = false
  /** Whether the next value is the list, if it is one. */
  let listIsNext = list === null
  let isWithin = false
  let lists = 0
  const listDepth = list === null ? 1 : 2

  const open = (byte: number): 'begins' | null => {
    depth += 1
    if (depth === 1) isObject = byte === openObject
    if (depth === 1) keyIsNext = isObject
    if (!listIsNext || byte !== openList) return null
    isWithin = true
    lists += 1
    return 'begins'
  }
  const close = (): 'ends' | null => {
    depth -= 1
    if (!isWithin || depth !== listDepth - 1) return null
    isWithin = false
    return 'ends'
  }
  return {
    /** @returns whether it is a key of the document */
    beginText: (): boolean => {
      const isKey = keyIsNext && depth === 1
      keyIsNext = false
      listIsNext = false
      return isKey
    },
    /** @param key the bytes of the last key, in its quotes @returns what becomes of the bytes before this one, if anything */
    take: (byte: number, key: () => Buffer): 'begins' | 'member' | 'ends' | null => {
      const what =
        byte === openList || byte === openObject
          ? open(byte)
          : byte === closeList || byte === closeObject
            ? close()
            : byte === comma && isWithin && depth === listDepth
              ? 'member'
              : null
      if (byte === comma && depth === 1) keyIsNext = isObject
      listIsNext = byte === colon && depth === 1 && isObject && textIn(key()) === list
      return what
    },
    isWithin: () => isWithin,
    end: () => ({ isOpen: depth > 0, lists }),
  }
}

function textIn(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString())
  } catch {
    // No key of JSON: parsing the rest will say so.
    return null
  }
}

/**
 * Finds where members begin and end, and nothing more: whether each of them is JSON, and what is around them, shows when it
 * is parsed. So everything that is no member stays in the rest, the brackets of the list with it.
 */
function scannerFor(list: string | null) {
  const [rest, member, key] = [gathering(), gathering(), gathering()]
  const structure = structureFor(list)
  const text = texts()
  let isKey = false
  let members = 0
  const take = (piece: Buffer, what: 'begins' | 'member' | 'ends'): Buffer | null => {
    if (what === 'begins') {
      rest.add(piece)
      members = 0
      return null
    }
    member.add(piece)
    const whole = member.take()
    members += 1
    // Between the brackets of an empty list there is no member; everywhere else nothing is one that is no JSON.
    return what === 'ends' && members === 1 && whole.every(isSpace) ? null : whole
  }
  /** @returns the members that end in this piece */
  const push = (piece: Buffer): Buffer[] => {
    const found: Buffer[] = []
    let from = 0
    let keyFrom = 0
    for (let at = 0; at < piece.length; at++) {
      const byte = piece[at] as number
      if (text.isOpen()) {
        if (!text.closes(byte)) continue
        if (isKey) key.add(piece.subarray(keyFrom, at + 1))
        isKey = false
        continue
      }
      if (byte === quote) {
        text.open()
        isKey = structure.beginText()
        keyFrom = at
        continue
      }
      if (saysNothing(byte)) continue
      const what = structure.take(byte, key.take)
      if (what === null) continue
      const whole = take(piece.subarray(from, what === 'begins' ? at + 1 : at), what)
      if (whole !== null) found.push(whole)
      from = what === 'ends' ? at : at + 1
    }
    if (isKey) key.add(piece.subarray(keyFrom))
    ;(structure.isWithin() ? member : rest).add(piece.subarray(from))
    return found
  }
  return {
    push,
    /** How many bytes it holds. */
    length: () => rest.length() + member.length(),
    end: () => {
      const { isOpen, lists } = structure.end()
      return { isCutOff: text.isOpen() || isOpen, rest: rest.take(), lists }
    },
  }
}
