// MySQL and MariaDB as somebody else's database. Their driver is a peer that only those install who come from there.
import type { Connection, RowDataPacket } from 'mysql2/promise'
import {
  type ForeignDatabase,
  type ForeignRow,
  ForeignUnreadable,
  noAddress,
  paged,
  selects,
  unreadable,
} from './foreign-rows.ts'

/** @param address `mysql://user:password@host/database`, also with `mariadb:` */
export async function openForeignMysql(address: string): Promise<ForeignDatabase> {
  const driver = await import('mysql2/promise').catch(() => {
    throw new ForeignUnreadable('Reading MySQL needs its driver: npm install mysql2, beside countersign.')
  })
  // Of an address that it can't read the driver throws, and of all else its promise fails.
  const connect = async () =>
    driver.createConnection({
      uri: address.replace(/^mariadb:/, 'mysql:'),
      connectTimeout: 10_000,
      // Moments are UTC, as frameworks write them, whatever zone this machine or that server is in.
      dateStrings: true,
      timezone: 'Z',
      charset: 'utf8mb4',
      supportBigNumbers: true,
    })
  const connection: Connection = await connect().catch((error: unknown) =>
    isOfDriver(error) ? unreadable(error) : noAddress(error),
  )
  connection.on('error', () => {})
  const all = async (sql: string, values: readonly (string | number)[] = []): Promise<ForeignRow[]> => {
    const [rows] = await connection.query<RowDataPacket[]>(sql, [...values]).catch(unreadable)
    return rows
  }
  await all("set session time_zone = '+00:00'")
  await all('set session transaction read only')
  const statements = selects('`', () => '?')
  return {
    tables: async () => {
      const rows = await all(
        'select table_name as n from information_schema.tables where table_schema = database()',
      )
      return new Set(rows.map(({ n }) => String(n)))
    },
    rows: (table, key) => paged(key, (after) => all(statements.page(table, key, after), after)),
    matching: async (table, column, values) =>
      values.length === 0 ? [] : all(statements.matching(table, column, values.length), values),
    count: async (table) => Number((await all(statements.count(table), []))[0]?.['n']),
    columns: async (table) => {
      const rows = await all(statements.columns(table), [])
      return new Map(rows.map((row) => [String(row['Field']), String(row['Type']).toLowerCase()]))
    },
    [Symbol.asyncDispose]: () => connection.end().catch(() => {}),
  }
}

/**
 * What comes from a connection has a code of its own; what the driver makes nothing of is a mere TypeError, or one of
 * addresses.
 */
function isOfDriver(error: unknown): boolean {
  return !(error instanceof TypeError || error instanceof URIError)
}
