// Exports in files, or from a pipe: their bytes, their text, their lines. Whatever a file is, it is never held whole.
import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { statForeign, unreadableFile } from '../../../platform/db/foreign-file.ts'
import { ForeignUnreadable } from '../../../platform/db/foreign-rows.ts'
import { aboutLook, lookOf } from './look.ts'
import type { Gauge, SourceInput } from './source.ts'

/** A file that is there and holds text, or what comes in by a pipe. */
export interface ExportFile {
  /** For people. */
  readonly name: string
  /** In bytes; null where nobody can know: then it is read once alone. */
  readonly size: number | null
  /** Its first bytes. */
  readonly head: Buffer
  /** All of it, from the beginning. @throws ForeignUnreadable */
  readonly bytes: () => AsyncIterable<Buffer>
}

/**
 * Opens an export.
 *
 * @param from the path of a file, or `-` for standard input
 * @param expected what the reader takes it for: a name of the table of sources
 * @throws ForeignUnreadable where it is not there, empty, or plainly something else
 */
export async function openExport(
  { from: path, piped }: Pick<SourceInput, 'from' | 'piped'>,
  expected: string,
): Promise<ExportFile> {
  // An address may hold a password: nothing of it is shown.
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(path))
    throw new ForeignUnreadable('That is an address: what is read here is a file.')
  const file = await (path === '-' && piped !== undefined
    ? openPipe('Standard input', piped)
    : openPath(path))
  const { name, head } = file
  if (head.length === 0) throw new ForeignUnreadable(`${name} is empty.`)
  const about = aboutLook(lookOf(head), expected)
  if (about !== '') throw new ForeignUnreadable(`${name} can’t be read here.${about}`)
  return file
}

async function openPath(path: string): Promise<ExportFile> {
  const stats = statForeign(path)
  if (stats.isDirectory()) throw new ForeignUnreadable(`${path} is a folder, not a file.`)
  if (!stats.isFile()) return openPipe(path, createReadStream(path))
  return openFile(path, stats.size, () => createReadStream(path))
}

async function openFile(name: string, size: number, open: () => AsyncIterable<Buffer>): Promise<ExportFile> {
  const bytes = () => readable(name, open())
  for await (const head of bytes()) return { name, size, head, bytes }
  return { name, size, head: Buffer.alloc(0), bytes }
}

/** As much of its beginning as says what it is: a pipe gives what it has, be it a single letter. */
const enough = 4096

async function openPipe(name: string, stream: AsyncIterable<Buffer | string>): Promise<ExportFile> {
  const rest = readable(name, stream)[Symbol.asyncIterator]()
  let head = Buffer.alloc(0)
  while (head.length < enough) {
    const next = await rest.next()
    if (next.done === true) break
    head = Buffer.concat([head, next.value])
  }
  const bytes = async function* (): AsyncGenerator<Buffer> {
    yield head
    for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value
  }
  return { name, size: null, head, bytes }
}

async function* readable(name: string, stream: AsyncIterable<Buffer | string>): AsyncGenerator<Buffer> {
  try {
    for await (const piece of stream) yield typeof piece === 'string' ? Buffer.from(piece) : piece
  } catch (error) {
    unreadableFile(name, error)
  }
}

/** Whether it begins as a list in JSON. */
export function isList({ head }: ExportFile): boolean {
  return /^\ufeff?\s*\[/.test(head.toString('utf8', 0, 4096))
}

/** What came by a pipe, kept to be read again. */
export async function keptWhole(file: ExportFile): Promise<ExportFile> {
  const pieces: Buffer[] = []
  for await (const piece of file.bytes()) pieces.push(piece)
  const size = pieces.reduce((sum, piece) => sum + piece.length, 0)
  return {
    ...file,
    size,
    bytes: async function* () {
      yield* pieces
    },
  }
}

/** Its text, piece by piece, without a mark at its beginning. @throws ForeignUnreadable where it is no UTF-8 */
export async function* textOf({ name, bytes }: ExportFile, passed?: Gauge['passed']): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  const decoded = (piece?: Buffer): string => {
    try {
      return decoder.decode(piece, { stream: piece !== undefined })
    } catch {
      throw new ForeignUnreadable(`${name} is no text in UTF-8: save it as that.`)
    }
  }
  let done = 0
  for await (const piece of bytes()) {
    yield decoded(piece)
    done += piece.length
    passed?.(done)
  }
  yield decoded()
}

/**
 * Letters of the longest line, which holds a grant with all generations of its refresh tokens: whoever gives something else
 * than lines is told so, before memory is full.
 */
const longestLine = 2 ** 25

/**
 * The values of a file with one a line, in JSON, and the number of each line; empty lines count for nothing.
 *
 * @throws ForeignUnreadable
 */
export async function* jsonLines(
  file: ExportFile,
  passed?: Gauge['passed'],
): AsyncGenerator<readonly [value: unknown, line: number]> {
  let number = 0
  const read = (line: string): (readonly [unknown, number])[] => {
    number += 1
    if (line.trim() === '') return []
    try {
      return [[JSON.parse(line), number]]
    } catch {
      throw new ForeignUnreadable(`Line ${number} of ${file.name} is no JSON.`)
    }
  }
  // In parts: joined at each piece, a long line would be gone through again and again.
  let begun: string[] = []
  let length = 0
  for await (const text of textOf(file, passed)) {
    const [first = '', ...others] = text.split('\n')
    begun.push(first)
    length += first.length
    const last = others.pop()
    if (last !== undefined) {
      yield* read(begun.join(''))
      for (const line of others) yield* read(line)
      begun = [last]
      length = last.length
    }
    if (length > longestLine)
      throw new ForeignUnreadable(
        `Line ${number + 1} of ${file.name} is endless: one object a line is read here.`,
      )
  }
  yield* read(begun.join(''))
}

/** The value of a small JSON file: options of a source. @throws ForeignUnreadable */
export async function jsonFile(path: string): Promise<unknown> {
  return jsonIn(await smallFile(path), path)
}

/** The text of a small file, without the mark of its encoding. @throws ForeignUnreadable */
export async function smallFile(path: string): Promise<string> {
  statForeign(path)
  const text = await readFile(path, 'utf8').catch((error: unknown) => unreadableFile(path, error))
  return text.replace(/^\ufeff/, '')
}

/** @throws ForeignUnreadable where the text of the file is no JSON */
export function jsonIn(text: string, path: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new ForeignUnreadable(`${path} is no JSON.`)
  }
}

/**
 * Looks through everything before any of it is given, so that of a file that is broken somewhere nothing is taken; what came
 * by a pipe is given as it comes.
 *
 * @param read from the beginning, each time; tells how many bytes it has read
 * @param of what they are, in the plural
 */
export async function* checkedFirst<T>(
  { size }: ExportFile,
  gauge: Gauge | undefined,
  read: (passed?: Gauge['passed']) => AsyncIterable<T>,
  of = 'people',
): AsyncGenerator<T> {
  if (size === null) return yield* read()
  let count = 0
  gauge?.expects(size, 'bytes checked')
  for await (const _ of read(gauge?.passed)) count += 1
  gauge?.expects(count, of)
  let passed = 0
  for await (const one of read()) {
    yield one
    passed += 1
    gauge?.passed(passed)
  }
}
