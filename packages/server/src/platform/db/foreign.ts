// Databases of other systems, read and never written; this file opens them, and reads those of SQLite.
import { DatabaseSync } from 'node:sqlite'
import { setImmediate } from 'node:timers/promises'
import { statForeign } from './foreign-file.ts'
import {
  type ForeignDatabase,
  type ForeignRow,
  ForeignUnreadable,
  paged,
  selects,
  unreadable,
} from './foreign-rows.ts'

/**
 * Opens a database for reading alone.
 *
 * @param address `postgres://…`, `mysql://…`, or the path of an SQLite file
 * @throws ForeignUnreadable
 */
export async function openForeign(address: string): Promise<ForeignDatabase> {
  if (/^postgres(?:ql)?:\/\//.test(address))
    return (await import('./foreign-postgres.ts')).openForeignPostgres(address)
  if (/^(?:mysql|mariadb):\/\//.test(address))
    return (await import('./foreign-mysql.ts')).openForeignMysql(address)
  const path = sqlitePath(address)
  // Of an address nothing is shown: it may hold a password.
  if (path === null)
    throw new ForeignUnreadable(
      'An address begins with postgres:// or mysql://, or is the path of an SQLite file.',
    )
  return openForeignSqlite(path)
}

/** The path of a file that an address names; null where it names something else. */
export function sqlitePath(address: string): string | null {
  const path = address.replace(/^(?:sqlite|file):(?:\/\/)?/, '')
  return /^(?:[a-z][a-z0-9+.-]+:\/\/|(?:postgres(?:ql)?|mysql|mariadb):)/i.test(path) ? null : path
}

function openForeignSqlite(path: string): ForeignDatabase {
  if (statForeign(path).isDirectory()) throw new ForeignUnreadable(`${path} is a folder, not a file.`)
  const connection = attempt(() => new DatabaseSync(path, { readOnly: true }))
  const all = (sql: string, values: readonly (string | number | bigint)[] = []): ForeignRow[] =>
    attempt(() => connection.prepare(sql).all(...values) as ForeignRow[])
  const statements = selects('"', () => '?')
  return {
    tables: async () =>
      new Set(
        all("select name from sqlite_master where type in ('table', 'view')").map(({ name }) => String(name)),
      ),
    rows: (table, key) =>
      paged(key, async (after) => {
        // Nothing here waits for anything: without a turn in between, nobody could break a long reading off.
        await setImmediate()
        return all(statements.page(table, key, after), after)
      }),
    matching: async (table, column, values) => {
      const stored = values.flatMap(asStored)
      return stored.length === 0 ? [] : all(statements.matching(table, column, stored.length), stored)
    },
    count: async (table) => Number(all(statements.count(table))[0]?.['n']),
    columns: async (table) => {
      const prepared = attempt(() => connection.prepare(statements.nothing(table)))
      return new Map(prepared.columns().map(({ name, type }) => [name, type?.toLowerCase() ?? null]))
    },
    [Symbol.asyncDispose]: async () => connection.close(),
  }
}

/**
 * SQLite compares numbers with numbers alone where a column has no type, and texts with texts where it is one of text: there
 * a number of JavaScript would be `1.0`.
 */
function asStored(value: string): readonly (string | bigint)[] {
  return /^-?\d{1,15}$/.test(value) ? [value, BigInt(value)] : [value]
}

function attempt<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    return unreadable(error)
  }
}
