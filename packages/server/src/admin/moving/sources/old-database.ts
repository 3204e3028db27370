// The database of another system: opened, and told from what else somebody may have given.
import { openForeign, sqlitePath } from '../../../platform/db/foreign.ts'
import { firstBytes } from '../../../platform/db/foreign-file.ts'
import { type Columns, type ForeignDatabase, ForeignUnreadable } from '../../../platform/db/foreign-rows.ts'
import { aboutLook, isSqlite, lookOf, lookOfTables } from './look.ts'

/** What `from` may be where a source reads a database. */
export const aDatabase = 'postgres://… or mysql://…, a file that holds such an address, or an SQLite file'

/**
 * Opens it for reading alone.
 *
 * @param address of the database, or the path of a file that holds it: whoever is on this machine reads what stands in a
 *   command, so an address with a password has a place elsewhere
 * @param own the name of the source in the table of sources
 * @throws ForeignUnreadable
 */
export async function openOldDatabase(address: string, own: string): Promise<ForeignDatabase> {
  const path = sqlitePath(address)
  const head = path === null ? null : firstBytes(path)
  if (head === null || isSqlite(head)) return openForeign(address)
  const held = head.toString().trim()
  if (/^(?:postgres(?:ql)?|mysql|mariadb):\/\/\S+$/.test(held)) return openForeign(held)
  throw new ForeignUnreadable(`${path} is no SQLite database.${aboutLook(lookOf(head), own)}`)
}

/**
 * The first of some tables that is there.
 *
 * @param names of the tables that there are
 * @throws ForeignUnreadable where none is, with what the database looks like instead
 */
export function tableOf(
  names: ReadonlySet<string>,
  wanted: readonly string[],
  own: string,
  hint = '',
): string {
  const found = wanted.find((name) => names.has(name))
  if (found !== undefined) return found
  throw new ForeignUnreadable(
    `There is no table ${wanted.join(' or ')}.${hint}${aboutLook(lookOfTables(names, own), own)}`,
  )
}

/** @throws ForeignUnreadable where it is plainly that of another system whose tables have the same names */
export function refuseOther(names: ReadonlySet<string>, own: string, other: string | undefined): void {
  const look = lookOfTables(names, own)
  if (look !== null && look.source === other)
    throw new ForeignUnreadable(`Its people are not kept as they are read here.${aboutLook(look, own)}`)
}

/** The table that an operator named, which may be another schema’s, or the usual one. @throws ForeignUnreadable */
export function namedTable(
  names: ReadonlySet<string>,
  named: string | undefined,
  usual: string,
  own: string,
): string {
  if (named?.includes('.')) return named
  const hint =
    named === undefined && lookOfTables(names, own)?.source === own ? ' Name yours with --table.' : ''
  return tableOf(names, [named ?? usual], own, hint)
}

/** @throws ForeignUnreadable where an operator named a column that is not there: nobody would have a name, or a password */
export function needColumn(columns: Columns, table: string, column: string | undefined, hint = ''): void {
  if (column !== undefined && !columns.has(column))
    throw new ForeignUnreadable(`The table ${table} has no column ${column}.${hint}`)
}
