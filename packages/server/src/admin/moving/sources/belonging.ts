// What hangs on people in other tables, found for some hundred people at a time: a million of them need no more memory
// than a thousand.
import { setImmediate } from 'node:timers/promises'
import type { Columns, ForeignDatabase, ForeignRow } from '../../../platform/db/foreign-rows.ts'
import type { Gauge } from './source.ts'
import { textIn } from './values.ts'

/** Tables of a database, or of a dump that is like one. */
export interface Tables {
  readonly names: ReadonlySet<string>
  readonly isDump: boolean
  has(table: string): boolean
  /** In the order of `id`, unless another column is its key. */
  rows(table: string, key?: string): AsyncIterable<ForeignRow>
  /** Those whose column has one of the values. */
  matching(table: string, column: string, values: readonly string[]): Promise<readonly ForeignRow[]>
  count(table: string): Promise<number>
  /** The columns of a table that is there. */
  columns(table: string): Promise<Columns>
}

/** The tables of a database. */
export async function tablesOf(database: ForeignDatabase): Promise<Tables> {
  const names = await database.tables()
  return {
    names,
    isDump: false,
    has: (table) => names.has(table),
    rows: (table, key = 'id') => database.rows(table, key),
    matching: (table, column, values) => database.matching(table, column, values),
    count: (table) => database.count(table),
    columns: (table) => database.columns(table),
  }
}

/** Tables that were read already. */
export function tablesIn(read: ReadonlyMap<string, readonly ForeignRow[]>): Tables {
  const indices = new Map<string, ReadonlyMap<string, readonly ForeignRow[]>>()
  return {
    names: new Set(read.keys()),
    isDump: true,
    has: (table) => read.has(table),
    count: async (table) => read.get(table)?.length ?? 0,
    columns: async (table) => new Map(Object.keys(read.get(table)?.[0] ?? {}).map((name) => [name, null])),
    rows: async function* (table) {
      for (const [at, row] of (read.get(table) ?? []).entries()) {
        // As between the pages of a database: whoever breaks a long reading off is heard.
        if (at % 1000 === 0) await setImmediate()
        yield row
      }
    },
    matching: async (table, column, values) => {
      const name = `${table} ${column}`
      const index =
        indices.get(name) ?? Map.groupBy(read.get(table) ?? [], (row) => textIn(row[column]) ?? '')
      indices.set(name, index)
      return values.flatMap((value) => index.get(value) ?? [])
    },
  }
}

/** The rows of a table; none where there is no such table. */
export async function* rowsOf(tables: Tables, table: string, key = 'id'): AsyncGenerator<ForeignRow> {
  if (tables.has(table)) yield* tables.rows(table, key)
}

/**
 * The rows of a table as a part of their own, which a bar counts; none where there is no such table.
 *
 * @param of in the plural
 */
export async function* gaugedRows(
  tables: Tables,
  table: string,
  {
    key = 'id',
    of,
    gauge,
  }: { readonly key?: string; readonly of: string; readonly gauge: Gauge | undefined },
): AsyncGenerator<ForeignRow> {
  if (!tables.has(table)) return
  gauge?.expects(await tables.count(table), of)
  let passed = 0
  for await (const row of tables.rows(table, key)) {
    yield row
    passed += 1
    gauge?.passed(passed)
  }
}

/** The rows of a table that belong to some people, by person; none where there is no such table. */
export async function belongingTo(
  tables: Tables,
  table: string | undefined,
  column: string,
  ids: readonly string[],
): Promise<(id: string) => readonly ForeignRow[]> {
  if (table === undefined || !tables.has(table)) return () => []
  const rows = await tables.matching(table, column, ids)
  const byOwner = Map.groupBy(rows, (row) => textIn(row[column]) ?? '')
  return (id) => byOwner.get(id) ?? []
}

/** How many people are looked at together. */
const together = 500

/** Rows in groups. */
export async function* inGroups(rows: AsyncIterable<ForeignRow>): AsyncGenerator<readonly ForeignRow[]> {
  let group: ForeignRow[] = []
  for await (const row of rows) {
    group.push(row)
    if (group.length < together) continue
    yield group
    group = []
  }
  if (group.length > 0) yield group
}
