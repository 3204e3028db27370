// A table of people as text (RFC 4180): the first line names the columns.
import { ForeignUnreadable } from '../../../platform/db/foreign-rows.ts'
import type { Found } from '../records.ts'
import { checkedFirst, type ExportFile, openExport, textOf } from './export-file.ts'
import { personFound } from './found.ts'
import { type Gauge, type Source, tellsNoChanges } from './source.ts'
import { claimsOf, momentIn, textIn } from './values.ts'

const known = [
  'id',
  'username',
  'email',
  'email_verified',
  'name',
  'given_name',
  'family_name',
  'phone_number',
  'password_hash',
  'roles',
  'disabled',
  'created_at',
] as const

export const csv: Source = {
  title: 'CSV',
  reads: `a file, or - for standard input, whose first line names columns: ${known.join(', ')}`,
  options: {},
  numbers: [],
  async *read({ from, piped, since, gauge }) {
    if (since !== null) yield { kind: 'remark', text: tellsNoChanges }
    const file = await openExport({ from, piped }, 'csv')
    for await (const { row, names, index } of checkedFirst(file, gauge, (passed) => rowsIn(file, passed)))
      yield personOf(cellsOf(row, names), index)
  },
}

interface Row {
  readonly row: readonly string[]
  readonly names: readonly string[]
  readonly index: number
}

async function* rowsIn(file: ExportFile, passed?: Gauge['passed']): AsyncGenerator<Row> {
  let names: readonly string[] | null = null
  let index = 0
  for await (const row of recordsIn(file, passed)) {
    index += 1
    if (names === null) {
      names = namesIn(row, file.name)
      continue
    }
    if (row.length !== names.length)
      throw new ForeignUnreadable(
        `Record ${index} of ${file.name} has ${row.length} fields, not ${names.length}.`,
      )
    const fault = faultOf(cellsOf(row, names))
    if (fault !== null) throw new ForeignUnreadable(`Record ${index} of ${file.name} has ${fault}.`)
    yield { row, names, index }
  }
}

type Cells = (name: (typeof known)[number]) => string | null

function cellsOf(row: readonly string[], names: readonly string[]): Cells {
  return (name) => textIn(row[names.indexOf(name)]?.trim())
}

/** Somebody who is disabled there would come in here if a word for it that nobody knows were read as none. */
function faultOf(cells: Cells): string | null {
  for (const name of ['email_verified', 'disabled'] as const)
    if (truthOf(cells(name)) === null) return `a ${name} that is neither true nor false`
  const createdAt = cells('created_at')
  // 01/02/2024 is another day in another country.
  const isMoment = createdAt === null || /^(?:\d+$|\d{4}-\d\d-\d\d)/.test(createdAt)
  return isMoment && (createdAt === null || momentIn(createdAt) !== null)
    ? null
    : 'a created_at that is no moment as 2026-11-22T10:00:00Z'
}

/** As databases and spreadsheets write it; null for anything else. */
function truthOf(text: string | null): boolean | null {
  if (/^(?:true|t|yes|y|1)$/i.test(text ?? '')) return true
  return /^(?:false|f|no|n|0|)$/i.test(text ?? '') ? false : null
}

function personOf(field: Cells, index: number): Found {
  return personFound({
    id: field('id') ?? field('email') ?? field('username') ?? String(index),
    username: field('username'),
    email: field('email'),
    emailVerified: truthOf(field('email_verified')) === true,
    name: field('name') ?? '',
    claims: claimsOf({
      given_name: field('given_name'),
      family_name: field('family_name'),
      phone_number: field('phone_number'),
    }),
    passwordHash: field('password_hash'),
    roles: (field('roles') ?? '')
      .split(/[;|]/)
      .map((role) => role.trim())
      .filter((role) => role !== ''),
    disabled: truthOf(field('disabled')) === true,
    createdAt: momentIn(field('created_at')),
  })
}

