// Databases of other systems, read and never written: tables are looked through page by page in the order of a key, so
// that a million rows need no more memory than a thousand.
import { existsSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import pg from 'pg'

/** A row as its driver gives it. */
export type ForeignRow = Readonly<Record<string, unknown>>

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
}

/** The database could not be opened or read; the message is for a person, and holds no password. */
export class ForeignUnreadable extends Error {
  override readonly name = 'ForeignUnreadable'
}

const pageSize = 1000
/** `timestamp` has no zone, and the driver would take the one of this machine: its text is left as it is. */
const bareTimestamp = pg.types.builtins.TIMESTAMP

/**
 * Opens a database for reading alone.
 *
 * @param address `postgres://…`, or the path of an SQLite file
 * @throws ForeignUnreadable
 */
export async function openForeign(address: string): Promise<ForeignDatabase> {
  return /^postgres(?:ql)?:/.test(address) ? openForeignPostgres(address) : openForeignSqlite(address)
}

function openForeignSqlite(address: string): ForeignDatabase {
  const path = address.replace(/^(?:sqlite|file):(?:\/\/)?/, '')
  if (!existsSync(path)) throw new ForeignUnreadable(`There is no file ${path}.`)
  const connection = attempt(() => new DatabaseSync(path, { readOnly: true }))
  const all = (sql: string, values: readonly (string | number)[] = []): ForeignRow[] =>
    attempt(() => connection.prepare(sql).all(...values) as ForeignRow[])
  return {
    tables: async () =>
      new Set(
        all("select name from sqlite_master where type in ('table', 'view')").map(({ name }) => String(name)),
      ),
    rows: (table, key) => paged(key, async (after) => all(pageOf(table, key, after, '?'), after)),
    [Symbol.asyncDispose]: async () => connection.close(),
  }
}

async function openForeignPostgres(address: string): Promise<ForeignDatabase> {
  const client = new pg.Client({
    connectionString: address,
    connectionTimeoutMillis: 10_000,
    application_name: 'countersign import',
    options: '-c default_transaction_read_only=on',
    types: {
      getTypeParser: (oid, format) => (oid === bareTimestamp ? String : pg.types.getTypeParser(oid, format)),
    },
  })
  client.on('error', () => {})
  await client.connect().catch(unreadable)
  const all = async (sql: string, values: readonly (string | number)[] = []): Promise<ForeignRow[]> =>
    (await client.query(sql, [...values]).catch(unreadable)).rows as ForeignRow[]
  return {
    tables: async () => {
      const rows = await all(
        'select table_schema as s, table_name as n from information_schema.tables where table_schema not in ($1, $2)',
        ['pg_catalog', 'information_schema'],
      )
      return new Set(rows.map(({ s, n }) => (s === 'public' ? String(n) : `${String(s)}.${String(n)}`)))
    },
    rows: (table, key) => paged(key, (after) => all(pageOf(table, key, after, '$1'), after)),
    [Symbol.asyncDispose]: () => client.end(),
  }
}

type After = readonly (string | number)[]

async function* paged(
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

function pageOf(table: string, key: string, after: After, place: string): string {
  const where = after.length === 0 ? '' : ` where ${quoted(key)} > ${place}`
  const from = table.split('.').map(quoted).join('.')
  return `select * from ${from}${where} order by ${quoted(key)} limit ${pageSize}`
}

/** Names of tables and columns come from an operator: nothing but a plain name is one. */
function quoted(name: string): string {
  if (!/^[A-Za-z_][A-Za-z0-9_]{0,62}$/.test(name))
    throw new ForeignUnreadable('That is no name of a table or column.')
  return `"${name}"`
}

function attempt<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    return unreadable(error)
  }
}

/** Drivers' messages name hosts and tables, and no passwords. */
function unreadable(error: unknown): never {
  if (error instanceof ForeignUnreadable) throw error
  const why = error instanceof Error ? error.message : 'unknown failure'
  throw new ForeignUnreadable(`The database can’t be read: ${why}.`, { cause: error })
}
