// What somebody else's database is to whoever reads it, on every engine: tables are looked through page by page in the
// order of a key, so that a million rows need no more memory than a thousand.

/** A row as its driver gives it. */
export type ForeignRow = Readonly<Record<string, unknown>>

/** Columns by name, each with its type as it was declared, in small letters; null where an engine does not tell. */
export type Columns = ReadonlyMap<string, string | null>

/** Somebody else's database. */
export interface ForeignDatabase extends AsyncDisposable {
  /** Names of tables, those of other schemas as `schema.table`. */
  tables(): Promise<ReadonlySet<string>>
  /**
   * The rows of a table in the order of one of its columns, which has to be unique.
   *
   * @param key names the column
   */
  rows(table: string, key: string): AsyncIterable<ForeignRow>
  /**
   * The rows whose column has one of these values, in no order: what belongs to some hundred others.
   *
   * @param column has an index, or this takes its time
   */
  matching(table: string, column: string, values: readonly string[]): Promise<readonly ForeignRow[]>
  /** How many rows a table has. */
  count(table: string): Promise<number>
  /** The columns of a table. */
  columns(table: string): Promise<Columns>
}

/** The database could not be opened or read; the message is for a person, and holds no password. */
export class ForeignUnreadable extends Error {
  override readonly name = 'ForeignUnreadable'
}

const pageSize = 1000

/** The key of the last row; empty before the first. */
export type After = readonly (string | number)[]

/** Rows page after page, in the order of a key. */
export async function* paged(
  key: string,
  read: (after: After) => Promise<readonly ForeignRow[]>,
): AsyncGenerator<ForeignRow> {
  let after: After = []
  for (;;) {
    const page = await read(after)
    yield* page
    const last = page.at(-1)?.[key]
    if (page.length < pageSize || last === undefined) return
    after = [typeof last === 'number' ? last : String(last)]
  }
}

/** The statements of an engine, by how it quotes names and writes places. */
export function selects(quote: '"' | '`', place: (at: number) => string) {
  /** Names of tables and columns come from an operator: nothing but a plain name is one. */
  const quoted = (name: string): string => {
    if (!/^[A-Za-z_][A-Za-z0-9_]{0,62}$/.test(name))
      throw new ForeignUnreadable('That is no name of a table or column.')
    return `${quote}${name}${quote}`
  }
  const from = (table: string): string => table.split('.').map(quoted).join('.')
  return {
    page: (table: string, key: string, after: After): string => {
      const where = after.length === 0 ? '' : ` where ${quoted(key)} > ${place(1)}`
      return `select * from ${from(table)}${where} order by ${quoted(key)} limit ${pageSize}`
    },
    count: (table: string): string => `select count(*) as n from ${from(table)}`,
    /** No row, with the names of all columns. */
    nothing: (table: string): string => `select * from ${from(table)} limit 0`,
    /** MySQL's alone. */
    columns: (table: string): string => `show columns from ${from(table)}`,
    matching: (table: string, column: string, count: number): string => {
      const places = Array.from({ length: count }, (_, at) => place(at + 1)).join(', ')
      return `select * from ${from(table)} where ${quoted(column)} in (${places})`
    },
  }
}

/**
 * @throws ForeignUnreadable always: what a driver makes nothing of is no address; it may hold a password, and nothing
 * of it is shown
 */
export function noAddress(error: unknown): never {
  if ((error as NodeJS.ErrnoException).code === 'ENOENT')
    throw new ForeignUnreadable('There is no file that the address names for a certificate or a key.', {
      cause: error,
    })
  const because = 'signs such as # / ? @ % in a password are written %23 %2F %3F %40 %25'
  throw new ForeignUnreadable(`That is no address that its driver understands: ${because}.`, { cause: error })
}

/** Drivers' messages name hosts and tables, and no passwords. */
export function unreadable(error: unknown): never {
  if (error instanceof ForeignUnreadable) throw error
  throw new ForeignUnreadable(`The database can’t be read: ${reasonOf(error)}.`, { cause: error })
}

/** Why, in a driver’s words. Where a name has several addresses and none answers, the error of all of them says nothing. */
export function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return reasonOf(error.errors[0])
  return error instanceof Error ? error.message.replace(/\.$/, '') : 'unknown failure'
}