function namesIn(heading: readonly string[], from: string): readonly string[] {
  const names = heading.map((name) => name.trim().toLowerCase())
  // By number: where the names were forgotten, these are somebody's name and hash.
  const unknown = names.flatMap((name, at) => ((known as readonly string[]).includes(name) ? [] : [at + 1]))
  if (unknown.length === names.length) {
    const [other] = [...otherSeparators].find(([sign]) => names.some((name) => name.includes(sign))) ?? []
    const hint =
      other === undefined ? '' : ` It is separated by ${otherSeparators.get(other)}: save it with commas.`
    throw new ForeignUnreadable(`The first line of ${from} names no columns: ${known.join(', ')}.${hint}`)
  }
  if (unknown.length > 0)
    throw new ForeignUnreadable(
      `The first line of ${from} has columns that mean nothing here: number ${unknown.join(', ')}. Names are: ${known.join(', ')}.`,
    )
  const twice = names.find((name, at) => names.indexOf(name) !== at)
  if (twice !== undefined)
    throw new ForeignUnreadable(`The first line of ${from} has the column ${twice} twice.`)
  return names
}

const otherSeparators: ReadonlyMap<string, string> = new Map([
  [';', 'semicolons'],
  ['\t', 'tabs'],
  ['|', 'bars'],
])

/** Records and their fields; quotes hold commas, line ends and doubled quotes. */
export function tableOf(text: string): string[][] {
  const reader = recordReader()
  return [...reader.push(text), ...reader.end()]
}

/** Where the next letter is that means something outside of quotes; -1 where there is none. */
function nextMark(text: string, from: number): number {
  marks.lastIndex = from
  return marks.exec(text)?.index ?? -1
}

const marks = /[",\r\n]/g

/** Reads piece by piece, so that a file of any size needs no more memory than a line of it; empty lines count for nothing. */
function recordReader() {
  let fields: string[] = []
  let text = ''
  let isQuoted = false
  let afterQuote = false
  /**
   * In which record a quotation mark stands where none can, or text behind one that closes: half of the field would be
   * lost.
   */
  let brokenAt: number | null = null
  let count = 0
  const endRecord = (records: string[][]): void => {
    if (fields.length > 0 || text !== '') {
      records.push([...fields, text])
      count += 1
    }
    fields = []
    text = ''
    afterQuote = false
  }
  /** Takes what ends a text; within quotes only another one does. */
  const take = (letter: string, records: string[][]): void => {
    if (letter === '"') {
      // A quote behind a quote is one that was doubled.
      if (!isQuoted && afterQuote) text += letter
      else if (!isQuoted && text !== '') brokenAt ??= count + 1
      afterQuote = isQuoted
      isQuoted = !isQuoted
    } else if (letter === ',') {
      fields.push(text)
      text = ''
      afterQuote = false
    } else endRecord(records)
  }
  return {
    push: (piece: string): string[][] => {
      const records: string[][] = []
      for (let from = 0; from < piece.length; ) {
        const at = isQuoted ? piece.indexOf('"', from) : nextMark(piece, from)
        const more = piece.slice(from, at === -1 ? undefined : at)
        if (afterQuote && !isQuoted && more !== '') brokenAt ??= count + 1
        text += more
        if (at === -1) break
        take(piece.charAt(at), records)
        from = at + 1
      }
      return records
    },
    length: () => text.length,
    fields: () => fields.length,
    isQuoted: () => isQuoted,
    brokenAt: () => brokenAt,
    end: (): string[][] => {
      const records: string[][] = []
      endRecord(records)
      return records
    },
  }
}

const longestField = 2 ** 24
/** There are no more columns than a dozen. */
const mostFields = 1000

async function* recordsIn(file: ExportFile, passed?: Gauge['passed']): AsyncGenerator<string[]> {
  const reader = recordReader()
  for await (const piece of textOf(file, passed)) {
    const records = reader.push(piece)
    const brokenAt = reader.brokenAt()
    if (brokenAt !== null)
      throw new ForeignUnreadable(
        `Record ${brokenAt} of ${file.name} has a quotation mark in the midst of a field: they stand around a whole one, and are doubled within.`,
      )
    yield* records
    if (reader.length() > longestField)
      throw new ForeignUnreadable(`${file.name} has an endless field: a quotation mark may never be closed.`)
    if (reader.fields() > mostFields)
      throw new ForeignUnreadable(`${file.name} has an endless record: its lines may have no ends.`)
  }
  if (reader.isQuoted())
    throw new ForeignUnreadable(`${file.name} is cut off: a quotation mark is never closed.`)
  yield* reader.end()
}
