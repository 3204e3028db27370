// PostgreSQL as somebody else's database.
import pg from 'pg'
import {
  type ForeignDatabase,
  type ForeignRow,
  ForeignUnreadable,
  noAddress,
  paged,
  reasonOf,
  selects,
  unreadable,
} from './foreign-rows.ts'

/** `timestamp` has no zone, and the driver would take the one of this machine: its text is left as it is. */
const bareTimestamp = pg.types.builtins.TIMESTAMP

/** @param address `postgres://…` */
export async function openForeignPostgres(address: string): Promise<ForeignDatabase> {
  const client = clientOf({
    // What the driver takes these words for, and warns about at length.
    connectionString: address.replace(/([?&]sslmode=)(?:prefer|require|verify-ca)(?=&|$)/, '$1verify-full'),
    connectionTimeoutMillis: 10_000,
    application_name: 'countersign import',
    options: '-c default_transaction_read_only=on',
    types: {
      getTypeParser: (oid, format) => (oid === bareTimestamp ? String : pg.types.getTypeParser(oid, format)),
    },
  })
  client.on('error', () => {})
  await client.connect().catch(unopened)
  const all = async (sql: string, values: readonly (string | number)[] = []): Promise<ForeignRow[]> =>
    (await client.query(sql, [...values]).catch(unreadable)).rows as ForeignRow[]
  const statements = selects('"', (at) => `$${at}`)
  return {
    tables: async () => {
      const rows = await all(
        'select table_schema as s, table_name as n from information_schema.tables where table_schema not in ($1, $2)',
        ['pg_catalog', 'information_schema'],
      )
      return new Set(rows.map(({ s, n }) => (s === 'public' ? String(n) : `${String(s)}.${String(n)}`)))
    },
    rows: (table, key) => paged(key, (after) => all(statements.page(table, key, after), after)),
    matching: async (table, column, values) =>
      values.length === 0 ? [] : all(statements.matching(table, column, values.length), values),
    count: async (table) => Number((await all(statements.count(table), []))[0]?.['n']),
    columns: async (table) => {
      const { fields } = await client.query(statements.nothing(table)).catch(unreadable)
      return new Map(fields.map(({ name }) => [name, null]))
    },
    [Symbol.asyncDispose]: () => client.end(),
  }
}

/** @throws ForeignUnreadable where that is no address */
function clientOf(settings: pg.ClientConfig): pg.Client {
  try {
    return new pg.Client(settings)
  } catch (error) {
    return noAddress(error)
  }
}

/** What an operator can do about TLS stands behind the reason: the address says both. @throws ForeignUnreadable always */
function unopened(error: unknown): never {
  const { code = '', message = '' } = error as NodeJS.ErrnoException
  const hint = /SELF_SIGNED|UNABLE_TO_(?:GET_ISSUER|VERIFY)/.test(code)
    ? 'name the authority of its certificate: …?sslmode=verify-full&sslrootcert=authority.pem'
    : /no encryption/.test(message)
      ? 'it may want TLS: add ?sslmode=verify-full to the address'
      : null
  if (hint === null) unreadable(error)
  throw new ForeignUnreadable(`The database can’t be read: ${reasonOf(error)}; ${hint}.`, { cause: error })
}
