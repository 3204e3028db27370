// A table of people as text (RFC 4180): the first line names the columns.
import { createReadStream, existsSync } from 'node:fs'
import { ForeignUnreadable } from '../../../platform/db/foreign-rows.ts'
import { movedUser } from '../records.ts'
import { type Source, tellsNoChanges } from './source.ts'
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
  reads: `a file whose first line names columns: ${known.join(', ')}`,
  options: {},
  numbers: [],
  async *read({ from, since }) {
    if (since !== null) yield { kind: 'remark', text: tellsNoChanges }
    let names: readonly string[] | null = null
    let index = 0
    for await (const row of recordsIn(from)) {
      index += 1
      if (names === null) {
        names = namesIn(row, from)
        continue
      }
      const own: readonly string[] = names
      if (row.length !== own.length)
        throw new ForeignUnreadable(`Record ${index} of ${from} has ${row.length} fields, not ${own.length}.`)
      const field = (name: (typeof known)[number]) => textIn(row[own.indexOf(name)])
      yield movedUser({
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
  },
}

function namesIn(heading: readonly string[], from: string): readonly string[] {
  const names = heading.map((name) => name.trim().toLowerCase())
  // By number: where the names were forgotten, these are somebody's name and hash.
  const unknown = names.flatMap((name, at) => ((known as readonly string[]).includes(name) ? [] : [at + 1]))
  if (unknown.length === names.length)
    throw new ForeignUnreadable(`The first line of ${from} names no columns: ${known.join(', ')}.`)
  if (unknown.length > 0)
    throw new ForeignUnreadable(`Columns of ${from} that mean nothing here: ${unknown.join(', ')}.`)
  return names
}

/** Records and their fields; quotes hold commas, line ends and doubled quotes. */
export function tableOf(text: string): string[][] {
  const reader = recordReader()
  return [...reader.push(text), ...reader.end()]
}

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
  const take = (letter: string, records: string[][]): void => {
    if (letter === '"') {
      // A quote behind a quote is one that was doubled.
      if (!isQuoted && afterQuote) text += letter
      afterQuote = isQuoted
      isQuoted = !isQuoted
    } else if (isQuoted) text += letter
    else if (letter === ',') {
      fields.push(text)
      text = ''
      afterQuote = false
    } else if (letter === '\n' || letter === '\r') endRecord(records)
    else text += letter
  }
  return {
    push: (piece: string): string[][] => {
      const records: string[][] = []
      for (const letter of piece) take(letter, records)
      return records
    },
    end: (): string[][] => {
      const records: string[][] = []
      endRecord(records)
      return records
    },
  }
}

async function* recordsIn(path: string): AsyncGenerator<string[]> {
  if (!existsSync(path)) throw new ForeignUnreadable(`There is no file ${path} that can be read.`)
  const reader = recordReader()
  let isFirst = true
  for await (const piece of createReadStream(path, 'utf8') as AsyncIterable<string>) {
    yield* reader.push(isFirst ? piece.replace(/^\ufeff/, '') : piece)
    isFirst = false
  }
  yield* reader.end()
}
