// A table of people as text (RFC 4180): the first line names the columns.
import { readFile } from 'node:fs/promises'
import { ForeignUnreadable } from '../../../platform/db/foreign-rows.ts'
import { movedUser } from '../records.ts'
import type { Source } from './source.ts'
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
  async *read({ from }) {
    const text = await readFile(from, 'utf8').catch(() => {
      throw new ForeignUnreadable(`There is no file ${from} that can be read.`)
    })
    const [heading = [], ...rows] = tableOf(text.replace(/^\ufeff/, ''))
    const names = heading.map((name) => name.trim().toLowerCase())
    const unknown = names.filter((name) => !(known as readonly string[]).includes(name))
    if (unknown.length > 0)
      throw new ForeignUnreadable(`${from} has columns that mean nothing here: ${unknown.join(', ')}.`)
    for (const [index, row] of rows.entries()) {
      if (row.length !== names.length)
        throw new ForeignUnreadable(
          `Record ${index + 2} of ${from} has ${row.length} fields, not ${names.length}.`,
        )
      const field = (name: (typeof known)[number]) => textIn(row[names.indexOf(name)])
      yield movedUser({
        id: field('id') ?? field('email') ?? field('username') ?? String(index + 2),
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

/** Records and their fields; quotes hold commas, line ends and doubled quotes. */
export function tableOf(text: string): string[][] {
  const records: string[][] = []
  let fields: string[] = []
  for (const [, quoted, plain = '', end] of text.matchAll(
    /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|\n|\r|$)/g,
  )) {
    if (end === '' && fields.length === 0 && quoted === undefined && plain === '') break
    fields.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'))
    if (end === ',') continue
    records.push(fields)
    fields = []
    if (end === '') break
  }
  return records
}
