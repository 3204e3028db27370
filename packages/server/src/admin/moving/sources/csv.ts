// A table of people as text (RFC 4180): the first line names the columns.
import { ForeignUnreadable } from '../../../platform/db/foreign-rows.ts'
import type { Found } from '../records.ts'
import { checkedFirst, type ExportFile, openExport, textOf } from './export-file.ts'
import { personFound } from './found.ts'
import { type Gauge, type Source, tellsNoChanges } from './source.ts'
import { claimsOf, momentIn, textIn, truthIn } from './values.ts'

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
      yield personOf((name) => textIn(row[names.indexOf(name)]), index)
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
    yield { row, names, index }
  }
}

function personOf(field: (name: (typeof known)[number]) => string | null, index: number): Found {
  return personFound({
    id: field('id') ?? field('email') ?? field('username') ?? String(index),
    username: field('username'),
    email: field('email'),
    emailVerified: truthIn(field('email_verified')),
    name: field('name') ?? '',
    claims: claimsOf({
      given_name: field('given_name'),
      family_name: field('family_name'),
      phone_number: field('phone_number'),
    }),
    passwordHash: field('password_hash'),
    roles: (field('roles') ?? '').split(/[;|]/).filter((role) => role !== ''),
    disabled: truthIn(field('disabled')),
    createdAt: momentIn(field('created_at')),
  })
}

function namesIn(heading: readonly string[], from: string): readonly string[] {
  const names = heading.map((name) => name.trim().toLowerCase())
  // By number: where the names were forgotten, these are somebody's name and hash.
  const unknown = names.flatMap((name, at) => ((known as readonly string[]).includes(name) ? [] : [at + 1]))
  if (unknown.length === names.length)
    throw new ForeignUnreadable(`The first line of ${from} names no columns: ${known.join(', ')}.`)
  if (unknown.length > 0)
    throw new ForeignUnreadable(
      `The first line of ${from} has columns that mean nothing here: number ${unknown.join(', ')}. Names are: ${known.join(', ')}.`,
    )
  return names
}

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
  const endRecord = (records: string[][]): void => {
    if (fields.length > 0 || text !== '') records.push([...fields, text])
    fields = []
    text = ''
    afterQuote = false
  }
  /** Takes what ends a text; within quotes only another one does. */
  const take = (letter: string, records: string[][]): void => {
    if (letter === '"') {
      // A quote behind a quote is one that was doubled.
      if (!isQuoted && afterQuote) text += letter
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
        text += piece.slice(from, at === -1 ? undefined : at)
        if (at === -1) break
        take(piece.charAt(at), records)
        from = at + 1
      }
      return records
    },
    length: () => text.length,
    fields: () => fields.length,
    isQuoted: () => isQuoted,
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
    yield* reader.push(piece)
    if (reader.length() > longestField)
      throw new ForeignUnreadable(`${file.name} has an endless field: a quotation mark may never be closed.`)
    if (reader.fields() > mostFields)
      throw new ForeignUnreadable(`${file.name} has an endless record: its lines may have no ends.`)
  }
  if (reader.isQuoted())
    throw new ForeignUnreadable(`${file.name} is cut off: a quotation mark is never closed.`)
  yield* reader.end()
}
